#include "riskd/runtime/board_scan.hpp"

#include <algorithm>
#include <cmath>

#include "riskd/core/conversion.hpp"

namespace riskd::runtime {
namespace {

// What looking at an instrument, and judging an account anew, count as.
constexpr std::uint32_t accounts_per_instrument = 8;
constexpr std::uint32_t accounts_per_judged = 16;

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

}  // namespace

BoardScan::BoardScan(std::uint32_t nearest_accounts)
    : nearest_accounts_(nearest_accounts), nearest_(nearest_accounts) {}

bool BoardScan::step(Engine& engine, Timestamp now, std::uint32_t budget) {
    const Ledger& ledger = engine.ledger();
    if (account_ == 0 && instrument_ == 0) begin_pass(engine);
    for (; budget > 0 && account_ < ledger.account_count(); --budget) {
        const Account& account = ledger.account(AccountId{account_++});
        ++pass_.accounts_by_stage[static_cast<std::size_t>(account.stage)];
    }
    for (; budget >= accounts_per_instrument && instrument_ < ledger.instrument_count();
         budget -= accounts_per_instrument) {
        sum_instrument(ledger, InstrumentId{instrument_++}, now);
    }
    if (account_ < ledger.account_count() || instrument_ < ledger.instrument_count()) return false;
    if (!judge_nearest(engine, now, budget)) return false;
    end_pass(ledger, now);
    return true;
}

void BoardScan::begin_pass(const Engine& engine) {
    pass_.accounts_by_stage = {};
    pass_.instruments.clear();
    groups_.assign(engine.ledger().group_count(), Exposure{});
}

// Looked for behind all else, so that little moves between the search and what is shown.
bool BoardScan::judge_nearest(Engine& engine, Timestamp now, std::uint32_t& budget) {
    const Ledger& ledger = engine.ledger();
    if (nearest_is_ == Nearest::not_looked_for) {
        nearest_.begin(engine.bands(), ledger, engine.waiting());
        nearest_is_ = Nearest::looked_for;
        judged_ = 0;
        shown_.clear();
    }
    if (nearest_is_ == Nearest::looked_for) {
        if (!nearest_.step(engine.bands(), engine.watchers(), ledger, budget)) return false;
        nearest_is_ = Nearest::found;
    }
    const std::span<const AccountId> found = nearest_.found();
    for (; judged_ < found.size(); ++judged_) {
        if (budget == 0) return false;
        budget -= std::min(budget, accounts_per_judged);
        const Account& account = ledger.account(found[judged_]);
        const auto standing = engine.standing(account.id, now);
        if (!standing || standing->figures.margin.maintenance_margin.raw <= 0) continue;
        const bool isolated = is_known(standing->isolated);
        shown_.push_back(
            {*standing, isolated ? standing->isolated : largest_position(ledger, account, now)});
    }
    nearest_is_ = Nearest::not_looked_for;
    return true;
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

void BoardScan::end_pass(const Ledger& ledger, Timestamp now) {
    write_nearest(ledger);
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

void BoardScan::write_nearest(const Ledger& ledger) {
    std::sort(shown_.begin(), shown_.end(), [&](const Shown& left, const Shown& right) {
        if (is_riskier(left.standing.figures.margin, right.standing.figures.margin)) return true;
        if (is_riskier(right.standing.figures.margin, left.standing.figures.margin)) return false;
        return ledger.account(left.standing.account).terms.name.view() <
               ledger.account(right.standing.account).terms.name.view();
    });
    if (shown_.size() > nearest_accounts_) shown_.resize(nearest_accounts_);
    pass_.nearest.clear();
    for (const Shown& shown : shown_) {
        const Account& account = ledger.account(shown.standing.account);
        const double unit = ledger.asset(account.currency).unit;
        const AccountMargin& margin = shown.standing.figures.margin;
        NearAccount near{
            .account = Name{account.terms.name.view()},
            .group = name_of_group(ledger, account.group),
            .currency = ledger.asset(account.currency).terms.name,
            .stage = shown.standing.stage,
            .margin_ratio = margin_ratio(margin),
            .equity = number(margin.equity, unit),
            .initial_margin = number(margin.initial_margin, unit),
            .maintenance_margin = number(margin.maintenance_margin, unit),
            .headroom = number(margin.equity, unit) - number(margin.maintenance_margin, unit),
            .gross_exposure = number(shown.standing.figures.gross_exposure, unit),
            .stale = shown.standing.stale};
        if (is_known(shown.instrument)) {
            near.instrument = ledger.instrument(shown.instrument).terms.name;
        }
        pass_.nearest.push_back(near);
    }
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
