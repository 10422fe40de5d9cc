// The rules of a rulebook as the event that makes them decide: their hash, their names and the
// windows of history they read; and the windows read back from it. Pure functions; any thread.
#pragma once

#include <vector>

#include "riskd/core/event.hpp"
#include "riskd/core/rulebook.hpp"

namespace riskd {

RulesetActivation activation_of(const Rulebook& rulebook);

std::vector<WindowSpec> windows_of(const RulesetActivation& activation);

}  // namespace riskd
