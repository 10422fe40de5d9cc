// `riskd load`: drives checks, closed loop (N in flight) or open loop (so many a second), and
// reports throughput and latency beside a bare echo over the same server in the same run. Main
// thread.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view load_examples =
    "  riskd load                              one check at a time, five rounds beside an echo\n"
    "  riskd load --in-flight 256 --seconds 10\n"
    "  riskd load --rate 10000                 open loop: latency from the moment it was due\n"
    "  riskd load --accounts 10000 --no-echo\n"
    "\n"
    "It opens accounts named load-1, load-2... with a deposit each and publishes a price of the\n"
    "instrument; each of its orders replaces the one before it in the same account. Numbers mean\n"
    "something only beside the echo of the same run: pin everything with taskset.";

VerbBody declare_load(CLI::App& command);

}  // namespace riskd::verbs
