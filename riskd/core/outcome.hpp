// The one way out: what an event led to. The sequencer journals it with the event and publishes it;
// a replay applies the recorded outcome without asking the rules again. Core thread; plain values.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "riskd/core/decimal.hpp"
#include "riskd/core/ids.hpp"
#include "riskd/core/reasons.hpp"
#include "riskd/core/rulebook.hpp"
#include "riskd/core/text.hpp"
#include "riskd/core/units.hpp"
#include "riskd/core/words.hpp"

namespace riskd {

// The margin state of an account in its currency. available_margin = equity - initial_margin;
// headroom = equity - maintenance_margin.
struct AccountMargin {
    Money equity;
    Money initial_margin;      // of positions and open orders, the worse side of each instrument
    Money maintenance_margin;  // of positions
    Money owed;                // by an account that may borrow: assets below zero, as collateral
    bool complete{true};       // false when a price it needs is unknown or stale
    friend bool operator==(const AccountMargin&, const AccountMargin&) = default;
};

struct Decision {
    AccountId account{no_account};
    InstrumentId instrument{no_instrument};
    Id order;
    bool accepted{};
    bool repeated{};  // the same question was answered before; this is that answer
    RejectReason reason{RejectReason::other};  // meaningful only when not accepted
    RuleId rule{no_rule};                      // the rule that refused, if one did
    Text<64> rule_name;                        // its name, so a record can be read without rules
    Name group_name;                           // whose limit it was, when the rule is about groups
    AssetId hold_asset{no_asset};
    Money hold{};      // set aside for this order when accepted
    bool has_limit{};  // the four figures below are meaningful
    Decimal limit;
    Decimal used;
    Decimal would_be;
    Decimal headroom;  // limit - used, never negative
    bool has_largest_quantity{};
    Quantity largest_quantity{};  // of the same order, that would pass now; zero when none would
    bool has_margin{};
    AccountMargin margin;        // after an accept, before a reject
    AssetId currency{no_asset};  // of `margin`
    Sequence sequence;           // at which it was decided
    Timestamp time;
};

// One leg of a close: the order another system should send, and the price at which closing leaves
// the account with nothing.
struct CloseLeg {
    InstrumentId instrument{no_instrument};
    PositionSide position_side{};
    Side side{};
    Quantity quantity{};
    bool has_bankruptcy_price{};
    Price bankruptcy_price{};
};

struct PriceUsed {
    InstrumentId instrument{no_instrument};
    Price price{};
};

// The account, or one of its isolated positions, moved on the ladder, or takes its next step on the
// same rung. `stage` healthy means the episode is closed. Figures are in the account's currency,
// those of a position its own.
struct StageChange {
    AccountId account{no_account};
    InstrumentId instrument{no_instrument};  // of the isolated position
    PositionSide position_side{};            // of the same
    std::uint32_t episode{};                 // counts from 1 in the account
    std::uint32_t step{};                    // of closing in the episode, from 1; zero: none yet
    Timestamp next_step;                     // not before; zero: there is none
    Stage before{};
    Stage stage{};
    AccountMargin margin;
    AssetId currency{no_asset};
    std::vector<CloseLeg> close;
    std::vector<PriceUsed> prices;
    Sequence sequence;
    Timestamp time;
};

// What passed between a bankrupt account, or its isolated position, and another: the insurance
// fund, an opponent, or who bears a part of the loss. Recorded whole, so a replay posts the same.
struct Handover {
    HandoverKind kind{};
    AccountId account{no_account};           // the other one
    AccountId of{no_account};                // the bankrupt one
    std::uint32_t episode{};                 // its
    InstrumentId instrument{no_instrument};  // of a position
    PositionSide position_side{};            // of the other one's
    PositionSide of_side{};                  // of the bankrupt one's
    Side side{};                             // what the other one does
    Quantity quantity{};
    Price price{};
    std::uint32_t rank{};     // of an opponent; 1 first
    AssetId asset{no_asset};  // of an amount
    Money amount{};           // what the other one gets, below zero when he pays
    Sequence sequence;
    Timestamp time;
};
constexpr bool is_of_position(HandoverKind kind) noexcept {
    return kind == HandoverKind::take_over || kind == HandoverKind::deleverage;
}

enum class AlertKind : std::uint8_t {
    rule_fault,
    fill_without_order,
    fill_beyond_order,
    stale_price,
    refused_fact,
    unknown_name,
    amount_out_of_range,
    balance_below_zero,
    fill_beyond_position,
    price_in_doubt,
    price_refused,
    claim_broken,
};
inline constexpr std::array<std::string_view, 12> alert_kind_names{
    "rule_fault",           "fill_without_order", "fill_beyond_order",   "stale_price",
    "refused_fact",         "unknown_name",       "amount_out_of_range", "balance_below_zero",
    "fill_beyond_position", "price_in_doubt",     "price_refused",       "claim_broken"};
constexpr std::string_view name(AlertKind kind) noexcept {
    return alert_kind_names[static_cast<std::size_t>(kind)];
}

struct Alert {
    Severity severity{};
    AlertKind kind{};
    AccountId account{no_account};
    InstrumentId instrument{no_instrument};
    RuleId rule{no_rule};
    RuleFault fault{};
    Text<64> about;   // the order, fill, subject or asset
    Text<64> detail;  // what was wrong with it
    Sequence sequence;
    Timestamp time;
};

using Output = std::variant<Decision, StageChange, Alert, Handover>;

// All outputs of one event, in order. The owner clears and reuses it, so it stops allocating.
struct Outcome {
    std::vector<Output> outputs;
    std::vector<RuleAnswer> answers;  // behind the decision among the outputs, by rule
    // Accounts whose state changed, for the conflated account messages. Not journalled.
    std::vector<AccountId> touched;

    void clear() noexcept {
        outputs.clear();
        answers.clear();
        touched.clear();
    }
};

}  // namespace riskd
