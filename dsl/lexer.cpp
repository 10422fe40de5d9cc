#include "dsl/lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace riskd::dsl {
namespace {

struct Spelled {
    std::string_view text;
    Token token;
};

constexpr std::array<Spelled, 22> words{{
    {"and", Token::word_and},
    {"break", Token::word_break},
    {"do", Token::word_do},
    {"else", Token::word_else},
    {"elseif", Token::word_elseif},
    {"end", Token::word_end},
    {"false", Token::word_false},
    {"for", Token::word_for},
    {"function", Token::word_function},
    {"goto", Token::word_goto},
    {"if", Token::word_if},
    {"in", Token::word_in},
    {"local", Token::word_local},
    {"nil", Token::word_nil},
    {"not", Token::word_not},
    {"or", Token::word_or},
    {"repeat", Token::word_repeat},
    {"return", Token::word_return},
    {"then", Token::word_then},
    {"true", Token::word_true},
    {"until", Token::word_until},
    {"while", Token::word_while},
}};

// Longer signs first: the first that fits is taken.
constexpr std::array<Spelled, 27> signs{{
    {"...", Token::varargs},    {"..", Token::concat},       {"==", Token::equal},
    {"~=", Token::not_equal},   {"<=", Token::less_equal},   {">=", Token::greater_equal},
    {"::", Token::label},       {"+", Token::plus},          {"-", Token::minus},
    {"*", Token::star},         {"/", Token::slash},         {"%", Token::percent},
    {"^", Token::caret},        {"#", Token::hash},          {"<", Token::less},
    {">", Token::greater},      {"=", Token::assign},        {"(", Token::open_paren},
    {")", Token::close_paren},  {"{", Token::open_brace},    {"}", Token::close_brace},
    {"[", Token::open_bracket}, {"]", Token::close_bracket}, {";", Token::semicolon},
    {":", Token::colon},        {",", Token::comma},         {".", Token::dot},
}};

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_name_start(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_name_part(char c) noexcept {
    return is_name_start(c) || is_digit(c);
}

class Lexer {
public:
    Lexer(std::string_view source, Diagnostics& diagnostics)
        : source_(source), diagnostics_(diagnostics) {}

    std::vector<Lexeme> run() {
        if (source_.size() > source_bytes_max) {
            diagnostics_.add(here(1), "this file is too long: 256 KiB is the most");
            source_ = {};
        } else if (source_.starts_with('\x1b')) {
            diagnostics_.add(here(1), "this is bytecode; only the text of a rule is loaded");
            source_ = {};
        }
        while (skip_blank() && !diagnostics_.full()) {
            if (lexemes_.size() == tokens_max) {
                diagnostics_.add(here(1), "this rule is too long");
                lexemes_.clear();
                break;
            }
            read_one();
        }
        add(Token::end_of_file, 0);
        return std::move(lexemes_);
    }

private:
    Span here(std::size_t length) const noexcept {
        return {line_, static_cast<int>(at_ - line_start_) + 1, static_cast<int>(length)};
    }
    char peek(std::size_t ahead = 0) const noexcept {
        return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
    }
    void step() noexcept {
        if (source_[at_] == '\n') {
            ++line_;
            line_start_ = at_ + 1;
        }
        ++at_;
    }
    void add(Token token, std::size_t length) {
        lexemes_.push_back({token, here(length), source_.substr(at_, length), 0});
        at_ += length;
    }

    // Of one that is too long, the beginning stands for all of it in what is said later.
    void add_bounded(Token token, std::size_t length, std::size_t most, std::string_view what) {
        if (length > most) {
            const std::size_t shown = token == Token::text ? text_bytes_max : most;
            diagnostics_.add(here(length), std::string{what} + " has at most " +
                                               std::to_string(shown) + " characters");
        }
        add(token, length);
        if (length > most) lexemes_.back().text = lexemes_.back().text.substr(0, word_bytes_max);
    }

    // The level of a long bracket `[==[` at `at`, or -1.
    int long_bracket(std::size_t at) const noexcept {
        if (at >= source_.size() || source_[at] != '[') return -1;
        std::size_t end = at + 1;
        while (end < source_.size() && source_[end] == '=')
            ++end;
        if (end >= source_.size() || source_[end] != '[') return -1;
        return static_cast<int>(end - at - 1);
    }
    void skip_long_bracket(int level, std::string_view what) {
        const Span start = here(2);
        const std::size_t signs_each = static_cast<std::size_t>(level) + 2;
        std::size_t end = at_ + signs_each;
        while (end < source_.size() && !(source_[end] == ']' && closes(end, signs_each)))
            ++end;
        if (end >= source_.size()) {
            diagnostics_.add(start, std::string{what} + " is not closed");
        }
        const std::size_t stop = std::min(end + signs_each, source_.size());
        while (at_ < stop)
            step();
    }
    // Whether `]==]` of this length is at `at`, where a `]` is.
    bool closes(std::size_t at, std::size_t length) const noexcept {
        const std::size_t last = at + length - 1;
        if (last >= source_.size() || source_[last] != ']') return false;
        for (std::size_t i = at + 1; i < last; ++i) {
            if (source_[i] != '=') return false;
        }
        return true;
    }

    // False at the end of the file.
    bool skip_blank() {
        while (at_ < source_.size()) {
            const char c = source_[at_];
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
                step();
            } else if (c == '-' && peek(1) == '-') {
                const int level = long_bracket(at_ + 2);
                if (level >= 0) {
                    skip_long_bracket(level, "this comment");
                } else {
                    while (at_ < source_.size() && source_[at_] != '\n')
                        ++at_;
                }
            } else {
                return true;
            }
        }
        return false;
    }

    void read_one() {
        const char c = source_[at_];
        if (is_name_start(c)) return read_name();
        if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return read_number();
        if (c == '"' || c == '\'') return read_text(c);
        const int level = long_bracket(at_);
        if (level >= 0) {
            diagnostics_.add(here(2), "write a text on one line, in double quotes");
            return skip_long_bracket(level, "this text");
        }
        for (const Spelled& sign : signs) {
            if (sign.text[0] == c && source_.substr(at_).starts_with(sign.text))
                return add(sign.token, sign.text.size());
        }
        diagnostics_.add(here(1), "this character has no meaning here");
        ++at_;
        while ((static_cast<unsigned char>(peek()) & 0xC0U) == 0x80)  // the rest of it, in UTF-8
            ++at_;
    }

    void read_name() {
        const char c = source_[at_];
        std::size_t length = 1;
        while (is_name_part(peek(length)))
            ++length;
        const std::string_view text = source_.substr(at_, length);
        for (const Spelled& word : words) {
            if (word.text[0] == c && word.text == text) return add(word.token, length);
        }
        add_bounded(Token::name, length, word_bytes_max, "a name");
    }

    void read_number() {
        std::size_t length = 0;
        while (is_name_part(peek(length)) || peek(length) == '.' ||
               ((peek(length) == '+' || peek(length) == '-') && length > 0 &&
                (peek(length - 1) == 'e' || peek(length - 1) == 'E'))) {
            ++length;
        }
        if (length > word_bytes_max) {
            add_bounded(Token::number, length, word_bytes_max, "a number");
            return;
        }
        const std::string_view text = source_.substr(at_, length);
        double value{};
        const auto [rest, error] = std::from_chars(text.data(), text.data() + length, value);
        const bool whole = error == std::errc{} && rest == text.data() + length;
        const bool plain = text.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
        if (!whole || !plain || !std::isfinite(value)) {
            diagnostics_.add(here(length), "`" + printable(text) + "` is not a number");
            value = 1;
        }
        add(Token::number, length);
        lexemes_.back().number = value;
    }

    void read_text(char quote) {
        std::size_t length = 1;
        bool escapes_known = true;  // the first that is not is said
        while (at_ + length < source_.size() && peek(length) != quote && peek(length) != '\n') {
            if (peek(length) == '\\') {
                ++length;
                const char c = peek(length);
                const bool known = c == '"' || c == '\'' || c == '\\';
                if (escapes_known && !known) {
                    escapes_known = false;
                    diagnostics_.add(here(length + 1), "a text knows only \\\" \\' and \\\\");
                }
                if (at_ + length >= source_.size() || c == '\n') break;
            }
            ++length;
        }
        const bool closed = at_ + length < source_.size() && peek(length) == quote;
        if (!closed) diagnostics_.add(here(length), "this text is not closed");
        add_bounded(Token::text, length + (closed ? 1 : 0), text_bytes_max + 2, "a text");
    }

    std::string_view source_;
    Diagnostics& diagnostics_;
    std::vector<Lexeme> lexemes_;
    std::size_t at_{};
    std::size_t line_start_{};
    int line_{1};
};

}  // namespace

std::vector<Lexeme> lex(std::string_view source, Diagnostics& diagnostics) {
    return Lexer{source, diagnostics}.run();
}

std::string said(const Lexeme& lexeme) {
    std::string out;
    const std::size_t closed = lexeme.text.size() > 1 && lexeme.text.back() == lexeme.text[0];
    for (std::size_t i = 1; i + closed < lexeme.text.size(); ++i) {
        if (lexeme.text[i] == '\\' && i + 1 + closed < lexeme.text.size()) ++i;
        out += lexeme.text[i];
    }
    return out;
}

std::string_view spelling(Token token) noexcept {
    for (const Spelled& word : words) {
        if (word.token == token) return word.text;
    }
    for (const Spelled& sign : signs) {
        if (sign.token == token) return sign.text;
    }
    return {};
}

std::string describe(const Lexeme& lexeme) {
    switch (lexeme.token) {
        case Token::end_of_file: return "the end of the file";
        case Token::number: return "the number " + std::string{lexeme.text.substr(0, 40)};
        case Token::text: return "a text";
        default: return "`" + std::string{lexeme.text.substr(0, 60)} + "`";
    }
}

}  // namespace riskd::dsl
