// How the entries of reference data are read: field by field, each fault reported once. Private to
// reference_fields.cpp and reference_instrument.cpp. Any thread; no allocation, nothing is thrown.
#pragma once

#include "riskd/core/reference_fields.hpp"

namespace riskd {

constexpr DecimalRead failed(DecimalFault fault) noexcept {
    return {.fault = fault};
}

// Reads the fields of one entry. A field that fails is reported and leaves the value as it was.
template <typename Texts>
class Build {
public:
    Build(const Texts& texts, FieldFaults& faults) noexcept : texts_(texts), faults_(faults) {}

    template <typename Store>
    void each(std::string_view field, bool required, Store&& store) noexcept {
        const auto text = texts_.find(field);
        if (!text) {
            if (required) faults_.add(field, "is missing");
            return;
        }
        store(*text);
    }

    void token(std::string_view field, bool required, Name& into) noexcept {
        each(field, required, [&](std::string_view text) {
            if (text.empty() && !required) return;
            if (!is_token(text)) return faults_.add(field, "not a name (A-Z a-z 0-9 _ : -)");
            into = Name{text};
        });
    }

    template <typename Enumeration, std::size_t count>
    void word(std::string_view field, bool required,
              const std::array<std::string_view, count>& words, Enumeration& into) noexcept {
        each(field, required, [&](std::string_view text) {
            const auto found = find_enumerator<Enumeration>(words, text);
            if (!found) return faults_.add(field, "not a word it may be");
            into = *found;
        });
    }

    struct Range {
        std::int64_t at_least;
        std::int64_t at_most;
        std::string_view error;
        std::string_view shape{name(DecimalFault::not_a_decimal)};  // when it cannot be read
    };

    void number(std::string_view field, bool required, DecimalRead (*parse)(std::string_view),
                Range range, std::int64_t& into) noexcept {
        each(field, required,
             [&](std::string_view text) { store(field, parse(text), range, into); });
    }

    void decimal(std::string_view field, bool required, int decimals, Range range,
                 std::int64_t& into) noexcept {
        each(field, required, [&](std::string_view text) {
            store(field, parse_decimal(text, decimals), range, into);
        });
    }

    void store(std::string_view field, DecimalRead read, Range range, std::int64_t& into) noexcept {
        if (read.fault == DecimalFault::not_a_decimal) return faults_.add(field, range.shape);
        if (read.fault != DecimalFault::none) return faults_.add(field, name(read.fault));
        if (read.raw < range.at_least || read.raw > range.at_most) {
            return faults_.add(field, range.error);
        }
        into = read.raw;
    }

private:
    const Texts& texts_;
    FieldFaults& faults_;
};

inline constexpr std::string_view not_whole = "not a whole number";
inline constexpr std::string_view not_a_rate = "not a share such as 0.05% or 5bp";

inline DecimalRead parse_whole(std::string_view text) noexcept {
    const DecimalRead read = parse_decimal(text, 0);
    const bool fraction = read.fault == DecimalFault::too_many_decimals;
    return fraction ? failed(DecimalFault::not_a_decimal) : read;
}

inline void check_name(std::string_view name, Name& into, FieldFaults& faults) noexcept {
    if (!is_token(name)) {
        faults.add("name", "not a name (A-Z a-z 0-9 _ : -, at most 64)");
        return;
    }
    into = Name{name};
}

}  // namespace riskd
