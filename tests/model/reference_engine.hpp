// The slow, obvious engine, written from the comments of the core's headers and not from its code:
// plain containers, exact wide integers, everything computed anew for each question, every account
// judged after every event. What the fast engine must agree with. One thread.
#pragma once

#include <span>

#include "riskd/core/event.hpp"
#include "riskd/core/outcome.hpp"
#include "riskd/core/rulebook.hpp"
#include "tests/model/reference_books.hpp"
#include "tests/model/reference_figures.hpp"
#include "tests/model/reference_state.hpp"

namespace riskd::model {

// What a fill of an isolated position moves, all in its settlement asset.
struct ReferenceMove {
    Exact margin;   // afterwards
    Exact deficit;  // paid by the house
};
ReferenceMove isolated_move(const ReferencePosition& before, const ReferencePosition& after,
                            const Exact& traded, const Exact& accrued, std::uint32_t leverage);

class ReferenceEngine {
public:
    ReferenceEngine(const LedgerLimits& limits, Rulebook& rules) : rules_{rules} {
        state_.limits = limits;
    }

    // The outputs in order; `touched` is not kept. `woken`: of those that are not judged by the
    // latest rules yet, whom the event concerns; the caller knows.
    Outcome apply(const Event& event, std::span<const AccountId> woken);
    // The same, but only these accounts are judged, in this order: for long runs over many
    // accounts, where the caller knows whom an event can move.
    Outcome apply(const Event& event, std::span<const std::uint32_t> judged);

    const ReferenceState& state() const noexcept { return state_; }

private:
    void change(const Event& event);
    void apply(const OrderRequest& request);
    void apply(const OrderUpdate& update);
    void apply(const Fill& fill);
    void apply(const BalanceChange& change);
    void apply(const Transfer& transfer);
    void apply(const PriceUpdate& update);
    void apply(const Funding& funding);
    void apply(const FundingIndex& update);
    void apply(const Settlement& settlement);
    void apply(const LeverageChange& change);
    void apply(const MarginChange& change);
    void apply(const AssetDefinition& definition);
    void apply(const InstrumentDefinition& definition);
    void apply(const GroupDefinition& definition);
    void apply(const AccountDefinition& definition);
    void apply(const AccountControl& control);
    void apply(const InstrumentControl& control);
    void apply(const RulesetActivation& activation);
    void apply(const CanaryChange& change);
    void apply(const TimePassed& passed);
    void apply(const RefusedFact& fact);

    // One change of balances and at most one position; refused as a whole when a figure would not
    // fit.
    struct Posting {
        std::uint32_t asset{};
        Exact amount;
        Exact ReferenceHouse::*house{};
    };
    bool post(std::uint32_t account, const std::vector<Posting>& postings, ReferencePlace place,
              const ReferencePosition* position);
    bool trade(const Fill& fill);
    bool trade_at(const Fill& fill, const Exact& cost);
    bool trade_spot(const Fill& fill);
    bool is_new(const std::string& id);
    Exact value_now(std::uint32_t account, std::uint32_t asset, const Exact& amount) const;

    void judge_accounts(const Event& event, std::span<const AccountId> woken);
    void judge_accounts(std::span<const std::uint32_t> judged);
    void judge(std::uint32_t account);
    void judge_isolated(std::uint32_t account);
    void judge_isolated(std::uint32_t account, ReferencePlace place, ReferencePosition& position);
    struct ReferenceNeeds {
        Exact initial;
        Exact maintenance;
    };
    std::optional<ReferenceNeeds> needs_of(std::uint32_t account, ReferencePlace place,
                                           const ReferencePosition& position, const Exact& value);
    struct ReferenceEdge {
        Exact equity;  // in the settlement asset
        Exact maintenance;
        double exit_ratio{};
    };
    std::optional<ReferenceEdge> own_edge(std::uint32_t account, ReferencePlace place,
                                          const ReferencePosition& position);
    bool is_due(std::int64_t next_step) const {
        return next_step != 0 && next_step <= state_.time.ns;
    }
    // In the episode so far.
    static std::uint32_t steps_taken(const StageChange& change, std::uint32_t before) {
        if (change.stage == Stage::healthy) return 0;
        return change.stage >= Stage::reduce ? change.step : before;
    }
    // No more of a position than a step may close; which step it is, and when the next may come.
    void pace(StageChange& change, const StageAnswer& answer, std::uint32_t step_before) const;
    // Booked, looked at, and taken back.
    struct ReferenceClose {
        ReferencePlace place;
        Exact quantity;  // positive
    };
    bool close_at_mark(std::uint32_t account, ReferencePlace place, const Exact& quantity);
    AccountMargin margin_if_closed(std::uint32_t account,
                                   const std::vector<ReferenceClose>& closes);
    std::vector<ReferenceClose> reduced_in_turn(std::uint32_t account,
                                                const std::vector<ReferenceClose>& held,
                                                double exit_ratio);
    std::vector<ReferenceClose> reduced_together(std::uint32_t account,
                                                 const std::vector<ReferenceClose>& held,
                                                 double exit_ratio);
    AccountMargin isolated_if_closed(std::uint32_t account, ReferencePlace place,
                                     const Exact& quantity);
    void plan(StageChange& change, ReferencePlace place, const ReferencePosition& position,
              const ReferenceEdge& edge);
    void enter(std::uint32_t account, ReferencePlace place, ReferencePosition& position,
               StageChange change);
    void plan(StageChange& change, const ReferenceFigures& figures, double exit_ratio);
    Exact maintenance_of(std::uint32_t account, ReferencePlace place, const Exact& quantity);
    Exact maintenance_alone(std::uint32_t account, const ReferenceModel& model,
                            const ReferenceBookLine& line);
    std::optional<std::int64_t> bankruptcy_of(std::uint32_t account, ReferencePlace place,
                                              const Exact& maintenance, const Exact& shared,
                                              const Exact& equity);
    // Where a position is worth so much less than at its mark.
    std::optional<std::int64_t> price_without(std::uint32_t instrument, const Exact& quantity,
                                              const Exact& loss) const;
    bool refuse_side(AccountId account, InstrumentId instrument, PositionSide side, const Id& about,
                     Severity severity);
    void alert_beyond(const Fill& fill);
    std::optional<std::string_view> mode_fault(std::uint32_t account,
                                               const AccountDefinition& definition) const;
    // Prices; reference_prices.cpp.
    void take_mark(std::uint32_t instrument, const PriceUpdate& update, Timestamp as_of);
    void look_again(std::uint32_t instrument);
    void say_doubt(std::uint32_t instrument, bool before);
    void report_stale(std::uint32_t instrument);
    void alert_unknown_margin(const Name& about);
    void alert(Alert alert);
    void alert_fault(RuleId rule, RuleFault fault, std::uint32_t account);
    void refuse(AlertKind kind, const Text<64>& about, std::string_view detail,
                AccountId account = no_account, Severity severity = Severity::warning);

    Rulebook& rules_;
    ReferenceState state_;
    Outcome outcome_;
    std::vector<RuleId> alerted_;
};

}  // namespace riskd::model
