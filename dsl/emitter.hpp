// Writes a checked rule as ordinary Lua with the same line numbers, plus one budget decrement per
// function entry and loop turn, checked division, and a check that every number read is there. The
// text is a chunk that is called with the host's functions and returns the rule's.
#pragma once

#include <span>
#include <string>

#include "dsl/checker.hpp"
#include "dsl/coverage.hpp"

namespace riskd::dsl {

// Where the host put what this rule declared.
struct Placement {
    std::vector<int> parameter_slots;  // by parameter: its place in the block
    std::vector<int> windows;          // by window: its place in Rulebook::windows()
    const StatementPlaces* marks{};    // a mark before each statement; null: none
};

// The names the chunk takes as arguments, in order.
inline constexpr std::string_view chunk_arguments =
    "riskd_ctx,riskd_over,riskd_known,riskd_divide,riskd_max,riskd_min,riskd_abs,riskd_floor,"
    "riskd_ceil,riskd_sqrt,riskd_row,riskd_across,riskd_log,riskd_exp,riskd_power,"
    "riskd_option_price";

// REQUIRES: the rule passed the checker.
std::string emit(const CheckedRule& rule, const Placement& placement);

}  // namespace riskd::dsl
