// What the engine said, in the words of the scenario language, and whether it is what was expected.
// A number that was not written is not compared; an output that was not written is a mismatch.
// One thread.
#pragma once

#include <string>
#include <vector>

#include "dsl/scenario_parser.hpp"
#include "riskd/core/ledger.hpp"
#include "riskd/core/outcome.hpp"

namespace riskd::dsl {

// An output with everything that can be said of it.
ExpectedOutput answer_of(const Ledger& ledger, const Output& output);

// True when each thing said in `expected` is said in `actual` too. Of things that may stand several
// times, such as the legs of a close, all must be said once one is.
bool agrees(const ExpectedOutput& expected, const ExpectedOutput& actual);
bool agrees(const Clause& expected, const Clause& actual, const Grammar& rules);

// The text of an output or query.
std::string text_of(const ExpectedOutput& output);
std::string text_of(const Clause& clause);

// For building what is said.
void say(Clause& clause, std::string_view name, std::vector<std::string> words = {});
std::string money_text(const Ledger& ledger, AssetId asset, Money amount);
std::string decimal_text(std::int64_t raw, int decimals);
std::string asset_name(const Ledger& ledger, AssetId asset);

}  // namespace riskd::dsl
