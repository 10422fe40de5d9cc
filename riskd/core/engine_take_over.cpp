// What is bankrupt passes on in the event in which it is found to be, its positions at their
// bankruptcy prices: to the insurance fund as far as it bears them (engine_fund.cpp), the rest to
// opponents in rank order (deleverage.hpp). What finds no opponent goes to the fund after all, and
// what that then lacks is borne by those in profit in the settlement asset. The fund's own
// positions, when it is bankrupt itself, go to opponents only; what finds none stays with it.
#include <algorithm>
#include <utility>

#include "riskd/core/deleverage.hpp"
#include "riskd/core/engine.hpp"
#include "riskd/core/margin_isolated.hpp"

namespace riskd {

namespace {

bool holds_anything(const Account& account) noexcept {
    return std::any_of(account.positions.begin(), account.positions.end(),
                       [](const Position& position) {
                           return position.quantity.raw != 0 && !is_isolated(position);
                       });
}

}  // namespace

// Where nothing can take over, another system closes. Once in an event is enough.
Stage Engine::rung_of(const LadderKey& key, Stage answered) {
    if (answered != Stage::take_over) return answered;
    const bool tried = std::find(taken_over_.begin(), taken_over_.end(), key) != taken_over_.end();
    const Account& account = ledger_.account(key.account);
    const bool is_empty = !is_known(key.instrument) && !holds_anything(account);
    if (tried || is_empty || !fund_equity()) return Stage::liquidate;
    const bool is_stuck = is_fund(key.account) && !has_opponents(account);
    return is_stuck ? Stage::liquidate : Stage::take_over;
}

// One after another; an earlier one may have left a later one with more or less than it had, so
// each is looked at again, and judged anew when it is not bankrupt any more. The fund is the last:
// the others may leave it with more than it can bear.
void Engine::take_over_waiting() {
    for (const Bankrupt& closed : std::exchange(flat_, {})) {
        if (!holds_anything(ledger_.account(closed.key.account))) settle_balances(closed);
    }
    std::vector<LadderKey> waiting = std::exchange(bankrupt_, {});
    std::stable_partition(waiting.begin(), waiting.end(),
                          [this](const LadderKey& key) { return !is_fund(key.account); });
    for (const LadderKey& key : waiting) {
        taken_over_.push_back(key);
        const Account& account = ledger_.account(key.account);
        const Position* position =
            is_known(key.instrument) ? ledger_.find_position(key.account, key.instrument, key.side)
                                     : nullptr;
        const bool is_done = position != nullptr ? take_over_position(account, *position)
                                                 : take_over_account(account);
        if (!is_done) to_evaluate_.push_back(key.account);
    }
    if (std::exchange(fund_lacks_, false)) cover_fund();
}

bool Engine::take_over_account(const Account& account) {
    Decider& decider = decider_of(account.id);
    const AccountFigures figures = decider.evaluator.figures(account.id, time_);
    if (!figures.margin.complete || figures.fault != RuleFault::none || !fund_equity())
        return false;
    const StageQuestion question{.scope = {.account = account.id, .group = account.group},
                                 .account = account_view(ledger_, account, figures)};
    StageAnswer answer;
    decider.rulebook.stage({&question, 1}, {&answer, 1});
    if (answer.fault != RuleFault::none || answer.stage != Stage::take_over) return false;
    const ClosePlan plan = plan_close(
        ledger_, decider.evaluator,
        {.account = account.id, .now = time_, .stage = Stage::take_over, .margin = figures.margin});
    StageChange change =
        new_change({.account = account.id}, {.stage = Stage::take_over}, figures.margin, plan);
    const Bankrupt bankrupt{.key = {.account = account.id}, .episode = change.episode};
    say(change);
    for (const CloseLeg& leg : plan.legs)
        hand_over_position(bankrupt, leg);
    if (is_fund(account.id)) {
        cover_fund();
    } else {
        settle_balances(bankrupt);
    }
    // What the fund keeps is for others to close.
    if (holds_anything(account)) return !is_fund(account.id);
    change.before = Stage::take_over;
    change.stage = Stage::healthy;
    change.margin = decider.evaluator.figures(account.id, time_).margin;
    change.step = 0;
    change.close.clear();
    say(std::move(change));
    return true;
}

bool Engine::take_over_position(const Account& account, const Position& position) {
    const Instrument& instrument = ledger_.instrument(position.instrument);
    const auto mark = fresh_mark(instrument, time_);
    if (position.quantity.raw == 0 || !mark || !fund_equity()) return false;
    Decider& decider = decider_of(account.id);
    const IsolatedQuestion asked{
        .account = account.id, .position = &position, .mark = *mark, .now = time_};
    const IsolatedFigures own = isolated_figures(ledger_, decider.evaluator, asked);
    const AccountFigures figures = in_currency(Marks{ledger_, time_}, account, instrument, own);
    if (!figures.margin.complete || figures.fault != RuleFault::none) return false;
    const StageQuestion question = isolated_question(ledger_, account, position, figures);
    StageAnswer answer;
    decider.rulebook.stage({&question, 1}, {&answer, 1});
    if (answer.fault != RuleFault::none || answer.stage != Stage::take_over) return false;
    const ClosePlan plan =
        plan_isolated_close(ledger_, decider.evaluator,
                            {.position = asked, .stage = Stage::take_over, .margin = own.margin});
    change_isolated_stage(account, position, figures.margin,
                          {.answer = {.stage = Stage::take_over}, .plan = plan});
    const Bankrupt bankrupt{.key = {account.id, position.instrument, position.side},
                            .episode = position.episode};
    for (const CloseLeg& leg : plan.legs)
        hand_over_position(bankrupt, leg);
    if (position.quantity.raw == 0) change_isolated_stage(account, position, {}, {});
    return true;
}

// At its bankruptcy price, or at the mark where there is none.
void Engine::hand_over_position(const Bankrupt& bankrupt, const CloseLeg& leg) {
    const Instrument& instrument = ledger_.instrument(leg.instrument);
    Handover rest{
        .kind = HandoverKind::take_over,
        .account = ledger_.insurance_fund(),
        .of = bankrupt.key.account,
        .episode = bankrupt.episode,
        .instrument = leg.instrument,
        .of_side = leg.position_side,
        .side = opposite(leg.side),
        .quantity = leg.quantity,
        .price = leg.has_bankruptcy_price ? leg.bankruptcy_price : instrument.prices.mark};
    const Money before = fund_equity().value_or(Money{});
    if (!is_fund(rest.of)) {
        Handover taken = rest;
        taken.quantity = bearable(rest);
        const bool is_taken = taken.quantity.raw > 0 && hand_over(taken);
        if (is_taken) rest.quantity = rest.quantity - taken.quantity;
    }
    if (rest.quantity.raw > 0) rest.quantity = deleverage(rest);
    if (rest.quantity.raw == 0 || is_fund(rest.of)) return;
    if (hand_over(rest)) share_shortage(bankrupt, instrument.settle, before);
}

Allotment Engine::allotment_of(const Handover& rest) {
    const std::array<AccountId, 2> left_out{rest.of, ledger_.insurance_fund()};
    const auto opponents = opponents_of(ledger_, decider_.evaluator,
                                        {.instrument = rest.instrument,
                                         .side = opposite(rest.side),
                                         .now = time_,
                                         .left_out = left_out});
    return allot(opponents,
                 {.quantity = rest.quantity, .lot = ledger_.instrument(rest.instrument).terms.lot});
}

// What is left finds no opponent, or is less than a lot.
Quantity Engine::deleverage(const Handover& rest) {
    const Allotment allotment = allotment_of(rest);
    Quantity left = allotment.left;
    for (const AllottedPart& part : allotment.parts) {
        Handover closed = rest;
        closed.kind = HandoverKind::deleverage;
        closed.account = part.account;
        closed.position_side = part.position_side;
        closed.quantity = part.quantity;
        closed.rank = part.rank;
        if (!hand_over(closed)) left = left + part.quantity;
    }
    return left;
}

// Nothing of the account stays below zero. The fund pays, and takes what there is in other assets
// for it, at marks.
void Engine::settle_balances(const Bankrupt& bankrupt) {
    const AccountId of = bankrupt.key.account;
    for (std::uint32_t i = 0; i < ledger_.asset_count(); ++i) {
        const AssetId asset{i};
        const Balance* balance = ledger_.find_balance(of, asset);
        if (balance == nullptr || shared_amount(*balance).raw >= 0) continue;
        const Money deficit = -shared_amount(*balance);
        const Money before = fund_equity().value_or(Money{});
        take_collateral(bankrupt, asset, deficit);
        const bool is_paid = hand_over({.kind = HandoverKind::balance,
                                        .account = ledger_.insurance_fund(),
                                        .of = of,
                                        .episode = bankrupt.episode,
                                        .asset = asset,
                                        .amount = -deficit});
        if (is_paid) share_shortage(bankrupt, asset, before);
    }
}

void Engine::take_collateral(const Bankrupt& bankrupt, AssetId asset, Money deficit) {
    const Marks marks{ledger_, time_};
    for (std::uint32_t i = 0; i < ledger_.asset_count() && deficit.raw > 0; ++i) {
        const AssetId other{i};
        const Balance* balance = ledger_.find_balance(bankrupt.key.account, other);
        if (balance == nullptr || other == asset || shared_amount(*balance).raw <= 0) continue;
        const Money held = shared_amount(*balance);
        const auto needed = convert(
            marks, deficit, {.from = asset, .to = other, .rounding = Rounding::toward_plus});
        if (!needed) continue;
        const Money taken = std::min(*needed, held);
        const auto worth =
            convert(marks, taken, {.from = other, .to = asset, .rounding = Rounding::toward_minus});
        const bool is_taken = worth && hand_over({.kind = HandoverKind::balance,
                                                  .account = ledger_.insurance_fund(),
                                                  .of = bankrupt.key.account,
                                                  .episode = bankrupt.episode,
                                                  .asset = other,
                                                  .amount = taken});
        if (is_taken) deficit = taken == *needed ? Money{} : deficit - *worth;
    }
}

bool Engine::hand_over(Handover handover) {
    handover.sequence = sequence_;
    handover.time = time_;
    if (!commit_handover(handover)) {
        alert({.severity = Severity::critical,
               .kind = AlertKind::amount_out_of_range,
               .account = handover.of,
               .instrument = handover.instrument,
               .detail = Text<64>{name(handover.kind)}});
        return false;
    }
    outcome_->outputs.emplace_back(handover);
    return true;
}

bool Engine::commit_handover(const Handover& handover) {
    if (!ledger_.handover_fits(handover)) return false;
    const AccountId fund = ledger_.insurance_fund();
    for (const AccountId account : {handover.of, handover.account, fund})
        windows_.roll(ledger_, account, time_);
    ledger_.apply_handover(handover);
    ++counters_.handovers[static_cast<std::size_t>(handover.kind)];
    for (const AccountId account : {handover.of, handover.account, fund})
        touch(account);
    return true;
}

}  // namespace riskd
