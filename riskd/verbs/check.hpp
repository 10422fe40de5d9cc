// `riskd check`: the configuration and the rules it names, looked at without starting anything.
// Main thread.
#pragma once

#include <string>
#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view check_examples =
    "  riskd check config/riskd.yaml\n"
    "  riskd check && systemctl restart riskd\n"
    "Silent when all is well. Otherwise every fault is listed as file:line:column: what is wrong,\n"
    "and the exit code is 2.\n";

// The body: what it finds goes to standard output. The exit code.
int check_configuration(const std::string& path);

VerbBody declare_check(CLI::App& command);

}  // namespace riskd::verbs
