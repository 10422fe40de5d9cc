// In what a candidate differs from the ruleset that decided, as far as their answers go: a rule
// with the same name, text and parameters answers the same. By what is written, not by what it
// comes to; whatever cannot be told is a difference. Any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "dsl/host.hpp"

namespace riskd::rulesets {

struct ChangedRules {
    bool ladder{true};      // a margin, collateral or liquidation rule is another
    bool checks{true};      // nothing can be said of single check rules
    std::uint64_t asked{};  // bit of each check rule of the candidate that is new or another
    bool reads_figures{};   // one of those sees what the account has at stake
    // Place of each rule of the ruleset that decided among the candidate's check rules: an
    // unchanged one. By its id; none_unchanged for every other.
    std::vector<std::uint32_t> place;

    static constexpr std::uint32_t none_unchanged = 0xffff'ffff;
    std::uint32_t place_of(RuleId decided) const noexcept {
        return index(decided) < place.size() ? place[index(decided)] : none_unchanged;
    }
};

ChangedRules changed_rules(const dsl::LuaRulebook& decided, const dsl::LuaRulebook& candidate);

}  // namespace riskd::rulesets
