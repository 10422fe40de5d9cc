#include "tests/model/reference_books.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace riskd::model {

namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t whole = 100'000'000;  // 100 % in rate_decimals

double number(const Exact& raw, double unit) {
    return static_cast<double>(raw) / unit;
}

bool is_quanto_kind(const ReferenceInstrument& row) {
    return row.terms.kind == ContractKind::quanto_future ||
           row.terms.kind == ContractKind::quanto_perpetual;
}

class Revaluing {
public:
    Revaluing(const ReferenceState& state, std::span<const Scenario> scenarios,
              std::uint32_t currency, Timestamp now)
        : state_{state}, scenarios_{scenarios}, currency_{currency}, now_{now} {}

    std::optional<ReferenceBook> value(const std::vector<ReferenceBookLine>& lines) {
        ReferenceBook book;
        for (const ReferenceBookLine& line : lines) {
            if (state_.instruments[line.instrument].prices.mark.raw <= 0) return std::nullopt;
            if (!add_notionals(line)) return std::nullopt;
            book.positions.push_back(position_view(line));
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
                     .short_futures_after = number(shorts_after_, unit)};
        return book;
    }

private:
    std::optional<Exact> shocked(std::uint32_t instrument, const Scenario& scenario) const {
        const Exact mark = state_.instruments[instrument].prices.mark.raw;
        const Exact moved = floor_of(mark * (whole + scenario.price_move), whole);
        if (!fit(moved)) return std::nullopt;
        return std::max(moved, Exact{1});
    }

    // What the orders of a side lose when all of them fill, in the settlement asset.
    std::optional<Exact> side_loss(std::uint32_t instrument, const ReferenceSide& side, bool buys,
                                   const Exact& price) const {
        const auto worth =
            state_.value(instrument, buys ? side.quantity : Exact{-side.quantity}, price);
        const Exact rounded = floor_of(worth.dividend, worth.divisor);
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
            const auto price = shocked(line.instrument, scenario);
            if (!price) return std::nullopt;
            const auto then = state_.value(line.instrument, line.quantity, *price);
            const auto now = state_.value(line.instrument, line.quantity,
                                          state_.instruments[line.instrument].prices.mark.raw);
            const Exact profit = floor_of(then.dividend * now.divisor - now.dividend * then.divisor,
                                          then.divisor * now.divisor);
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

    // Every combination of sides that may fill; of many sides, each that loses.
    template <typename Sides>
    std::optional<Exact> worst_subset(const std::map<std::uint32_t, Exact>& profits,
                                      const Sides& sides, const Scenario& scenario) const {
        constexpr std::size_t tried_max = 4;
        std::optional<Exact> worst;
        const bool tries = sides.size() <= tried_max;
        const std::size_t subsets = tries ? std::size_t{1} << sides.size() : 1;
        for (std::size_t subset = 0; subset < subsets; ++subset) {
            auto left = profits;
            for (std::size_t i = 0; i < sides.size(); ++i) {
                const bool fills = tries ? (subset >> i & 1U) != 0 : sides[i].loss > 0;
                if (fills) left[sides[i].settle] -= sides[i].loss;
            }
            const auto profit = in_currency(left);
            const auto loss = profit ? weighted(*profit, scenario) : std::nullopt;
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

    PositionView position_view(const ReferenceBookLine& line) const {
        const ReferenceInstrument& row = state_.instruments[line.instrument];
        const auto quote = state_.price_of(state_.asset(row.terms.quote.view()), now_);
        const auto own = state_.price_of(currency_, now_);
        const auto as_number = [](const ReferenceState::Share& share) {
            return number(share.dividend, static_cast<double>(share.divisor));
        };
        const double price = number(row.prices.mark.raw, state_.price_unit(line.instrument));
        const double rate = quote && own ? as_number(*quote) / as_number(*own) : no_number;
        const auto worth = state_.convert(line.value, row.settle, currency_, true, now_);
        const double value = worth ? number(*worth, state_.asset_unit(currency_)) : no_number;
        const double contract = static_cast<double>(row.terms.contract_size) /
                                static_cast<double>(ten_to(row.terms.contract_size_decimals));
        const double held = number(line.quantity, state_.quantity_unit(line.instrument));
        double size = contract;
        if (state_.is_inverse(line.instrument)) size = contract / price;
        if (is_quanto_kind(row) && held != 0) size = value / (price * rate) / held;
        const auto units = [&](const Exact& quantity) {
            return number(quantity, state_.quantity_unit(line.instrument)) * size;
        };
        const std::int64_t left = row.terms.expiry.ns - now_.ns;
        return {.kind = static_cast<std::int32_t>(row.terms.kind),
                .quantity = units(line.quantity),
                .quantity_with_buys = units(line.quantity + line.buys.quantity),
                .quantity_with_sells = units(line.quantity - line.sells.quantity),
                .strike = no_number,
                .mark_price = price * rate,
                .underlying_price = price * rate,
                .value = value,
                .seconds_to_expiry =
                    row.terms.expiry.ns == 0 ? no_number : static_cast<double>(left) / 1e9,
                .implied_volatility = no_number,
                .delta = 1};
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
};

}  // namespace

std::optional<ReferenceModel> model_of(const Rulebook& rules, const ReferenceAccount& account) {
    const std::string_view wanted = account.terms.margin.view();
    if (rules.margin_models().empty() && wanted.empty()) {
        return ReferenceModel{.rule = rules.margin_rule()};
    }
    for (const MarginModel& model : rules.margin_models()) {
        const bool fits = wanted.empty() || model.name.view() == wanted;
        if (fits) return ReferenceModel{.rule = model.rule, .of_books = model.of_books};
    }
    return std::nullopt;
}

std::optional<ReferenceBook> book_of(const ReferenceState& state, const Rulebook& rules,
                                     RuleId rule, std::uint32_t currency,
                                     std::vector<ReferenceBookLine> lines, Timestamp now) {
    const auto expiry = [&](const ReferenceBookLine& line) {
        return state.instruments[line.instrument].terms.expiry.ns;
    };
    std::stable_sort(
        lines.begin(), lines.end(), [&](const ReferenceBookLine& a, const ReferenceBookLine& b) {
            return std::pair{expiry(a), a.instrument} < std::pair{expiry(b), b.instrument};
        });
    return Revaluing{state, rules.scenarios(rule), currency, now}.value(lines);
}

MarginAnswer ask_book(Rulebook& rules, const ReferenceModel& model, const RuleScope& scope,
                      std::uint32_t underlying, const ReferenceBook& book) {
    const BookQuestion question{
        .scope = scope,
        .rule = model.rule,
        .underlying = AssetId{underlying},
        .book = book.view,
        .positions = book.positions.data(),
        .positions_count = static_cast<std::int32_t>(book.positions.size())};
    MarginAnswer answer;
    rules.books({&question, 1}, {&answer, 1});
    return answer;
}

}  // namespace riskd::model
