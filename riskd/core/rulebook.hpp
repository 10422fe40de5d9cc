// The port through which the engine asks the rules. The engine calls, the rulebook returns; it
// never calls back and keeps no business state. Core thread only. Every answer may be a fault, and
// a fault is a no: it refuses an order that adds risk, starts no liquidation, blocks no reduction.
// Implemented by dsl/ over LuaJIT and, for tests and floors, by hand-written C++.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "riskd/core/definitions.hpp"
#include "riskd/core/ids.hpp"
#include "riskd/core/reasons.hpp"
#include "riskd/core/rulebook_schema.hpp"
#include "riskd/core/text.hpp"
#include "riskd/core/words.hpp"

namespace riskd {

enum class RuleFault : std::uint8_t {
    none,
    raised,             // an error inside the rule, such as a division by zero
    over_budget,        // the emitted step counter ran out
    out_of_memory,      // the allocator's cap was hit
    not_a_number,       // the answer is missing, NaN or infinite
    out_of_range,       // the answer is a number no requirement can be, such as a negative margin
    missing_parameter,  // a parameter without default was not set for this account and instrument
    unknown_rule,       // the account names a margin rule that the ruleset does not have
};
inline constexpr std::array<std::string_view, 8> rule_fault_names{
    "none",         "raised",       "over_budget",       "out_of_memory",
    "not_a_number", "out_of_range", "missing_parameter", "unknown_rule"};
constexpr std::string_view name(RuleFault fault) noexcept {
    return rule_fault_names[static_cast<std::size_t>(fault)];
}

enum class RuleKind : std::uint8_t { check, margin, collateral, liquidation, alert };
inline constexpr std::array<std::string_view, 5> rule_kind_names{"check", "margin", "collateral",
                                                                 "liquidation", "alert"};
constexpr std::string_view name(RuleKind kind) noexcept {
    return rule_kind_names[static_cast<std::size_t>(kind)];
}

// What a window of history measures. The engine keeps the windows, so a replay sees the same.
enum class WindowMeasure : std::uint8_t { net_pnl, orders, fills, traded_notional };
inline constexpr std::array<std::string_view, 4> window_measure_names{"net_pnl", "orders", "fills",
                                                                      "traded_notional"};
constexpr std::string_view name(WindowMeasure measure) noexcept {
    return window_measure_names[static_cast<std::size_t>(measure)];
}

// calendar: starts anew each time a multiple of `span` since the epoch, plus `offset`, is passed.
// otherwise rolling, kept in `window_buckets` parts of the span.
// net_pnl windows are calendar windows; the others may be both.
struct WindowSpec {
    WindowMeasure measure{};
    bool calendar{};
    Duration span{};
    Duration offset{};
    friend constexpr bool operator==(const WindowSpec&, const WindowSpec&) = default;
};
inline constexpr std::size_t windows_max = 8;
inline constexpr std::size_t check_rules_max = 64;

struct RuleInfo {
    Name name;  // "check/price_collar": folder and name, as in decisions and metrics
    RuleKind kind{};
    RejectReason reason{RejectReason::order_exceeds_limit};  // check rules only
    bool needs_mark{};  // reads a price; skipped for a reduction when the mark is not fresh
};

// Who and what is asked about; the rulebook resolves its parameters by it.
struct RuleScope {
    AccountId account{no_account};
    GroupId group{no_group};
    InstrumentId instrument{no_instrument};
};

// One of the groups an account is in, and what it has at stake.
struct GroupQuestion {
    GroupId group{no_group};
    GroupView view;
};

// What the check rules of a rulebook read of groups.
struct GroupReads {
    bool any{};
    bool gross_exposure{};
    bool net_exposure{};
    bool gross_exposure_after{};
};

struct CheckQuestion {
    RuleScope scope;
    bool mark_fresh{};
    OrderView order;
    AccountView account;
    InstrumentView instrument;
    ExposureView exposure;
    std::array<WindowView, windows_max> history;  // in the order of Rulebook::windows()
    // The account's own group first. Filled only for a rulebook that sees groups.
    std::array<GroupQuestion, group_depth_max> groups;
    std::uint8_t groups_count{};
    bool groups_known{true};  // false: a price that their exposures need is unknown or stale
};

// One per check rule, in the order of rules() restricted to check rules. `not_applicable` when its
// `when` excludes the order or it answered pass().
enum class CheckOutcome : std::uint8_t { not_applicable, limit, fault };
struct CheckAnswer {
    CheckOutcome outcome{};
    RuleFault fault{};
    double used{};
    double allowed{};
    GroupId group{no_group};  // that the answer is about, when the rule sees groups
};

// What one check rule answered to an order. Rules that had nothing to say of it have no answer.
struct RuleAnswer {
    RuleId rule{no_rule};
    GroupId group{no_group};  // that it is about, when the rule sees groups
    RuleFault fault{};        // none: the figures hold
    double used{};            // refused when above what is allowed
    double allowed{};
};

// A rule that sees `group` is asked for the account's group and for each group above it, with the
// parameters of that group. Of its answers a refusal counts before a fault and a fault before a
// pass; of two refusals or faults the nearer group's, of two passes the one with less room.
// REQUIRES: taken from the account's group upwards; the figures of a limit are finite.
constexpr void take_group_answer(CheckAnswer& taken, const CheckAnswer& next) noexcept {
    const auto weight = [](const CheckAnswer& answer) {
        if (answer.outcome == CheckOutcome::fault) return 2;
        if (answer.outcome == CheckOutcome::not_applicable) return 0;
        return answer.used > answer.allowed ? 3 : 1;
    };
    const int before = weight(taken);
    const int after = weight(next);
    const bool less_room =
        before == 1 && after == 1 && next.allowed - next.used < taken.allowed - taken.used;
    if (after > before || less_room) taken = next;
}

// A rule about a group that met no price instead of an exposure: that is no fault of the rule.
inline bool lacks_price(const CheckQuestion& question, const CheckAnswer& answer) noexcept {
    return !question.groups_known && is_known(answer.group) &&
           answer.fault == RuleFault::not_a_number;
}

// One of the margin rules that accounts may name. It is asked about each instrument by itself, or
// about a book: all that an account has on one underlying, or all that it has, balances included.
struct MarginModel {
    Name name;  // without the folder: "portfolio"
    RuleId rule{no_rule};
    bool of_books{};
    bool of_accounts{};  // of books, and there is one of everything
    bool of_orders{};    // of books, and it is told of each working order
    bool of_time{};      // it looks at how long there is to an expiry
    // The most that the maintenance margin moves, as a share of what the notional moves, in
    // rate_decimals; zero: the rule claims nothing, and who is margined by it is never asleep.
    std::int64_t slope_max{};
    // The least, the same way: zero when it never falls while the notional rises.
    std::int64_t slope_min{};
};

// One way in which the market might move, and how much of the loss then counts. In rate_decimals,
// of the present price and volatility: a price_move of -15 % is -15'000'000.
struct Scenario {
    std::int64_t price_move{};  // above -100 %
    std::int64_t volatility_move{};
    std::int64_t weight{};  // 100 %: all of it
    friend constexpr bool operator==(const Scenario&, const Scenario&) = default;
};
inline constexpr std::size_t scenarios_max = 64;

struct MarginQuestion {
    RuleScope scope;
    RuleId rule{no_rule};  // none: the first margin rule
    MarginView exposure;
};
// All positions of an account on one underlying, those with open orders included; for a rule about
// whole accounts on every underlying, and the balances.
struct BookQuestion {
    RuleScope scope;  // instrument is not set
    RuleId rule{no_rule};
    AssetId underlying{no_asset};  // none: of every one
    BookView book;
    const PositionView* positions{};  // by underlying, expiry, strike and age of the instrument
    std::int32_t positions_count{};
    std::int32_t balances_count{};
    const BalanceView* balances{};  // by age of the asset
    const BookOrderView* orders{};  // as they were accepted; the one in question last
    std::int32_t orders_count{};
    const AssetId* assets{};                   // of each balance
    const InstrumentId* instruments{};         // of each position
    const InstrumentId* orders_instruments{};  // of each order
};
// In the settlement asset of the instrument, or for a book in the account's currency; never
// negative.
struct MarginAnswer {
    double initial{};
    double maintenance{};
    RuleFault fault{};
};

struct CollateralQuestion {
    RuleScope scope;  // instrument is not set
    AssetId asset{no_asset};
    CollateralView collateral;
};
// In the account's currency; not above the value before haircut.
struct CollateralAnswer {
    double value{};
    RuleFault fault{};
};

struct StageQuestion {
    RuleScope scope;  // instrument is not set
    AccountView account;
};
// When the stage is `reduce`, positions are closed until margin_ratio is below exit_ratio. From
// `reduce` on no step closes more than step_max of a position, and while the stage stays, the next
// one comes after cool_down, in seconds; zero: there is none.
struct StageAnswer {
    Stage stage{};
    double exit_ratio{1.0};
    double step_max{1.0};
    double cool_down{};
    RuleFault fault{};
};

class Rulebook {
public:
    virtual ~Rulebook() = default;

    // The content hash of the active ruleset, lower-case hexadecimal.
    virtual std::string_view hash() const noexcept = 0;
    virtual std::span<const RuleInfo> rules() const noexcept = 0;
    virtual std::span<const WindowSpec> windows() const noexcept = 0;
    // The margin rules that accounts may name; the first is that of accounts which name none.
    // Empty: there is one, margin_rule(), about instruments.
    virtual std::span<const MarginModel> margin_models() const noexcept { return {}; }
    // What a rule about books supposes of the market; at most scenarios_max.
    virtual std::span<const Scenario> scenarios(RuleId) const noexcept { return {}; }
    // The rules that answer margin, collateral and stage questions. Of several margin rules the
    // first.
    virtual RuleId margin_rule() const noexcept = 0;
    virtual RuleId collateral_rule() const noexcept = 0;
    virtual RuleId liquidation_rule() const noexcept = 0;

    // Names to ids, when a definition has given or moved one: before the accounts it concerns are
    // judged again. May allocate. Nothing to learn for rules that resolve nothing by name.
    virtual void define_account(AccountId, std::string_view, GroupId) {}
    virtual void define_group(GroupId, std::string_view, GroupId) {}

    // What lets accounts sleep (margin_reach.hpp). The most that an asset's value as collateral
    // moves, as a share of what its value moves, in rate_decimals; zero: nothing is claimed.
    virtual std::int64_t collateral_slope_max() const noexcept { return 0; }
    // The ladder looks at equity, maintenance margin, what follows from the two, gross exposure
    // and the stage alone, and never answers a lower stage for less of the first or more of the
    // others.
    virtual bool ladder_is_monotone() const noexcept { return false; }
    // Of those figures it looks at the margin ratio and the stage alone.
    virtual bool ladder_reads_ratio_alone() const noexcept { return false; }

    // What nobody reads of groups is not summed up.
    virtual GroupReads group_reads() const noexcept { return {}; }

    // REQUIRES: answers holds one entry for each check rule. The i-th answer belongs to
    // check_rules()[i].
    virtual std::span<const RuleId> check_rules() const noexcept = 0;
    virtual void check(const CheckQuestion& question, std::span<CheckAnswer> answers) noexcept = 0;

    // REQUIRES: as many answers as questions.
    virtual void margin(std::span<const MarginQuestion> questions,
                        std::span<MarginAnswer> answers) noexcept = 0;
    // REQUIRES: the same.
    virtual void books(std::span<const BookQuestion>, std::span<MarginAnswer> answers) noexcept {
        for (MarginAnswer& answer : answers)
            answer = {.fault = RuleFault::unknown_rule};
    }
    virtual void collateral(std::span<const CollateralQuestion> questions,
                            std::span<CollateralAnswer> answers) noexcept = 0;
    virtual void stage(std::span<const StageQuestion> questions,
                       std::span<StageAnswer> answers) noexcept = 0;

protected:
    Rulebook() = default;
    Rulebook(const Rulebook&) = default;
    Rulebook& operator=(const Rulebook&) = default;
};

}  // namespace riskd
