// `riskd demo`, which is `make run`: nats-server with JetStream, riskd with the shipped demo
// settings, a market that trades and then crashes, clients that ask and fill, an executor that
// liquidates, and the live board of it all. Ctrl-C stops every part. Main thread.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view demo_examples =
    "  riskd demo                          until Ctrl-C\n"
    "  riskd demo --seconds 60             ends by itself with a summary\n"
    "  riskd demo --accounts 2000 --rate 2000 --seed 7\n"
    "  riskd demo --plain | tee demo.txt   a line a second instead of the board";

VerbBody declare_demo(CLI::App& command);

}  // namespace riskd::verbs
