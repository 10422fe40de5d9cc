#include "feeds/json_reader.hpp"

#include <simdjson.h>

#include <cstring>
#include <vector>

#include "riskd/core/check.hpp"

namespace riskd::feeds {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr DecodeError too_large{"message", "larger than 65536 bytes"};
constexpr DecodeError not_json{"message", "not a JSON object in UTF-8"};
constexpr DecodeError too_deep{"message", "nested too deeply"};
constexpr DecodeError trailing{"message", "something follows the JSON object"};

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view token) noexcept {
    while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') {
        token.remove_suffix(1);
    }
    return token;
}

// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_json_number(std::string_view text) noexcept {
    const auto take = [&text](char c) {
        if (text.empty() || text.front() != c) return false;
        text.remove_prefix(1);
        return true;
    };
    const auto digits = [&text] {
        std::size_t count = 0;
        while (count < text.size() && is_digit(text[count]))
            ++count;
        text.remove_prefix(count);
        return count > 0;
    };
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
        if (!take('+')) take('-');
        if (!digits()) return false;
    }
    return text.empty();
}

// A value of which nothing but its form matters.
std::optional<DecodeError> check_form(ondemand::value value, int depth) noexcept;

std::optional<DecodeError> check_array(ondemand::value& value, int depth) noexcept {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return not_json;
    for (auto element : array) {
        ondemand::value child;
        if (std::move(element).get(child) != simdjson::SUCCESS) return not_json;
        if (auto fault = check_form(child, depth + 1)) return fault;
    }
    return std::nullopt;
}

std::optional<DecodeError> check_object(ondemand::value& value, int depth) noexcept {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return not_json;
    for (auto member : object) {
        ondemand::field field;
        std::string_view key;
        if (std::move(member).get(field) != simdjson::SUCCESS) return not_json;
        if (field.unescaped_key().get(key) != simdjson::SUCCESS) return not_json;
        if (auto fault = check_form(field.value(), depth + 1)) return fault;
    }
    return std::nullopt;
}

// The text between the quotes when it has no escapes, which is nearly always: its bytes are where
// they came and the whole was checked as UTF-8 already.
bool is_plain_string(std::string_view token) noexcept {
    return token.size() >= 2 && token.back() == '"' &&
           std::memchr(token.data(), '\\', token.size()) == nullptr;
}

std::optional<DecodeError> read_string(ondemand::value& value, JsonValue& into) noexcept {
    into.kind = JsonKind::string;
    const std::string_view token = trimmed(value.raw_json_token());
    if (is_plain_string(token)) {
        into.text = token.substr(1, token.size() - 2);
    } else if (value.get_string().get(into.text) != simdjson::SUCCESS) {
        return not_json;
    }
    return std::nullopt;
}

std::optional<DecodeError> read_scalar(ondemand::value& value, ondemand::json_type type,
                                       JsonValue& into) noexcept {
    if (type == ondemand::json_type::string) return read_string(value, into);
    into.text = trimmed(value.raw_json_token());
    const bool is_boolean = into.text == "true" || into.text == "false";
    switch (type) {
        case ondemand::json_type::number: into.kind = JsonKind::number; break;
        case ondemand::json_type::boolean: into.kind = JsonKind::boolean; break;
        default: into.kind = JsonKind::null; break;
    }
    const bool formed = into.kind == JsonKind::number    ? is_json_number(into.text)
                        : into.kind == JsonKind::boolean ? is_boolean
                                                         : into.text == "null";
    if (!formed) return not_json;
    return std::nullopt;
}

std::optional<DecodeError> check_form(ondemand::value value, int depth) noexcept {
    if (depth > json_depth_max) return too_deep;
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return not_json;
    if (type == ondemand::json_type::object) return check_object(value, depth);
    if (type == ondemand::json_type::array) return check_array(value, depth);
    JsonValue ignored;
    return read_scalar(value, type, ignored);
}

std::optional<DecodeError> read_value(ondemand::value value, JsonValue& into) noexcept {
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return not_json;
    if (type == ondemand::json_type::object || type == ondemand::json_type::array) {
        into = {.kind = JsonKind::nested, .text = {}};
        return check_form(value, 1);
    }
    return read_scalar(value, type, into);
}

// The key as it stands in the message, from behind its quote; it is followed by another.
bool is_key(const char* raw, std::string_view name) noexcept {
    return std::memcmp(raw, name.data(), name.size()) == 0 && raw[name.size()] == '"';
}

// Which field a member is: `names.size()` when none of ours, nothing when its key is broken.
// Messages usually keep the order of our tables, so the field after the last one is tried first.
std::optional<std::size_t> find_field(ondemand::field& field,
                                      std::span<const std::string_view> names,
                                      std::size_t expected) noexcept {
    const char* raw = field.key().raw();
    for (std::size_t i = expected; i < names.size(); ++i) {
        if (is_key(raw, names[i])) return i;
    }
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return std::nullopt;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == key) return i;
    }
    return names.size();
}

}  // namespace

struct JsonReader::Parser {
    ondemand::parser parser;
    std::vector<char> padded;
    std::uint64_t unknown_fields{};
};

JsonReader::JsonReader() : parser_(std::make_unique<Parser>()) {
    parser_->padded.resize(message_bytes_max + simdjson::SIMDJSON_PADDING);
    RISKD_CHECK(parser_->parser.allocate(message_bytes_max) == simdjson::SUCCESS);
}

JsonReader::~JsonReader() = default;

std::uint64_t JsonReader::unknown_fields() const noexcept {
    return parser_->unknown_fields;
}

std::optional<DecodeError> JsonReader::read(std::string_view message,
                                            std::span<const std::string_view> names,
                                            std::span<JsonValue> values) noexcept {
    RISKD_CHECK(names.size() == values.size());
    for (JsonValue& value : values)
        value = {};
    if (message.size() > message_bytes_max) return too_large;
    if (message.empty()) return not_json;
    std::vector<char>& padded = parser_->padded;
    std::memcpy(padded.data(), message.data(), message.size());
    std::memset(padded.data() + message.size(), ' ', simdjson::SIMDJSON_PADDING);

    ondemand::document document;
    ondemand::object object;
    if (parser_->parser.iterate(padded.data(), message.size(), padded.size()).get(document) !=
            simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS) {
        return not_json;
    }
    std::size_t expected = 0;
    for (auto member : object) {
        ondemand::field field;
        if (std::move(member).get(field) != simdjson::SUCCESS) return not_json;
        const auto found = find_field(field, names, expected);
        if (!found) return not_json;
        const std::size_t index = *found;
        if (index == names.size()) {
            ++parser_->unknown_fields;
            if (auto fault = check_form(field.value(), 1)) return fault;
            continue;
        }
        if (values[index].kind != JsonKind::absent) return DecodeError{names[index], "given twice"};
        if (auto fault = read_value(field.value(), values[index])) return fault;
        expected = index + 1;
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return trailing;
    return std::nullopt;
}

}  // namespace riskd::feeds
