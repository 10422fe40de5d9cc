// `riskd rules ...`: the tools of the person who writes rules, each a verb below this one with a
// file of its own. None of them reaches a running riskd. Main thread.
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
