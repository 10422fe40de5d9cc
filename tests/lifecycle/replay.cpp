#include "tests/lifecycle/replay.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace riskd::lifecycle {

SplitFills split_value(std::int64_t quantity, std::int64_t value) {
    EXPECT_GT(quantity, 0);
    const std::int64_t above = value % quantity;
    return {.price = value / quantity, .quantity = quantity - above, .quantity_above = above};
}

AssetId Replay::asset(std::string_view name, int decimals) {
    if (!is_known(engine_.ledger().find_asset(name))) {
        apply(AssetDefinition{.name = Name{name}, .decimals = static_cast<std::uint8_t>(decimals)});
    }
    const AssetId id = engine_.ledger().find_asset(name);
    EXPECT_TRUE(is_known(id)) << name;
    return id;
}

InstrumentId Replay::instrument(InstrumentDefinition definition) {
    const std::string name{definition.name.view()};
    if (!is_known(engine_.ledger().find_instrument(name))) {
        definition.mark_age_max = {3'600'000'000'000};
        apply(definition);
    }
    const InstrumentId id = engine_.ledger().find_instrument(name);
    EXPECT_TRUE(is_known(id)) << name;
    return id;
}

InstrumentId Replay::linear(const LinearTerms& terms) {
    asset(terms.settle, terms.price_decimals + terms.quantity_decimals);
    asset(terms.name, 12);  // what the contract is of; nobody holds it
    return instrument({.name = Name{terms.name},
                       .kind = ContractKind::linear_perpetual,
                       .base = Name{terms.name},
                       .quote = Name{terms.settle},
                       .settle = Name{terms.settle},
                       .price_decimals = static_cast<std::uint8_t>(terms.price_decimals),
                       .quantity_decimals = static_cast<std::uint8_t>(terms.quantity_decimals)});
}

AccountId Replay::account(std::string_view name, std::string_view currency, PositionMode mode) {
    if (!is_known(engine_.ledger().find_account(name))) {
        apply(AccountDefinition{
            .name = Name{name}, .currency = Name{currency}, .position_mode = mode});
    }
    const AccountId id = engine_.ledger().find_account(name);
    EXPECT_TRUE(is_known(id)) << name;
    return id;
}

void Replay::at(Timestamp time) {
    time_ = std::max(time_, time);
}

void Replay::apply(EventBody body) {
    ++sequence_.raw;
    engine_.apply({.sequence = sequence_, .time = time_, .body = std::move(body)}, outcome_);
    for (const Output& output : outcome_.outputs) {
        const auto* alert = std::get_if<Alert>(&output);
        if (alert == nullptr) continue;
        const bool refused = alert->kind == AlertKind::amount_out_of_range ||
                             alert->kind == AlertKind::unknown_name ||
                             alert->kind == AlertKind::fill_beyond_position ||
                             alert->kind == AlertKind::refused_fact;
        EXPECT_FALSE(refused) << name(alert->kind) << ": " << alert->about.view() << ' '
                              << alert->detail.view();
    }
}

void Replay::fill(const FillRecord& record) {
    apply(Fill{.account = record.account,
               .instrument = record.instrument,
               .fill = next_id(),
               .side = record.side,
               .position_side = record.position_side,
               .price = Price{record.price},
               .quantity = Quantity{record.quantity},
               .fee = Money{record.fee}});
    tally.applied_fill();
}

void Replay::fill_of_value(const FillRecord& record, std::int64_t value) {
    const SplitFills split = split_value(record.quantity, value);
    FillRecord part = record;
    part.price = split.price;
    part.quantity = split.quantity;
    fill(part);
    if (split.quantity_above == 0) return;
    part.price = split.price + 1;
    part.quantity = split.quantity_above;
    part.fee = 0;
    fill(part);
}

void Replay::change(AccountId account, AssetId asset, std::int64_t amount, BalanceKind kind) {
    apply(BalanceChange{.account = account,
                        .id = next_id(),
                        .asset = asset,
                        .amount = Money{amount},
                        .kind = kind});
}

void Replay::transfer(const Transfer& transfer) {
    Transfer numbered = transfer;
    numbered.id = next_id();
    apply(numbered);
}

void Replay::mark(InstrumentId instrument, std::int64_t price) {
    apply(PriceUpdate{.instrument = instrument, .mark = Price{price}, .as_of = time_});
}

std::int64_t Replay::balance(AccountId account, AssetId asset) const {
    const Balance* row = engine_.ledger().find_balance(account, asset);
    return row == nullptr ? 0 : row->amount.raw;
}

Position Replay::position(AccountId account, InstrumentId instrument, PositionSide side) const {
    const Position* row = engine_.ledger().find_position(account, instrument, side);
    return row == nullptr ? Position{} : *row;
}

std::int64_t Replay::unrealized_pnl(AccountId account, AssetId asset) {
    const AccountMargin margin = engine_.figures(account, time_).margin;
    EXPECT_TRUE(margin.complete);
    return margin.equity.raw - balance(account, asset);
}

void Replay::finish(const Tally::Sums& expected) {
    const Ledger& ledger = engine_.ledger();
    for (std::uint32_t i = 0; i < ledger.asset_count(); ++i) {
        EXPECT_TRUE(ledger.conservation(AssetId{i}) == 0) << "asset " << i;
    }
    EXPECT_EQ(engine_.counters().facts_repeated, 0U);
    tally.finish(expected);
}

}  // namespace riskd::lifecycle
