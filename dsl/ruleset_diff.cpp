#include "dsl/ruleset_diff.hpp"

#include <algorithm>
#include <array>

#include "dsl/effective_parameter.hpp"
#include "dsl/format.hpp"

namespace riskd::dsl {
namespace {

constexpr std::array<std::string_view, 4> change_names{"same", "tightened", "loosened", "unclear"};
constexpr std::array<std::string_view, 3> verdict_names{"same", "tightens only", "loosens"};

std::string rule_path(const RuleDeclaration& rule) {
    return std::string{name(rule.kind)} + "/" + rule.name;
}

const CheckedRule* find_rule(const RulesetSide& side, const RuleDeclaration& like) {
    for (const CheckedRule& each : side.rules) {
        if (each.declaration.name == like.name && each.declaration.kind == like.kind) return &each;
    }
    return nullptr;
}

const ParameterDeclaration* find_parameter(const RuleDeclaration& rule, std::string_view name) {
    for (const ParameterDeclaration& each : rule.parameters) {
        if (each.value.name == name) return &each;
    }
    return nullptr;
}

// Accounts and groups whose groups are not the same on both sides: what is set for a group may
// reach them on one side only.
std::set<ParameterScope> moved(const RulesetSide& a, const RulesetSide& b) {
    std::set<ParameterScope> scopes;
    for (const auto& [account, group] : a.group_of_account) {
        const auto there = b.group_of_account.find(account);
        if (there == b.group_of_account.end()) continue;
        if (groups_above(a, group) == groups_above(b, there->second)) continue;
        ParameterScope scope;
        scope.account = account;
        scopes.insert(scope);
    }
    for (const auto& [group, parent] : a.parent_of_group) {
        if (!b.parent_of_group.contains(group)) continue;
        if (groups_above(a, group) == groups_above(b, group)) continue;
        ParameterScope scope;
        scope.group = group;
        scopes.insert(scope);
    }
    return scopes;
}

ParameterScope owner_of(const ParameterScope& scope) {
    return {scope.group, scope.account, {}, {}};
}
ParameterScope thing_of(const ParameterScope& scope) {
    return {{}, {}, scope.instrument, scope.asset};
}

class Comparison {
public:
    Comparison(const RulesetSide& before, const RulesetSide& after)
        : before_(before), after_(after), moved_(moved(before, after)) {}

    RulesetDifferences run() {
        first_margin();
        for (const CheckedRule& is : after_.rules) {
            const CheckedRule* was = find_rule(before_, is.declaration);
            if (was == nullptr) {
                whole_rule(is.declaration, "added", RuleChange::tightened);
                continue;
            }
            source(*was, is);
            for (const ParameterDeclaration& each : is.declaration.parameters)
                parameter(*was, is, each);
        }
        for (const CheckedRule& was : before_.rules) {
            if (find_rule(after_, was.declaration) != nullptr) continue;
            whole_rule(was.declaration, "removed", RuleChange::loosened);
        }
        judge();
        return std::move(made_);
    }

private:
    // Only a check rule can do nothing but refuse.
    void whole_rule(const RuleDeclaration& rule, std::string_view what, RuleChange of_check) {
        RulesetDifference made;
        made.rule = rule_path(rule);
        made.change = rule.kind == RuleKind::check ? of_check : RuleChange::unclear;
        made.note = what;
        made_.list.push_back(std::move(made));
    }
    // The first margin rule is that of accounts which name none.
    void first_margin() {
        const auto first = [](const RulesetSide& side) {
            for (const CheckedRule& each : side.rules) {
                if (each.declaration.kind == RuleKind::margin) return rule_path(each.declaration);
            }
            return std::string{};
        };
        RulesetDifference made;
        made.before = first(before_);
        made.after = first(after_);
        if (made.before == made.after) return;
        made.change = RuleChange::unclear;
        made.note = "margin rule of accounts that name none";
        made_.list.push_back(std::move(made));
    }
    void source(const CheckedRule& was, const CheckedRule& is) {
        if (was.source.text == is.source.text) return;
        RulesetDifference made;
        made.rule = rule_path(is.declaration);
        const bool layout = same_tree(was.file, is.file);
        made.change = layout ? RuleChange::same : RuleChange::unclear;
        made.note = layout ? "layout or comments changed" : "source changed";
        made_.list.push_back(std::move(made));
    }

    // Every pair of an owner and a thing that is told apart: what is set for the one may be the end
    // of what is set for the other.
    std::set<ParameterScope> scopes_of(const EffectiveParameter& was,
                                       const EffectiveParameter& is) const {
        std::set<ParameterScope> owners{ParameterScope{}};
        std::set<ParameterScope> things{ParameterScope{}};
        for (const auto* scopes : {&was.scopes(), &is.scopes(), &moved_}) {
            for (const ParameterScope& each : *scopes) {
                owners.insert(owner_of(each));
                things.insert(thing_of(each));
            }
        }
        std::set<ParameterScope> all;
        for (const ParameterScope& owner : owners) {
            for (const ParameterScope& thing : things)
                all.insert({owner.group, owner.account, thing.instrument, thing.asset});
        }
        return all;
    }
    // An owner in a thing that goes as everyone, the owner or the thing does is told with those.
    static bool is_told(const EffectiveParameter& before, const EffectiveParameter& after,
                        const ParameterScope& scope) {
        const std::array<ParameterScope, 3> wider{ParameterScope{}, owner_of(scope),
                                                  thing_of(scope)};
        return std::any_of(wider.begin(), wider.end(), [&](const ParameterScope& each) {
            return each != scope && before.find(each) == before.find(scope) &&
                   after.find(each) == after.find(scope);
        });
    }
    void parameter(const CheckedRule& was, const CheckedRule& is,
                   const ParameterDeclaration& declared) {
        const ParameterDeclaration* old = find_parameter(was.declaration, declared.value.name);
        if (old == nullptr) return;  // its source has changed, which is told
        const EffectiveParameter before{before_, was.declaration, *old};
        const EffectiveParameter after{after_, is.declaration, declared};
        for (const ParameterScope& scope : scopes_of(before, after)) {
            ValueChange change = change_of(*old, before.find(scope), declared, after.find(scope),
                                           is.declaration.kind);
            if (change.change == RuleChange::same || is_told(before, after, scope)) continue;
            RulesetDifference made;
            made.rule = rule_path(is.declaration);
            made.parameter = declared.value.name;
            made.scope = scope;
            made.before = shown(*old, before.find(scope));
            made.after = shown(declared, after.find(scope));
            made.change = change.change;
            made.note = std::move(change.note);
            made_.list.push_back(std::move(made));
        }
    }

    void judge() {
        for (const RulesetDifference& each : made_.list) {
            if (each.change == RuleChange::same) continue;
            const bool tightened = each.change == RuleChange::tightened;
            if (!tightened) made_.verdict = RulesetVerdict::loosens;
            if (tightened && made_.verdict == RulesetVerdict::same) {
                made_.verdict = RulesetVerdict::tightens_only;
            }
        }
    }

    const RulesetSide& before_;
    const RulesetSide& after_;
    std::set<ParameterScope> moved_;
    RulesetDifferences made_;
};

}  // namespace

std::string_view name(RuleChange change) noexcept {
    return change_names[static_cast<std::size_t>(change)];
}
std::string_view name(RulesetVerdict verdict) noexcept {
    return verdict_names[static_cast<std::size_t>(verdict)];
}

RulesetDifferences compare(const RulesetSide& before, const RulesetSide& after) {
    return Comparison{before, after}.run();
}

}  // namespace riskd::dsl
