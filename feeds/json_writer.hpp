// Writes JSON into a text that the caller reuses, so a warm one does not allocate. Commas are put
// where they belong; nesting is the caller's. Amounts are decimal strings without trailing zeros.
// The text holds the whole when the writer is gone, not before. Any thread; one writer per text.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "riskd/core/decimal.hpp"
#include "riskd/core/units.hpp"

namespace riskd::feeds {

class JsonWriter {
public:
    // Appends to `text`.
    explicit JsonWriter(std::string& text) : text_(text), size_(text.size()) { grow(first_room); }
    ~JsonWriter() { text_.resize(size_); }
    JsonWriter(const JsonWriter&) = delete;
    JsonWriter& operator=(const JsonWriter&) = delete;

    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_array() { begin('['); }
    void end_array() { end(']'); }

    // REQUIRES: the key needs no escapes.
    JsonWriter& key(std::string_view name) {
        make_room(name.size() + 4);
        separate();
        put('"');
        put(name);
        put('"');
        put(':');
        fresh_ = true;
        return *this;
    }
    void string(std::string_view value) {
        make_room(value.size() * escaped_size_max + 3);
        separate();
        put('"');
        put_escaped(value);
        put('"');
    }
    void decimal(Decimal value) { string(DecimalText{value}.view()); }
    void integer(std::int64_t value) { number(value); }
    void unsigned_integer(std::uint64_t value) { number(value); }
    void boolean(bool value) { literal(value ? "true" : "false"); }
    void null() { literal("null"); }
    // REQUIRES: the text is JSON by itself, such as a number.
    void literal(std::string_view value) {
        make_room(value.size() + 1);
        separate();
        put(value);
    }

private:
    static constexpr std::size_t first_room = 512;
    static constexpr std::size_t escaped_size_max = 6;  // \u001f

    void begin(char bracket) {
        make_room(2);
        separate();
        put(bracket);
        fresh_ = true;
    }
    void end(char bracket) {
        make_room(1);
        put(bracket);
        fresh_ = false;
    }
    void separate() {
        if (!fresh_) put(',');
        fresh_ = false;
    }
    template <typename Integer>
    void number(Integer value) {
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        literal({digits, static_cast<std::size_t>(end - digits)});
    }
    void make_room(std::size_t room) {
        if (text_.size() - size_ < room) grow(room + text_.size());
    }
    void grow(std::size_t room) { text_.resize(size_ + room); }
    void put(char c) noexcept { text_[size_++] = c; }
    void put(std::string_view value) noexcept {
        std::memcpy(text_.data() + size_, value.data(), value.size());
        size_ += value.size();
    }
    // Whether eight bytes need no escape: the top bit of each byte of `found` is set when one does.
    static bool is_plain(const char* bytes) noexcept {
        constexpr std::uint64_t ones = 0x0101010101010101;
        constexpr std::uint64_t tops = 0x8080808080808080;
        const auto zero_bytes = [](std::uint64_t word) { return (word - ones) & ~word & tops; };
        std::uint64_t word{};
        std::memcpy(&word, bytes, sizeof word);
        const std::uint64_t controls = (word - ones * 0x20) & ~word & tops;
        const std::uint64_t found =
            controls | zero_bytes(word ^ (ones * '"')) | zero_bytes(word ^ (ones * '\\'));
        return found == 0;
    }
    // Quotes, backslashes and control characters; all else passes as it is.
    void put_escaped(std::string_view value) noexcept {
        while (value.size() >= 8 && is_plain(value.data())) {
            put(value.substr(0, 8));
            value.remove_prefix(8);
        }
        for (const char c : value) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte >= 0x20 && c != '"' && c != '\\') {
                put(c);
            } else if (byte >= 0x20) {
                put('\\');
                put(c);
            } else {
                constexpr std::string_view figures = "0123456789abcdef";
                put("\\u00");
                put(figures[byte >> 4U]);
                put(figures[byte & 15U]);
            }
        }
    }

    std::string& text_;
    std::size_t size_;  // of what is written; the text itself is longer meanwhile
    bool fresh_{true};  // nothing stands before the next value on its level
};

}  // namespace riskd::feeds
