// Splits the text of a rule file into tokens. Knows all of Lua's tokens, so that what the language
// refuses can be refused by name. Every place is exact. Pure; load time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/source.hpp"

namespace riskd::dsl {

inline constexpr std::size_t source_bytes_max = 256 * 1024;
inline constexpr std::size_t tokens_max = 32'768;
inline constexpr std::size_t word_bytes_max = 64;     // of a name and of a number
inline constexpr std::size_t text_bytes_max = 1'000;  // between quotes

// clang-format off
enum class Token : std::uint8_t {
    end_of_file, name, number, text,
    // Words of Lua.
    word_and, word_break, word_do, word_else, word_elseif, word_end, word_false, word_for,
    word_function, word_goto, word_if, word_in, word_local, word_nil, word_not, word_or,
    word_repeat, word_return, word_then, word_true, word_until, word_while,
    // Signs.
    plus, minus, star, slash, percent, caret, hash, equal, not_equal, less_equal, greater_equal,
    less, greater, assign, open_paren, close_paren, open_brace, close_brace, open_bracket,
    close_bracket, label, semicolon, colon, comma, dot, concat, varargs,
};
// clang-format on

struct Lexeme {
    Token token{};
    Span at;
    std::string_view text;  // as written
    double number{};
};

// Always ends with end_of_file. `source` must outlive the result.
std::vector<Lexeme> lex(std::string_view source, Diagnostics& diagnostics);

// What a text token says, its escapes resolved.
std::string said(const Lexeme& lexeme);

// How a token is named in a message: "`end`", "a number", "the end of the file".
std::string describe(const Lexeme& lexeme);
std::string_view spelling(Token token) noexcept;

}  // namespace riskd::dsl
