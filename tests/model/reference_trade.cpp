// What fills do to balances and positions, and where the accounts are left on the liquidation
// ladder.
#include <algorithm>

#include "tests/model/reference_engine.hpp"
#include "tests/model/reference_figures.hpp"

namespace riskd::model {

namespace {

// Rounded up, because it is paid.
Exact cost_of(const ReferenceState& state, std::uint32_t instrument, const Exact& quantity,
              const Exact& price) {
    const auto worth = state.value(instrument, quantity, price);
    return ceiling_of(worth.dividend, worth.divisor);
}

// A signed quantity for a signed cost, on top of what is held. What closes is realized: the share
// of the entry value and the share of the cost, each rounded up; the rest stays in the position.
ReferencePosition after_trade(const ReferencePosition& before, const Exact& quantity,
                              const Exact& cost) {
    ReferencePosition after = before;
    after.quantity += quantity;
    const bool closes = before.quantity != 0 && (before.quantity > 0) != (quantity > 0);
    if (!closes) {
        after.entry_value += cost;
        return after;
    }
    const Exact held = absolute(before.quantity);
    const Exact traded = absolute(quantity);
    const Exact closed = std::min(held, traded);
    const Exact entry_share = ceiling_of(before.entry_value * closed, held);
    const Exact cost_share = ceiling_of(cost * closed, traded);
    after.entry_value = before.entry_value - entry_share + cost - cost_share;
    after.realized -= entry_share + cost_share;
    return after;
}

Exact signed_quantity(const Fill& fill) {
    const Exact quantity = fill.quantity.raw;
    return fill.side == Side::buy ? quantity : Exact{-quantity};
}

}  // namespace

bool ReferenceEngine::post(std::uint32_t account, const std::vector<Posting>& postings,
                           ReferencePlace place, const ReferencePosition* position) {
    ReferenceAccount& row = state_.accounts[account];
    std::map<std::uint32_t, Exact> balances = row.balances;
    for (const Posting& posting : postings) {
        Exact& balance = balances[posting.asset];
        balance += posting.amount;
        if (!fit(balance)) return false;
    }
    if (position != nullptr) {
        if (!fit(position->quantity) || !fit(position->entry_value) || !fit(position->realized) ||
            !fit(position->margin)) {
            return false;
        }
        const std::uint32_t instrument = place.instrument;
        const std::uint32_t settle = state_.instruments[instrument].settle;
        const Exact moved = position->margin - row.positions[place].margin;
        if (!fit(state_.isolated_in(account, settle) + moved)) return false;
        const Exact before = row.positions[place].quantity;
        const auto part = [](const Exact& quantity, bool is_long) {
            const Exact share = is_long ? quantity : Exact{-quantity};
            return share > 0 ? share : Exact{0};
        };
        for (const bool is_long : {true, false}) {
            const Exact change = part(position->quantity, is_long) - part(before, is_long);
            if (!fit(state_.open_interest(instrument, is_long) + change)) return false;
        }
        row.positions[place] = *position;
    }
    row.balances = std::move(balances);
    for (const Posting& posting : postings) {
        state_.houses[posting.asset].*(posting.house) -= posting.amount;
    }
    return true;
}

bool ReferenceEngine::trade(const Fill& fill) {
    const std::uint32_t id = fill.instrument.raw;
    if (state_.is_spot(id)) return trade_spot(fill);
    return trade_at(fill, cost_of(state_, id, signed_quantity(fill), fill.price.raw));
}

bool ReferenceEngine::trade_at(const Fill& fill, const Exact& cost) {
    const std::uint32_t id = fill.instrument.raw;
    const Exact quantity = signed_quantity(fill);
    if (!fit(cost)) return false;
    const ReferencePlace place{.instrument = id, .side = fill.position_side};
    const ReferencePosition before = state_.accounts[fill.account.raw].positions[place];
    ReferencePosition after = after_trade(before, quantity, cost);
    const Exact closed = after.realized - before.realized;
    const Exact accrued = state_.accrued(id, before);
    if (!fit(accrued)) return false;
    after.realized += accrued;
    after.funding_index = state_.instruments[id].funding_index.value_or(Exact{0});
    ReferenceMove move;
    if (before.isolated) {
        const std::uint32_t leverage = leverage_of(state_, fill.account.raw, place);
        move = isolated_move(before, after, quantity, accrued, leverage);
        after.margin = move.margin;
    }
    const std::uint32_t settle = state_.instruments[id].settle;
    const std::uint32_t fee_asset = is_known(fill.fee_asset) ? fill.fee_asset.raw : settle;
    // An option is paid for at once; of anything else only what is realized moves.
    const Exact cash = state_.is_option(id) ? Exact{-cost} : closed;
    return post(fill.account.raw,
                {{settle, cash, &ReferenceHouse::counterparty},
                 {settle, accrued, &ReferenceHouse::funding},
                 {settle, move.deficit, &ReferenceHouse::insurance},
                 {fee_asset, -Exact{fill.fee.raw}, &ReferenceHouse::fees}},
                place, &after);
}

bool ReferenceEngine::trade_spot(const Fill& fill) {
    const InstrumentDefinition& terms = state_.instruments[fill.instrument.raw].terms;
    const std::uint32_t base = state_.asset(terms.base.view());
    const std::uint32_t quote = state_.asset(terms.quote.view());
    const Exact sign = fill.side == Side::buy ? 1 : -1;
    const int spare = state_.assets[base].decimals - terms.quantity_decimals;
    const Exact received = sign * fill.quantity.raw * ten_to(spare);
    const Exact paid =
        cost_of(state_, fill.instrument.raw, sign * fill.quantity.raw, fill.price.raw);
    if (!fit(received) || !fit(paid)) return false;
    const std::uint32_t fee_asset = is_known(fill.fee_asset) ? fill.fee_asset.raw : quote;
    return post(fill.account.raw,
                {{base, received, &ReferenceHouse::counterparty},
                 {quote, -paid, &ReferenceHouse::counterparty},
                 {fee_asset, -Exact{fill.fee.raw}, &ReferenceHouse::fees}},
                {}, nullptr);
}

void ReferenceEngine::apply(const LeverageChange& change) {
    if (!is_known(change.account) || !is_known(change.instrument)) {
        return refuse(AlertKind::unknown_name, change.id, "account or instrument of a leverage");
    }
    const std::uint32_t highest = state_.instruments[change.instrument.raw].terms.leverage_max;
    const bool is_spot = state_.is_spot(change.instrument.raw);
    if (is_spot || change.leverage > highest) {
        const std::string detail =
            is_spot ? "spot has no leverage" : "the highest leverage is " + std::to_string(highest);
        return alert({.severity = Severity::warning,
                      .kind = AlertKind::refused_fact,
                      .account = change.account,
                      .instrument = change.instrument,
                      .about = change.id,
                      .detail = Text<64>{detail}});
    }
    if (refuse_side(change.account, change.instrument, change.position_side, change.id,
                    Severity::warning)) {
        return;
    }
    const std::string id = "leverage/" + std::to_string(change.account.raw) + "/";
    if (!is_new(id + std::string(change.id.view()))) return;
    const ReferencePlace place{.instrument = change.instrument.raw, .side = change.position_side};
    state_.accounts[change.account.raw].positions[place].leverage = change.leverage;
}

void ReferenceEngine::judge_accounts(std::span<const std::uint32_t> judged) {
    for (const std::uint32_t account : judged)
        judge(account);
    for (const std::uint32_t account : judged)
        judge_isolated(account);
}

// New rules judge everyone, some with each passing of time: as many as have 32 accounts and
// positions between them.
void ReferenceEngine::judge_accounts(const Event& event, std::span<const AccountId> woken) {
    if (std::holds_alternative<TimePassed>(event.body)) {
        std::size_t work = 0;
        while (state_.judged_by_rules < state_.accounts_at_activation && work < 32) {
            ++work;
            for (const auto& [place, position] : state_.accounts[state_.judged_by_rules].positions)
                work += position.quantity != 0 ? 1U : 0U;
            ++state_.judged_by_rules;
        }
    }
    std::vector<std::uint32_t> judged;
    for (std::uint32_t i = 0; i < state_.accounts.size(); ++i) {
        const bool waits = i >= state_.judged_by_rules && i < state_.accounts_at_activation;
        const bool wakes = std::find(woken.begin(), woken.end(), AccountId{i}) != woken.end();
        if (!waits || wakes) judged.push_back(i);
    }
    judge_accounts(judged);
}

void ReferenceEngine::judge(std::uint32_t id) {
    ReferenceAccount& account = state_.accounts[id];
    const ReferenceFigures figures = figures_of(state_, rules_, id, state_.time);
    // A fault or an unknown price never moves an account.
    if (figures.fault != RuleFault::none || !figures.complete) return;
    const bool has_dues = figures.maintenance_margin != 0 || figures.owed != 0;
    if (!has_dues && account.stage == Stage::healthy) return;
    const StageQuestion question{
        .scope = {.account = AccountId{id}, .group = GroupId{account.group}},
        .account = reference_account_view(state_, id, figures)};
    StageAnswer answer;
    rules_.stage({&question, 1}, {&answer, 1});
    if (answer.fault != RuleFault::none) return;
    // There is no insurance fund here that could take over.
    const Stage stage = std::min(answer.stage, Stage::liquidate);
    const bool stays = stage == account.stage;
    if (stays && !is_due(account.next_step)) return;
    StageChange change{.account = AccountId{id},
                       .before = account.stage,
                       .stage = stage,
                       .margin = figures.margin(),
                       .currency = AssetId{account.currency},
                       .sequence = state_.sequence,
                       .time = state_.time};
    plan(change, figures, answer.exit_ratio);
    if (stays && change.close.empty()) return;
    if (account.stage == Stage::healthy) account.episode = ++account.episodes;
    change.episode = account.episode;
    pace(change, answer, account.step);
    account.stage = stage;
    account.step = steps_taken(change, account.step);
    account.next_step = change.next_step.ns;
    outcome_.outputs.emplace_back(std::move(change));
}

Exact ReferenceEngine::maintenance_of(std::uint32_t account, ReferencePlace place,
                                      const Exact& quantity) {
    const std::uint32_t instrument = place.instrument;
    const auto worth =
        state_.value(instrument, quantity, state_.instruments[instrument].prices.mark.raw);
    const Exact notional = absolute(floor_of(worth.dividend, worth.divisor));
    const ReferenceAccount& row = state_.accounts[account];
    const auto model = model_of(rules_, row);
    if (!model) return 0;
    if (model->of_books) {
        const Exact risk = state_.exposure_of(instrument, floor_of(worth.dividend, worth.divisor));
        return maintenance_alone(account, *model,
                                 {.instrument = instrument, .quantity = quantity, .value = risk});
    }
    const MarginQuestion question{
        .scope = {.account = AccountId{account},
                  .group = GroupId{row.group},
                  .instrument = InstrumentId{instrument}},
        .rule = model->rule,
        .exposure =
            margin_view(state_, account, place,
                        {.quantity = quantity,
                         .notional = notional,
                         .entry = absolute(state_.accounts[account].positions[place].entry_value)},
                        state_.time)};
    MarginAnswer answer;
    rules_.margin({&question, 1}, {&answer, 1});
    if (answer.fault != RuleFault::none) return 0;
    const std::uint32_t settle = state_.instruments[instrument].settle;
    const auto money = money_of(answer.maintenance, state_.asset_unit(settle), true);
    const std::uint32_t currency = row.currency;
    if (!money) return 0;
    return state_.convert(*money, settle, currency, true, state_.time).value_or(Exact{0});
}

// Of a book with nothing else in it; in the settlement asset, and back.
Exact ReferenceEngine::maintenance_alone(std::uint32_t account, const ReferenceModel& model,
                                         const ReferenceBookLine& line) {
    const ReferenceAccount& row = state_.accounts[account];
    const ReferenceInstrument& instrument = state_.instruments[line.instrument];
    const auto book = book_of(state_, rules_, model.rule, row.currency, {line}, state_.time);
    if (!book) return 0;
    const MarginAnswer answer =
        ask_book(rules_, model, {.account = AccountId{account}, .group = GroupId{row.group}},
                 instrument.base, *book);
    if (answer.fault != RuleFault::none) return 0;
    const double unit = state_.asset_unit(row.currency);
    const auto money = money_of(answer.maintenance, unit, true);
    if (!money || !money_of(answer.initial, unit, true)) return 0;
    const auto settled = state_.convert(*money, row.currency, instrument.settle, true, state_.time);
    if (!settled) return 0;
    return state_.convert(*settled, instrument.settle, row.currency, true, state_.time)
        .value_or(Exact{0});
}

// The mark, moved by the position's share of the equity: there, nothing is left.
std::optional<std::int64_t> ReferenceEngine::bankruptcy_of(std::uint32_t account,
                                                           ReferencePlace place,
                                                           const Exact& maintenance,
                                                           const Exact& shared,
                                                           const Exact& equity) {
    if (shared <= 0) return std::nullopt;
    const ReferenceInstrument& row = state_.instruments[place.instrument];
    const std::uint32_t currency = state_.accounts[account].currency;
    const std::uint32_t settle = row.settle;
    const Exact share = floor_of(equity * maintenance, shared);
    if (!fit(share)) return std::nullopt;
    const auto in_settle = state_.convert(share, currency, settle, false, state_.time);
    if (!in_settle) return std::nullopt;
    const Exact quantity = state_.accounts[account].positions[place].quantity;
    return price_without(place.instrument, quantity, *in_settle);
}

std::optional<std::int64_t> ReferenceEngine::price_without(std::uint32_t instrument,
                                                           const Exact& quantity,
                                                           const Exact& loss) const {
    const ReferenceInstrument& row = state_.instruments[instrument];
    const Exact mark = row.prices.mark.raw;
    const std::int64_t tick = row.terms.tick.raw;
    Exact price = 0;
    if (state_.is_inverse(instrument)) {
        // What it is worth at the mark, less the share, is minus its size over the price.
        const auto worth = state_.value(instrument, quantity, mark);
        const Exact size = -worth.dividend * mark;  // size / mark = worth, in divisors
        const Exact left = worth.dividend - loss * worth.divisor;
        if ((size > 0) == (left > 0) || left == 0) return std::nullopt;
        const Exact owed = absolute(left) * tick;
        price = quantity > 0 ? Exact{ceiling_of(absolute(size), owed) * tick}
                             : Exact{floor_of(absolute(size), owed) * tick};
    } else {
        const auto one_step = state_.value(instrument, absolute(quantity), 1);
        const Exact distance = floor_of(loss * one_step.divisor, one_step.dividend);
        price = quantity > 0 ? Exact{ceiling_of(mark - distance, tick) * tick}
                             : Exact{floor_of(mark + distance, tick) * tick};
    }
    const auto fitted = fit(price);
    if (!fitted || *fitted <= 0) return std::nullopt;
    return fitted;
}

}  // namespace riskd::model
