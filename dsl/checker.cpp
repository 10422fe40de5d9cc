#include "dsl/checker.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "dsl/checker_pass.hpp"
#include "dsl/parser.hpp"

namespace riskd::dsl {
namespace {

// The statement `rule { ... }`, which must be there once and last.
const Expression* find_rule(const File& file, Diagnostics& diagnostics) {
    const Expression* found = nullptr;
    for (const auto& statement : file.body) {
        if (statement->kind != Statement::Kind::call) continue;
        const Expression& call = *statement->values[0];
        const bool is_rule = call.kind == Expression::Kind::call && call.items.size() == 2 &&
                             call.items[0]->kind == Expression::Kind::name &&
                             call.items[0]->text == "rule" &&
                             call.items[1]->kind == Expression::Kind::table;
        if (!is_rule) {
            diagnostics.add(start_of(call),
                            "only local names and one `rule { ... }` stand in a file");
        } else if (found != nullptr) {
            diagnostics.add(call.at, "a file holds one rule; write the second into its own file");
        } else {
            found = &call;
        }
    }
    if (found == nullptr && diagnostics.empty()) {
        diagnostics.add({1, 1, 1}, "this file holds no `rule { ... }`");
    }
    return found;
}

// A ladder that lets accounts sleep must not look at what prices and orders move in ways that
// nobody bounds.
void check_monotone(const CheckedRule& rule, Diagnostics& diagnostics) {
    if (!rule.declaration.monotone) return;
    constexpr std::array<std::string_view, 6> bounded{
        "account.equity",       "account.maintenance_margin", "account.headroom",
        "account.margin_ratio", "account.gross_exposure",     "account.stage"};
    for (const std::string& read : rule.reads) {
        if (!read.starts_with("account.")) continue;
        if (std::find(bounded.begin(), bounded.end(), read) != bounded.end()) continue;
        diagnostics.add(rule.declaration.monotone_at,
                        "a monotone ladder looks at equity, maintenance_margin, headroom, "
                        "margin_ratio, gross_exposure and stage alone, not at `" +
                            read + "`");
    }
}

}  // namespace

CheckedRule check(RuleText source, Diagnostics& diagnostics) {
    CheckedRule rule;
    rule.source = std::move(source);
    rule.file = parse(rule.source.text, diagnostics);
    const bool parsed = diagnostics.empty();
    const Expression* call = find_rule(rule.file, diagnostics);
    if (call == nullptr) {
        diagnostics.sort();
        return rule;
    }
    rule.declaration = declare(*call, diagnostics);
    // After a syntax error the rest of the tree may be missing, and complaining of it would
    // mislead.
    if (!parsed && rule.declaration.functions.empty()) {
        diagnostics.sort();
        return rule;
    }
    LearntTypes learnt;
    int looks = 0;
    for (int turn = 0;; ++turn) {
        constexpr int turns_max = 70;  // each turn but the last learns of one more local
        Diagnostics found;
        CheckerPass pass{rule, learnt, looks, found};
        pass.run();
        if (looks > looks_max) {
            diagnostics.add(rule.declaration.name_at,
                            "the units in this rule take too long to find; let its locals begin "
                            "with theirs, and call functions with fewer");
            break;
        }
        if (pass.learnt_more() && turn < turns_max) continue;
        for (const Diagnostic& each : found.list()) {
            if (each.follows) {
                diagnostics.add_following(each.at, each.message);
            } else {
                diagnostics.add(each.at, each.message);
            }
        }
        break;
    }
    check_monotone(rule, diagnostics);
    diagnostics.drop_following();
    diagnostics.sort();
    return rule;
}

bool always_returns(const Block& block) noexcept {
    if (block.empty()) return false;
    const Statement& last = *block.back();
    if (last.kind == Statement::Kind::give_back) return true;
    if (last.kind == Statement::Kind::block) return always_returns(last.body);
    if (last.kind != Statement::Kind::branch || last.branches.back().condition != nullptr) {
        return false;
    }
    return std::all_of(last.branches.begin(), last.branches.end(),
                       [](const Branch& branch) { return always_returns(branch.body); });
}

std::string dotted(const Expression& expression) {
    if (expression.kind == Expression::Kind::name) return expression.text;
    if (expression.kind != Expression::Kind::field) return {};
    const std::string base = dotted(*expression.items[0]);
    return base.empty() ? base : base + "." + expression.text;
}

// What each turn of a walk stands for: `for p in book.positions do`, as many turns as the book has
// positions, and `for row in params.<steps> do`, one for each row.
Type CheckerPass::walked(Statement& each) {
    const auto& values = each.values;
    const bool shaped = values.size() == 1 && values[0]->kind == Expression::Kind::field &&
                        values[0]->items[0]->kind == Expression::Kind::name;
    if (shaped) {
        Expression& collection = *values[0];
        const Type base = expression(*collection.items[0]);
        for (const CollectionInfo& info : collections) {
            const bool fits = base.kind == Type::Kind::view && base.view == info.of;
            if (!fits || collection.text != info.name) continue;
            rule_.reads.insert("book." + collection.text);
            return {.kind = Type::Kind::view, .view = info.element};
        }
        auto& parameters = rule_.declaration.parameters;
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            const bool fits = base.kind == Type::Kind::params &&
                              parameters[i].value.name == collection.text &&
                              parameters[i].value.kind == ParameterKind::steps;
            if (!fits) continue;
            parameters[i].used = parameters[i].walked = true;
            collection.meaning = Meaning::row;
            collection.meaning_number = static_cast<int>(i);
            return {.kind = Type::Kind::row, .index = static_cast<int>(i)};
        }
    }
    return refuse(each.at,
                  "only `book.positions`, `.balances`, `.orders` and `params.<steps>` are walked");
}

void CheckerPass::walk(Statement& each, Frame& frame) {
    const Type element = walked(each);
    if (each.names.size() != 1) refuse(each.names[1].at, "one name stands for each turn");
    const std::size_t size = scope_.size();
    if (name_is_free(each.names[0])) {
        bind({.name = each.names[0].text,
              .at = each.names[0].at,
              .kind = NameKind::loop,
              .type = element});
    }
    ++frame.loops;
    block(each.body, frame);
    --frame.loops;
    close_scope(size);
}

}  // namespace riskd::dsl
