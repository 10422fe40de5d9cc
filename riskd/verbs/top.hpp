// `riskd top`: the live board of a running riskd in a terminal. Main thread.
// It asks over the wire and changes nothing.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view top_examples =
    "  riskd top                      renewed twice a second; Ctrl-C ends it\n"
    "  riskd top --once               one plain page, also where there is no terminal\n"
    "  riskd top --interval 2 --url nats://risk-1:4222";

VerbBody declare_top(CLI::App& command);

}  // namespace riskd::verbs
