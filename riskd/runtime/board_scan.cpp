#include "riskd/runtime/board_scan.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "riskd/core/conversion.hpp"

namespace riskd::runtime {
namespace {

constexpr std::uint32_t accounts_per_instrument = 8;  // what looking at an instrument counts as

double number(Money amount, double unit) noexcept {
    return static_cast<double>(amount.raw) / unit;
}

// The size of a raw quantity at the mark in the settlement asset, for display.
double shown_notional(const Instrument& instrument, Wide quantity) noexcept {
    const Price mark = instrument.prices.mark;
    const auto raw = narrow(quantity);
    const auto size = raw && mark.raw > 0
                          ? notional_of(instrument, Quantity{*raw}, mark, Rounding::toward_plus)
                          : std::nullopt;
    return number(size.value_or(Money{}), instrument.settle_unit);
}

double shown_price_of(const Ledger& ledger, AssetId asset, Timestamp now) noexcept {
    const auto price = price_of(Marks(ledger, now), asset);
    return price ? price->number() : std::nan("");
}

Name name_of_group(const Ledger& ledger, GroupId group) {
    return is_known(group) ? Name(ledger.group_name(group)) : Name{};
}

// An account near the edge, or its isolated position that is nearer.
struct Shown {
    const Account& account;
    AccountFigures figures;
    Stage stage{};
    InstrumentId instrument{no_instrument};
};

InstrumentId largest_position(const Ledger& ledger, const Account& account, Timestamp now) {
    InstrumentId found = no_instrument;
    double largest = 0;
    for (const Position& position : account.positions) {
        const Instrument& instrument = ledger.instrument(position.instrument);
        const double value = std::fabs(shown_notional(instrument, position.quantity.raw)) *
                             shown_price_of(ledger, instrument.settle, now);
        if (!(value > largest)) continue;
        largest = value;
        found = position.instrument;
    }
    return found;
}

NearAccount near_account(const Ledger& ledger, const Shown& shown) {
    const Account& account = shown.account;
    const double unit = ledger.asset(account.currency).unit;
    const AccountMargin& margin = shown.figures.margin;
    NearAccount near{
        .account = Name{account.terms.name.view()},
        .group = name_of_group(ledger, account.group),
        .currency = ledger.asset(account.currency).terms.name,
        .stage = shown.stage,
        .margin_ratio = margin_ratio(margin),
        .equity = number(margin.equity, unit),
        .initial_margin = number(margin.initial_margin, unit),
        .maintenance_margin = number(margin.maintenance_margin, unit),
        .headroom = number(margin.equity, unit) - number(margin.maintenance_margin, unit),
        .gross_exposure = number(shown.figures.gross_exposure, unit)};
    if (is_known(shown.instrument)) {
        near.instrument = ledger.instrument(shown.instrument).terms.name;
    }
    return near;
}

}  // namespace

BoardScan::BoardScan(std::uint32_t nearest_accounts) : nearest_accounts_(nearest_accounts) {
    candidates_.reserve(nearest_accounts_ + 1);
}

bool BoardScan::step(Engine& engine, Timestamp now, std::uint32_t budget) {
    const Ledger& ledger = engine.ledger();
    if (account_ == 0 && instrument_ == 0) begin_pass(ledger);
    for (; budget > 0 && account_ < ledger.account_count(); --budget) {
        consider(ledger.account(AccountId{account_++}));
    }
    for (; budget >= accounts_per_instrument && instrument_ < ledger.instrument_count();
         budget -= accounts_per_instrument) {
        sum_instrument(ledger, InstrumentId{instrument_++}, now);
    }
    if (account_ < ledger.account_count() || instrument_ < ledger.instrument_count()) return false;
    end_pass(engine, now);
    return true;
}

void BoardScan::begin_pass(const Ledger& ledger) {
    pass_.accounts_by_stage = {};
    pass_.instruments.clear();
    candidates_.clear();
    groups_.assign(ledger.group_count(), Exposure{});
}

void BoardScan::consider(const Account& account) {
    ++pass_.accounts_by_stage[static_cast<std::size_t>(account.stage)];
    const AccountMargin& nearest = nearest_margin(account);
    if (nearest_accounts_ == 0 || nearest.maintenance_margin.raw <= 0) return;
    const auto nearer = [](const Candidate& left, const Candidate& right) {
        return is_riskier(left.margin, right.margin);
    };
    const Candidate candidate{nearest, account.id};
    if (candidates_.size() == nearest_accounts_) {
        if (!nearer(candidate, candidates_.front())) return;
        std::pop_heap(candidates_.begin(), candidates_.end(), nearer);
        candidates_.pop_back();
    }
    candidates_.push_back(candidate);
    std::push_heap(candidates_.begin(), candidates_.end(), nearer);
}

void BoardScan::sum_instrument(const Ledger& ledger, InstrumentId id, Timestamp now) {
    const Instrument& instrument = ledger.instrument(id);
    InstrumentFigures figures{.instrument = instrument.terms.name,
                              .stale = instrument.prices.mark.raw <= 0 || is_stale(instrument, now),
                              .in_doubt = in_doubt(instrument.prices)};
    if (instrument.prices.mark.raw > 0) {
        figures.mark_price =
            static_cast<double>(instrument.prices.mark.raw) / instrument.price_unit;
        figures.mark_age_seconds =
            static_cast<double>((now - instrument.prices.as_of).ns) / 1'000'000'000.0;
    }
    const double price = shown_price_of(ledger, instrument.settle, now);
    if (!std::isnan(price)) {
        const double longs = shown_notional(instrument, instrument.long_quantity.raw) * price;
        const double shorts = shown_notional(instrument, instrument.short_quantity.raw) * price;
        figures.gross_exposure = longs + shorts;
        figures.net_exposure = longs - shorts;
        for (std::uint32_t group = 0; group < groups_.size(); ++group) {
            const auto open = ledger.group_exposure(GroupId{group}, id);
            const double group_longs = shown_notional(instrument, open.long_quantity) * price;
            const double group_shorts = shown_notional(instrument, open.short_quantity) * price;
            groups_[group].gross += group_longs + group_shorts;
            groups_[group].net += group_longs - group_shorts;
        }
    }
    pass_.instruments.push_back(figures);
}

void BoardScan::end_pass(Engine& engine, Timestamp now) {
    const Ledger& ledger = engine.ledger();
    write_nearest(engine, now);
    write_assets(ledger, now);
    pass_.groups.clear();
    for (std::uint32_t group = 0; group < groups_.size(); ++group) {
        pass_.groups.push_back({.group = Name(ledger.group_name(GroupId{group})),
                                .gross_exposure = groups_[group].gross,
                                .net_exposure = groups_[group].net});
    }
    std::swap(pass_, whole_);
    account_ = 0;
    instrument_ = 0;
}

// The pass compared the figures of each account's last evaluation; what is shown is computed now.
void BoardScan::write_nearest(Engine& engine, Timestamp now) {
    const Ledger& ledger = engine.ledger();
    pass_.nearest.clear();
    std::vector<Shown> shown;
    for (const Candidate& candidate : candidates_) {
        const Account& account = ledger.account(candidate.account);
        const AccountFigures figures = engine.figures(candidate.account, now);
        if (figures.fault != RuleFault::none) continue;
        const auto own = engine.nearest_isolated(candidate.account, now);
        if (own && is_nearer(own->figures.margin, figures.margin)) {
            shown.push_back({account, own->figures, own->stage, own->instrument});
        } else {
            shown.push_back(
                {account, figures, account.stage, largest_position(ledger, account, now)});
        }
    }
    std::vector<std::size_t> ranks(shown.size());
    std::iota(ranks.begin(), ranks.end(), std::size_t{0});
    std::sort(ranks.begin(), ranks.end(), [&](std::size_t left, std::size_t right) {
        if (is_riskier(shown[left].figures.margin, shown[right].figures.margin)) return true;
        if (is_riskier(shown[right].figures.margin, shown[left].figures.margin)) return false;
        return shown[left].account.terms.name.view() < shown[right].account.terms.name.view();
    });
    for (const std::size_t rank : ranks)
        pass_.nearest.push_back(near_account(ledger, shown[rank]));
}

// Double entry: what all accounts have of an asset is what the house accounts lack.
void BoardScan::write_assets(const Ledger& ledger, Timestamp now) {
    pass_.assets.clear();
    for (std::uint32_t raw = 0; raw < ledger.asset_count(); ++raw) {
        const AssetId id{raw};
        const House& house = ledger.house(id);
        const Wide total =
            -(house.external + house.counterparty + house.fees + house.funding + house.insurance);
        const double balance = static_cast<double>(total) / ledger.asset(id).unit;
        const double price = shown_price_of(ledger, id, now);
        pass_.assets.push_back({.asset = ledger.asset(id).terms.name,
                                .balance = balance,
                                .exposure = std::isnan(price) ? 0.0 : balance * price});
    }
}

}  // namespace riskd::runtime
