// `riskd rules check`: rule files each by itself, or a configuration with the rules it names.
// Main thread; reads files only.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view rules_check_examples =
    "  riskd rules check rules/check/price_collar.lua\n"
    "  riskd rules check rules                          # every rule below it, each by itself\n"
    "  riskd rules check --config config/riskd.yaml     # as `riskd check` does\n"
    "  riskd rules check -v rules/margin                # steps and nanoseconds of each\n"
    "Silent when all is well. Otherwise every fault is listed as file:line:column: what is wrong,\n"
    "and the exit code is 2. Whether rules fit together, only a configuration can tell.\n";

VerbBody declare_rules_check(CLI::App& command);

}  // namespace riskd::verbs
