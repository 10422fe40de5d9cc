#include "dsl/checker.hpp"

#include <algorithm>
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
    for (int turn = 0;; ++turn) {
        constexpr int turns_max = 70;  // each turn but the last learns of one more local
        Diagnostics found;
        CheckerPass pass{rule, learnt, found};
        pass.run();
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

}  // namespace riskd::dsl
