// The margin of isolated positions: a part of a balance, moved by facts and by fills.
#include <algorithm>

#include "riskd/core/isolated.hpp"
#include "riskd/core/ledger.hpp"
#include "riskd/core/margin.hpp"

namespace riskd {

// What a fill does to the margin, by the leverage that counts; nothing when it does not fit.
std::optional<IsolatedMove> Ledger::isolated_move(AccountId account, const Position& position,
                                                  IsolatedFill fill) noexcept {
    if (!is_isolated(position)) return IsolatedMove{};
    fill.leverage =
        leverage_of(accounts_[index(account)], &position, instruments_[index(position.instrument)]);
    const auto moved = isolated_after(position, fill);
    if (!moved || !isolated_sum(account, position, moved->margin)) return std::nullopt;
    return moved;
}

// What the balance would have set apart for isolated positions; nothing when it does not fit.
std::optional<Money> Ledger::isolated_sum(AccountId account, const Position& position,
                                          Money margin) noexcept {
    const AssetId settle = instruments_[index(position.instrument)].settle;
    const auto raw = narrow(Wide{balance_of(account, settle).isolated.raw} -
                            position.isolated_margin.raw + margin.raw);
    if (!raw) return std::nullopt;
    return Money{*raw};
}

// REQUIRES: the sum fits.
void Ledger::set_isolated_margin(AccountId account, Position& position, Money margin) noexcept {
    const auto sum = isolated_sum(account, position, margin);
    RISKD_CHECK(sum.has_value());
    balance_of(account, instruments_[index(position.instrument)].settle).isolated = *sum;
    position.isolated_margin = margin;
}

std::optional<std::string_view> Ledger::margin_fault(const MarginChange& change) const noexcept {
    const Instrument& instrument = instruments_[index(change.instrument)];
    if (!has_margin_mode(instrument.terms.kind)) return "the instrument has no isolated margin";
    if (change.account == insurance_fund_) return "the insurance fund has no isolated margin";
    const Position empty{};
    const Position* found = find_position(change.account, change.instrument, change.position_side);
    const Position& position = found == nullptr ? empty : *found;
    if (change.has_mode) {
        if (change.mode == position.mode) return std::nullopt;
        if (position.quantity.raw != 0) return "the position is not flat";
        if (position.open_orders != 0) return "orders are open in the instrument";
        return std::nullopt;
    }
    if (!is_isolated(position)) return "the position is not isolated";
    if (position.quantity.raw == 0) return "the position is flat";
    if (change.amount.raw < 0) {
        const bool is_there = -Wide{change.amount.raw} <= position.isolated_margin.raw;
        return is_there ? std::nullopt : std::optional{std::string_view{"the position has less"}};
    }
    const Balance* balance = find_balance(change.account, instrument.settle);
    RISKD_CHECK(balance != nullptr);
    if (change.amount.raw > free_amount(*balance)) return "the free balance is less";
    const bool fits = checked_add(position.isolated_margin, change.amount) &&
                      narrow(Wide{balance->isolated.raw} + change.amount.raw);
    return fits ? std::nullopt : std::optional{std::string_view{"it would not fit"}};
}

void Ledger::apply_margin(const MarginChange& change) {
    Position& position = position_of(change.account, change.instrument, change.position_side);
    if (!change.has_mode) {
        return set_isolated_margin(change.account, position,
                                   position.isolated_margin + change.amount);
    }
    if (change.mode == position.mode) return;
    std::uint32_t& count = accounts_[index(change.account)].isolated_positions;
    change.mode == MarginMode::isolated ? ++count : --count;
    position.mode = change.mode;
    position.stage = Stage::healthy;
}

// By the insurance fund as far as it has something in the asset; what is left is the house's.
void Ledger::pay_deficit(AccountId account, AssetId asset, Money deficit) {
    Money paid{};
    if (is_known(insurance_fund_) && insurance_fund_ != account) {
        Balance& fund = balance_of(insurance_fund_, asset);
        paid = std::clamp(shared_amount(fund), Money{}, deficit);
        fund.amount = fund.amount - paid;
        Balance& balance = balance_of(account, asset);
        balance.amount = balance.amount + paid;
    }
    RISKD_CHECK(post(account, asset, deficit - paid, &House::insurance));
}

void Ledger::store_isolated(AccountId account, const AccountMargin& margin) noexcept {
    accounts_[index(account)].last_isolated = margin;
}

void Ledger::apply_isolated_stage(const StageChange& change) noexcept {
    Account& row = accounts_[index(change.account)];
    Position& position = position_of(change.account, change.instrument, change.position_side);
    position.stage = change.stage;
    position.episode = change.episode;
    row.episodes = std::max(row.episodes, change.episode);
}

}  // namespace riskd
