// `riskd rules diff`: what changes from one configuration, or folder of rules, to another, and
// whether it only tightens. Main thread; reads files only.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view rules_diff_examples =
    "  riskd rules diff config/riskd.yaml config/tomorrow.yaml\n"
    "  riskd rules diff --json old/rules new/rules      # folders: rules with their defaults\n"
    "Looks at rules and their parameters, for whom they apply in the end. The last line is the\n"
    "verdict: same, tightens only, or loosens, which is also said of what cannot be told. Exit "
    "code\n"
    "1: there is a difference; 2: a side cannot be read or has faults.\n";

VerbBody declare_rules_diff(CLI::App& command);

}  // namespace riskd::verbs
