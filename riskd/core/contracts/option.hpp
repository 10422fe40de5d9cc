// Options as instruments: what the underlying's final price makes of them, and the funding of
// perpetual ones. Their value is that of a linear contract, in the asset they are quoted in: of
// inverse options the coin. Exact integers; nothing when a product does not fit. Pure functions;
// any thread. Source: Deribit contract specifications; see also everlasting.hpp and binary.hpp.
#pragma once

#include <optional>
#include <string_view>

#include "riskd/core/instrument.hpp"
#include "riskd/core/units.hpp"

namespace riskd::option {

// What a long of one receives and a short pays, S being `underlying`:
//   linear:  max(S - K, 0) for a call, max(K - S, 0) for a put
//   inverse: the same / S, in coin
//   binary:  the payout when S >= K for a call, when S < K for a put
// Example: long 10 inverse calls of 1 BTC, K = 50000, S = 62500: 10 x 12500 / 62500 = 2 BTC.
// Signed. `underlying` is in final_price_decimals. REQUIRES: the instrument is an option.
std::optional<Money> payoff(const Instrument& instrument, Quantity quantity, Price underlying,
                            Rounding rounding) noexcept;

// What the holder of a perpetual option pays for a period, below zero when he receives:
// (mark - payoff) x quantity x period / funding interval. REQUIRES: the instrument is one.
struct FundingPeriod {
    Price mark;        // of the option
    Price underlying;  // in final_price_decimals
    Duration period;
};
std::optional<Money> funding(const Instrument& instrument, Quantity quantity,
                             const FundingPeriod& period, Rounding rounding) noexcept;

std::optional<std::string_view> definition_fault(const InstrumentDefinition& definition) noexcept;

}  // namespace riskd::option
