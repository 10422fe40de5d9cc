#include "dsl/format_parts.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace riskd::dsl {
namespace {

using Kind = Expression::Kind;

constexpr int never = std::numeric_limits<int>::max();

// A piece of an expression; a line may break before it, the rather the lower its depth.
struct Piece {
    std::string text;
    int depth{never};
};

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

int rank_of(Token op) noexcept {
    switch (op) {
        case Token::word_or: return 1;
        case Token::word_and: return 2;
        case Token::plus:
        case Token::minus: return 4;
        case Token::star:
        case Token::slash:
        case Token::percent: return 5;
        default: return 3;
    }
}

class Pieces {
public:
    std::vector<Piece> take() { return std::move(made_); }

    void text(std::string_view text) {
        if (made_.empty()) made_.emplace_back();
        made_.back().text += text;
    }
    void open(int depth) { made_.push_back({.text = {}, .depth = depth}); }

    void add(const Expression& e, int depth) {
        switch (e.kind) {
            case Kind::number: return text(e.text);
            case Kind::text: return text(quoted(e.text));
            case Kind::flag: return text(e.flag ? "true" : "false");
            case Kind::nil: return text("nil");
            case Kind::name: return text(e.text);
            case Kind::field: add(*e.items[0], depth); return text("." + e.text);
            case Kind::method:
            case Kind::call: return call(e, depth);
            case Kind::unary: return unary(e, depth);
            case Kind::binary: return binary(e, depth);
            case Kind::table: return table(e, depth);
            case Kind::group:
                text("(");
                add(*e.items[0], depth + 10);
                return text(")");
            case Kind::function: return;  // told apart before: see has_function
        }
    }

private:
    void call(const Expression& e, int depth) {
        add(*e.items[0], depth);
        if (e.kind == Kind::method) text(":" + e.text);
        if (e.kind == Kind::call && e.items.size() == 2 && e.items[1]->kind == Kind::table) {
            text(" ");
            return table(*e.items[1], depth);
        }
        text("(");
        for (std::size_t i = 1; i < e.items.size(); ++i) {
            if (i > 1) {
                text(",");
                open(depth + 10);
            }
            add(*e.items[i], depth + 10);
        }
        text(")");
    }
    // Two signs in a row would begin a comment.
    void unary(const Expression& e, int depth) {
        const Expression& of = *e.items[0];
        const bool again = of.kind == Kind::unary && of.op == Token::minus;
        const std::string sign{spelling(e.op)};
        text(e.op == Token::word_not || again ? sign + " " : sign);
        add(of, depth);
    }
    void binary(const Expression& e, int depth) {
        add(*e.items[0], depth);
        text(" " + std::string{spelling(e.op)});
        open(depth + rank_of(e.op));
        add(*e.items[1], depth);
    }
    void table(const Expression& e, int depth) {
        if (e.entries.empty()) return text("{}");
        text("{ ");
        for (std::size_t i = 0; i < e.entries.size(); ++i) {
            if (i > 0) {
                text(",");
                open(depth + 10);
            }
            if (!e.entries[i].key.empty()) text(e.entries[i].key + " = ");
            add(*e.entries[i].value, depth + 10);
        }
        text(" }");
    }

    std::vector<Piece> made_;
};

// Where to end the line that begins with piece `from`: before the piece of the least depth that is
// not too far, the last of several. The end when all fits, or when nothing can be done.
std::size_t line_end(const std::vector<Piece>& pieces, std::size_t from, std::size_t room) {
    std::size_t width = pieces[from].text.size();
    std::size_t best = pieces.size();
    int least = never;
    for (std::size_t i = from + 1; i < pieces.size(); ++i) {
        if (width > room && best != pieces.size()) return best;
        if (pieces[i].depth <= least) {
            least = pieces[i].depth;
            best = i;
        }
        if (width > room) return best;  // nothing before it fits; the first place there is
        width += 1 + pieces[i].text.size();
    }
    return width > room ? best : pieces.size();
}

SourcePlace moved(SourcePlace at, std::string_view over) {
    for (const char c : over) {
        at = c == '\n' ? SourcePlace{at.line + 1, 1} : SourcePlace{at.line, at.column + 1};
    }
    return at;
}

}  // namespace

Margins::Margins(std::string_view source, const std::vector<Lexeme>& lexemes) {
    SourcePlace at{1, 1};
    std::size_t offset = 0;
    for (const Lexeme& each : lexemes) {
        const bool last = each.token == Token::end_of_file;
        const std::size_t begin =
            last ? source.size() : static_cast<std::size_t>(each.text.data() - source.data());
        find_comments(source.substr(offset, begin - offset), at);
        at = last ? at : moved(place_of(each.at), each.text);
        offset = begin + each.text.size();
        const bool separator = each.token == Token::comma || each.token == Token::semicolon;
        if (!last && !separator) words_.push_back(place_of(each.at));
    }
    blank_.push_back(true);
    while (!source.empty()) {
        const std::size_t end = std::min(source.find('\n'), source.size());
        blank_.push_back(source.substr(0, end).find_first_not_of(" \t\r") ==
                         std::string_view::npos);
        source.remove_prefix(std::min(end + 1, source.size()));
    }
}

// What stands between two lexemes: blanks, and comments of one line or within brackets.
void Margins::find_comments(std::string_view gap, SourcePlace at) {
    while (true) {
        const std::size_t begin = gap.find("--");
        if (begin == std::string_view::npos) return;
        at = moved(at, gap.substr(0, begin));
        gap.remove_prefix(begin);
        std::size_t level = 3;
        while (gap.substr(0, 3) == "--[" && level < gap.size() && gap[level] == '=')
            ++level;
        const bool bracket = gap.substr(0, 3) == "--[" && level < gap.size() && gap[level] == '[';
        std::size_t end = std::min(gap.find('\n'), gap.size());
        if (bracket) {
            const std::string close = "]" + std::string(level - 3, '=') + "]";
            end = std::min(gap.find(close, level), gap.size() - close.size()) + close.size();
        }
        std::string text{gap.substr(0, end)};
        text.erase(text.find_last_not_of(" \t\r") + 1);
        const SourcePlace after = moved(at, gap.substr(0, end));
        comments_.push_back({.begin = at, .end_line = after.line, .text = std::move(text)});
        at = after;
        gap.remove_prefix(end);
    }
}

const Comment* Margins::take_before(SourcePlace end) {
    if (next_ == comments_.size() || !(comments_[next_].begin < end)) return nullptr;
    return &comments_[next_++];
}

const Comment* Margins::take_beside(SourcePlace end) {
    if (next_ == comments_.size()) return nullptr;
    const Comment& comment = comments_[next_];
    if (comment.begin.line != end.line || comment.begin < end) return nullptr;
    const auto word = std::lower_bound(words_.begin(), words_.end(), end);
    if (word != words_.end() && *word < comment.begin) return nullptr;
    ++next_;
    return &comment;
}

bool Margins::any_within(SourcePlace begin, SourcePlace end) const noexcept {
    return std::any_of(comments_.begin(), comments_.end(),
                       [&](const Comment& each) { return begin < each.begin && each.begin < end; });
}

bool Margins::blank_above(int line) const noexcept {
    const auto above = static_cast<std::size_t>(line - 1);
    return line > 1 && above < blank_.size() && blank_[above];
}

TableShape table_shape(const Expression& e) {
    if (e.kind == Kind::table) return {&e, ""};
    const bool named =
        e.kind == Kind::call && e.items.size() == 2 && e.items[1]->kind == Kind::table;
    if (!named || has_function(*e.items[0])) return {};
    return {e.items[1].get(), flat(*e.items[0]) + " "};
}

bool has_function(const Expression& e) noexcept {
    const auto within = [](const auto& part) { return has_function(*part); };
    return e.kind == Kind::function || std::any_of(e.items.begin(), e.items.end(), within) ||
           std::any_of(e.entries.begin(), e.entries.end(),
                       [](const TableEntry& each) { return has_function(*each.value); });
}

std::string flat(const Expression& e) {
    Pieces pieces;
    pieces.add(e, 0);
    std::string out;
    for (const Piece& each : pieces.take())
        out += (out.empty() ? "" : " ") + each.text;
    return out;
}

std::vector<std::string> wrapped(const std::string& before,
                                 const std::vector<const Expression*>& values,
                                 const std::string& after, std::size_t indent) {
    Pieces made;
    made.text(before);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) {
            made.text(",");
            made.open(0);
        }
        made.add(*values[i], 1);
    }
    made.text(after);
    const std::vector<Piece> pieces = made.take();
    std::vector<std::string> lines;
    for (std::size_t from = 0; from < pieces.size();) {
        // Two more, and two for each bracket that is open where the line was broken.
        const int open = from == 0 ? 0 : std::min(pieces[from].depth / 10, 10);
        const std::size_t set_in = from == 0 ? 0 : 2 + 2 * static_cast<std::size_t>(open);
        const std::size_t room = format_columns - std::min(indent, std::size_t{60}) - set_in;
        const std::size_t end = line_end(pieces, from, room);
        std::string line = std::string(set_in, ' ') + pieces[from].text;
        for (std::size_t i = from + 1; i < end; ++i)
            line += " " + pieces[i].text;
        lines.push_back(std::move(line));
        from = end;
    }
    return lines;
}

}  // namespace riskd::dsl
