#include <array>

#include "feeds/codec_decode.hpp"
#include "riskd/core/reference_fields.hpp"

// Reference data from the stream: the same fields, read by the same code, as in the YAML files.
namespace riskd::feeds {

namespace {

// The names of the table, and after them what every message may have.
template <std::size_t count>
constexpr std::array<std::string_view, count + 2> with_frame(const std::array<Field, count>& fields,
                                                             std::string_view about) noexcept {
    std::array<std::string_view, count + 2> names{};
    for (std::size_t i = 0; i < count; ++i)
        names[i] = fields[i].name;
    names[count] = "time";
    names[count + 1] = about;
    return names;
}

constexpr auto instrument_names = with_frame(instrument_fields, "instrument");
constexpr auto group_names = with_frame(group_fields, "group");
constexpr auto account_names = with_frame(account_fields, "account");

// Texts and numbers as they were written; the faults of a definition name its fields.
template <typename Texts, std::size_t count>
std::optional<DecodeError> read_texts(JsonReader& reader, std::string_view message,
                                      std::string_view token,
                                      const std::array<std::string_view, count>& names,
                                      Texts& texts) noexcept {
    std::array<JsonValue, count> values;
    if (auto fault = reader.read(message, names, values)) return fault;
    for (std::size_t i = 0; i < count; ++i) {
        if (values[i].kind == JsonKind::absent || values[i].kind == JsonKind::null) continue;
        const bool is_flag = values[i].kind == JsonKind::boolean && Texts::is_flag(names[i]);
        if (values[i].kind != JsonKind::string && values[i].kind != JsonKind::number && !is_flag) {
            return DecodeError{names[i], "must be text or a number"};
        }
        if (i + 2 < count) texts.set(names[i], values[i].text);
    }
    const JsonValue& about = values[count - 1];
    if (about.kind != JsonKind::absent && about.kind != JsonKind::null && about.text != token) {
        return DecodeError{names[count - 1], "is not that of the subject"};
    }
    return std::nullopt;
}

std::optional<DecodeError> first_of(const FieldFaults& faults) noexcept {
    if (faults.none()) return std::nullopt;
    return DecodeError{faults.items().front().field, faults.items().front().error};
}

}  // namespace

std::optional<DecodeError> Decoder::decode_instrument(std::string_view instrument,
                                                      std::string_view message,
                                                      EventBody& into) noexcept {
    InstrumentTexts texts;
    if (auto fault = read_texts(reader_, message, instrument, instrument_names, texts)) {
        return fault;
    }
    FieldFaults faults;
    into = build_instrument(instrument, texts, faults);
    return first_of(faults);
}

std::optional<DecodeError> Decoder::decode_group(std::string_view group, std::string_view message,
                                                 EventBody& into) noexcept {
    GroupTexts texts;
    if (auto fault = read_texts(reader_, message, group, group_names, texts)) return fault;
    FieldFaults faults;
    into = build_group(group, texts, faults);
    return first_of(faults);
}

std::optional<DecodeError> Decoder::decode_account(std::string_view account,
                                                   std::string_view message,
                                                   EventBody& into) noexcept {
    AccountTexts texts;
    if (auto fault = read_texts(reader_, message, account, account_names, texts)) return fault;
    FieldFaults faults;
    into = build_account(account, texts, faults);
    return first_of(faults);
}

}  // namespace riskd::feeds
