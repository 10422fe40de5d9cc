// `riskd replay`: a journal played to its state digest, beside a running riskd if need be; with
// --verify the rules are asked again and every answer that differs is listed. Main thread.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view replay_examples =
    "  riskd replay data/journal\n"
    "  riskd replay data/journal --config config/riskd.yaml --verify\n"
    "Prints the last sequence and the state digest. Exit code 1: the journal is damaged, or with\n"
    "--verify an answer differs. Limits come from the configuration when one is given.\n";

VerbBody declare_replay(CLI::App& command);

}  // namespace riskd::verbs
