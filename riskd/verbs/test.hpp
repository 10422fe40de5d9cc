// `riskd test`: scenario files through the engine with the rules in Lua. Main thread.
// Reads files only: nothing it does reaches a running riskd.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view test_examples =
    "  riskd test rules tests/scenarios\n"
    "  riskd test rules/check/price_collar.scenario\n"
    "  riskd test --update rules          # store the state digest of each that passes\n"
    "  riskd test --coverage rules        # statements and limits that no scenario reached\n"
    "Directories are searched for files ending in .scenario. Exit code 1: a scenario failed; 2: "
    "one\n"
    "cannot be read. A failure shows file and line, what was expected and what came out.\n";

VerbBody declare_test(CLI::App& command);

}  // namespace riskd::verbs
