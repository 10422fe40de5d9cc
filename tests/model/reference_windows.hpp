// Windows of history of the slow engine: every thing counted is kept with its time, and a window is
// summed from them when it is asked for. One thread.
#pragma once

#include <span>

#include "riskd/core/rulebook.hpp"
#include "tests/model/reference_state.hpp"

namespace riskd::model {

void activate_windows(ReferenceState& state, const RulesetActivation& activation);
// Before an event changes anything: a period that has begun remembers every account as it stands.
void pass_windows(ReferenceState& state, Timestamp now);
void count_happening(ReferenceState& state, std::uint32_t account, WindowMeasure measure,
                     std::int64_t amount);
void view_windows(const ReferenceState& state, std::uint32_t account, const Exact& net_pnl,
                  Timestamp now, std::span<WindowView> views);

}  // namespace riskd::model
