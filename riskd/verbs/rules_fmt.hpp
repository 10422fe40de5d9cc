// `riskd rules fmt`: rule files in the one layout. A file is replaced whole or not at all; the tree
// of its rule stays the same. Main thread.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view rules_fmt_examples =
    "  riskd rules fmt rules/check/price_collar.lua\n"
    "  riskd rules fmt --check rules        # list those that are not so; changes nothing\n"
    "Prints the names of the files that changed, or with --check would. Exit code 1: --check "
    "found\n"
    "some; 2: a file cannot be read, written or parsed.\n";

VerbBody declare_rules_fmt(CLI::App& command);

}  // namespace riskd::verbs
