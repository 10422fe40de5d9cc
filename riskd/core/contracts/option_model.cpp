#include "riskd/core/contracts/option_model.hpp"

#include <algorithm>
#include <cmath>

#include "riskd/core/contracts/black76.hpp"
#include "riskd/core/contracts/everlasting.hpp"

namespace riskd::option {

namespace {

constexpr double year_seconds = 365.0 * 86'400.0;

double normal(double x) noexcept {
    return 0.5 * std::erfc(-x * 0.70710678118654752440);
}

black76::Option european(const Model& model) noexcept {
    const InstrumentDefinition& terms = model.option->terms;
    return {.right = terms.right,
            .forward = model.underlying,
            .strike = strike_number(terms),
            .volatility = model.volatility,
            .years = model.years,
            .rate = 0};
}

everlasting::Option perpetual(const Model& model) noexcept {
    const InstrumentDefinition& terms = model.option->terms;
    return {.right = terms.right,
            .index = model.underlying,
            .strike = strike_number(terms),
            .volatility = model.volatility,
            .interval_years = static_cast<double>(terms.funding_interval.ns) / 1e9 / year_seconds};
}

// Payout times the chance of being paid, and how fast that moves with the underlying.
struct Chance {
    double price{};
    double delta{};
};
Chance cash_or_nothing(const Model& model) noexcept {
    const InstrumentDefinition& terms = model.option->terms;
    const double strike = strike_number(terms);
    const double payout = static_cast<double>(terms.payout.raw) / model.option->price_unit;
    const double sign = terms.right == OptionRight::call ? 1 : -1;
    const double deviation = model.volatility * std::sqrt(model.years);
    if (deviation <= 0) {
        const bool above = model.underlying >= strike;
        return {.price = above == (sign > 0) ? payout : 0};
    }
    const double d2 = std::log(model.underlying / strike) / deviation - deviation / 2;
    constexpr double root_two_pi = 2.50662827463100050242;
    const double density = std::exp(-d2 * d2 / 2) / root_two_pi;
    return {.price = payout * normal(sign * d2),
            .delta = sign * payout * density / (model.underlying * deviation)};
}

// The volatility at which an everlasting option is worth `quoted`, by halving: its time value only
// rises with it.
std::optional<double> perpetual_volatility(Model model, double quoted) noexcept {
    double low = 0;
    double high = 20;
    const auto worth = [&](double volatility) {
        model.volatility = volatility;
        return everlasting::value(perpetual(model));
    };
    if (!(worth(low) <= quoted && quoted <= worth(high))) return std::nullopt;
    for (int turn = 0; turn < 60; ++turn) {
        const double middle = (low + high) / 2;
        (worth(middle) < quoted ? low : high) = middle;
    }
    return low;
}

std::optional<double> implied(const Model& model, double quoted) noexcept {
    switch (model.option->terms.kind) {
        case ContractKind::linear_option:
            return black76::implied_volatility(european(model), quoted);
        case ContractKind::inverse_option:
            return black76::implied_volatility(european(model), quoted * model.underlying);
        case ContractKind::perpetual_option: return perpetual_volatility(model, quoted);
        default: return std::nullopt;  // two volatilities may give one price
    }
}

}  // namespace

std::optional<Model> model_at(const Instrument& option, const Instrument& underlying,
                              Price option_mark, Price underlying_mark, Timestamp now) noexcept {
    Model model{.option = &option,
                .underlying = static_cast<double>(underlying_mark.raw) / underlying.price_unit};
    if (option.terms.expiry.ns != 0) {
        model.years = seconds_to_expiry(option, whole_minute(now)) / year_seconds;
    }
    const std::int64_t told = option.prices.implied_volatility;
    if (told > 0) {
        model.volatility =
            static_cast<double>(told) / static_cast<double>(power_of_ten(volatility_decimals));
        return model;
    }
    const auto found = implied(model, static_cast<double>(option_mark.raw) / option.price_unit);
    if (!found) return std::nullopt;
    model.volatility = *found;
    return model;
}

double price(const Model& model) noexcept {
    switch (model.option->terms.kind) {
        case ContractKind::linear_option: return black76::price(european(model));
        case ContractKind::inverse_option: return black76::price_in_coin(european(model));
        case ContractKind::perpetual_option: return everlasting::value(perpetual(model));
        default: return cash_or_nothing(model).price;
    }
}

double delta(const Model& model) noexcept {
    switch (model.option->terms.kind) {
        case ContractKind::linear_option:
        case ContractKind::inverse_option: return black76::greeks(european(model)).delta;
        case ContractKind::perpetual_option: return everlasting::greeks(perpetual(model)).delta;
        default: return cash_or_nothing(model).delta;
    }
}

std::optional<Reading> reading(const Model& model) noexcept {
    constexpr auto one = static_cast<double>(power_of_ten(rate_decimals));
    constexpr auto whole_volatility = static_cast<double>(power_of_ten(volatility_decimals));
    constexpr double most = 1e9;
    constexpr double most_volatile = 1e6;
    const double moves = delta(model);
    if (!(std::fabs(moves) < most) || !(model.volatility < most_volatile)) return std::nullopt;
    return Reading{.volatility = std::llround(model.volatility * whole_volatility),
                   .delta = std::llround(moves * one)};
}

std::optional<std::int64_t> fine_change(const Model& now, const Shock& shock) noexcept {
    constexpr auto one = static_cast<double>(power_of_ten(rate_decimals));
    Model then = now;
    then.underlying = static_cast<double>(shock.underlying.raw) / shock.underlying_unit;
    then.volatility *= 1 + static_cast<double>(shock.volatility_move) / one;
    const double change =
        (price(then) - price(now)) * now.option->price_unit * static_cast<double>(fine);
    if (!(std::fabs(change) < static_cast<double>(raw_max))) return std::nullopt;
    return std::llround(change);
}

}  // namespace riskd::option
