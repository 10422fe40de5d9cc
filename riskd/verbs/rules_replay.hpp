// `riskd rules replay`: a recorded journal under the rules of a configuration, and what would have
// been otherwise. Reads only; may run beside the riskd that writes the journal. Main thread.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view rules_replay_examples =
    "  riskd rules replay data/journal -c config/riskd.yaml\n"
    "  riskd rules replay data/journal --list 1000    # more of the orders that would be accepted\n"
    "  riskd rules replay data/journal --json > difference.json\n"
    "  riskd rules replay data/journal -c new.yaml --before config/riskd.yaml\n"
    "Exit code 1 when anything differs. Each order is asked in the state the day really had.\n";

VerbBody declare_rules_replay(CLI::App& command);

}  // namespace riskd::verbs
