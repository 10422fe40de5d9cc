#include "dsl/format.hpp"

#include <algorithm>

#include "dsl/format_parts.hpp"
#include "dsl/parser.hpp"

namespace riskd::dsl {
namespace {

using StatementKind = Statement::Kind;

constexpr int blanks_a_level = 2;

SourcePlace end_of(const Expression& e) noexcept {
    return {e.end_line, e.end_column};
}
SourcePlace end_of(const Statement& s) noexcept {
    return {s.end_line, s.end_column};
}

class Formatter {
public:
    Formatter(std::string_view source, const std::vector<Lexeme>& lexemes)
        : margins_(source, lexemes) {}

    std::string run(const File& file) {
        block(file.body, {1 << 30, 0});
        return std::move(out_);
    }

private:
    std::size_t room() const noexcept {
        return format_columns - static_cast<std::size_t>(std::min(indent_, 60));
    }
    void line(std::string_view text) {
        if (!text.empty()) out_ += std::string(static_cast<std::size_t>(indent_), ' ');
        out_ += text;
        out_ += '\n';
        fresh_ = false;
    }
    void lines(const std::vector<std::string>& all) {
        for (const std::string& each : all)
            line(each);
    }
    void blank_above(int at) {
        if (!fresh_ && margins_.blank_above(at)) out_ += '\n';
    }
    void comments_before(SourcePlace end) {
        while (const Comment* comment = margins_.take_before(end)) {
            blank_above(comment->begin.line);
            line(comment->text);
        }
    }
    // What leads to something at `begin`; comments up to `inner` have no other place.
    void lead(SourcePlace begin, SourcePlace inner) {
        comments_before(begin);
        // A comment within goes above, and takes the blank line with it.
        blank_above(begin.line);
        while (const Comment* comment = margins_.take_before(inner))
            line(comment->text);
    }
    void comment_beside(SourcePlace end) {
        const Comment* comment = margins_.take_beside(end);
        if (comment == nullptr) return;
        out_.pop_back();
        out_ += "  " + comment->text + "\n";
    }

    // The statements, and the comments that stand behind them within the block.
    void block(const Block& statements, SourcePlace end) {
        fresh_ = true;
        for (const auto& each : statements)
            statement(*each);
        comments_before(end);
    }
    void inner_block(const Block& statements, SourcePlace end) {
        indent_ += blanks_a_level;
        block(statements, end);
        indent_ -= blanks_a_level;
        fresh_ = false;
    }

    // `head` and the one statement and `end` on one line, as they were written.
    bool on_one_line(const std::string& head, const Block& body, Span at, SourcePlace end,
                     const std::string& after) {
        if (at.line != end.line || body.size() != 1) return false;
        const Statement& only = *body[0];
        const bool plain = only.kind == StatementKind::give_back ||
                           only.kind == StatementKind::assign ||
                           only.kind == StatementKind::leave || only.kind == StatementKind::local;
        if (!plain || margins_.any_within(place_of(at), end)) return false;
        const std::string text = head + " " + flat_statement(only) + " end" + after;
        if (text.size() > room() || text.find('\n') != std::string::npos) return false;
        line(text);
        return true;
    }
    static std::vector<const Expression*> all_of(const std::vector<ExpressionPtr>& values) {
        std::vector<const Expression*> made;
        for (const ExpressionPtr& each : values)
            made.push_back(each.get());
        return made;
    }
    static std::string list(const std::vector<ExpressionPtr>& values) {
        std::string out;
        for (const ExpressionPtr& each : values)
            out += (out.empty() ? "" : ", ") + flat(*each);
        return out;
    }
    static std::string head_of(const Statement& each) {
        switch (each.kind) {
            case StatementKind::local: return "local " + each.names[0].text + " = ";
            case StatementKind::assign: return flat(*each.targets[0]) + " = ";
            case StatementKind::give_back: return each.values.empty() ? "return" : "return ";
            case StatementKind::leave: return "break";
            default: return "";
        }
    }
    static std::string flat_statement(const Statement& each) {
        return head_of(each) + list(each.values);
    }
    static std::string for_head(const Statement& each) {
        std::string names;
        for (const Named& name : each.names)
            names += (names.empty() ? "" : ", ") + name.text;
        const bool numbers = each.kind == StatementKind::loop;
        return "for " + names + (numbers ? " = " : " in ") + list(each.values) + " do";
    }
    static std::string function_head(const Function& of, const std::string& before) {
        std::string names;
        for (const Named& name : of.parameters)
            names += (names.empty() ? "" : ", ") + name.text;
        return before + "(" + names + ")";
    }

    void statement(const Statement& each) {
        switch (each.kind) {
            case StatementKind::branch: return branch(each);
            case StatementKind::loop:
            case StatementKind::each:
                lead(place_of(each.at), end_of(*each.values.back()));
                return closed(for_head(each), each.body, each.at, end_of(each), "");
            case StatementKind::block:
                lead(place_of(each.at), place_of(each.at));
                return closed("do", each.body, each.at, end_of(each), "");
            case StatementKind::local_function:
                lead(place_of(each.at), place_of(each.at));
                return closed(function_head(*each.function, "local function " + each.names[0].text),
                              each.function->body, each.at, end_of(each), "");
            default: return leaf(each);
        }
    }
    void leaf(const Statement& each) {
        const bool one = each.values.size() == 1;
        const TableShape shape = one ? table_shape(*each.values[0]) : TableShape{};
        if (shape.table != nullptr) {
            lead(place_of(each.at), place_of(shape.table->at));
            table(head_of(each) + shape.before, *shape.table, "");
        } else {
            lead(place_of(each.at), end_of(each));
            lines(
                wrapped(head_of(each), all_of(each.values), "", static_cast<std::size_t>(indent_)));
        }
        comment_beside(end_of(each));
    }
    // `head`, the body, `end`.
    void closed(const std::string& head, const Block& body, Span at, SourcePlace end,
                const std::string& after) {
        if (!on_one_line(head, body, at, end, after)) {
            line(head);
            inner_block(body, end);
            line("end" + after);
        }
        comment_beside(end);
    }
    void branch(const Statement& each) {
        lead(place_of(each.at), end_of(*each.branches[0].condition));
        const Branch& first = each.branches[0];
        const bool alone = each.branches.size() == 1;
        const std::string head = "if " + flat(*first.condition) + " then";
        if (alone && on_one_line(head, first.body, each.at, end_of(each), "")) {
            return comment_beside(end_of(each));
        }
        for (std::size_t i = 0; i < each.branches.size(); ++i) {
            const Branch& part = each.branches[i];
            if (part.condition == nullptr) {
                line("else");
            } else {
                lines(wrapped(i == 0 ? "if " : "elseif ", {part.condition.get()}, " then",
                              static_cast<std::size_t>(indent_)));
            }
            const bool last = i + 1 == each.branches.size();
            inner_block(part.body, last ? end_of(each) : place_of(each.branches[i + 1].at));
        }
        line("end");
        comment_beside(end_of(each));
    }

    bool stays_on_a_line(const std::string& before, const Expression& of,
                         const std::string& after) const {
        const bool opened = !of.entries.empty() && of.entries[0].at.line != of.at.line;
        return !opened && !has_function(of) && !margins_.any_within(place_of(of.at), end_of(of)) &&
               before.size() + flat(of).size() + after.size() <= room();
    }
    void table(const std::string& before, const Expression& of, const std::string& after) {
        if (stays_on_a_line(before, of, after)) return line(before + flat(of) + after);
        line(before + "{");
        indent_ += blanks_a_level;
        fresh_ = true;
        for (std::size_t i = 0; i < of.entries.size(); ++i) {
            if (begins_run(of, i)) width_ = run_width(of, i);
            const std::size_t width = width_;
            entry(of.entries[i], width);
            width_ = width;
        }
        comments_before(end_of(of));
        indent_ -= blanks_a_level;
        fresh_ = false;
        line("}" + after);
    }
    bool is_long(const TableEntry& of) const {
        if (of.value->kind == Expression::Kind::function) return true;
        const TableShape shape = table_shape(*of.value);
        return shape.table != nullptr &&
               !stays_on_a_line(of.key + " = " + shape.before, *shape.table, ",");
    }
    // Names are aligned from one blank line, comment or entry of several lines to the next.
    bool begins_run(const Expression& of, std::size_t i) const {
        if (i == 0) return true;
        const SourcePlace above = end_of(*of.entries[i - 1].value);
        const SourcePlace here = place_of(of.entries[i].at);
        return margins_.blank_above(here.line) || is_long(of.entries[i - 1]) ||
               (above.line + 1 < here.line && margins_.any_within(above, here));
    }
    // Not aligned at all when an entry would no longer fit its line.
    std::size_t run_width(const Expression& of, std::size_t from) const {
        std::size_t width = of.entries[from].key.size();
        std::size_t end = from + 1;
        for (; end < of.entries.size() && !begins_run(of, end); ++end)
            width = std::max(width, of.entries[end].key.size());
        for (std::size_t i = from; i < end; ++i) {
            const TableEntry& each = of.entries[i];
            if (is_long(each)) continue;
            const std::size_t rest = 4 + flat(*each.value).size();  // " = " and a comma
            if (width + rest > room() && each.key.size() + rest <= room()) return 0;
        }
        return width;
    }
    void entry(const TableEntry& of, std::size_t width) {
        const Expression& value = *of.value;
        const TableShape shape = table_shape(value);
        std::string head;
        if (!of.key.empty()) {
            head = of.key + std::string(width - std::min(width, of.key.size()), ' ') + " = ";
        }
        if (value.kind == Expression::Kind::function) {
            lead(place_of(of.at), place_of(value.at));
            const Function& made = *value.function;
            return closed(function_head(made, head + "function"), made.body, value.at,
                          end_of(value), ",");
        }
        if (shape.table != nullptr) {
            lead(place_of(of.at), place_of(shape.table->at));
            table(head + shape.before, *shape.table, ",");
        } else {
            lead(place_of(of.at), end_of(value));
            lines(wrapped(head, {&value}, ",", static_cast<std::size_t>(indent_)));
        }
        comment_beside(end_of(value));
    }

    Margins margins_;
    std::string out_;
    int indent_{};
    std::size_t width_{};
    bool fresh_{true};  // nothing was written yet in this block or table
};

const Expression* find_function(const Expression& e) {
    if (e.kind == Expression::Kind::function) return &e;
    for (const ExpressionPtr& part : e.items) {
        if (const Expression* found = find_function(*part)) return found;
    }
    for (const TableEntry& each : e.entries) {
        if (const Expression* found = find_function(*each.value)) return found;
    }
    return nullptr;
}

// Where a function stands that is neither an entry of a table of the file, as those of a rule are,
// nor a local function: no rule has one, and there is no layout for it.
const Expression* stray_function(const Block& statements, bool within_function);
const Expression* stray_function(const Expression& e) {
    for (const ExpressionPtr& part : e.items) {
        if (part->kind == Expression::Kind::function) return part.get();
        if (const Expression* found = stray_function(*part)) return found;
    }
    for (const TableEntry& each : e.entries) {
        const Function* made = each.value->function.get();
        const Expression* found =
            made != nullptr ? stray_function(made->body, true) : stray_function(*each.value);
        if (found != nullptr) return found;
    }
    return nullptr;
}
const Expression* stray_function(const Block& statements, bool within_function) {
    for (const auto& each : statements) {
        for (const auto* values : {&each->values, &each->targets}) {
            for (const ExpressionPtr& value : *values) {
                const bool in_table = !within_function && table_shape(*value).table != nullptr;
                const Expression* found = in_table ? stray_function(*value) : find_function(*value);
                if (found != nullptr) return found;
            }
        }
        for (const Branch& part : each->branches) {
            const Expression* found =
                part.condition == nullptr ? nullptr : find_function(*part.condition);
            if (found == nullptr) found = stray_function(part.body, within_function);
            if (found != nullptr) return found;
        }
        if (const Expression* found = stray_function(each->body, within_function)) return found;
        if (each->function == nullptr) continue;
        if (const Expression* found = stray_function(each->function->body, true)) return found;
    }
    return nullptr;
}

}  // namespace

std::optional<std::string> format(std::string_view source, Diagnostics& diagnostics) {
    std::string text{source};
    constexpr int passes_max = 8;  // a name that is aligned may need a second look at what fits
    for (int pass = 0; pass < passes_max; ++pass) {
        const std::vector<Lexeme> lexemes = lex(text, diagnostics);
        const File file = parse(text, diagnostics);
        if (!diagnostics.empty()) return std::nullopt;
        if (const Expression* stray = stray_function(file.body, false)) {
            diagnostics.add(stray->at, "no rule has a function here");
            return std::nullopt;
        }
        std::string made = Formatter{text, lexemes}.run(file);
        if (made == text) break;
        text = std::move(made);
    }
    Diagnostics none;
    if (same_tree(parse(source, none), parse(text, none)) && none.empty()) return text;
    diagnostics.add({1, 1, 1}, "formatting would change this rule; that is a fault of riskd");
    return std::nullopt;
}

}  // namespace riskd::dsl
