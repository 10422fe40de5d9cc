// Made-up states on which a rule's claims are tried when it is loaded: chains of questions along
// which one thing moves, dense where the rule's own numbers and tables stand, since an answer jumps
// there when it jumps anywhere. A trial, no proof: what a rule reads besides stays as it is. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dsl/checker.hpp"
#include "dsl/parameters.hpp"
#include "riskd/core/rulebook.hpp"

namespace riskd::dsl {

// Four a decade from 0.0001 to 1e12, and just below, at and just above each number that the rule's
// text has, each of its parameters and each row of its steps. In order.
std::vector<double> tried_numbers(const CheckedRule& rule, const ParameterBook& book,
                                  std::size_t number, const ParameterBlock& block);

// A position, or an option whose own price or whose underlying moves.
enum class TriedPosition : std::uint8_t {
    long_future,
    short_future,
    long_future_bought_dear,
    many_contracts,
    short_call,
    long_put,
    short_put_by_underlying,
    long_call_by_underlying,
};
inline constexpr std::size_t tried_futures = 4;  // then options
inline constexpr std::size_t tried_positions = 8;
bool reads_options(const CheckedRule& rule);

struct TriedPoint {
    double at{};
    double answer{};
};

// With that notional; of the last two, of the underlying.
MarginQuestion tried_margin(TriedPosition position, double notional, RuleId rule);
// A unit of an asset, or a debt of one, that is worth so much.
CollateralQuestion tried_collateral(double value, bool owed);

// Accounts, each no better off than the one before it: by less equity, by more maintenance margin,
// by more exposure; all on `stage`.
std::vector<std::vector<StageQuestion>> tried_accounts(const std::vector<double>& numbers,
                                                       Stage stage);

}  // namespace riskd::dsl
