// Facts: balances, fills, funding, settlement. Each computes all its results first and writes only
// when every one of them fits.
#include <algorithm>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/contracts/option.hpp"
#include "riskd/core/isolated.hpp"
#include "riskd/core/ledger.hpp"
#include "riskd/core/position_change.hpp"

namespace riskd {

namespace {

Quantity signed_quantity(const Fill& fill) noexcept {
    return fill.side == Side::buy ? fill.quantity : -fill.quantity;
}

}  // namespace

bool Ledger::post(AccountId account, AssetId asset, Money amount, Wide House::*house) {
    Balance& balance = balance_of(account, asset);
    const auto sum = checked_add(balance.amount, amount);
    if (!sum) return false;
    balance.amount = *sum;
    houses_[index(asset)].*house -= amount.raw;
    return true;
}

void Ledger::track_open_interest(Instrument& instrument, Quantity before, Quantity after) noexcept {
    const auto long_part = [](Quantity q) { return q.raw > 0 ? q : Quantity{}; };
    const auto short_part = [](Quantity q) { return q.raw < 0 ? -q : Quantity{}; };
    const Quantity long_change = long_part(after) - long_part(before);
    const Quantity short_change = short_part(after) - short_part(before);
    instrument.long_quantity = instrument.long_quantity + long_change;
    instrument.short_quantity = instrument.short_quantity + short_change;
}

bool Ledger::apply_balance_change(const BalanceChange& change, Money value) {
    Account& account = accounts_[index(change.account)];
    const auto deposits = checked_add(account.net_deposits, value);
    if (!deposits) return false;
    if (!post(change.account, change.asset, change.amount, &House::external)) return false;
    account.net_deposits = *deposits;
    return true;
}

bool Ledger::apply_transfer(const Transfer& transfer, Money value_from, Money value_to) {
    Account& from = accounts_[index(transfer.from)];
    Account& to = accounts_[index(transfer.to)];
    Balance& from_balance = balance_of(transfer.from, transfer.asset);
    Balance& to_balance = balance_of(transfer.to, transfer.asset);
    const auto left = checked_add(from_balance.amount, -transfer.amount);
    const auto arrived = checked_add(to_balance.amount, transfer.amount);
    const auto deposits_from = checked_add(from.net_deposits, -value_from);
    const auto deposits_to = checked_add(to.net_deposits, value_to);
    if (!left || !arrived || !deposits_from || !deposits_to) return false;
    from_balance.amount = *left;
    to_balance.amount = *arrived;
    from.net_deposits = *deposits_from;
    to.net_deposits = *deposits_to;
    return true;
}

bool Ledger::apply_fill(const Fill& fill) {
    return is_spot(instruments_[index(fill.instrument)]) ? apply_spot_fill(fill)
                                                         : apply_derivative_fill(fill);
}

bool Ledger::apply_spot_fill(const Fill& fill) {
    const Instrument& instrument = instruments_[index(fill.instrument)];
    const bool buys = fill.side == Side::buy;
    const auto base = scaled_product(fill.quantity.raw, 1, instrument.base_scale,
                                     buys ? Rounding::toward_minus : Rounding::toward_plus);
    const auto quote = value(instrument, fill.quantity, fill.price,
                             buys ? Rounding::toward_plus : Rounding::toward_minus);
    if (!base || !quote) return false;
    // Three postings, of which two may be to one asset: tried on copies, then written.
    const AssetId fee_asset = is_known(fill.fee_asset) ? fill.fee_asset : instrument.quote;
    struct Posting {
        AssetId asset;
        Money amount;
        Wide House::*house;
    };
    const std::array<Posting, 3> postings{{
        {instrument.base, buys ? *base : -*base, &House::counterparty},
        {instrument.quote, buys ? -*quote : *quote, &House::counterparty},
        {fee_asset, -fill.fee, &House::fees},
    }};
    for (const Posting& posting : postings) {
        Wide sum = balance_of(fill.account, posting.asset).amount.raw;
        for (const Posting& other : postings) {
            if (other.asset == posting.asset) {
                const bool same_sign = (other.amount.raw < 0) == (posting.amount.raw < 0);
                sum += same_sign ? other.amount.raw : 0;
            }
        }
        if (!narrow(sum)) return false;
    }
    for (const Posting& posting : postings) {
        RISKD_CHECK(post(fill.account, posting.asset, posting.amount, posting.house));
    }
    return true;
}

bool Ledger::apply_derivative_fill(const Fill& fill) {
    const auto cost = value(instruments_[index(fill.instrument)], signed_quantity(fill), fill.price,
                            Rounding::toward_plus);
    return cost && apply_position_fill(fill, *cost);
}

bool Ledger::apply_position_fill(const Fill& fill, Money cost) {
    Instrument& instrument = instruments_[index(fill.instrument)];
    Position& position = position_of(fill.account, fill.instrument, fill.position_side);
    const auto change = change_position(position, signed_quantity(fill), cost);
    const auto accrued = accrued_funding(instrument, position);
    if (!change || !accrued) return false;
    const auto moved =
        isolated_move(fill.account, position,
                      {.fill = signed_quantity(fill), .change = *change, .accrued = *accrued});
    if (!moved) return false;
    const auto realized =
        narrow(Wide{position.realized_pnl.raw} + change->realized.raw + accrued->raw);
    const AssetId fee_asset = is_known(fill.fee_asset) ? fill.fee_asset : instrument.settle;
    const Money cash = fill_cash(instrument, {.cost = cost, .realized = change->realized});
    const Money settle_before = balance_of(fill.account, instrument.settle).amount;
    const auto settle_closed = checked_add(settle_before, cash);
    const auto settle_paid = settle_closed ? checked_add(*settle_closed, *accrued) : std::nullopt;
    const auto settle_after =
        settle_paid ? checked_add(*settle_paid, moved->deficit) : std::nullopt;
    const Money fee_before = fee_asset == instrument.settle && settle_after
                                 ? *settle_after
                                 : balance_of(fill.account, fee_asset).amount;
    if (!realized || !settle_after || !checked_add(fee_before, -fill.fee)) return false;
    if (!checked_add(instrument.long_quantity, magnitude(change->quantity)) ||
        !checked_add(instrument.short_quantity, magnitude(change->quantity))) {
        return false;
    }
    track_open_interest(instrument, position.quantity, change->quantity);
    const GroupExposure share = share_of(position);
    position.quantity = change->quantity;
    track_groups(accounts_[index(fill.account)].group, share, share_of(position));
    position.entry_value = change->entry_value;
    position.realized_pnl = Money{*realized};
    position.funding_index = instrument.funding_index;
    if (is_isolated(position)) set_isolated_margin(fill.account, position, moved->margin);
    RISKD_CHECK(post(fill.account, instrument.settle, cash, &House::counterparty));
    RISKD_CHECK(post(fill.account, instrument.settle, *accrued, &House::funding));
    if (moved->deficit.raw != 0) pay_deficit(fill.account, instrument.settle, moved->deficit);
    RISKD_CHECK(post(fill.account, fee_asset, -fill.fee, &House::fees));
    return true;
}

bool Ledger::apply_funding(const PositionSlot& row, Money payment) {
    const AccountId account = row.account;
    Position& position = position_at(row);
    const auto realized = checked_add(position.realized_pnl, payment);
    if (!realized) return false;
    const bool own = is_isolated(position);
    const auto margin =
        own ? checked_add(position.isolated_margin, payment) : std::optional{Money{}};
    if (!margin || (own && !isolated_sum(account, position, *margin))) return false;
    const AssetId settle = instruments_[index(row.instrument)].settle;
    if (!post(account, settle, payment, &House::funding)) return false;
    if (own) set_isolated_margin(account, position, *margin);
    position.realized_pnl = *realized;
    return true;
}

void Ledger::apply_funding_index(InstrumentId id, std::int64_t index_now) {
    Instrument& instrument = instruments_[index(id)];
    instrument.funding_index = index_now;
    if (instrument.has_funding_index) return;
    instrument.has_funding_index = true;
    for (const PositionSlot& row : positions_in(id))
        position_at(row).funding_index = index_now;
}

bool Ledger::pay_funding(const PositionSlot& row) {
    const Instrument& instrument = instruments_[index(row.instrument)];
    const auto accrued = accrued_funding(instrument, position_at(row));
    if (!accrued || !apply_funding(row, *accrued)) return false;
    position_at(row).funding_index = instrument.funding_index;
    return true;
}

bool Ledger::apply_settlement(const PositionSlot& row, Price price) {
    const Position& position = position_at(row);
    const Fill close{
        .account = row.account,
        .instrument = row.instrument,
        .fill = {},
        .order = {},
        .side = position.quantity.raw > 0 ? Side::sell : Side::buy,
        .position_side = row.side,
        .price = price,
        .quantity = magnitude(position.quantity),
        .fee_asset = no_asset,
        .fee = {},
    };
    const Instrument& instrument = instruments_[index(row.instrument)];
    if (!is_option(instrument.terms.kind)) return apply_derivative_fill(close);
    const auto cost =
        option::payoff(instrument, signed_quantity(close), price, Rounding::toward_plus);
    return cost && apply_position_fill(close, *cost);
}

void Ledger::apply_leverage(const LeverageChange& change) {
    position_of(change.account, change.instrument, change.position_side).leverage = change.leverage;
}

void Ledger::apply_prices(InstrumentId instrument, const Prices& prices) noexcept {
    instruments_[index(instrument)].prices = prices;
}

void Ledger::apply_status(AccountId account, AccountStatus status) noexcept {
    accounts_[index(account)].status = status;
}

void Ledger::apply_status(InstrumentId instrument, InstrumentStatus status) noexcept {
    instruments_[index(instrument)].terms.status = status;
}

void Ledger::report_stale(InstrumentId instrument, bool reported) noexcept {
    instruments_[index(instrument)].stale_reported = reported;
}

void Ledger::apply_stage(AccountId account, Stage stage, std::uint32_t episode) noexcept {
    Account& row = accounts_[index(account)];
    row.stage = stage;
    row.episode = episode;
    row.episodes = std::max(row.episodes, episode);
}

void Ledger::store_margin(AccountId account, const AccountMargin& margin) noexcept {
    accounts_[index(account)].last_margin = margin;
}

void Ledger::store_asked(AccountId account, std::uint32_t slot, const AskedMargin& asked) noexcept {
    Position& position = accounts_[index(account)].positions[slot];
    position.asked_notional = asked.notional;
    position.asked_maintenance = asked.maintenance;
    position.asked_terms = asked.terms;
}

std::span<WindowState> Ledger::windows_of(AccountId account) noexcept {
    Block<WindowState>& windows = accounts_[index(account)].windows;
    return {windows.begin(), windows.size()};
}

void Ledger::set_windows(AccountId account, std::span<const WindowState> windows,
                         std::uint32_t list) {
    Account& row = accounts_[index(account)];
    for (const WindowState& before : row.windows) {
        const auto goes_on = [&](const WindowState& w) { return w.counted == before.counted; };
        if (before.counted == nullptr || std::any_of(windows.begin(), windows.end(), goes_on)) {
            continue;
        }
        store_.give_back(reinterpret_cast<std::byte*>(before.counted), sizeof(WindowBuckets));
    }
    row.windows.assign(store_, windows);
    row.windows_list = list;
}

WindowBuckets* Ledger::take_buckets() {
    auto* buckets = reinterpret_cast<WindowBuckets*>(store_.take(sizeof(WindowBuckets)));
    return std::construct_at(buckets);
}

}  // namespace riskd
