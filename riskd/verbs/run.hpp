// `riskd run`: the daemon, until SIGTERM or Ctrl-C. What it does in which order is told in
// riskd/daemon.hpp. Main thread.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view run_examples =
    "  riskd run config/riskd.yaml\n"
    "  RISKD_NATS_URL=nats://10.0.0.5:4222 riskd run --config /etc/riskd/riskd.yaml\n"
    "SIGTERM or Ctrl-C stops it in order; a second one at once.\n";

VerbBody declare_run(CLI::App& command);

}  // namespace riskd::verbs
