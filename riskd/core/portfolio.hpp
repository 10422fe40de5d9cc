// Books: all that an account has on one underlying, revalued in each scenario of a margin rule. All
// sums are exact integers, so they do not depend on the order of positions. Core thread only;
// scratch space is reused, so a warm valuer does not allocate.
//
//   profit(position, s) = value(quantity, shocked price) - value(quantity, mark), rounded down
//   loss of a side      = taker fee + cost of its open orders - value(quantity, shocked price)
//   loss_after(s)       = loss(s) + sum over sides of max(0, loss of the side in s): the largest
//                         over all subsets of the sides that may fill
//   worst_loss          = max over s of weight x loss(s), not below 0; worst_loss_after the same
// The shocked price is mark x (1 + price_move), rounded down to the price's decimals; of an option
// mark + model(shocked) - model(now), to four figures more, by the shocked price of its underlying
// and its volatility x (1 + volatility_move) (contracts/option_model.hpp). A conversion into the
// account's currency goes by present prices. Source of the method: the scenario grids of
// SPAN (CME) and of portfolio margin at Deribit, OKX and Derive.
// Example: long 1 linear at 100, short 1 at 101 on the same coin, scenarios -10 % and +10 %, weight
// 1: -10 + 10.1 and 10 - 10.1: worst_loss 0.1, where alone they would lose 10 and 10.1.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "riskd/core/conversion.hpp"
#include "riskd/core/ledger.hpp"
#include "riskd/core/rulebook.hpp"

namespace riskd {

// The working orders of one side in one instrument.
struct SideOrders {
    Quantity quantity;
    Money notional;  // at hold prices, in the settlement asset
    Money fee;
};

// One instrument of a book; of an account in hedge mode its long and short position together.
struct BookLine {
    InstrumentId instrument{no_instrument};
    AssetId underlying{no_asset};
    Quantity quantity;  // signed
    Money value;        // as exposure_of(), in the settlement asset
    Money worth;        // at mark, the same
    Money added;        // to the equity, the same
    SideOrders buys;
    SideOrders sells;
    SideOrders buys_after;  // with the order in question
    SideOrders sells_after;
    bool changed{};  // by that order
    // Takes in quantity and orders of the other position, not what they are worth. False when a sum
    // does not fit.
    bool join(const BookLine& other) noexcept;
    bool is_idle(bool after) const noexcept {
        return quantity.raw == 0 && (after ? buys_after : buys).quantity.raw == 0 &&
               (after ? sells_after : sells).quantity.raw == 0;
    }
};

// How far the price of an asset is to be trusted, in rate_decimals; whole for the reference asset.
std::int64_t asset_confidence(const Ledger& ledger, AssetId asset) noexcept;

// The order of instruments in a book: by expiry, those without one first.
bool before_in_book(const Ledger& ledger, const BookLine& a, const BookLine& b) noexcept;

// What the price of an instrument in each scenario is made from; made anew when any of it changes.
struct PricedFrom {
    Price mark;
    Price underlying;  // the rest of options only
    std::int64_t volatility{};
    Timestamp minute;
    friend constexpr bool operator==(const PricedFrom&, const PricedFrom&) = default;
};

// What an instrument is worth in each scenario; common to all accounts.
struct ShockedPrices {
    PricedFrom from;
    bool known{};
    std::int64_t volatility{};  // of an option, in volatility_decimals
    std::int64_t delta{};       // in rate_decimals
    // The shocked price; of an option the change of its price, with four figures more.
    std::array<std::int64_t, scenarios_max> raw{};
};

// In place of an instrument's mark.
struct AssumedMark {
    InstrumentId instrument{no_instrument};
    std::optional<Price> mark;
    Price of(const Instrument& at) const noexcept {
        return at.id == instrument && mark ? *mark : at.prices.mark;
    }
};

struct BookScope {
    RuleId rule{no_rule};
    AssetId currency{no_asset};
    Timestamp now;
    AssumedMark assumed;

    // An assumed mark may be what an asset is valued by.
    Marks marks(const Ledger& ledger) const noexcept {
        return assumed.mark ? Marks{ledger, now, assumed.instrument, *assumed.mark}
                            : Marks{ledger, now};
    }
};

class BookValuer {
public:
    BookValuer(const Ledger& ledger, const Rulebook& rulebook) noexcept;

    // Lines of one underlying, in book order; `after` when the order in question counts. Appends
    // their views to `positions`. Nothing when a price is unknown or a figure does not fit.
    std::optional<BookView> value(std::span<const BookLine> lines, const BookScope& scope,
                                  bool after, std::vector<PositionView>& positions);

private:
    // The shocked prices of every instrument under the scenarios of one rule.
    struct Grid {
        RuleId rule{no_rule};
        std::vector<Scenario> scenarios;
        std::vector<ShockedPrices> prices;  // by instrument
    };
    // Of one settlement asset, by scenario.
    struct Sums {
        AssetId settle{no_asset};
        std::array<Wide, scenarios_max> profit{};
        std::array<Wide, scenarios_max> order_loss{};
    };
    struct Worst {
        Money held;
        Money with_orders;
        std::size_t held_at{};
        std::size_t with_orders_at{};
    };
    struct Notionals {
        Money gross;
        Money net;
        Money longs;
        Money shorts;
        Money longs_after;
        Money shorts_after;
        Money short_options;
        Money short_options_after;
        Money option_value;
    };

    Grid& grid_of(RuleId rule);
    const ShockedPrices& shocked(Grid& grid, const Instrument& instrument, const BookScope& scope);
    void shock_option(const Grid& grid, const Instrument& instrument, const BookScope& scope,
                      ShockedPrices& prices) const noexcept;
    bool is_stale(const BookLine& line, const BookScope& scope) const noexcept;
    Sums& sums_of(AssetId settle);
    bool add_line(const BookLine& line, const BookScope& scope, bool after, Grid& grid);
    std::optional<Worst> worst_of(const Grid& grid, const BookScope& scope) const;
    bool add_notionals(const BookLine& line, const BookScope& scope, bool after,
                       Notionals& sums) const noexcept;
    bool add_option(const BookLine& line, const BookScope& scope, bool after,
                    const ShockedPrices& prices, Notionals& sums) const noexcept;
    PositionView option_view(const BookLine& line, const BookScope& scope, bool after,
                             const ShockedPrices& prices) const noexcept;
    BookView book_view(bool any, const Worst& worst, const Notionals& notionals,
                       const BookScope& scope) const noexcept;
    PositionView view_of(const BookLine& line, const BookScope& scope, bool after) const noexcept;

    const Ledger& ledger_;
    const Rulebook& rulebook_;
    std::vector<Grid> grids_;
    std::vector<Sums> sums_;
};

}  // namespace riskd
