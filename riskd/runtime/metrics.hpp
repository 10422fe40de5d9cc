// The Prometheus text of a board snapshot: every family of docs/OPERATING.md, built anew at each
// scrape, so a series whose subject is gone is gone too. Any thread but the core thread.
#pragma once

#include <string>
#include <string_view>

#include "riskd/runtime/board.hpp"

namespace riskd::runtime {

std::string metrics_text(const BoardSnapshot& snapshot, std::string_view version);

// {"ready":false,"reasons":[...]} with one reason on each line.
std::string ready_text(const BoardSnapshot& snapshot);

}  // namespace riskd::runtime
