// What a contract is worth: one file for each kind, one line for each in contract.cpp. All figures
// are exact integers; nothing when a product does not fit. Pure functions; any thread.
#pragma once

#include <optional>

#include "riskd/core/decimal.hpp"
#include "riskd/core/instrument.hpp"
#include "riskd/core/units.hpp"
#include "riskd/core/words.hpp"

namespace riskd {

// raw x raw x scale, rounded as said; nothing when it does not fit.
inline std::optional<Money> scaled_product(std::int64_t a, std::int64_t b, Ratio scale,
                                           Rounding rounding) noexcept {
    std::int64_t small{};
    const bool fits = !__builtin_mul_overflow(a, b, &small) &&
                      !__builtin_mul_overflow(small, scale.numerator, &small);
    if (fits && scale.denominator == 1) {
        if (small > raw_max || small < -raw_max) return std::nullopt;
        return Money{small};
    }
    Wide scaled{};
    if (__builtin_mul_overflow(Wide{a} * Wide{b}, Wide{scale.numerator}, &scaled)) {
        return std::nullopt;
    }
    const auto raw = narrow(divide(scaled, scale.denominator, rounding));
    if (!raw) return std::nullopt;
    return Money{*raw};
}

// The tick at dividend / divisor, on the side that `rounding` says; nothing when none is positive.
inline std::optional<Price> tick_at(const Instrument& instrument, Wide dividend, Wide divisor,
                                    Rounding rounding) noexcept {
    const Wide tick = instrument.terms.tick.raw;
    if (__builtin_mul_overflow(divisor, tick, &divisor)) return std::nullopt;
    const auto raw = narrow(divide(dividend, divisor, rounding) * tick);
    if (!raw || *raw <= 0) return std::nullopt;
    return Price{*raw};
}

// Signed value of a quantity at a price, in the settlement asset: its change is the profit. For a
// position it is rounded toward_minus; for what a fill costs, toward_plus. A long inverse contract
// has a negative value: it owes fewer coins as the price rises.
std::optional<Money> value(const Instrument& instrument, Quantity quantity, Price price,
                           Rounding rounding) noexcept;

// What a fill adds to the balance of the settlement asset: of an option the premium, at once; of
// any other kind what it realizes.
struct FillResult {
    Money cost;  // signed: what a buy pays, minus what a sell receives
    Money realized;
};
constexpr Money fill_cash(const Instrument& instrument, const FillResult& fill) noexcept {
    return is_option(instrument.terms.kind) ? -fill.cost : fill.realized;
}

// What a value is at risk with: its amount, with the sign of the quantity.
Money exposure_of(const Instrument& instrument, Money value) noexcept;

// Size of a quantity that is not negative, in the settlement asset.
std::optional<Money> notional_of(const Instrument& instrument, Quantity quantity, Price price,
                                 Rounding rounding) noexcept;

// The price at which the quantity has its entry value, with four figures more than prices have.
// Nothing when flat, or when it does not fit.
std::optional<Decimal> entry_price(const Instrument& instrument, Quantity quantity,
                                   Money entry_value) noexcept;

// The same as rules see it; NaN when flat.
double entry_price_number(const Instrument& instrument, Quantity quantity,
                          Money entry_value) noexcept;

// The tick at which a position is worth `loss` less than at the mark, on the side that costs the
// house nothing. Nothing when no positive price is. REQUIRES: quantity is not zero, mark positive.
std::optional<Price> price_at_loss(const Instrument& instrument, Quantity quantity, Price mark,
                                   Money loss) noexcept;

// Taker fee of a notional at a rate in rate_decimals, rounded toward_plus; zero for a rebate.
std::optional<Money> taker_fee(Money notional, std::int64_t rate) noexcept;

// The price an order is held at: the worst it can fill at. Limit and stop_limit: the limit price.
// Market buys: mark x (1 + market_price_band), market sells: mark; inverse contracts, whose size
// grows as the price falls: mark, and mark x (1 - band). Stop orders: from the trigger.
// Nothing when a market order has no mark to go by.
struct HoldPriceQuestion {
    Side side{};
    OrderType type{};
    Price price{};
    Price trigger_price{};
};
std::optional<Price> hold_price(const Instrument& instrument,
                                const HoldPriceQuestion& question) noexcept;

// What a working order sets aside or may add.
struct OrderAmounts {
    Money notional;   // of the whole quantity at the hold price
    Money fee;        // taker fee on it
    Money spot_hold;  // spot: of the quote (buy, with fee) or base (sell) balance; else zero
};
struct OrderAmountsQuestion {
    Side side{};
    Quantity quantity;
    Price hold_price;
    std::int64_t taker_fee_rate{};  // as it was when the order was accepted
};
std::optional<OrderAmounts> order_amounts(const Instrument& instrument,
                                          const OrderAmountsQuestion& question) noexcept;

// Figures after the point of a cumulative funding index: those of a rate times a price, and for
// inverse contracts of a rate by a price.
int funding_index_decimals(const InstrumentDefinition& terms) noexcept;

// What the quantity gets since the index was `since`: -(index - since) x quantity x contract size,
// rounded toward_minus, in the settlement asset. Nothing when it does not fit.
// Example: index from 12.5 to 14, long 2 contracts of 1: -3.
std::optional<Money> accrued_funding(const Instrument& instrument, Quantity quantity,
                                     std::int64_t since) noexcept;

// Spot moves balances; every other kind keeps a position and settles its profit.
constexpr bool is_spot(const Instrument& instrument) noexcept {
    return instrument.terms.kind == ContractKind::spot;
}

// Why a definition cannot be this kind of contract; nothing when it can.
std::optional<std::string_view> definition_fault(const InstrumentDefinition& definition) noexcept;

}  // namespace riskd
