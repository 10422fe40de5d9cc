#include "riskd/rulesets/changed_rules.hpp"

#include <algorithm>
#include <string>

namespace riskd::rulesets {
namespace {

// The rules of the ladder, in the order in which accounts find them.
std::vector<std::string> ladder_of(const dsl::LuaRulebook& rulebook) {
    std::vector<std::string> terms;
    for (std::uint32_t r = 0; r < rulebook.rules().size(); ++r) {
        const RuleInfo& rule = rulebook.rules()[r];
        const bool is_rung = rule.kind == RuleKind::margin || rule.kind == RuleKind::collateral ||
                             rule.kind == RuleKind::liquidation;
        if (is_rung) {
            terms.push_back(std::string{rule.name.view()} + rulebook.terms_of(RuleId{r}));
        }
    }
    return terms;
}

}  // namespace

ChangedRules changed_rules(const dsl::LuaRulebook& decided, const dsl::LuaRulebook& candidate) {
    ChangedRules changed{.ladder = ladder_of(decided) != ladder_of(candidate), .checks = false};
    changed.place.assign(decided.rules().size(), ChangedRules::none_unchanged);
    std::uint32_t last = 0;
    const auto before = decided.check_rules();
    const auto after = candidate.check_rules();
    for (std::uint32_t place = 0; place < after.size(); ++place) {
        const RuleId rule = after[place];
        const auto same = std::find_if(before.begin(), before.end(), [&](RuleId old) {
            return decided.rules()[index(old)].name == candidate.rules()[index(rule)].name &&
                   decided.terms_of(old) == candidate.terms_of(rule);
        });
        if (same == before.end()) {
            changed.asked |= std::uint64_t{1} << rule.raw;
            changed.reads_figures = changed.reads_figures || candidate.reads_figures(rule);
            continue;
        }
        // Of two refusals for one reason the first counts, so the order must be the same.
        const auto old_place = static_cast<std::uint32_t>(same - before.begin()) + 1;
        changed.checks = changed.checks || old_place < last;
        last = old_place;
        changed.place[index(*same)] = place;
    }
    return changed;
}

}  // namespace riskd::rulesets
