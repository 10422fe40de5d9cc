// The state of the slow engine: what happened, in the plainest containers, by name. Nothing that
// can be computed is kept: holds, open figures and open interest are sums over orders and positions
// made anew for each question. One thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>

#include "riskd/core/event.hpp"
#include "riskd/core/ledger.hpp"
#include "riskd/core/outcome.hpp"

namespace riskd::model {

using Exact = boost::multiprecision::int256_t;

// The 64-bit figure, when it is not larger than the ledger takes.
std::optional<std::int64_t> fit(const Exact& value);
// Quotient of a division by a positive number, rounded down or up.
Exact floor_of(const Exact& dividend, const Exact& divisor);
Exact ceiling_of(const Exact& dividend, const Exact& divisor);
const Exact& ten_to(int exponent);
Exact absolute(const Exact& value);

// Where an account has a position: an instrument, in hedge mode one side of it.
struct ReferencePlace {
    std::uint32_t instrument{};
    PositionSide side{};
    friend auto operator<=>(const ReferencePlace&, const ReferencePlace&) = default;
};
// In the order in which they are looked at.
inline constexpr std::array<PositionSide, 3> all_sides{PositionSide::net, PositionSide::long_side,
                                                       PositionSide::short_side};

struct ReferencePosition {
    Exact quantity;
    Exact entry_value;
    Exact realized;
    Exact funding_index;       // its funding is paid up to here
    std::uint32_t leverage{};  // chosen here; zero: the account's
    bool isolated{};
    Exact margin;  // its own; zero while it is not isolated or flat
    Stage stage{};
    std::uint32_t episode{};
    std::uint32_t step{};      // of closing, in the episode
    std::int64_t next_step{};  // when the next is due; zero: never
};

struct ReferenceAccount {
    AccountDefinition terms;
    std::uint32_t currency{none_raw};
    std::uint32_t group{none_raw};
    Stage stage{};
    std::uint32_t step{};
    std::int64_t next_step{};
    std::uint32_t episode{};
    std::uint32_t episodes{};  // so far, of the account and of its isolated positions
    Exact net_deposits;
    std::map<std::uint32_t, Exact> balances;  // by asset
    std::map<ReferencePlace, ReferencePosition> positions;
};

// An accepted order. What is set aside for it is a function of these fields alone.
struct ReferenceOrder {
    OrderRequest request;
    Exact remaining;
    std::int64_t hold_price{};
    std::int64_t taker_fee_rate{};  // when it was accepted
    Money hold;                     // as answered
    AssetId hold_asset{no_asset};
    Sequence sequence;

    ReferencePlace place() const {
        return {.instrument = request.instrument.raw, .side = request.position_side};
    }
};

// One thing that a window counts.
struct ReferenceHappening {
    std::int64_t amount{};
    Timestamp time;
    Sequence sequence;
};

// A window of history: what was counted is kept, and summed when asked.
struct ReferenceWindow {
    WindowSpec spec;
    Sequence since;                           // activated
    std::int64_t period{-1};                  // calendar: the number of the running one
    std::map<std::uint32_t, Exact> at_start;  // net_pnl of each account as it began
};

struct ReferenceHouse {
    Exact external;
    Exact counterparty;
    Exact fees;
    Exact funding;
    Exact insurance;
};

// A mark that was not taken, and whether it was made after the one before it.
struct ReferenceWaiting {
    Price mark;
    Timestamp as_of;
    std::int64_t confidence{};
    bool later{};
};

struct ReferenceInstrument {
    InstrumentDefinition terms;
    std::uint32_t base{none_raw};  // assets
    std::uint32_t settle{none_raw};
    Prices prices;
    std::optional<Exact> funding_index;
    std::vector<ReferenceWaiting> waiting;  // marks too far from the one that stands, each near
                                            // the one before it; oldest first
    bool index_differs{};                   // when it was last looked at
    std::set<PriceFault> refused;           // what was no price when it was told last
    bool stale_reported{};
    std::uint32_t underlying{none_raw};  // of an option
};

struct ReferenceGroup {
    std::string name;
    std::string parent;  // empty: at the top
};

struct ReferenceState {
    LedgerLimits limits;
    std::vector<AssetDefinition> assets;  // the place is the id
    std::vector<ReferenceInstrument> instruments;
    std::vector<ReferenceGroup> groups;
    std::vector<ReferenceAccount> accounts;
    std::map<std::uint32_t, ReferenceHouse> houses;
    std::vector<ReferenceOrder> orders;  // that work, in the order of their acceptance
    std::deque<Decision> answered;       // oldest first
    std::deque<std::string> seen;        // ids of facts, oldest first
    std::map<std::pair<std::uint32_t, WindowMeasure>, std::deque<ReferenceHappening>> happenings;
    std::vector<ReferenceWindow> windows;
    RulesetActivation ruleset;
    std::uint32_t accounts_at_activation{};
    std::uint32_t judged_by_rules{};  // of them, in turn
    Timestamp time;
    Sequence sequence;

    std::uint32_t asset(std::string_view name) const;
    std::uint32_t instrument(std::string_view name) const;
    std::uint32_t group(std::string_view name) const;
    std::uint32_t account(std::string_view name) const;
    bool is_spot(std::uint32_t instrument) const;
    const ReferenceOrder* order(AccountId account, const Id& id) const;
    // Nothing when the account has positions there; else why not.
    std::optional<std::string_view> side_fault(std::uint32_t account, ReferencePlace place) const;

    // Units in which a rule sees a figure: 10^decimals.
    double asset_unit(std::uint32_t asset) const;
    double price_unit(std::uint32_t instrument) const;
    double quantity_unit(std::uint32_t instrument) const;

    // Signed value of a quantity in the settlement asset, not rounded: dividend and divisor.
    struct Share {
        Exact dividend;
        Exact divisor;
    };
    Share value(std::uint32_t instrument, const Exact& quantity, const Exact& price) const;
    bool is_inverse(std::uint32_t instrument) const;
    // Funding since the position's index, not yet paid, rounded down.
    Exact accrued(std::uint32_t instrument, const ReferencePosition& position) const;
    bool is_option(std::uint32_t instrument) const;
    // Of an option, not rounded: what a quantity is paid when the underlying ends at `price`.
    Share payoff(std::uint32_t instrument, const Exact& quantity, const Exact& price) const;
    // What it pays for a period of funding: mark - payoff, by the part of the interval.
    Share option_funding(std::uint32_t instrument, const Exact& quantity,
                         const Funding& funding) const;
    // What a position adds to the amount of its settlement asset: what it gained, or of an option,
    // which is paid for, all it is worth. Nothing when a figure does not fit.
    std::optional<Exact> added(std::uint32_t instrument, const ReferencePosition& position,
                               const Exact& worth) const;
    // A value as what is at risk: with the sign of the quantity.
    Exact exposure_of(std::uint32_t instrument, const Exact& worth) const;

    struct Amounts {
        Exact notional;
        Exact fee;
        Exact spot_hold;
    };
    Amounts amounts(const ReferenceOrder& order) const;
    bool amounts_fit(const Amounts& amounts) const;
    Exact spot_hold(std::uint32_t account, std::uint32_t asset) const;
    // Of the balance, the margin of isolated positions.
    Exact isolated_in(std::uint32_t account, std::uint32_t asset) const;
    Exact open_interest(std::uint32_t instrument, bool is_long) const;
    // The group and those above it, by id; none for no group.
    std::vector<std::uint32_t> groups_from(std::uint32_t group) const;
    bool is_within(std::uint32_t group, std::uint32_t above) const;
    // Of the accounts in a group and below it, in one instrument.
    struct GroupSums {
        Exact longs;
        Exact shorts;
        Exact open_buy;
        Exact open_sell;
        Exact worst;  // of each position the larger of |q + buys| and |q - sells|
    };
    GroupSums group_sums(std::uint32_t group, std::uint32_t instrument) const {
        return group_sums(group, instrument, orders);
    }
    GroupSums group_sums(std::uint32_t group, std::uint32_t instrument,
                         const std::vector<ReferenceOrder>& working) const;

    bool is_doubted(std::uint32_t instrument) const;
    bool is_stale(std::uint32_t instrument, Timestamp now) const;
    bool is_fresh(std::uint32_t instrument, Timestamp now) const;
    // The price of one unit of an asset in the reference asset, by fresh marks.
    std::optional<Share> price_of(std::uint32_t asset, Timestamp now) const;
    // Rounded up when `up`; nothing when a price is missing or the amount does not fit.
    std::optional<Exact> convert(const Exact& amount, std::uint32_t from, std::uint32_t to, bool up,
                                 Timestamp now) const;
};

}  // namespace riskd::model
