// Writes JSON into a text that the caller reuses, so a warm one does not allocate. Commas are put
// where they belong; nesting is the caller's. Amounts are decimal strings without trailing zeros.
// Any thread; one writer per text.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "riskd/core/decimal.hpp"
#include "riskd/core/units.hpp"

namespace riskd::feeds {

class JsonWriter {
public:
    // Appends to `text`.
    explicit JsonWriter(std::string& text) noexcept : text_(text) {}

    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_array() { begin('['); }
    void end_array() { end(']'); }

    // REQUIRES: the key needs no escapes.
    JsonWriter& key(std::string_view name) {
        separate();
        text_ += '"';
        text_ += name;
        text_ += "\":";
        fresh_ = true;
        return *this;
    }
    void string(std::string_view value) {
        separate();
        text_ += '"';
        escaped(value);
        text_ += '"';
    }
    void decimal(Decimal value) { string(DecimalText{value}.view()); }
    void integer(std::int64_t value) { number(value); }
    void unsigned_integer(std::uint64_t value) { number(value); }
    void boolean(bool value) { word(value ? "true" : "false"); }
    void null() { word("null"); }
    // REQUIRES: the text is JSON by itself, such as a number.
    void literal(std::string_view value) { word(value); }

private:
    void begin(char bracket) {
        separate();
        text_ += bracket;
        fresh_ = true;
    }
    void end(char bracket) {
        text_ += bracket;
        fresh_ = false;
    }
    void separate() {
        if (!fresh_) text_ += ',';
        fresh_ = false;
    }
    void word(std::string_view value) {
        separate();
        text_ += value;
    }
    template <typename Integer>
    void number(Integer value) {
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        word({digits, static_cast<std::size_t>(end - digits)});
    }
    // Quotes, backslashes and control characters; all else passes as it is.
    void escaped(std::string_view value) {
        for (const char c : value) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte >= 0x20 && c != '"' && c != '\\') {
                text_ += c;
            } else if (byte >= 0x20) {
                text_ += '\\';
                text_ += c;
            } else {
                constexpr std::string_view figures = "0123456789abcdef";
                text_ += "\\u00";
                text_ += figures[byte >> 4U];
                text_ += figures[byte & 15U];
            }
        }
    }

    std::string& text_;
    bool fresh_{true};  // nothing stands before the next value on its level
};

}  // namespace riskd::feeds
