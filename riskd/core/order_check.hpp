// The ladder a check climbs: one rung for each reason, in the order of RejectReason. It asks and
// answers; it changes nothing. Orders that can only reduce pass every rung about risk, with any
// rule dead and any price stale; but one that leaves a hedged book in need of more margin than the
// account has does not (order_check.cpp, unhedges). Core thread only.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "riskd/core/event.hpp"
#include "riskd/core/margin.hpp"
#include "riskd/core/outcome.hpp"
#include "riskd/core/windows.hpp"

namespace riskd {

// What the rungs look at, gathered once for one quantity of one request.
struct OrderFacts {
    const OrderRequest* request{};
    const Account* account{};
    const Instrument* instrument{};
    const Position* position{};   // null when it never had one
    const OpenOrder* replaced{};  // null when it replaces nothing
    Quantity quantity;
    bool reduces{};
    std::optional<Price> hold_price;
    std::optional<OrderAmounts> amounts;
    AssetId hold_asset{no_asset};  // spot: what the hold is in
};

struct Verdict {
    std::optional<RejectReason> reason;  // nothing: accept
    RuleId rule{no_rule};
    GroupId group{no_group};  // whose limit it is, when the rule is about groups
    bool has_limit{};
    Decimal limit;
    Decimal used;
    Decimal would_be;
    bool has_figures{};
    AccountFigures before;
    AccountFigures after;
};

// What a group has at stake, in the reference asset; nothing when a price is missing.
struct GroupSums {
    std::optional<Money> gross{Money{}};
    std::optional<Money> net{Money{}};
    std::optional<Money> after{Money{}};
};

// The largest quantity that would pass costs many decisions; whoever compares does without.
enum class LargestQuantity : std::uint8_t { sought, left_out };

struct RuleFaultSeen {
    RuleId rule{no_rule};
    RuleFault fault{};
};

class OrderCheck {
public:
    OrderCheck(const Ledger& ledger, Rulebook& rulebook, MarginEvaluator& evaluator,
               const WindowBook& windows) noexcept;

    Decision decide(const OrderRequest& request, Timestamp now,
                    LargestQuantity largest = LargestQuantity::sought);
    // What the check rules say of it, whatever else may speak against it: a verdict without reason
    // when none refuses. The account's figures are left out for an order that adds risk when no
    // rule that is asked reads them. REQUIRES: the order is new, its account and instrument known.
    const Verdict& ask_rules_alone(const OrderRequest& request, Timestamp now, bool reads_figures);
    // The order an accepted request becomes. REQUIRES: the account and instrument are known.
    OpenOrder open_order(const OrderRequest& request, const Decision& decision) const noexcept;

    // Of the latest decide(): the whole verdict, what each check rule answered, which rules failed.
    const Verdict& verdict() const noexcept { return verdict_; }
    const OrderFacts& facts() const noexcept { return facts_; }
    void append_answers(std::vector<RuleAnswer>& answers) const;
    // What they were asked; good only when there are answers.
    const CheckQuestion& question() const noexcept { return question_; }
    std::span<const RuleFaultSeen> faults() const noexcept { return faults_; }

private:
    void begin() noexcept;
    OrderFacts gather(const OrderRequest& request, Quantity quantity) const noexcept;
    void figure(const OrderFacts& facts, Timestamp now, Verdict& verdict);
    Money held_beside(const OrderFacts& facts) const noexcept;
    bool pays_back(const OrderFacts& facts) const noexcept;
    Verdict judge(const OrderFacts& facts, Timestamp now);
    std::optional<RejectReason> check_standing(const OrderFacts& facts,
                                               Timestamp now) const noexcept;
    bool check_balance(const OrderFacts& facts, Verdict& verdict) const noexcept;
    void check_rules(const OrderFacts& facts, Timestamp now, Verdict& verdict);
    bool unhedges(const OrderFacts& facts, const Verdict& verdict) const noexcept;
    void check_margin(const OrderFacts& facts, Verdict& verdict) const noexcept;
    void view_groups(const OrderFacts& facts, Timestamp now) noexcept;
    void sum_groups(const OrderFacts& facts, Timestamp now) noexcept;
    void ask_rules(const OrderFacts& facts, Timestamp now, const Verdict& verdict);
    Quantity largest_quantity(const OrderRequest& request, Timestamp now);
    Decision describe(const OrderRequest& request, const OrderFacts& facts,
                      const Verdict& verdict) const;

    const Ledger& ledger_;
    Rulebook& rulebook_;
    MarginEvaluator& evaluator_;
    const WindowBook& windows_;
    CheckQuestion question_;
    Verdict verdict_;
    OrderFacts facts_;
    std::vector<CheckAnswer> answers_;
    std::vector<RuleFaultSeen> faults_;
    std::array<GroupSums, group_depth_max> group_sums_;  // from the account's own group upwards
    AssetId reference_asset_{no_asset};                  // that the sums are in
    bool groups_summed_{};                               // for the order being decided
};

}  // namespace riskd
