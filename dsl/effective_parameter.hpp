// What one parameter is for whom, once groups, accounts, instruments and assets have had their say:
// the same order as of ParameterBook (a test compares the two), but by name and for one side of a
// comparison. Internal to ruleset_diff*.cpp. Plain values; any thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dsl/declaration.hpp"
#include "dsl/ruleset_diff.hpp"

namespace riskd::dsl {

// A number, or rows of them; nothing when it must be set and is not.
using EffectiveValue = std::optional<std::vector<double>>;

class EffectiveParameter {
public:
    EffectiveParameter(const RulesetSide& side, const RuleDeclaration& rule,
                       const ParameterDeclaration& declared);

    const EffectiveValue& find(const ParameterScope& scope) const;
    const ParameterDeclaration& declared() const noexcept { return declared_; }
    // Every scope that a setting names.
    const std::set<ParameterScope>& scopes() const noexcept { return scopes_; }

private:
    const RulesetSide& side_;
    const ParameterDeclaration& declared_;
    std::map<ParameterScope, EffectiveValue> set_;
    std::set<ParameterScope> scopes_;
    EffectiveValue preset_;
};

// The group of an account, or a group itself, and those above it.
std::vector<std::string> groups_above(const RulesetSide& side, std::string group);

// Which way it goes from one value to the other, and what of its rows.
struct ValueChange {
    RuleChange change{};
    std::string note;
};
ValueChange change_of(const ParameterDeclaration& before, const EffectiveValue& was,
                      const ParameterDeclaration& after, const EffectiveValue& is, RuleKind kind);

std::string shown(const ParameterDeclaration& declared, const EffectiveValue& value);

}  // namespace riskd::dsl
