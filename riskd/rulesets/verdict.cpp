#include "riskd/rulesets/verdict.hpp"

namespace riskd::rulesets {

std::string verdict(const Decision& decision) {
    if (decision.accepted) return "accept";
    std::string text = "reject " + std::string{name(decision.reason)};
    if (!decision.rule_name.empty()) text += " by " + std::string{decision.rule_name.view()};
    if (!decision.group_name.empty()) text += " of " + std::string{decision.group_name.view()};
    return text;
}

std::string refused_by(const Decision& decision) {
    return decision.rule_name.empty() ? std::string{name(decision.reason)}
                                      : std::string{decision.rule_name.view()};
}

}  // namespace riskd::rulesets
