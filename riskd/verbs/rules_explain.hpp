// `riskd rules explain`: one decision of a journal, asked again at its place with the rules that
// decided it: what each rule saw and what it answered. Changes nothing; may run beside a riskd that
// writes the same journal. Main thread.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view rules_explain_examples =
    "  riskd rules explain 1842                # by the sequence in its answer\n"
    "  riskd rules explain A1/o-17             # or by account and order\n"
    "  riskd rules explain 1842 --journal copy/journal --config config/riskd.yaml\n"
    "The rules are found in the configuration or, by their hash, in its rules.directory.\n";

VerbBody declare_rules_explain(CLI::App& command);

}  // namespace riskd::verbs
