// `riskd rules ...`: the tools of the person who writes rules, each a verb below this one; those
// that reach a running riskd are in rules_live. Main thread.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view rules_examples =
    "  riskd rules check rules/check/price_collar.lua\n"
    "  riskd rules test rules\n"
    "  riskd rules schema > language.json\n"
    "`riskd rules <tool> --help` shows the options of a tool and examples.\n";

VerbBody declare_rules(CLI::App& command);

}  // namespace riskd::verbs
