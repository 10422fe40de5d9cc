// The fields of one message as typed values: each function reads one field, keeps the first fault
// and leaves its target alone when there is nothing to read. Used by the decoder only; its thread.
// null stands for absent. Decimals may be text or numbers; both are read exactly, without exponent.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "feeds/json_reader.hpp"
#include "riskd/core/decimal.hpp"
#include "riskd/core/reference_fields.hpp"
#include "riskd/core/text.hpp"
#include "riskd/core/units.hpp"
#include "riskd/core/words.hpp"

namespace riskd::feeds {

enum class Need : std::uint8_t { optional, required };
enum class Sign : std::uint8_t { any, not_negative, positive };

// What an enumeration may be, and how that is said to whoever sent something else.
template <std::size_t count>
struct Words {
    const std::array<std::string_view, count>& names;
    std::string_view error;
};
template <std::size_t count>
Words(const std::array<std::string_view, count>&, std::string_view) -> Words<count>;
inline constexpr Words side_words{side_names, "must be buy or sell"};
inline constexpr Words position_side_words{position_side_names, "must be long, short or net"};

class FieldReader {
public:
    FieldReader(std::span<const std::string_view> names, std::span<const JsonValue> values) noexcept
        : names_(names), values_(values) {}

    const std::optional<DecodeError>& fault() const noexcept { return fault_; }
    void fail(std::size_t field, std::string_view error) noexcept {
        if (!fault_) fault_ = DecodeError{names_[field], error};
    }

    bool given(std::size_t field) const noexcept {
        return values_[field].kind != JsonKind::absent && values_[field].kind != JsonKind::null;
    }

    // The text of a name or id that was given and is well formed; empty otherwise.
    std::string_view id(std::size_t field, Need need) noexcept {
        if (!present(field, need)) return {};
        if (values_[field].kind != JsonKind::string) return fail(field, "must be text"), "";
        if (!is_id(values_[field].text))
            return fail(field, "not an id ([A-Za-z0-9._:-]{1,64})"), "";
        return values_[field].text;
    }
    void id(std::size_t field, Need need, Text<64>& into) noexcept {
        const std::string_view text = id(field, need);
        if (!text.empty()) into = Text<64>{text};
    }

    template <typename Enumeration, std::size_t count>
    void word(std::size_t field, Need need, const Words<count>& words, Enumeration& into) noexcept {
        if (!present(field, need)) return;
        const auto found = values_[field].kind == JsonKind::string
                               ? find_enumerator<Enumeration>(words.names, values_[field].text)
                               : std::nullopt;
        if (!found) return fail(field, words.error);
        into = *found;
    }

    void boolean(std::size_t field, bool& into) noexcept {
        if (!present(field, Need::optional)) return;
        if (values_[field].kind != JsonKind::boolean) return fail(field, "must be true or false");
        into = values_[field].text == "true";
    }

    // True when a number was given and stored, scaled by 10^decimals.
    bool decimal(std::size_t field, Need need, int decimals, Sign sign,
                 std::int64_t& into) noexcept {
        if (!present(field, need)) return false;
        const JsonValue& value = values_[field];
        if (value.kind != JsonKind::string && value.kind != JsonKind::number) {
            return fail(field, name(DecimalFault::not_a_decimal)), false;
        }
        const DecimalRead read = parse_decimal(value.text, decimals);
        if (read.fault != DecimalFault::none) return fail(field, name(read.fault)), false;
        if (!check_sign(field, sign, read.raw)) return false;
        into = read.raw;
        return true;
    }

    // The same when nobody knows the decimals (the instrument is unknown): nothing but the form.
    void decimal_form(std::size_t field, Need need, Sign sign) noexcept {
        if (!present(field, need)) return;
        const JsonValue& value = values_[field];
        const bool text = value.kind == JsonKind::string || value.kind == JsonKind::number;
        const DecimalRead read = parse_decimal(value.text, decimals_max);
        if (!text || read.fault == DecimalFault::not_a_decimal) {
            return fail(field, name(DecimalFault::not_a_decimal));
        }
        if (read.fault == DecimalFault::none) check_sign(field, sign, read.raw);
    }

    void time(std::size_t field, Need need, Timestamp& into) noexcept {
        if (!present(field, need)) return;
        const JsonValue& value = values_[field];
        const bool text = value.kind == JsonKind::string || value.kind == JsonKind::number;
        const DecimalRead read = parse_decimal(value.text, 0);
        if (!text || read.fault != DecimalFault::none || read.raw < 0 ||
            value.text.find('.') != std::string_view::npos) {
            return fail(field, "not whole nanoseconds since the epoch");
        }
        into.ns = read.raw;
    }

    // Above zero.
    void duration(std::size_t field, Need need, Duration& into) noexcept {
        if (!present(field, need)) return;
        const DecimalRead read = parse_duration(values_[field].text);
        if (values_[field].kind != JsonKind::string || read.fault != DecimalFault::none) {
            return fail(field, "not a duration such as 8h or 1d");
        }
        if (check_sign(field, Sign::positive, read.raw)) into.ns = read.raw;
    }

private:
    bool present(std::size_t field, Need need) noexcept {
        if (given(field)) return true;
        if (need == Need::required) fail(field, "is missing");
        return false;
    }
    bool check_sign(std::size_t field, Sign sign, std::int64_t raw) noexcept {
        if (sign == Sign::positive && raw <= 0) return fail(field, "must be positive"), false;
        if (sign == Sign::not_negative && raw < 0) {
            return fail(field, "must not be negative"), false;
        }
        return true;
    }

    std::span<const std::string_view> names_;
    std::span<const JsonValue> values_;
    std::optional<DecodeError> fault_;
};

}  // namespace riskd::feeds
