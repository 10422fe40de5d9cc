// Contracts whose settlement price is bounded: cash-or-nothing (binary) options, event contracts
// and capped calls and puts. What they pay, and the most either side can lose from a given price:
// all the margin that a fully collateralized position ever needs. Exact integers, per unit of
// quantity, in the instrument's price decimals. Pure functions; any thread.
#pragma once

#include <algorithm>
#include <optional>

#include "riskd/core/units.hpp"
#include "riskd/core/words.hpp"

namespace riskd::binary {

// Pays `payout` or nothing. A call pays at the strike or above, a put below it, so both together
// always pay `payout`. Source: Cboe product specifications of BSZ (binary options on an index).
struct CashOrNothing {
    OptionRight right{};
    Price strike{};
    Price payout{};  // not negative
};

constexpr Price payoff(const CashOrNothing& option, Price settlement) noexcept {
    const bool above = settlement >= option.strike;
    return above == (option.right == OptionRight::call) ? option.payout : Price{};
}
static_assert(payoff({OptionRight::call, Price{50}, Price{100}}, Price{50}) == Price{100});
static_assert(payoff({OptionRight::put, Price{50}, Price{100}}, Price{50}) == Price{0});

// Pays what is between strike and settlement, up to `cap`; with cap = width, a vertical spread.
struct Capped {
    OptionRight right{};
    Price strike{};
    Price cap{};  // not negative
};

// Nothing when the distance between settlement and strike does not fit.
constexpr std::optional<Price> payoff(const Capped& option, Price settlement) noexcept {
    const bool is_call = option.right == OptionRight::call;
    const Price from = is_call ? option.strike : settlement;
    const Price to = is_call ? settlement : option.strike;
    const auto between = checked_add(to, -from);
    if (!between) return std::nullopt;
    return std::clamp(*between, Price{}, option.cap);
}
static_assert(payoff(Capped{OptionRight::call, Price{50}, Price{20}}, Price{80}) == Price{20});
static_assert(payoff(Capped{OptionRight::put, Price{50}, Price{20}}, Price{45}) == Price{5});

// Between these the contract settles whatever happens; least <= most.
struct SettlementBounds {
    Price least{};
    Price most{};
};
constexpr SettlementBounds bounds(const CashOrNothing& option) noexcept {
    return {.least = Price{}, .most = option.payout};
}
constexpr SettlementBounds bounds(const Capped& option) noexcept {
    return {.least = Price{}, .most = option.cap};
}

// The most a unit can lose from `price` (entry for the whole loss, mark for what is still to come)
// until settlement: bought, price - least; sold, most - price; never below zero. Nothing when the
// difference does not fit. Bought at 0.63 of a contract that pays 1: 0.63; sold: 0.37.
constexpr std::optional<Price> loss_max(const SettlementBounds& bounds, Side side,
                                        Price price) noexcept {
    const auto loss =
        side == Side::buy ? checked_add(price, -bounds.least) : checked_add(bounds.most, -price);
    if (!loss) return std::nullopt;
    return std::max(*loss, Price{});
}
static_assert(loss_max({Price{0}, Price{100}}, Side::buy, Price{63}) == Price{63});
static_assert(loss_max({Price{0}, Price{100}}, Side::sell, Price{63}) == Price{37});

}  // namespace riskd::binary
