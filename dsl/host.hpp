// The rules in LuaJIT behind the core's Rulebook port. Loading reports every fault with its place;
// answering never throws, never allocates in C++ and turns whatever goes wrong into a fault, which
// is a no. Core thread; loading may happen on any one thread before.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "dsl/claim_states.hpp"
#include "dsl/coverage.hpp"
#include "dsl/host_context.hpp"
#include "dsl/lua_state.hpp"
#include "dsl/parameters.hpp"
#include "dsl/ruleset.hpp"
#include "dsl/source.hpp"
#include "riskd/core/rulebook.hpp"

namespace riskd::dsl {

// Plain integers of one rule, written by the core thread only. A batch counts each question.
struct RuleCounters {
    std::uint64_t calls{};
    std::uint64_t not_applicable{};  // `when` excluded the order, the mark was stale, or pass()
    std::array<std::uint64_t, rule_fault_names.size()> faults{};
    std::uint64_t timed_calls{};  // one call in a few thousand is timed by itself
    std::uint64_t timed_ns{};
};

// What `riskd check`, the boards and the manual say of a parameter and of a rule.
struct ParameterDescription {
    std::string name;
    std::string kind;    // "ratio", "money[account]", "steps"
    std::string preset;  // the default as written, or "none: must be set"
    std::string bounds;  // "0.001 to 0.5"
    std::string tighter;
    std::string doc;
};
struct RuleDescription {
    std::string name;  // "check/price_collar"
    RuleKind kind{};
    std::string reason;
    std::string doc;
    std::string file;
    std::vector<std::string> reads;  // "order.price"
    std::vector<ParameterDescription> parameters;
};

// A field or parameter that a rule reads, as it was: "order.price", "params.deviation_max".
struct SeenValue {
    std::string name;
    std::string value;  // as a person writes it; "unknown" for a number that is absent
};

struct LoadResult;

class LuaRulebook final : public Rulebook {
public:
    ~LuaRulebook() override;
    LuaRulebook(const LuaRulebook&) = delete;
    LuaRulebook& operator=(const LuaRulebook&) = delete;

    std::string_view hash() const noexcept override { return hash_; }
    std::span<const RuleInfo> rules() const noexcept override { return ruleset_.described; }
    std::span<const WindowSpec> windows() const noexcept override { return ruleset_.windows; }
    std::span<const MarginModel> margin_models() const noexcept override {
        return ruleset_.margins;
    }
    std::span<const riskd::Scenario> scenarios(RuleId rule) const noexcept override {
        return index(rule) < scenarios_.size()
                   ? std::span<const riskd::Scenario>{scenarios_[index(rule)]}
                   : std::span<const riskd::Scenario>{};
    }
    RuleId margin_rule() const noexcept override { return ruleset_.margin; }
    RuleId collateral_rule() const noexcept override { return ruleset_.collateral; }
    RuleId liquidation_rule() const noexcept override { return ruleset_.liquidation; }
    std::int64_t collateral_slope_max() const noexcept override {
        return ruleset_.collateral_slope_max;
    }
    bool ladder_is_monotone() const noexcept override {
        return ruleset_.rules[index(ruleset_.liquidation)].declaration.monotone;
    }
    bool ladder_reads_ratio_alone() const noexcept override {
        return ruleset_.ladder_reads_ratio_alone;
    }
    std::span<const RuleId> check_rules() const noexcept override { return ruleset_.checks; }
    GroupReads group_reads() const noexcept override {
        return (asked_mask_ & group_mask_) != 0 ? group_reads_ : GroupReads{};
    }

    void check(const CheckQuestion& question, std::span<CheckAnswer> answers) noexcept override;
    void margin(std::span<const MarginQuestion> questions,
                std::span<MarginAnswer> answers) noexcept override;
    void books(std::span<const BookQuestion> questions,
               std::span<MarginAnswer> answers) noexcept override;
    void collateral(std::span<const CollateralQuestion> questions,
                    std::span<CollateralAnswer> answers) noexcept override;
    void stage(std::span<const StageQuestion> questions,
               std::span<StageAnswer> answers) noexcept override;

    // Names to ids, as the ledger gives them; again whenever a definition changes. May allocate.
    void define_account(AccountId account, std::string_view name, GroupId group) override {
        parameters_.define_account(account, name, group);
    }
    void define_group(GroupId group, std::string_view name, GroupId parent) override {
        parameters_.define_group(group, name, parent);
    }
    void define_instrument(InstrumentId instrument, std::string_view name) {
        parameters_.define_instrument(instrument, name);
    }
    void define_asset(AssetId asset, std::string_view name) {
        parameters_.define_asset(asset, name);
    }

    // Both change the hash. Faults leave the rest in force. An account that gets settings of its
    // own for the first time is bound by the next define_account() for it.
    std::vector<config::Fault> set_parameters(std::span<const config::ParameterSetting> settings);
    std::vector<config::Fault> set(const config::ParameterSetting& setting);

    // Asks every rule about made-up states until LuaJIT has compiled it. Nothing is counted.
    void warm() noexcept;

    std::span<const RuleCounters> counters() const noexcept { return counters_; }
    // What the latest fault of any rule said: "rules/check/x.lua:9: division by zero".
    std::string_view last_error() const noexcept { return lua_.last_error(); }
    std::size_t memory_bytes() const noexcept { return lua_.memory_bytes(); }
    // The highest maintenance rate the first margin rule declared; 0 when it is about books.
    double margin_rate_max() const noexcept { return rate_max(ruleset_.margin); }
    std::vector<RuleDescription> describe() const;
    // What it was loaded from, in that order.
    std::vector<RuleText> texts() const;
    // What a check rule sees in a question: the fields it reads, then its parameters for whom the
    // question is about. Steps are left out.
    std::vector<SeenValue> seen(RuleId rule, const CheckQuestion& question) const;
    // Adds what ran since loading. REQUIRES: loaded to be watched.
    void add_to(Coverage& coverage) const { coverage.add(ruleset_.rules, *watched_); }

    // Check rules whose bit (of their id) is not set say nothing from now on.
    void ask_only(std::uint64_t rules) noexcept { asked_mask_ = rules; }
    // All that a rule's answers depend on besides what it is asked: its text and its parameters.
    std::string terms_of(RuleId rule) const;
    // Whether it sees what the account has at stake, or history that is counted from that.
    bool reads_figures(RuleId rule) const noexcept;

    // For tests: the interpreter alone, the step budget, and text no front-end has seen.
    void set_compiled(bool on) noexcept { lua_.set_compiled(on); }
    void set_steps_max(std::int32_t steps) noexcept {
        context_.steps_max = context_.book_steps_max = steps;
    }
    // Taken by the question that was answered last; of an order, by the last rule that was asked.
    std::int32_t steps_used(bool of_books) const noexcept {
        return (of_books ? context_.book_steps_max : context_.steps_max) - context_.steps;
    }
    LuaState::Result run_unchecked(std::string_view text) noexcept;

private:
    friend LoadResult load_rules(std::vector<RuleText> texts, const config::RulesSettings& settings,
                                 bool watched);
    LuaRulebook(Ruleset ruleset, const config::RulesSettings& settings);

    void watch();
    void prepare_masks();
    void make_hash();
    void resolve_scenarios();
    double rate_max(RuleId rule) const noexcept {
        return ruleset_.rules[index(rule)].declaration.rate_max;
    }
    // What rules claim is tried on made-up states, with each block of parameters; claims.cpp.
    std::vector<SourceFault> broken_claims();
    std::vector<TriedPoint> tried_points(RuleId rule, const ParameterBlock& block,
                                         std::span<const double> numbers, std::size_t way);
    std::optional<Diagnostic> broken_slope(RuleId rule);
    std::optional<Diagnostic> broken_order(RuleId rule);
    void margin_with(const ParameterBlock& block, std::span<const MarginQuestion> questions,
                     std::span<MarginAnswer> answers) noexcept;
    void collateral_with(const ParameterBlock& block, std::span<const CollateralQuestion> questions,
                         std::span<CollateralAnswer> answers) noexcept;
    void stage_with(const ParameterBlock& block, std::span<const StageQuestion> questions,
                    std::span<StageAnswer> answers) noexcept;
    template <typename Belongs, typename Find>
    std::size_t margin_batch(RuleId rule, std::span<const MarginQuestion> questions,
                             std::span<MarginAnswer> answers, Belongs belongs, Find find) noexcept;
    template <typename Find>
    void collateral_batch(std::span<const CollateralQuestion> questions,
                          std::span<CollateralAnswer> answers, Find find) noexcept;
    template <typename Find>
    void stage_batch(std::span<const StageQuestion> questions, std::span<StageAnswer> answers,
                     Find find) noexcept;
    std::size_t margin_of_first(std::span<const MarginQuestion> questions,
                                std::span<MarginAnswer> answers) noexcept;
    void find_owns(RuleId rule, std::span<const BookQuestion> questions) noexcept;
    void books_of(RuleId rule, std::span<const BookQuestion> questions,
                  std::span<MarginAnswer> answers) noexcept;
    std::uint64_t runnable(const CheckQuestion& question) const noexcept;
    std::uint64_t begin_answers(std::uint64_t asked, const ParameterBlock& block,
                                std::span<CheckAnswer> answers) const noexcept;
    void check_groups(const CheckQuestion& question, std::uint64_t asked, bool timed,
                      std::span<CheckAnswer> answers) noexcept;
    void run_checks(std::uint64_t run, std::span<CheckAnswer> answers) noexcept;
    void run_checks_timed(std::uint64_t run, std::span<CheckAnswer> answers) noexcept;
    void judge_checks(const CheckQuestion& question, std::span<CheckAnswer> answers) noexcept;
    RuleFault fault_of(LuaState::Result result) const noexcept;
    template <typename Question, typename Answer, typename Belongs, typename Find, typename Bind,
              typename Judge>
    std::size_t batch(EntryPoint entry, RuleId rule, std::span<const Question> questions,
                      std::span<Answer> answers, Belongs belongs, Find find, Bind bind,
                      Judge judge) noexcept;
    template <typename Mark>
    void run_batch(EntryPoint entry, std::size_t count, Mark mark) noexcept;
    void warm_checks() noexcept;
    void warm_books() noexcept;
    void warm_batches(bool rare) noexcept;

    Ruleset ruleset_;
    ParameterBook parameters_;
    HostContext context_;
    LuaState lua_;
    std::string hash_;
    std::vector<std::vector<riskd::Scenario>> scenarios_;  // by rule
    std::vector<RuleCounters> counters_;
    std::vector<const double*> blocks_;  // of the questions of one batch
    std::vector<const double*> owns_;    // of what the books of a call hold
    std::vector<const double* const*> question_owns_;
    std::uint64_t check_calls_{};
    std::unique_ptr<WatchedRules> watched_;  // null: nobody watches
    // Bit of each rule by its id.
    std::uint64_t needs_mark_mask_{};
    std::uint64_t group_mask_{};  // reads a field of `group`
    std::uint64_t asked_mask_{~std::uint64_t{}};
    GroupReads group_reads_;
    std::array<CheckAnswer, rules_max> group_answers_;  // of one group
    std::array<std::uint64_t, order_type_names.size()> order_type_masks_{};
};

struct LoadResult {
    std::unique_ptr<LuaRulebook> rulebook;  // null with any fault
    std::vector<config::Fault> faults;
    std::string rendered;  // the faults as a person reads them, with source lines and carets

    bool ok() const noexcept { return faults.empty(); }
};

// Loads the rule files named in the settings and applies their parameters.
LoadResult load_rules(const config::RulesSettings& settings, bool watched = false);
// The same from texts in memory; settings.files is not read.
LoadResult load_rules(std::vector<RuleText> texts, const config::RulesSettings& settings,
                      bool watched = false);

// Margin rules that accounts of the settings name and the rulebook does not have, each a fault.
std::vector<config::Fault> faults_of_margins(const LuaRulebook& rulebook,
                                             std::span<const config::MarginChoice> choices);

}  // namespace riskd::dsl
