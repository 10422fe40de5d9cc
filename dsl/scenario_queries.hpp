// What stands in the ledger, in the words of the scenario language: for expect lines and for what a
// fill left behind. Changes nothing. One thread.
#pragma once

#include <optional>

#include "dsl/scenario_world.hpp"

namespace riskd::dsl {

// The answer to an expect line: a clause that says what the line asked about. A name that is not
// there is a fault, and no answer.
std::optional<Clause> query(ScenarioWorld& world, const ScenarioLine& line);

// What a fill left: `position +1 entry 50000 hold 0`.
ExpectedOutput position_after(ScenarioWorld& world, AccountId account, InstrumentId instrument,
                              PositionSide side);

}  // namespace riskd::dsl
