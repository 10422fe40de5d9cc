// The parts of the formatter: what the tree does not hold of a source (comments, blank lines), and
// expressions as text on one line or broken over several. Internal to format*.cpp. Load time.
// Columns are counted in bytes, as everywhere in the front-end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/ast.hpp"
#include "dsl/lexer.hpp"

namespace riskd::dsl {

inline constexpr std::size_t format_columns = 100;

struct SourcePlace {
    int line{};
    int column{};
    friend constexpr auto operator<=>(const SourcePlace&, const SourcePlace&) = default;
};
constexpr SourcePlace place_of(Span at) noexcept {
    return {at.line, at.column};
}

struct Comment {
    SourcePlace begin;
    int end_line{};
    std::string text;
};

// Comments in order and blank lines.
class Margins {
public:
    // REQUIRES: the lexemes are those of the source, which lexed without a fault.
    Margins(std::string_view source, const std::vector<Lexeme>& lexemes);

    // The next comment that begins before `end`, or null. It is then taken.
    const Comment* take_before(SourcePlace end);
    // The next comment when it stands on the line of `end` with nothing but a separator between.
    const Comment* take_beside(SourcePlace end);
    bool any_within(SourcePlace begin, SourcePlace end) const noexcept;
    bool blank_above(int line) const noexcept;

private:
    void find_comments(std::string_view gap, SourcePlace at);

    std::vector<Comment> comments_;
    std::vector<SourcePlace> words_;  // where lexemes begin that are no separators
    std::vector<bool> blank_;         // by line, from 1
    std::size_t next_{};
};

// `name { ... }` or `{ ... }`: its table, and what stands before the brace.
struct TableShape {
    const Expression* table{};
    std::string before;
};
TableShape table_shape(const Expression& e);

// Whether a function stands within it, which is no text on one line.
bool has_function(const Expression& e) noexcept;

// The expression on one line.
std::string flat(const Expression& e);

// `before` and the values, parted by commas, in lines of at most format_columns where that can be
// done; `after` ends the last. Lines behind the first are set in by two or more; `indent`, which
// all are set in by besides, is not in them.
std::vector<std::string> wrapped(const std::string& before,
                                 const std::vector<const Expression*>& values,
                                 const std::string& after, std::size_t indent);

}  // namespace riskd::dsl
