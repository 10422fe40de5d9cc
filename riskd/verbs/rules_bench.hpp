// `riskd rules bench`: what one question to each rule takes, compiled and interpreted, over the
// likely states that rules are warmed with. Main thread; reads files only.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view rules_bench_examples =
    "  riskd rules bench                                # the rules of config/riskd.yaml\n"
    "  riskd rules bench rules/margin --calls 1000000\n"
    "Each rule alone, one question a call, in nanoseconds less those of reading the clock; steps "
    "are\n"
    "the most that a question took, and the most that one may take. Exit code 2: a rule has "
    "faults.\n";

VerbBody declare_rules_bench(CLI::App& command);

}  // namespace riskd::verbs
