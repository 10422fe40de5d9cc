// `riskd run`: the daemon. See riskd/daemon.hpp for what it does in which order. Main thread.
// Returns when it is told to stop; bad settings end it with code 2 before anything has started.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view run_examples =
    "  riskd run --config config/riskd.yaml\n"
    "  RISKD_NATS_URL=nats://10.0.0.5:4222 riskd run --config /etc/riskd/riskd.yaml\n";

VerbBody declare_run(CLI::App& command);

}  // namespace riskd::verbs
