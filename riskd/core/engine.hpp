// The engine: the only code that changes business state. One way in (an Event), one way out (an
// Outcome). Deterministic: no clock, no I/O, no random number; time is a field of the event.
// Core thread only. Amounts out of range and unknown names are refused with an alert and change
// nothing; a breach of our own invariants stops the process (check.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "riskd/core/bands.hpp"
#include "riskd/core/deleverage.hpp"
#include "riskd/core/digest.hpp"
#include "riskd/core/event.hpp"
#include "riskd/core/ledger.hpp"
#include "riskd/core/liquidation.hpp"
#include "riskd/core/margin.hpp"
#include "riskd/core/margin_anchors.hpp"
#include "riskd/core/margin_claims.hpp"
#include "riskd/core/margin_reach.hpp"
#include "riskd/core/margin_watchers.hpp"
#include "riskd/core/order_check.hpp"
#include "riskd/core/outcome.hpp"
#include "riskd/core/rulebook.hpp"
#include "riskd/core/windows.hpp"

namespace riskd {

// Plain integers, written by the core thread only; the runtime copies them out.
struct EngineCounters {
    std::uint64_t events_applied{};
    std::uint64_t orders_accepted{};
    std::uint64_t orders_repeated{};
    std::array<std::uint64_t, reject_reason_names.size()> orders_rejected{};
    std::array<std::uint64_t, stage_names.size()> stage_changes{};  // by the stage entered
    std::array<std::uint64_t, alert_kind_names.size()> alerts{};
    std::array<std::uint64_t, handover_kind_names.size()> handovers{};
    std::uint64_t facts_repeated{};  // fills, transfers, balance changes seen before
    std::uint64_t accounts_evaluated{};
    std::uint64_t marks_held{};  // that moved too far to be taken at once
    std::array<std::uint64_t, price_fault_names.size()> prices_refused{};
};

// The answer to "what if": the decision a check would get, and the margin after the order.
struct Preview {
    Decision decision;
    AccountMargin margin_after;
    std::optional<Price> liquidation_price;  // of the position if it filled whole, as taker
    // Of an isolated position, before and after such a fill; in the settlement asset.
    struct IsolatedMargin {
        Money before;
        Money after;
    };
    std::optional<IsolatedMargin> isolated_margin;
    Money fee;  // taker fee of the whole order, in the settlement asset
    AssetId fee_asset{no_asset};
    std::vector<RuleAnswer> limits;
};

// An isolated position as it stands now, its figures in the account's currency.
struct NearestIsolated {
    InstrumentId instrument{no_instrument};
    Stage stage{};
    AccountFigures figures;
};

// Rules, and what works out by them what is asked of an account.
struct Decider {
    Decider(const Ledger& ledger, const WindowBook& windows, Rulebook& rules)
        : rulebook{rules},
          evaluator{ledger, rules},
          order_check{ledger, rules, evaluator, windows} {}

    Rulebook& rulebook;
    MarginEvaluator evaluator;
    OrderCheck order_check;
};

// How an account stands, or the isolated position of it that is named; in the account's currency.
struct AccountStanding {
    AccountId account{no_account};
    AccountFigures figures;
    Stage stage{};
    InstrumentId isolated{no_instrument};
    bool stale{};  // a mark is not fresh
};

// Which ruleset decides, as the journal has it.
struct RulesetSeen {
    std::string_view hash;
    std::span<const Name> rules;  // by RuleId
};

class Engine {
public:
    Engine(const LedgerLimits& limits, Rulebook& rulebook) : Engine{limits, rulebook, rulebook} {}
    // `canary` decides for some accounts from a CanaryChange on. REQUIRES: until it ends, canary
    // declares the windows that the ruleset has which decides for the rest, and keeps its rules.
    Engine(const LedgerLimits& limits, Rulebook& rulebook, Rulebook& canary);

    // Decides and changes. `outcome` is cleared first.
    // REQUIRES: event.sequence is one more than the last; event.time is not before the last.
    void apply(const Event& event, Outcome& outcome) noexcept;

    // Changes as it was decided then: no rule is asked. `recorded` is what apply() once returned.
    void apply_recorded(const Event& event, const Outcome& recorded) noexcept;
    // The same, and whom apply() would have judged after the event, in the order of accounts.
    void apply_recorded(const Event& event, const Outcome& recorded,
                        std::vector<AccountId>& woken) noexcept;

    // What the next event begins with when it comes at `now`: a question that is put before it sees
    // the same windows.
    void pass_time(Timestamp now) noexcept { windows_.pass_time(ledger_, now); }

    // Questions that change nothing.
    Preview preview(const OrderRequest& request, Timestamp now) noexcept;
    AccountFigures figures(AccountId account, Timestamp now) noexcept;
    MarginEvaluator::PositionMargin position_margin(AccountId account, const Position& position,
                                                    Price mark, Timestamp now) noexcept;
    // See liquidation.hpp.
    std::optional<Price> liquidation_price(AccountId account, InstrumentId instrument,
                                           Timestamp now,
                                           PositionSide side = PositionSide::net) noexcept;
    // The account's isolated position nearest the edge; nothing when none can be judged.
    std::optional<NearestIsolated> nearest_isolated(AccountId account, Timestamp now) noexcept;
    // For boards: the account, or its isolated position when that is nearer the edge; where a mark
    // is not fresh by the mark there is. Nothing when it cannot be judged.
    std::optional<AccountStanding> standing(AccountId account, Timestamp now) noexcept;
    // isolated_margin + unrealized pnl, in the settlement asset; nothing when the position is not
    // isolated or its mark not fresh.
    std::optional<Money> isolated_equity(AccountId account, InstrumentId instrument, Timestamp now,
                                         PositionSide side = PositionSide::net) noexcept;
    // See withdrawal.hpp.
    std::optional<Money> withdrawable(AccountId account, AssetId asset, Timestamp now) noexcept;

    const Ledger& ledger() const noexcept { return ledger_; }
    const EngineCounters& counters() const noexcept { return counters_; }
    const RulesetActivation& ruleset() const noexcept { return ruleset_; }
    const CanaryChange& canary() const noexcept { return canary_; }
    bool in_canary(AccountId account) const noexcept;
    // Its margin rule broke a claim since the rules last changed, so every price wakes it.
    bool is_claim_broken(AccountId account) const noexcept {
        return broken_claims_.contains(account);
    }
    RulesetSeen ruleset_of(AccountId account) const noexcept;
    const WindowBook& windows() const noexcept { return windows_; }
    // What check rules were asked by the latest preview().
    const CheckQuestion& question() const noexcept { return previewed_->question(); }
    Sequence sequence() const noexcept { return sequence_; }
    Timestamp time() const noexcept { return time_; }
    std::uint64_t stream_sequence() const noexcept { return stream_sequence_; }
    Digest digest() const noexcept;
    // Accounts that are not judged by the rules of the latest activation yet, and those that a
    // price or a step that is due woke, beyond what one event may judge. Each TimePassed judges
    // some of them, so as long as there are any it is given often.
    std::uint32_t accounts_waiting() const noexcept {
        return waiting_.end - waiting_.next +
               static_cast<std::uint32_t>(woken_.size() + bands_.edges_passed()) +
               (steps_wait_ ? 1U : 0U);
    }
    // How many accounts that a price woke one event judges, the most endangered first; the others
    // wait for the next events that are no orders.
    void set_judged_at_once(std::uint32_t accounts) noexcept { judged_at_once_ = accounts; }
    // The oracle that bands are tested against: each price wakes all whose figures it enters.
    void set_brute_force(bool on);
    // After a replay, before the next event, or that one does it: works out everyone's bands.
    void put_everyone_to_bed();
    const Bands& bands() const noexcept { return bands_; }
    const Watchers& watchers() const noexcept { return watchers_; }
    // Whom a price woke and who was not judged yet: a heap with the most endangered on top. Some
    // were judged meanwhile, for another reason: Bands::is_current.
    std::span<const Woken> waiting() const noexcept { return woken_; }
    // Who was judged in the latest apply(), for those who look over its shoulder.
    std::span<const AccountId> judged() const noexcept { return judged_; }

private:
    // One overload for each body: what the event changes. Facts first look whether they are new.
    void commit(const OrderRequest& request);
    void commit(const OrderUpdate& update);
    void commit(const Fill& fill);
    void commit(const BalanceChange& change);
    void commit(const Transfer& transfer);
    void commit(const PriceUpdate& update);
    void commit(const Funding& funding);
    void commit(const FundingIndex& update);
    void commit(const Settlement& settlement);
    void commit(const LeverageChange& change);
    void commit(const MarginChange& change);
    void commit(const AssetDefinition& definition);
    void commit(const InstrumentDefinition& definition);
    void commit(const GroupDefinition& definition);
    void commit(const AccountDefinition& definition);
    void commit(const AccountControl& control);
    void commit(const InstrumentControl& control);
    void commit(const RulesetActivation& activation);
    void commit(const CanaryChange& change);
    void commit(const TimePassed& passed);
    void commit(const RefusedFact& fact);

    void stamp(const Event& event);
    void follow(const Event& event, const Outcome& recorded);
    void commit_decision(const OrderRequest& request, const Decision& decision);
    void commit_stage(const StageChange& change) noexcept;
    bool commit_handover(const Handover& handover);
    void shrink_filled_order(const Fill& fill);
    void alert_beyond_position(const Fill& fill);
    void sort_woken();
    void evaluate_stages();
    void evaluate_round(std::span<const AccountId> accounts);
    void evaluate_stages_of(std::span<const AccountId> accounts, Decider& decider);
    void change_stage(AccountId account, const AccountFigures& figures, const StageAnswer& answer);
    void wake_due_steps();
    bool is_step_due(const LadderKey& key) const noexcept;
    void limit_step(ClosePlan& plan, const LadderKey& key, const StageAnswer& answer) const;
    StageChange new_change(const LadderKey& key, const StageAnswer& answer,
                           const AccountMargin& margin, ClosePlan plan) const;
    void pace(StageChange& change, const StageAnswer& answer) const noexcept;
    void say(StageChange change);
    // What is taken over by the insurance fund; engine_take_over.cpp.
    struct Bankrupt {
        LadderKey key;
        std::uint32_t episode{};
    };
    Stage rung_of(const LadderKey& key, Stage answered);
    bool is_fund(AccountId account) const noexcept {
        return is_known(account) && account == ledger_.insurance_fund();
    }
    void take_over_waiting();
    bool take_over_account(const Account& account);
    bool take_over_position(const Account& account, const Position& position);
    void hand_over_position(const Bankrupt& bankrupt, const CloseLeg& leg);
    Allotment allotment_of(const Handover& rest);
    Quantity deleverage(const Handover& rest);
    void settle_balances(const Bankrupt& bankrupt);
    void take_collateral(const Bankrupt& bankrupt, AssetId asset, Money deficit);
    bool hand_over(Handover handover);
    // The fund itself; engine_fund.cpp.
    std::optional<Money> fund_equity() noexcept;
    Quantity bearable(const Handover& taken);
    bool has_opponents(const Account& fund);
    void share_shortage(const Bankrupt& bankrupt, AssetId asset, Money before);
    void cover_fund();
    std::optional<Money> amount_in(AccountId account, AssetId asset) const noexcept;
    void share_among(const Bankrupt& bankrupt, AssetId asset, Money lacking, Money most);
    void expect_deficit(AccountId account, InstrumentId instrument, PositionSide side);
    Decider& decider_of(AccountId account) noexcept {
        return in_canary(account) ? canary_decider_ : decider_;
    }
    // Of isolated positions; engine_isolated.cpp.
    struct IsolatedRung {
        StageAnswer answer;
        ClosePlan plan;
    };
    static std::optional<Preview::IsolatedMargin> isolated_margin_after(const OrderFacts& facts);
    void evaluate_isolated(AccountId account);
    void judge_isolated(const Account& account, const Position& position);
    void change_isolated_stage(const Account& account, const Position& position,
                               const AccountMargin& margin, IsolatedRung rung);
    void touch(AccountId account);
    // Of those who sleep on anchors; engine_rest.cpp.
    void find_proofs(std::span<const AccountId> accounts, Decider& decider);
    void find_proof(std::size_t at, std::size_t i, Decider& decider, bool may_rest);
    void find_proof_at_any_age(AccountId account, std::size_t at, Decider& decider, bool may_rest);
    void rest_on_anchors(std::span<const AccountId> accounts, Decider& decider);
    bool rest(AccountId account, const Anchor& anchor, std::span<const AnchorSource> sources);
    bool rests_again(AccountId account);
    void tell_watchers(InstrumentId instrument);
    std::span<const AnchorSource> sources_at(std::size_t at) const noexcept;
    // Of those who sleep; engine_sleep.cpp.
    bool sleeps() const noexcept { return outcome_ != nullptr && !brute_force_; }
    void wake_by_mark(InstrumentId instrument);
    void wake_awake(InstrumentId instrument);
    void queue_woken();
    void take_woken();
    void put_to_bed(std::span<const AccountId> accounts, Decider& decider);
    void lay_down(std::span<const AccountId> accounts, Decider& decider);
    void lay_by_moves(std::span<const AccountId> accounts, Decider& decider);
    void lay_down(const Account& account, std::optional<BandWidth> width, const Decider& decider);
    bool add_sleepers(AccountId account, std::size_t at, Decider& decider);
    bool add_isolated_sleeper(const Account& account, const Position& position, std::size_t at,
                              Decider& decider);
    void add_sleeper(const Account& account, std::size_t at, const StageQuestion& question,
                     const AccountFigures& figures, const FigureMoves& moves);
    bool waits_for_a_step(const Account& account) const noexcept;
    void hold_to_claim(AccountId account, std::size_t at, Decider& decider);
    bool has_nothing_at_stake(const Account& account, const Decider& decider) const noexcept;
    void find_sources(const Account& account, const Decider& decider, BandWidth width = 0);
    // Of what is held against prices; engine_prices.cpp.
    void review_prices(InstrumentId instrument);
    void report_stale(InstrumentId instrument);
    void report_price(InstrumentId instrument, const Prices& before, PriceFaults seen);
    void wake_holders(InstrumentId instrument);
    void wake_expiring();
    void wake_waiting();
    void set_canary(const CanaryChange& change);
    void roll_windows(AssetId asset);
    void wake_valued(InstrumentId instrument);
    void wake_coin(InstrumentId instrument);
    template <typename Concerns>
    void wake_accounts(Concerns concerns);
    template <typename Concerns>
    void wake_positions(InstrumentId instrument, Concerns concerns);
    void wake_positions(InstrumentId instrument);
    void alert(Alert alert);
    void alert_unknown_margins();
    void alert_fault(RuleId rule, RuleFault fault, AccountId account);
    Money value_now(AccountId account, AssetId asset, Money amount) const noexcept;

    Ledger ledger_;
    WindowBook windows_;
    Decider decider_;
    Decider canary_decider_;
    const OrderCheck* previewed_{&decider_.order_check};
    EngineCounters counters_;
    RulesetActivation ruleset_;
    CanaryChange canary_;
    std::vector<AccountId> canary_accounts_;  // those named, in order
    Sequence sequence_;
    Timestamp time_;
    Timestamp minute_;  // in which accounts that time moves were last woken
    std::uint64_t stream_sequence_{};
    Outcome* outcome_{};  // of the event being applied; null in a replay
    std::vector<AccountId> to_evaluate_;
    std::vector<AccountId> judged_;
    std::vector<AccountId> judging_;
    std::vector<LadderKey> bankrupt_;              // to be taken over once everyone is judged
    std::vector<Bankrupt> flat_;                   // that closed everything and are below zero
    std::vector<LadderKey> taken_over_;            // in this event
    bool fund_lacks_{};                            // it was judged to be below zero
    std::pair<Timestamp, LadderKey> steps_woken_;  // those due up to there were
    bool steps_wait_{};                            // some due are behind it
    struct {
        std::uint32_t next{};
        std::uint32_t end{};
    } waiting_;         // accounts to be judged since the latest activation
    bool wakes_{true};  // false: nobody is judged, so whom an event concerns is not looked for
    BrokenClaims broken_claims_;
    std::uint32_t terms_turn_{};  // how often rules or terms of contracts have changed
    Bands bands_;
    bool brute_force_{};
    bool bands_are_old_{};  // the state has moved on without them, in a replay
    bool is_starting_{};    // everyone is being put to bed
    std::uint32_t judged_at_once_{1'024};
    std::vector<Woken> woken_;      // a heap with the most endangered on top
    std::vector<Woken> woken_now_;  // scratch, as all below
    Reach reach_;
    std::vector<Sleeper> sleepers_;
    std::vector<std::uint32_t> sleepers_of_;  // by sleeper, which of the accounts
    std::vector<std::optional<BandWidth>> widths_;
    std::vector<std::optional<BandWidth>> widths_by_;  // by account
    std::vector<BandSource> sources_;
    // Of each account that is judged or put to bed, one or the other.
    struct Proof {
        std::optional<FigureMoves> moves;
        std::optional<Anchor> anchor;
        std::size_t sources_begin{};  // in anchor_sources_
        std::size_t sources_end{};
        bool is_laid{};  // down already, or later
    };
    std::vector<Proof> proofs_;
    std::vector<AnchorSource> anchor_sources_;
    std::vector<std::uint32_t> anchored_;  // which of them
    std::vector<StageQuestion> rest_questions_;
    std::vector<std::optional<HeldRatios>> held_;
    std::vector<Price> marks_;
    std::vector<AccountId> leaving_;
    Anchors anchors_;
    Watchers watchers_;
    std::vector<PositionAsked> asked_margins_;
    std::vector<std::size_t> asked_;
    std::vector<AccountFigures> figures_;
    std::vector<StageQuestion> stage_questions_;
    std::vector<StageAnswer> stage_answers_;
    std::vector<RuleId> alerted_rules_;  // one alert for a rule and event
};

}  // namespace riskd
