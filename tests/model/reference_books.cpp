#include "tests/model/reference_books.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "riskd/core/contracts/option_model.hpp"
#include "riskd/core/instrument.hpp"

namespace riskd::model {

namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t whole = 100'000'000;  // 100 % in rate_decimals

double number(const Exact& raw, double unit) {
    return static_cast<double>(raw) / unit;
}

class Revaluing {
public:
    Revaluing(const ReferenceState& state, std::span<const Scenario> scenarios,
              std::uint32_t currency, Timestamp now)
        : state_{state}, scenarios_{scenarios}, currency_{currency}, now_{now} {}

    std::optional<ReferenceBook> value(const std::vector<ReferenceBookLine>& lines) {
        ReferenceBook book;
        for (const ReferenceBookLine& line : lines) {
            const ReferenceInstrument& row = state_.instruments[line.instrument];
            if (row.prices.mark.raw <= 0) return std::nullopt;
            if (state_.is_option(line.instrument)) {
                const bool stale = line.quantity != 0 && !state_.is_fresh(row.underlying, now_);
                const auto reading = reading_of(line.instrument);
                if (stale || !reading || !add_option(line, *reading)) return std::nullopt;
                book.positions.push_back(option_view(line, *reading));
                book.instruments.push_back(InstrumentId{line.instrument});
                continue;
            }
            if (!add_notionals(line)) return std::nullopt;
            book.positions.push_back(position_view(state_, currency_, line, now_));
            book.instruments.push_back(InstrumentId{line.instrument});
        }
        Exact held = -raw_max;
        Exact ordered = -raw_max;
        std::size_t held_at = 0;
        std::size_t ordered_at = 0;
        for (std::size_t s = 0; s < scenarios_.size(); ++s) {
            const auto loss = loss_in(lines, scenarios_[s], false);
            const auto loss_after = loss_in(lines, scenarios_[s], true);
            if (!loss || !loss_after) return std::nullopt;
            if (*loss > held) held_at = s;
            if (*loss_after > ordered) ordered_at = s;
            held = std::max(held, *loss);
            ordered = std::max(ordered, *loss_after);
        }
        const double unit = state_.asset_unit(currency_);
        const bool any = !scenarios_.empty();
        const auto shown = [&](const Exact& figure) {
            return any ? number(std::max(figure, Exact{0}), unit) : no_number;
        };
        const auto place = [&](std::size_t at) {
            return any ? static_cast<double>(at) : no_number;
        };
        book.view = {.worst_loss = shown(held),
                     .worst_loss_after = shown(ordered),
                     .worst_scenario = place(held_at),
                     .worst_scenario_after = place(ordered_at),
                     .gross_notional = number(gross_, unit),
                     .net_notional = number(net_, unit),
                     .long_futures = number(longs_, unit),
                     .short_futures = number(shorts_, unit),
                     .long_futures_after = number(longs_after_, unit),
                     .short_futures_after = number(shorts_after_, unit),
                     .short_options = number(short_options_, unit),
                     .short_options_after = number(short_options_after_, unit),
                     .option_value = number(option_value_, unit),
                     .currency_price = no_number};
        if (const auto price = state_.price_of(currency_, now_)) {
            book.view.currency_price = number(price->dividend, static_cast<double>(price->divisor));
        }
        return book;
    }

private:
    static constexpr std::int64_t fine = 10'000;  // of one raw price, for what a model adds

    // The core's instrument, as far as its option model looks at it.
    Instrument as_core(std::uint32_t instrument) const {
        Instrument made;
        made.terms = state_.instruments[instrument].terms;
        made.price_unit = state_.price_unit(instrument);
        made.prices = state_.instruments[instrument].prices;
        return made;
    }

    // By how much an option's price changes, in fine raw prices.
    std::optional<Exact> option_change(std::uint32_t instrument, const Scenario& scenario) const {
        const std::uint32_t id = state_.instruments[instrument].underlying;
        const Instrument option = as_core(instrument);
        const Instrument underlying = as_core(id);
        const auto moved = shocked(id, scenario);
        if (underlying.prices.mark.raw <= 0 || !moved) return std::nullopt;
        const auto model =
            option::model_at(option, underlying, option.prices.mark, underlying.prices.mark, now_);
        if (!model || !option::reading(*model)) return std::nullopt;
        option::Model then = *model;
        then.underlying = number(*moved, underlying.price_unit);
        then.volatility *= 1 + static_cast<double>(scenario.volatility_move) / 1e8;
        const double change =
            (option::price(then) - option::price(*model)) * option.price_unit * 1e4;
        if (!(std::fabs(change) < static_cast<double>(raw_max))) return std::nullopt;
        return std::max(Exact{std::llround(change)}, Exact{-option.prices.mark.raw} * fine);
    }

    // Of a quantity at a price, or at a price with those figures more.
    struct Priced {
        Exact raw;
        std::int64_t figures{1};
    };
    Exact worth_at(std::uint32_t instrument, const Exact& quantity, const Priced& price) const {
        const auto worth = state_.value(instrument, quantity, price.raw);
        return floor_of(worth.dividend, worth.divisor * price.figures);
    }

    // The price in a scenario.
    std::optional<Priced> priced(std::uint32_t instrument, const Scenario& scenario) const {
        if (!state_.is_option(instrument)) {
            const auto price = shocked(instrument, scenario);
            if (!price) return std::nullopt;
            return Priced{.raw = *price};
        }
        const auto change = option_change(instrument, scenario);
        if (!change) return std::nullopt;
        const Exact mark = state_.instruments[instrument].prices.mark.raw;
        return Priced{.raw = mark * fine + *change, .figures = fine};
    }

    std::optional<Exact> shocked(std::uint32_t instrument, const Scenario& scenario) const {
        const Exact mark = state_.instruments[instrument].prices.mark.raw;
        const Exact moved = floor_of(mark * (whole + scenario.price_move), whole);
        if (!fit(moved)) return std::nullopt;
        return std::max(moved, Exact{1});
    }

    // What the orders of a side lose when all of them fill, in the settlement asset.
    std::optional<Exact> side_loss(std::uint32_t instrument, const ReferenceSide& side, bool buys,
                                   const Priced& price) const {
        const Exact rounded =
            worth_at(instrument, buys ? side.quantity : Exact{-side.quantity}, price);
        const bool pays = buys != state_.is_inverse(instrument);
        const Exact cost = (pays ? side.notional : Exact{-side.notional}) + side.fee;
        if (!fit(rounded) || !fit(cost) || !fit(cost - rounded)) return std::nullopt;
        return cost - rounded;
    }

    std::optional<Exact> in_currency(const std::map<std::uint32_t, Exact>& sums) const {
        Exact total = 0;
        for (const auto& [settle, sum] : sums) {
            const auto made =
                fit(sum) ? state_.convert(sum, settle, currency_, false, now_) : std::nullopt;
            if (!made || !fit(total + *made)) return std::nullopt;
            total += *made;
        }
        return total;
    }

    std::optional<Exact> weighted(const Exact& profit, const Scenario& scenario) const {
        const Exact loss = ceiling_of(-profit * scenario.weight, whole);
        if (!fit(loss)) return std::nullopt;
        return loss;
    }

    Exact profit_of(const ReferenceBookLine& line, const Priced& price) const {
        const Exact mark = state_.instruments[line.instrument].prices.mark.raw;
        if (price.figures != 1) {
            return worth_at(line.instrument, line.quantity,
                            {.raw = price.raw - mark * price.figures, .figures = price.figures});
        }
        const auto then = state_.value(line.instrument, line.quantity, price.raw);
        const auto now = state_.value(line.instrument, line.quantity, mark);
        return floor_of(then.dividend * now.divisor - now.dividend * then.divisor,
                        then.divisor * now.divisor);
    }

    std::optional<Exact> loss_in(const std::vector<ReferenceBookLine>& lines,
                                 const Scenario& scenario, bool with_orders) const {
        struct SideOf {
            std::uint32_t settle{};
            Exact loss;
        };
        std::map<std::uint32_t, Exact> profits;  // by settlement asset
        std::vector<SideOf> sides;
        for (const ReferenceBookLine& line : lines) {
            const std::uint32_t settle = state_.instruments[line.instrument].settle;
            const auto price = priced(line.instrument, scenario);
            if (!price) return std::nullopt;
            const Exact profit = profit_of(line, *price);
            if (!fit(profit)) return std::nullopt;
            profits[settle] += profit;
            for (const bool buys : {true, false}) {
                const ReferenceSide& side = buys ? line.buys : line.sells;
                if (side.quantity == 0) continue;
                const auto loss = side_loss(line.instrument, side, buys, *price);
                if (!loss) return std::nullopt;
                sides.push_back({settle, *loss});
            }
        }
        if (!with_orders) sides.clear();
        return worst_subset(profits, sides, scenario);
    }

    // Every combination of sides that may fill; of many sides, each that loses. One that gains more
    // than fits is not the worst.
    template <typename Sides>
    std::optional<Exact> worst_subset(const std::map<std::uint32_t, Exact>& profits,
                                      const Sides& sides, const Scenario& scenario) const {
        constexpr std::size_t tried_max = 4;
        std::optional<Exact> worst;
        const bool tries = sides.size() <= tried_max;
        const std::size_t subsets = tries ? std::size_t{1} << sides.size() : 1;
        for (std::size_t subset = 0; subset < subsets; ++subset) {
            auto left = profits;
            bool gains = false;
            for (std::size_t i = 0; i < sides.size(); ++i) {
                const bool fills = tries ? (subset >> i & 1U) != 0 : sides[i].loss > 0;
                if (!fills) continue;
                left[sides[i].settle] -= sides[i].loss;
                gains = gains || sides[i].loss < 0;
            }
            const auto profit = in_currency(left);
            const auto loss = profit ? weighted(*profit, scenario) : std::nullopt;
            if (!loss && gains) continue;
            if (!loss) return std::nullopt;
            if (!worst || *loss > *worst) worst = loss;
        }
        return worst;
    }

    bool grow(Exact& sum, std::uint32_t instrument, const Exact& amount) const {
        if (!fit(amount)) return false;
        const auto made =
            state_.convert(amount, state_.instruments[instrument].settle, currency_, true, now_);
        if (!made || !fit(sum + *made)) return false;
        sum += *made;
        return true;
    }

    bool add_notionals(const ReferenceBookLine& line) {
        const Exact zero = 0;
        const std::uint32_t id = line.instrument;
        return grow(gross_, id, absolute(line.value)) && grow(net_, id, line.value) &&
               grow(longs_, id, std::max(line.value, zero)) &&
               grow(shorts_, id, std::max(Exact{-line.value}, zero)) &&
               grow(longs_after_, id, std::max(Exact{line.value + line.buys.notional}, zero)) &&
               grow(shorts_after_, id, std::max(Exact{-line.value + line.sells.notional}, zero));
    }

    std::optional<option::Reading> reading_of(std::uint32_t instrument) const {
        const Instrument option = as_core(instrument);
        const Instrument underlying = as_core(state_.instruments[instrument].underlying);
        if (underlying.prices.mark.raw <= 0) return std::nullopt;
        const auto model =
            option::model_at(option, underlying, option.prices.mark, underlying.prices.mark, now_);
        return model ? option::reading(*model) : std::nullopt;
    }

    // Quantity times the price of the underlying, in the settlement asset; an inverse option's is
    // the coin.
    Exact underlying_worth(std::uint32_t instrument, const Exact& quantity) const {
        const ReferenceInstrument& row = state_.instruments[instrument];
        const InstrumentDefinition& terms = row.terms;
        const bool in_coin = terms.kind == ContractKind::inverse_option;
        const ReferenceInstrument& underlying = state_.instruments[row.underlying];
        const Exact price = in_coin ? Exact{1} : Exact{underlying.prices.mark.raw};
        const int decimals = terms.quantity_decimals + terms.contract_size_decimals +
                             (in_coin ? 0 : underlying.terms.price_decimals);
        return ceiling_of(
            quantity * terms.contract_size * price * ten_to(state_.assets[row.settle].decimals),
            ten_to(decimals));
    }

    bool add_option(const ReferenceBookLine& line, const option::Reading& reading) {
        const std::uint32_t settle = state_.instruments[line.instrument].settle;
        const auto worth = [&](const Exact& quantity) -> std::optional<Exact> {
            const Exact amount = underlying_worth(line.instrument, quantity);
            return fit(amount) ? state_.convert(amount, settle, currency_, true, now_)
                               : std::nullopt;
        };
        const auto held = worth(line.quantity);
        const Exact mark = state_.instruments[line.instrument].prices.mark.raw;
        const Exact value = worth_at(line.instrument, line.quantity, {.raw = mark});
        const auto at_mark = state_.convert(value, settle, currency_, false, now_);
        const auto shorted = worth(std::max(Exact{-line.quantity}, Exact{0}));
        const auto shorted_after =
            worth(std::max(Exact{line.sells.quantity - line.quantity}, Exact{0}));
        if (!held || !at_mark || !shorted || !shorted_after) return false;
        const Exact moved = ceiling_of(*held * reading.delta, whole);
        gross_ += absolute(moved);
        net_ += moved;
        short_options_ += *shorted;
        short_options_after_ += *shorted_after;
        option_value_ += *at_mark;
        return fit(moved) && fit(gross_) && fit(net_) && fit(short_options_) &&
               fit(short_options_after_) && fit(option_value_);
    }

    PositionView option_view(const ReferenceBookLine& line, const option::Reading& reading) const {
        const ReferenceInstrument& row = state_.instruments[line.instrument];
        const ReferenceInstrument& under = state_.instruments[row.underlying];
        const auto quote = state_.price_of(state_.asset(under.terms.quote.view()), now_);
        const auto own = state_.price_of(currency_, now_);
        const auto as_number = [](const ReferenceState::Share& share) {
            return number(share.dividend, static_cast<double>(share.divisor));
        };
        const double rate = quote && own ? as_number(*quote) / as_number(*own) : no_number;
        const Exact value = worth_at(line.instrument, line.quantity, {.raw = row.prices.mark.raw});
        const auto worth = state_.convert(value, row.settle, currency_, false, now_);
        PositionView view = position_view(state_, currency_, line, now_);
        view.right = 1 + static_cast<std::int32_t>(row.terms.right);
        view.is_option = true;
        view.strike =
            number(row.terms.strike, static_cast<double>(ten_to(row.terms.strike_decimals))) * rate;
        view.underlying_price =
            number(under.prices.mark.raw, state_.price_unit(row.underlying)) * rate;
        view.value = worth ? number(*worth, state_.asset_unit(currency_)) : no_number;
        view.implied_volatility = static_cast<double>(reading.volatility) / 1e12;
        view.delta = static_cast<double>(reading.delta) / 1e8;
        view.underlying_confidence = confidence_of(state_, row.underlying);
        view.index_price =
            under.prices.index.raw > 0
                ? number(under.prices.index.raw, state_.price_unit(row.underlying)) * rate
                : no_number;
        return view;
    }

    const ReferenceState& state_;
    std::span<const Scenario> scenarios_;
    std::uint32_t currency_;
    Timestamp now_;
    Exact gross_;
    Exact net_;
    Exact longs_;
    Exact shorts_;
    Exact longs_after_;
    Exact shorts_after_;
    Exact short_options_;
    Exact short_options_after_;
    Exact option_value_;
};

}  // namespace

std::optional<ReferenceBook> book_of(const ReferenceState& state, const Rulebook& rules,
                                     RuleId rule, std::uint32_t currency,
                                     std::vector<ReferenceBookLine> lines, Timestamp now) {
    const auto before = [&](const ReferenceBookLine& a, const ReferenceBookLine& b) {
        const std::uint32_t base = state.instruments[a.instrument].base;
        const std::uint32_t other_base = state.instruments[b.instrument].base;
        if (base != other_base) return base < other_base;
        const InstrumentDefinition& first = state.instruments[a.instrument].terms;
        const InstrumentDefinition& second = state.instruments[b.instrument].terms;
        if (first.expiry != second.expiry) return first.expiry < second.expiry;
        const Exact strike = Exact{first.strike} * ten_to(second.strike_decimals);
        const Exact other = Exact{second.strike} * ten_to(first.strike_decimals);
        return strike != other ? strike < other : a.instrument < b.instrument;
    };
    std::sort(lines.begin(), lines.end(), before);
    return Revaluing{state, rules.scenarios(rule), currency, now}.value(lines);
}

}  // namespace riskd::model
