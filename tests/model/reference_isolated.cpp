// Isolated margin, from the words at the top of riskd/core/isolated.hpp: what moves a position's
// own margin, and the ladder it stands on.
#include <algorithm>

#include "tests/model/reference_engine.hpp"

namespace riskd::model {

// As much as a share of the margin covers goes to the balance; what it does not cover of a loss the
// rest of the margin pays, and then the house.
ReferenceMove isolated_move(const ReferencePosition& before, const ReferencePosition& after,
                            const Exact& traded, const Exact& accrued, std::uint32_t leverage) {
    const Exact margin = before.margin + accrued;
    const auto set_apart = [&](const Exact& entry) {
        return ceiling_of(absolute(entry), Exact{leverage});
    };
    const bool closes = before.quantity != 0 && (before.quantity > 0) != (traded > 0);
    if (!closes) return {.margin = margin + set_apart(after.entry_value - before.entry_value)};
    const Exact realized = after.realized - before.realized - accrued;
    const Exact held = absolute(before.quantity);
    const bool whole = absolute(traded) >= held;
    if (!whole && before.stage >= Stage::reduce) return {.margin = margin + realized};
    Exact released = whole ? margin : floor_of(margin * absolute(traded), held);
    Exact left = margin - released;
    Exact to_balance = realized + released;
    while (to_balance < 0 && left > 0) {
        const Exact step = std::min(left, Exact{-to_balance});
        left -= step;
        to_balance += step;
    }
    ReferenceMove move{.margin = left};
    if (to_balance < 0) move.deficit = -to_balance;
    if (absolute(traded) > held) move.margin += set_apart(after.entry_value);
    return move;
}

void ReferenceEngine::apply(const MarginChange& change) {
    const auto refused = [&](AlertKind kind, std::string_view detail) {
        alert({.severity = Severity::warning,
               .kind = kind,
               .account = change.account,
               .instrument = change.instrument,
               .about = change.id,
               .detail = Text<64>{detail}});
    };
    if (!is_known(change.account) || !is_known(change.instrument)) {
        return refused(AlertKind::unknown_name, "account or instrument of a margin");
    }
    if (refuse_side(change.account, change.instrument, change.position_side, change.id,
                    Severity::warning)) {
        return;
    }
    const std::string id = "margin/" + std::to_string(change.account.raw) + "/";
    if (!is_new(id + std::string(change.id.view()))) return;
    const auto no = [&](std::string_view why) { refused(AlertKind::refused_fact, why); };
    const std::uint32_t asked = change.instrument.raw;
    if (state_.is_spot(asked) || state_.is_option(asked)) {
        return no("the instrument has no isolated margin");
    }
    ReferenceAccount& account = state_.accounts[change.account.raw];
    const ReferencePlace place{.instrument = asked, .side = change.position_side};
    ReferencePosition& position = account.positions[place];
    if (change.has_mode) {
        const bool isolated = change.mode == MarginMode::isolated;
        if (isolated == position.isolated) return;
        if (position.quantity != 0) return no("the position is not flat");
        for (const ReferenceOrder& order : state_.orders) {
            if (order.request.account == change.account && order.place() == place) {
                return no("orders are open in the instrument");
            }
        }
        position.isolated = isolated;
        return;
    }
    if (!position.isolated) return no("the position is not isolated");
    if (position.quantity == 0) return no("the position is flat");
    const Exact amount = change.amount.raw;
    if (amount < 0 && -amount > position.margin) return no("the position has less");
    const std::uint32_t settle = state_.instruments[change.instrument.raw].settle;
    const Exact apart = state_.isolated_in(change.account.raw, settle);
    if (amount >= 0) {
        const Exact held = state_.spot_hold(change.account.raw, settle);
        if (amount > account.balances[settle] - held - apart) {
            return no("the free balance is less");
        }
        if (!fit(position.margin + amount) || !fit(apart + amount)) return no("it would not fit");
    }
    position.margin += amount;
}

namespace {

struct OwnFigures {
    Exact equity;
    Exact initial;
    Exact maintenance;
    Exact pnl;
    Exact value;
};

// By the present mark; nothing when a figure does not fit.
std::optional<OwnFigures> own_figures(const ReferenceState& state, std::uint32_t instrument,
                                      const ReferencePosition& position) {
    const auto worth =
        state.value(instrument, position.quantity, state.instruments[instrument].prices.mark.raw);
    const Exact rounded = floor_of(worth.dividend, worth.divisor);
    const Exact gained = rounded - position.entry_value;
    const Exact accrued = state.accrued(instrument, position);
    const Exact pnl = gained + accrued;
    const bool fits =
        fit(rounded) && fit(gained) && fit(accrued) && fit(pnl) && fit(position.margin + pnl);
    if (!fits) return std::nullopt;
    return OwnFigures{.equity = position.margin + pnl,
                      .initial = 0,
                      .maintenance = 0,
                      .pnl = pnl,
                      .value = state.exposure_of(instrument, rounded)};
}

}  // namespace

void ReferenceEngine::judge_isolated(std::uint32_t id) {
    for (auto& [place, position] : state_.accounts[id].positions) {
        if (!position.isolated) continue;
        if (position.quantity != 0) {
            judge_isolated(id, place, position);
        } else if (position.stage != Stage::healthy) {
            enter(id, place, position, {.account = AccountId{id}, .stage = Stage::healthy});
        }
    }
}

void ReferenceEngine::judge_isolated(std::uint32_t id, ReferencePlace place,
                                     ReferencePosition& position) {
    const std::uint32_t instrument = place.instrument;
    const ReferenceAccount& account = state_.accounts[id];
    if (!state_.is_fresh(instrument, state_.time)) return;
    const std::uint32_t settle = state_.instruments[instrument].settle;
    auto own = own_figures(state_, instrument, position);
    if (!own) return;
    const auto needed = needs_of(id, place, position, own->value);
    if (!needed) return;
    own->initial = needed->initial;
    own->maintenance = needed->maintenance;
    ReferenceFigures figures;
    const auto take = [&](Exact& into, const Exact& amount, bool up) {
        const auto made = state_.convert(amount, settle, account.currency, up, state_.time);
        if (!made) figures.complete = false;
        into = made.value_or(Exact{0});
    };
    take(figures.equity, own->equity, false);
    take(figures.initial_margin, own->initial, true);
    take(figures.maintenance_margin, own->maintenance, true);
    take(figures.net_pnl, own->pnl, false);
    take(figures.gross_exposure, absolute(own->value), true);
    take(figures.net_exposure, own->value, true);
    figures.gross_exposure_after = figures.gross_exposure;
    if (!figures.complete) return;
    if (figures.maintenance_margin == 0 && position.stage == Stage::healthy) return;
    StageQuestion question{.scope = {.account = AccountId{id},
                                     .group = GroupId{account.group},
                                     .instrument = InstrumentId{instrument}},
                           .account = reference_account_view(state_, id, figures)};
    question.account.stage = static_cast<std::int32_t>(position.stage);
    question.account.open_orders = 0;
    for (const ReferenceOrder& order : state_.orders) {
        const bool here = order.request.account.raw == id && order.place() == place;
        if (here) question.account.open_orders += 1;
    }
    StageAnswer answer;
    rules_.stage({&question, 1}, {&answer, 1});
    if (answer.fault != RuleFault::none) return;
    const Stage stage = std::min(answer.stage, Stage::liquidate);
    const bool stays = stage == position.stage;
    if (stays && !is_due(position.next_step)) return;
    StageChange change{.account = AccountId{id}, .stage = stage, .margin = figures.margin()};
    plan(change, place, position,
         {.equity = own->equity, .maintenance = own->maintenance, .exit_ratio = answer.exit_ratio});
    if (stays && change.close.empty()) return;
    pace(change, answer, position.step);
    enter(id, place, position, change);
}

// As the account's model says, of a book with nothing else in it when that asks about books; in the
// settlement asset. Nothing when it cannot be said.
std::optional<ReferenceEngine::ReferenceNeeds> ReferenceEngine::needs_of(
    std::uint32_t id, ReferencePlace place, const ReferencePosition& position, const Exact& value) {
    const std::uint32_t instrument = place.instrument;
    const ReferenceAccount& account = state_.accounts[id];
    const std::uint32_t settle = state_.instruments[instrument].settle;
    const auto model = model_of(rules_, account);
    if (!model) return std::nullopt;
    MarginAnswer answer;
    std::uint32_t asset = settle;
    if (model->of_books) {
        const auto book =
            book_of(state_, rules_, model->rule, account.currency,
                    {{.instrument = instrument, .quantity = position.quantity, .value = value}},
                    state_.time);
        if (!book) return std::nullopt;
        asset = account.currency;
        answer =
            ask_book(rules_, *model, {.account = AccountId{id}, .group = GroupId{account.group}},
                     state_.instruments[instrument].base, *book);
    } else {
        const MarginQuestion asked{
            .scope = {.account = AccountId{id},
                      .group = GroupId{account.group},
                      .instrument = InstrumentId{instrument}},
            .rule = model->rule,
            .exposure = margin_view(state_, id, place,
                                    {.quantity = position.quantity,
                                     .notional = absolute(value),
                                     .entry = absolute(position.entry_value)},
                                    state_.time)};
        rules_.margin({&asked, 1}, {&answer, 1});
    }
    if (answer.fault != RuleFault::none) return std::nullopt;
    const auto settled = [&](double number) -> std::optional<Exact> {
        const auto money = money_of(number, state_.asset_unit(asset), true);
        if (!money || *money < 0) return std::nullopt;
        return state_.convert(*money, asset, settle, true, state_.time);
    };
    const auto initial = settled(answer.initial);
    const auto maintenance = settled(answer.maintenance);
    if (!initial || !maintenance) return std::nullopt;
    return ReferenceNeeds{.initial = *initial, .maintenance = *maintenance};
}

// What it is worth and must keep, by the present mark.
std::optional<ReferenceEngine::ReferenceEdge> ReferenceEngine::own_edge(
    std::uint32_t account, ReferencePlace place, const ReferencePosition& position) {
    const auto own = own_figures(state_, place.instrument, position);
    if (!own) return std::nullopt;
    const auto needed = needs_of(account, place, position, own->value);
    if (!needed) return std::nullopt;
    return ReferenceEdge{.equity = own->equity, .maintenance = needed->maintenance};
}

// A new episode has the next number of the account, whichever of its ladders it is on.
void ReferenceEngine::enter(std::uint32_t id, ReferencePlace place, ReferencePosition& position,
                            StageChange change) {
    ReferenceAccount& account = state_.accounts[id];
    if (position.stage == Stage::healthy) position.episode = ++account.episodes;
    change.instrument = InstrumentId{place.instrument};
    change.position_side = place.side;
    change.episode = position.episode;
    change.before = position.stage;
    change.currency = AssetId{account.currency};
    change.sequence = state_.sequence;
    change.time = state_.time;
    position.stage = change.stage;
    position.step = steps_taken(change, position.step);
    position.next_step = change.next_step.ns;
    outcome_.outputs.emplace_back(std::move(change));
}

}  // namespace riskd::model
