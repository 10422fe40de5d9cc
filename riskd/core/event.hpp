// The one way in: everything that can change business state, decoded and stamped. Time is a field;
// the core reads no clock. Ids are dense; a name nobody defined is `none`, and is refused.
// Plain values without pointers, so an event can be journalled byte by byte. Any thread.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "riskd/core/definitions.hpp"
#include "riskd/core/ids.hpp"
#include "riskd/core/prices.hpp"
#include "riskd/core/text.hpp"
#include "riskd/core/units.hpp"
#include "riskd/core/words.hpp"

namespace riskd {

// May this order be sent? Accepting it places a hold. Prices and quantities are raw integers in the
// instrument's decimals; when the instrument is unknown they are in none, and are not looked at.
struct OrderRequest {
    AccountId account{no_account};
    InstrumentId instrument{no_instrument};
    Id order;
    Side side{};
    OrderType type{};
    TimeInForce time_in_force{};
    bool reduce_only{};
    bool post_only{};
    PositionSide position_side{};
    Price price{};          // zero for market and stop_market
    Price trigger_price{};  // stop orders only
    Quantity quantity{};    // always positive
    Timestamp expires{};    // gtd only
    Id replaces;            // empty, or the order whose hold this one takes over
    Name trader;
    Name strategy;
};

struct OrderUpdate {
    AccountId account{no_account};
    Id id;  // of the message
    Id order;
    OrderEvent event{};
    bool has_remaining{};
    Quantity remaining{};  // raw in the decimals of the order's instrument
};

struct Fill {
    AccountId account{no_account};
    InstrumentId instrument{no_instrument};
    Id fill;
    Id order;
    Side side{};
    PositionSide position_side{};
    Price price{};
    Quantity quantity{};  // always positive
    AssetId fee_asset{no_asset};
    Money fee{};  // paid by the account; negative is a rebate
};

struct BalanceChange {
    AccountId account{no_account};
    Id id;
    AssetId asset{no_asset};
    Money amount{};  // signed as it changes the balance: a withdrawal is negative
    BalanceKind kind{};
};

struct Transfer {
    Id id;
    AccountId from{no_account};
    AccountId to{no_account};
    AssetId asset{no_asset};
    Money amount{};  // always positive
};

// The newest wins. A price of zero is absent, one below zero is a fault. How far the mark is to be
// trusted, from 0 to 1, comes with the mark: of one that says nothing it is 1.
struct PriceUpdate {
    InstrumentId instrument{no_instrument};
    Price mark{};
    Price index{};
    Price bid{};
    Price ask{};
    std::int64_t implied_volatility{};          // in volatility_decimals
    std::int64_t confidence{whole_confidence};  // of the mark; in rate_decimals
    bool has_interest_rate{};
    std::int64_t interest_rate{};  // for a year, until what is priced expires; in rate_decimals
    Timestamp as_of{};             // when the price was made
    PriceFaults faults;            // what else was told and is no price
};

// A payment of rate x value at `price` from longs to shorts (from shorts to longs when negative).
// Of a perpetual option: (mark - payoff) x period / funding interval, where `price` is the
// underlying's and `rate` is not looked at.
struct Funding {
    InstrumentId instrument{no_instrument};
    Id id;
    std::int64_t rate{};  // in rate_decimals
    Price price{};        // in the instrument's final_price_decimals
    Duration period{};    // perpetual options only
};

// What a long contract has paid since the venue began to count: in the quote asset, or for inverse
// contracts in the coin. What has accrued since the one before is owed at once, and part of equity;
// when `is_paid` it is paid. The first one of an instrument is where counting begins.
struct FundingIndex {
    InstrumentId instrument{no_instrument};
    Id id;
    std::int64_t index{};  // in funding_index_decimals() of the instrument
    bool is_paid{};
};

// Final price of an expiring instrument: every position closes at it; of an option, at what the
// underlying's final price makes of it.
struct Settlement {
    InstrumentId instrument{no_instrument};
    Id id;
    Price price{};  // in the instrument's final_price_decimals
};

// The leverage a client chose for one instrument; zero: no longer one of its own there.
struct LeverageChange {
    AccountId account{no_account};
    InstrumentId instrument{no_instrument};
    PositionSide position_side{};
    Id id;
    std::uint32_t leverage{};
};

// The margin of one position: whether it is its own, or money moved between that and the rest of
// the balance. One of the two; the venue has done it, so no rule is asked.
struct MarginChange {
    AccountId account{no_account};
    InstrumentId instrument{no_instrument};
    PositionSide position_side{};
    Id id;
    bool has_mode{};
    MarginMode mode{};
    Money amount;  // of the settlement asset; below zero when it is taken out
};

struct AccountControl {
    AccountId account{no_account};
    AccountStatus status{};
    Name by;  // who asked
};

struct InstrumentControl {
    InstrumentId instrument{no_instrument};
    InstrumentStatus status{};
    Name by;
};

// The rules that decide from this sequence on. Windows are kept by the engine, so their list is
// part of the journal; their names are, so that what they answered can be read without them.
struct RulesetActivation {
    Text<64> hash;
    std::vector<Name> rules;  // by RuleId
    std::uint8_t windows_count{};
    std::array<std::uint8_t, 8> window_measures{};
    std::array<std::uint8_t, 8> window_calendar{};
    std::array<Duration, 8> window_spans{};
    std::array<Duration, 8> window_offsets{};
};

// Another ruleset decides for some accounts, beside the one that decides for the rest: for those
// named, and for a share of all by a hash of their names. Until the next one, or an activation.
// Without a hash: for nobody.
struct CanaryChange {
    Text<64> hash;
    std::vector<Name> rules;  // by RuleId
    std::uint32_t share{};    // of canary_whole
    std::vector<Name> accounts;
};
inline constexpr std::uint32_t canary_whole = 10'000;

// Nothing but time: marks may have become stale, a day may have begun.
struct TimePassed {};

// A fact that could not be decoded or names something unknown to this engine: recorded so that its
// stream position is passed for good. `reason` says why, for the alert.
struct RefusedFact {
    Text<64> subject;
    Text<64> field;
    Text<64> reason;
};

using EventBody =
    std::variant<OrderRequest, OrderUpdate, Fill, BalanceChange, Transfer, PriceUpdate, Funding,
                 FundingIndex, Settlement, LeverageChange, MarginChange, AssetDefinition,
                 InstrumentDefinition, GroupDefinition, AccountDefinition, AccountControl,
                 InstrumentControl, RulesetActivation, CanaryChange, TimePassed, RefusedFact>;

struct Event {
    Sequence sequence;                // given by the sequencer; one more than the one before
    Timestamp time;                   // given by the sequencer; never runs backwards
    std::uint64_t stream_sequence{};  // of the fact in the input stream; zero for everything else
    EventBody body;
};

}  // namespace riskd
