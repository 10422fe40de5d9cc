// Reading C++ text without compiling it: comments and literals blanked out, words, functions and
// where they begin and end. Heuristic on purpose: it has to be right for code that clang-format
// has laid out, and its own tests show what it can and cannot see. Any thread; values only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace riskd::shape {

struct SourceFile {
    std::string path;  // from the root of the repository
    std::string text;
};

// One thing that is wrong, at one line (1 first; 0 when it is the file itself).
struct Breach {
    std::string path;
    std::size_t line{};
    std::string message;
};
using Breaches = std::vector<Breach>;

std::vector<std::string> lines_of(std::string_view text);

// The same text, same length and same lines, with comments (and, for `without_literals`, the
// contents of strings and characters) replaced by spaces.
std::string without_comments(std::string_view text);
std::string without_literals(std::string_view text);
// As without_literals, and preprocessor lines blanked as well.
std::string plain_code(std::string_view text);

// True when `word` stands in `text` with no letter, digit or underscore touching it.
bool has_word(std::string_view text, std::string_view word);

struct StringLiteral {
    std::size_t line{};
    std::string text;
};
std::vector<StringLiteral> string_literals(std::string_view text);

struct Function {
    std::string name;  // the words before the first parenthesis; Suite.name for a TEST
    std::size_t line{};
    std::size_t lines{};  // from the first line of its signature to its closing brace
};
std::vector<Function> functions(std::string_view text);

}  // namespace riskd::shape
