// JSON as people read it: a level a line, and small objects within others on one. The commas and
// quotes are its business; that each open() has its close() is the caller's. One thread.
#pragma once

#include <string>
#include <string_view>

namespace riskd::dsl {

class JsonText {
public:
    void open(char bracket) {
        separate();
        out_ += bracket;
        deep_ += bracket == '{' ? "}" : "]";
        first_ = true;
    }
    void close() {
        const bool empty = first_;
        const char bracket = deep_.back();
        deep_.pop_back();
        if (!empty && deep_.size() + 1 < lines_to) new_line();
        out_ += bracket;
        first_ = false;
    }
    void key(std::string_view name) {
        separate();
        quote(name);
        out_ += ": ";
        after_key_ = true;
    }
    void text(std::string_view value) {
        separate();
        quote(value);
    }
    void plain(std::string_view value) {  // a number, true or false
        separate();
        out_ += value;
    }
    void pair(std::string_view name, std::string_view value) {
        key(name);
        text(value);
    }
    std::string take() { return std::move(out_) + "\n"; }

private:
    static constexpr std::size_t lines_to = 5;  // brackets in each other; within them, one line

    void separate() {
        if (after_key_) {
            after_key_ = false;
            return;
        }
        if (!first_) out_ += deep_.size() < lines_to ? "," : ", ";
        if (!deep_.empty() && deep_.size() < lines_to) new_line();
        first_ = false;
    }
    void new_line() { out_ += "\n" + std::string(2 * deep_.size(), ' '); }
    void quote(std::string_view value) {
        out_ += '"';
        for (const char c : value) {
            constexpr std::string_view figures = "0123456789abcdef";
            const auto byte = static_cast<unsigned char>(c);
            if (byte < 0x20) {
                out_ += std::string{"\\u00"} + figures[byte >> 4] + figures[byte & 15U];
                continue;
            }
            if (c == '"' || c == '\\') out_ += '\\';
            out_ += c;
        }
        out_ += '"';
    }

    std::string out_;
    std::string deep_;
    bool first_{true};
    bool after_key_{};
};

}  // namespace riskd::dsl
