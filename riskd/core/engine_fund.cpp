// The insurance fund: how much of a bankrupt position it bears, whether its own can pass on, and
// who bears what it lacks. Its ladder is that of any account (engine_stages.cpp).
#include <algorithm>
#include <map>

#include "riskd/core/close_search.hpp"
#include "riskd/core/deleverage.hpp"
#include "riskd/core/engine.hpp"
#include "riskd/core/liquidation.hpp"
#include "riskd/core/position_change.hpp"

namespace riskd {

namespace {

Money below_zero(Money equity) noexcept {
    return equity.raw < 0 ? -equity : Money{};
}

// The fund as it would be with more of an instrument, and whether its ladder would let it be.
class FundTrial {
public:
    FundTrial(const Ledger& ledger, Decider& decider, const Handover& taken, Timestamp now)
        : ledger_{ledger},
          decider_{decider},
          account_{ledger.account(taken.account)},
          instrument_{ledger.instrument(taken.instrument)},
          taken_{taken},
          now_{now} {
        const Position* held = ledger.find_position(taken.account, taken.instrument, {});
        before_ = held != nullptr ? *held : Position{.instrument = taken.instrument};
    }

    AccountMargin with(Quantity quantity) {
        Assumption assumption;
        std::optional<AssumedPosition> after;
        if (quantity.raw != 0) {
            after = position_after(instrument_, before_,
                                   {.quantity = taken_.side == Side::buy ? quantity : -quantity,
                                    .price = taken_.price,
                                    .fee = {}});
            if (!after) return {.complete = false};
            assumption = {.instrument = taken_.instrument,
                          .position = &after->position,
                          .realized = after->realized};
        }
        figures_ = decider_.evaluator.figures_if(account_.id, now_, assumption);
        AccountMargin margin = figures_.margin;
        margin.complete = margin.complete && figures_.fault == RuleFault::none;
        return margin;
    }

    // Of the latest figures, should their margin be this.
    bool is_borne(const AccountMargin& margin) {
        if (margin.equity.raw < 0) return false;
        AccountFigures seen = figures_;
        seen.margin = margin;
        const StageQuestion question{.scope = {.account = account_.id, .group = account_.group},
                                     .account = account_view(ledger_, account_, seen)};
        StageAnswer answer;
        decider_.rulebook.stage({&question, 1}, {&answer, 1});
        return answer.fault == RuleFault::none && answer.stage < Stage::reduce;
    }

private:
    const Ledger& ledger_;
    Decider& decider_;
    const Account& account_;
    const Instrument& instrument_;
    const Handover& taken_;
    Timestamp now_;
    Position before_;
    AccountFigures figures_;
};

}  // namespace

// In the fund's currency; nothing when there is none, or it cannot be said what it has.
std::optional<Money> Engine::fund_equity() noexcept {
    const AccountId fund = ledger_.insurance_fund();
    if (!is_known(fund)) return std::nullopt;
    const AccountFigures figures = decider_of(fund).evaluator.figures(fund, time_);
    if (!figures.margin.complete || figures.fault != RuleFault::none) return std::nullopt;
    return figures.margin.equity;
}

// The most of it, in whole lots unless it is all, with which the fund has no less than nothing and
// its ladder would not have it close anything. Searched from all of it down, as in
// close_search.hpp: what is left out is the least that suffices.
Quantity Engine::bearable(const Handover& taken) {
    FundTrial trial{ledger_, decider_of(taken.account), taken, time_};
    const Wide lot = std::max<std::int64_t>(ledger_.instrument(taken.instrument).terms.lot.raw, 1);
    const Wide lots = divide(Wide{taken.quantity.raw}, lot, Rounding::toward_plus);
    const auto without = [&](std::int64_t left_out) {
        if (left_out == 0) return taken.quantity;
        return Quantity{static_cast<std::int64_t>((lots - left_out) * lot)};
    };
    CloseSearch search{[&](const AccountMargin& margin) { return trial.is_borne(margin); },
                       [&](std::int64_t left_out) { return trial.with(without(left_out)); }};
    if (search.suffices(trial.with(taken.quantity))) return taken.quantity;
    const auto left_out = search.least(static_cast<std::int64_t>(lots));
    return left_out ? without(*left_out) : Quantity{};
}

// Whether any of what the fund holds would close against somebody.
bool Engine::has_opponents(const Account& fund) {
    const auto has_one = [&](const Position& position) {
        if (position.quantity.raw == 0) return false;
        const Instrument& instrument = ledger_.instrument(position.instrument);
        const bool is_long = position.quantity.raw > 0;
        const Quantity against = is_long ? instrument.short_quantity : instrument.long_quantity;
        if (against.raw == 0) return false;
        return !allotment_of({.of = fund.id,
                              .instrument = position.instrument,
                              .side = is_long ? Side::buy : Side::sell,
                              .quantity = magnitude(position.quantity)})
                    .parts.empty();
    };
    return std::any_of(fund.positions.begin(), fund.positions.end(), has_one);
}

// As much as the fund came below zero by since it had `before`.
void Engine::share_shortage(const Bankrupt& bankrupt, AssetId asset, Money before) {
    const auto after = fund_equity();
    if (!after) return;
    const Money lacking = below_zero(*after) - below_zero(before);
    if (lacking.raw > 0) share_among(bankrupt, asset, lacking, Money{raw_max});
}

// In each asset in which the fund is below zero, as far as it is.
void Engine::cover_fund() {
    const AccountId fund = ledger_.insurance_fund();
    const Bankrupt lacks{.key = {.account = fund}, .episode = ledger_.account(fund).episode};
    for (std::uint32_t i = 0; i < ledger_.asset_count(); ++i) {
        const auto equity = fund_equity();
        if (!equity || equity->raw >= 0) return;
        const auto amount = amount_in(fund, AssetId{i});
        if (!amount || amount->raw >= 0) continue;
        share_among(lacks, AssetId{i}, -*equity, -*amount);
    }
}

// Balance and what positions add at marks; nothing when one is missing.
std::optional<Money> Engine::amount_in(AccountId id, AssetId asset) const noexcept {
    const Balance* balance = ledger_.find_balance(id, asset);
    std::optional<Money> sum = balance != nullptr ? shared_amount(*balance) : Money{};
    for (const Position& position : ledger_.account(id).positions) {
        const Instrument& instrument = ledger_.instrument(position.instrument);
        if (position.quantity.raw == 0 || instrument.settle != asset) continue;
        const auto mark = fresh_mark(instrument, time_);
        if (!mark) return std::nullopt;
        const auto worth = value(instrument, position.quantity, *mark, Rounding::toward_minus);
        const auto added = worth ? position_worth(instrument, position, *worth) : std::nullopt;
        sum = added ? checked_add(*sum, *added) : std::nullopt;
        if (!sum) return std::nullopt;
    }
    return sum;
}

// `lacking` in the fund's currency, no more than `most` of the asset. Each bears in proportion to
// what his positions in the asset have gained, in one event no more than that, and no more than he
// has of it.
void Engine::share_among(const Bankrupt& bankrupt, AssetId asset, Money lacking, Money most) {
    const AccountId fund = ledger_.insurance_fund();
    const auto amount = convert(
        Marks{ledger_, time_}, lacking,
        {.from = ledger_.account(fund).currency, .to = asset, .rounding = Rounding::toward_plus});
    if (!amount) return;
    std::map<AccountId, Wide> gained;
    for (std::uint32_t i = 0; i < ledger_.instrument_count(); ++i) {
        const Instrument& instrument = ledger_.instrument(InstrumentId{i});
        const auto mark = fresh_mark(instrument, time_);
        if (instrument.settle != asset || !mark) continue;
        for (const PositionSlot& row : ledger_.positions_in(instrument.id)) {
            const Position& position = ledger_.account(row.account).positions[row.slot];
            const bool counts = position.quantity.raw != 0 && row.account != fund &&
                                row.account != bankrupt.key.account;
            const auto standing =
                counts ? standing_of(instrument, position, *mark, {}) : std::nullopt;
            if (standing) gained[row.account] += standing->unrealized_pnl.raw;
        }
    }
    std::map<AccountId, Money> borne;  // in this event
    for (const Output& output : outcome_->outputs) {
        const auto* share = std::get_if<Handover>(&output);
        if (share == nullptr || share->kind != HandoverKind::loss_share) continue;
        if (share->asset == asset) borne[share->account] = borne[share->account] - share->amount;
    }
    std::vector<AccountId> accounts;
    std::vector<LossBearer> bearers;
    for (const auto& [account, profit] : gained) {
        const Balance* balance = ledger_.find_balance(account, asset);
        const auto weight = narrow(profit);
        if (balance == nullptr || !weight || *weight <= 0) continue;
        const Money left = Money{*weight} - borne[account];
        accounts.push_back(account);
        bearers.push_back(
            {.weight = Money{*weight}, .cap = std::min(left, shared_amount(*balance))});
    }
    const LossShares shared = share_loss(std::min(*amount, most), bearers);
    for (std::size_t i = 0; i < accounts.size(); ++i) {
        if (shared.shares[i].raw <= 0) continue;
        hand_over({.kind = HandoverKind::loss_share,
                   .account = accounts[i],
                   .of = bankrupt.key.account,
                   .episode = bankrupt.episode,
                   .asset = asset,
                   .amount = -shared.shares[i]});
    }
}

// The fund pays for what an isolated position loses beyond its margin.
void Engine::expect_deficit(AccountId account, InstrumentId instrument, PositionSide side) {
    const AccountId fund = ledger_.insurance_fund();
    const Position* position = ledger_.find_position(account, instrument, side);
    if (!is_known(fund) || position == nullptr || !is_isolated(*position)) return;
    windows_.roll(ledger_, fund, time_);
    touch(fund);
}

}  // namespace riskd
