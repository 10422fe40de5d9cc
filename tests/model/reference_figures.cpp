#include "tests/model/reference_figures.hpp"

#include <algorithm>
#include <set>

#include "tests/model/reference_books.hpp"

namespace riskd::model {

namespace {

double number(const Exact& raw, double unit) {
    return static_cast<double>(raw) / unit;
}

// The questions of one account, one at a time.
class Summing {
public:
    Summing(const ReferenceState& state, Rulebook& rules, std::uint32_t account, Timestamp now,
            const ReferenceChange& change)
        : state_{state},
          rules_{rules},
          id_{account},
          account_{state.accounts[account]},
          currency_{account_.currency},
          now_{now},
          change_{change},
          model_{model_of(rules, account_)} {}

    ReferenceFigures sum() {
        for (const auto& [asset, amount] : account_.balances) {
            apart_[asset] = state_.isolated_in(id_, asset);
            held_[asset] = amount - apart_[asset];
            shared_[asset] = held_[asset];
            if (fit(held_[asset])) continue;
            held_[asset] = 0;
            shared_[asset] = 0;
            figures_.complete = false;
        }
        std::set<ReferencePlace> places;
        for (const auto& [place, position] : account_.positions) {
            if (position.quantity != 0) places.insert(place);
        }
        for (const ReferenceOrder& order : state_.orders) {
            if (order.request.account.raw == id_) places.insert(order.place());
        }
        if (change_.with != nullptr) places.insert(change_.with->place());
        for (const ReferencePlace& place : places) {
            if (!state_.is_spot(place.instrument)) add_position(place);
        }
        for (auto& [underlying, lines] : books_) {
            std::erase_if(lines, [](const ReferenceBookLine& line) {
                return line.quantity == 0 && line.buys.quantity == 0 && line.sells.quantity == 0;
            });
        }
        if (model_ && model_->of_accounts) {
            std::vector<ReferenceBookLine> lines;
            for (const auto& [underlying, part] : books_)
                lines.insert(lines.end(), part.begin(), part.end());
            add_book(none_raw, lines);
        } else {
            for (const auto& [underlying, lines] : books_) {
                if (!lines.empty()) add_book(underlying, lines);
            }
        }
        for (std::uint32_t asset = 0; asset < state_.assets.size(); ++asset)
            add_asset(asset);
        figures_.net_pnl -= account_.net_deposits;
        // Less than nothing, with a position, is beyond the edge.
        Exact& needed = figures_.maintenance_margin;
        if (exposed_ && figures_.equity < 0) needed = std::max(needed, Exact{1});
        return figures_;
    }

private:
    void fail(RuleFault fault, RuleId rule) {
        if (figures_.fault != RuleFault::none) return;
        figures_.fault = fault;
        figures_.rule = rule;
    }

    void add(Exact& sum, const Exact& amount, std::uint32_t from, bool up) {
        const auto made = state_.convert(amount, from, currency_, up, now_);
        if (made && fit(sum + *made)) {
            sum += *made;
        } else {
            figures_.complete = false;
        }
    }

    struct Requirement {
        Exact initial;
        Exact maintenance;
    };
    Requirement require(ReferencePlace place, const ReferenceAsked& asked) {
        const std::uint32_t instrument = place.instrument;
        if (!model_) {
            fail(RuleFault::unknown_rule, no_rule);
            return {};
        }
        const MarginQuestion question{.scope = {.account = AccountId{id_},
                                                .group = GroupId{account_.group},
                                                .instrument = InstrumentId{instrument}},
                                      .rule = model_->rule,
                                      .exposure = margin_view(state_, id_, place, asked, now_)};
        MarginAnswer answer;
        rules_.margin({&question, 1}, {&answer, 1});
        return judged(answer, state_.asset_unit(settle(instrument)));
    }
    Requirement judged(const MarginAnswer& answer, double unit) {
        RuleFault fault = answer.fault;
        if (fault == RuleFault::none && (answer.initial < 0 || answer.maintenance < 0)) {
            fault = RuleFault::out_of_range;
        }
        const auto initial = money_of(answer.initial, unit, true);
        const auto maintenance = money_of(answer.maintenance, unit, true);
        if (fault == RuleFault::none && (!initial || !maintenance)) {
            fault = RuleFault::not_a_number;
        }
        if (fault != RuleFault::none) {
            fail(fault, model_->rule);
            return {};
        }
        return {.initial = *initial, .maintenance = *maintenance};
    }

    std::uint32_t settle(std::uint32_t instrument) const {
        return state_.instruments[instrument].settle;
    }

    // What an option must keep depends on its underlying; a binary one can only lose so much.
    bool lacks_underlying(std::uint32_t instrument) {
        const ReferenceInstrument& row = state_.instruments[instrument];
        const bool option = state_.is_option(instrument);
        if (!option || row.terms.kind == ContractKind::binary_option) return false;
        if (!state_.is_fresh(row.underlying, now_)) figures_.complete = false;
        return state_.instruments[row.underlying].prices.mark.raw <= 0;
    }

    // What a position adds to its asset; nothing more can be said of it when that does not fit.
    bool add_worth(std::uint32_t instrument, const ReferencePosition& position, Exact& value,
                   Exact& gained) {
        const std::uint32_t asset = settle(instrument);
        if (position.quantity == 0) return true;
        if (!state_.is_fresh(instrument, now_)) figures_.complete = false;
        const auto worth = state_.value(instrument, position.quantity,
                                        state_.instruments[instrument].prices.mark.raw);
        const Exact rounded = floor_of(worth.dividend, worth.divisor);
        Exact& sum = position.isolated ? apart_[asset] : held_[asset];
        const auto added = state_.added(instrument, position, rounded);
        if (!added || !fit(sum + *added)) {
            figures_.complete = false;
            return false;
        }
        sum += *added;
        gained = *added;
        value = state_.exposure_of(instrument, rounded);
        if (value != 0 && !position.isolated) exposed_ = true;
        return true;
    }

    void add_position(ReferencePlace place) {
        const std::uint32_t instrument = place.instrument;
        const auto found = account_.positions.find(place);
        const ReferencePosition position =
            found == account_.positions.end() ? ReferencePosition{} : found->second;
        const std::uint32_t asset = settle(instrument);
        Exact value = 0;
        Exact gained = 0;
        if (!add_worth(instrument, position, value, gained)) return;
        if (lacks_underlying(instrument)) return;
        const ReferenceWorst worst =
            worst_of(state_, id_, place, position.quantity, value, change_);
        add(figures_.gross_exposure, absolute(value), asset, true);
        add(figures_.net_exposure, value, asset, true);
        add(figures_.gross_exposure_after, std::max(worst.notional, absolute(value)), asset, true);
        if (!model_) fail(RuleFault::unknown_rule, no_rule);
        const bool of_books = model_ && model_->of_books;
        if (of_books && !position.isolated) {
            return keep_for_book(place, position.quantity, gained);
        }
        keep_alone(place, position, worst, {.value = value, .asks = !of_books});
    }

    // What a position outside of books needs, and of one in a book's account what its isolated
    // position and orders do: there no rule is asked.
    struct Alone {
        Exact value;
        bool asks{};
    };
    void keep_alone(ReferencePlace place, const ReferencePosition& position,
                    const ReferenceWorst& worst, const Alone& alone) {
        const std::uint32_t instrument = place.instrument;
        // A rule that fails asks for nothing here; the fault is kept, and decides.
        Requirement now_held;
        if (position.quantity != 0 && alone.asks) {
            now_held = require(place, {.quantity = position.quantity,
                                       .notional = absolute(alone.value),
                                       .entry = absolute(position.entry_value)});
        }
        Exact initial = now_held.initial;
        Exact premium = 0;
        for (const ReferenceAsked& side : worst.asked) {
            if (!alone.asks) continue;
            Exact needed = require(place, side).initial;
            if (state_.is_option(instrument) && side.is_bought) {
                const auto bought = state_.value(instrument, side.open,
                                                 state_.instruments[instrument].prices.mark.raw);
                const Exact rounded = floor_of(bought.dividend, bought.divisor);
                needed -= fit(rounded) ? rounded : Exact{0};
                premium = side.open_notional;
            }
            initial = std::max(initial, needed);
        }
        if (position.isolated) {
            // It answers for itself; the account for what the orders would add.
            const std::uint32_t leverage = leverage_of(state_, id_, place);
            initial -= now_held.initial;
            for (const auto& [dividend, divisor] : worst.opened) {
                initial = std::max(initial, ceiling_of(dividend, divisor * leverage));
            }
            now_held.maintenance = 0;
        }
        const Exact needed = initial + worst.fee + premium;
        const bool too_much = premium != 0 && !fit(needed);
        if (too_much) figures_.complete = false;
        const std::uint32_t asset = settle(instrument);
        add(figures_.initial_margin, too_much ? Exact{0} : needed, asset, true);
        add(figures_.maintenance_margin, now_held.maintenance, asset, true);
    }

    // A book has one line of an instrument: what the long and the short leave, and all orders.
    void keep_for_book(ReferencePlace place, const Exact& quantity, const Exact& gained) {
        const std::uint32_t instrument = place.instrument;
        auto& lines = books_[state_.instruments[instrument].base];
        const auto is_of_it = [&](const auto& line) { return line.instrument == instrument; };
        if (std::none_of(lines.begin(), lines.end(), is_of_it)) {
            lines.push_back({.instrument = instrument});
        }
        ReferenceBookLine& line = *std::find_if(lines.begin(), lines.end(), is_of_it);
        line.quantity += quantity;
        line.added += gained;
        const auto worth =
            state_.value(instrument, line.quantity, state_.instruments[instrument].prices.mark.raw);
        const Exact rounded =
            line.quantity == 0 ? Exact{0} : floor_of(worth.dividend, worth.divisor);
        if (!fit(line.quantity) || !fit(rounded)) figures_.complete = false;
        line.value = state_.exposure_of(instrument, rounded);
        const auto count = [&](const ReferenceOrder& order) {
            const bool here = order.place() == place && order.request.account.raw == id_ &&
                              &order != change_.without;
            if (!here) return;
            const auto made = state_.amounts(order);
            ReferenceSide& side = order.request.side == Side::buy ? line.buys : line.sells;
            side.quantity += order.remaining;
            side.notional += made.notional;
            side.fee += made.fee;
        };
        for (const ReferenceOrder& order : state_.orders)
            count(order);
        if (change_.with != nullptr) count(*change_.with);
    }

    void add_book(std::uint32_t underlying, const std::vector<ReferenceBookLine>& lines) {
        auto book = book_of(state_, rules_, model_->rule, currency_, lines, now_);
        ReferenceAround around{.account = id_,
                               .without = change_.without,
                               .with = change_.with,
                               .balances = shared_,
                               .holds = {},
                               .instruments = {}};
        for (const ReferenceBookLine& line : lines)
            around.instruments.insert(line.instrument);
        for (std::uint32_t asset = 0; asset < state_.assets.size(); ++asset)
            around.holds[asset] = hold_with_change(asset);
        ReferenceBook besides;
        if (!add_around(state_, *model_, around, now_, book ? *book : besides)) {
            figures_.complete = false;
        }
        if (!book) {
            figures_.complete = false;
            return;
        }
        const auto holds = [](const BalanceView& balance) { return balance.amount != 0; };
        const bool empty = lines.empty() && book->orders.empty() &&
                           std::none_of(book->balances.begin(), book->balances.end(), holds);
        if (empty) return;
        if (model_->of_accounts && !state_.price_of(currency_, now_)) {
            figures_.complete = false;
            return;
        }
        const RuleScope scope{.account = AccountId{id_}, .group = GroupId{account_.group}};
        const Requirement needed = judged(ask_book(rules_, *model_, scope, underlying, *book),
                                          state_.asset_unit(currency_));
        add(figures_.initial_margin, needed.initial, currency_, true);
        add(figures_.maintenance_margin, needed.maintenance, currency_, true);
    }

    // What an amount of an asset counts as margin.
    std::optional<Exact> collateral(std::uint32_t asset, const Exact& amount) {
        const auto price = state_.price_of(asset, now_);
        const auto currency_price = state_.price_of(currency_, now_);
        const double units = number(amount, state_.asset_unit(asset));
        const double unit_price =
            number(price->dividend, static_cast<double>(price->divisor)) /
            number(currency_price->dividend, static_cast<double>(currency_price->divisor));
        const CollateralQuestion question{
            .scope = {.account = AccountId{id_}, .group = GroupId{account_.group}},
            .asset = AssetId{asset},
            .collateral = {.amount = units, .price = unit_price, .value = units * unit_price}};
        CollateralAnswer answer;
        rules_.collateral({&question, 1}, {&answer, 1});
        RuleFault fault = answer.fault;
        if (fault == RuleFault::none && answer.value > question.collateral.value) {
            fault = RuleFault::out_of_range;
        }
        const auto made = money_of(answer.value, state_.asset_unit(currency_), false);
        if (fault == RuleFault::none && !made) fault = RuleFault::not_a_number;
        if (fault != RuleFault::none) {
            fail(fault, rules_.collateral_rule());
            return std::nullopt;
        }
        return made;
    }

    bool counts_orders() const { return model_ && model_->answers_for_spot(); }

    Exact hold_with_change(std::uint32_t asset) const {
        Exact hold = state_.spot_hold(id_, asset);
        const auto part = [&](const ReferenceOrder* order) {
            const bool counts = order != nullptr && order->hold_asset.raw == asset &&
                                state_.is_spot(order->request.instrument.raw);
            return counts ? state_.amounts(*order).spot_hold : Exact{0};
        };
        return hold + part(change_.with) - part(change_.without);
    }

    void owe(const Exact& counted) {
        if (account_.terms.borrow && counted < 0) add(figures_.owed, -counted, currency_, true);
    }

    void add_asset(std::uint32_t asset) {
        const Exact total = held_.contains(asset) ? held_[asset] : Exact{0};
        const Exact apart = apart_.contains(asset) ? apart_[asset] : Exact{0};
        const Exact hold = hold_with_change(asset);
        if (!fit(total + apart)) figures_.complete = false;
        if (asset == currency_) {
            add(figures_.equity, total, asset, false);
            owe(total);
            if (!counts_orders()) add(figures_.initial_margin, hold, asset, true);
            add(figures_.net_pnl, total + apart, asset, false);
            return;
        }
        if (total == 0 && apart == 0 && hold == 0) return;
        if (!state_.price_of(asset, now_) || !state_.price_of(currency_, now_)) {
            figures_.complete = false;
            return;
        }
        add(figures_.net_pnl, total + apart, asset, false);
        const auto whole = collateral(asset, total);
        if (!whole) return;
        add(figures_.equity, *whole, currency_, false);
        owe(*whole);
        if (hold == 0 || counts_orders()) return;
        const auto free = collateral(asset, total - hold);
        if (free) add(figures_.initial_margin, *whole - *free, currency_, true);
    }

    const ReferenceState& state_;
    Rulebook& rules_;
    std::uint32_t id_;
    const ReferenceAccount& account_;
    std::uint32_t currency_;
    Timestamp now_;
    const ReferenceChange& change_;
    std::optional<ReferenceModel> model_;
    std::map<std::uint32_t, std::vector<ReferenceBookLine>> books_;  // by underlying
    std::map<std::uint32_t, Exact> held_;    // by asset: balance and what positions add
    std::map<std::uint32_t, Exact> shared_;  // balances but for isolated margins
    std::map<std::uint32_t, Exact> apart_;   // the same of isolated positions
    ReferenceFigures figures_;
    bool exposed_{};
};

}  // namespace

AccountMargin ReferenceFigures::margin() const {
    return {.equity = Money{static_cast<std::int64_t>(equity)},
            .initial_margin = Money{static_cast<std::int64_t>(initial_margin)},
            .maintenance_margin = Money{static_cast<std::int64_t>(maintenance_margin)},
            .owed = Money{static_cast<std::int64_t>(owed)},
            .complete = complete};
}

ReferenceFigures figures_of(const ReferenceState& state, Rulebook& rules, std::uint32_t account,
                            Timestamp now, const ReferenceChange& change) {
    return Summing{state, rules, account, now, change}.sum();
}

}  // namespace riskd::model
