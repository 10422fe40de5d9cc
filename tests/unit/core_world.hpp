// A small world for core tests: USDT (reference), BTC, ETH, a spot and two perpetuals, and rules of
// flat rates whose answers a test can change. Events are stamped one second apart. Test thread.
#pragma once

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "riskd/core/engine.hpp"

namespace riskd::test {

// 10 % initial, 5 % maintenance, collateral weight 0.9, stages at ratios 0.7 / 0.8 / 0.9 / 1.
class FlatRules final : public Rulebook {
public:
    double initial_rate{0.10};
    double maintenance_rate{0.05};
    double jump_at{1e300};  // from that notional on the maintenance rate is 50 %
    double weight{0.9};
    double take_over_at{2e9};  // never
    double step_max{1};
    double cool_down{};
    RuleFault margin_fault{};
    RuleFault stage_fault{};
    CheckAnswer check_answer{};
    std::vector<WindowSpec> window_specs;
    CheckQuestion last_check{};

    std::string_view hash() const noexcept override { return "00"; }
    std::span<const RuleInfo> rules() const noexcept override { return rules_; }
    std::span<const WindowSpec> windows() const noexcept override { return window_specs; }
    // What lets accounts sleep; without it every price wakes its holders. In rate_decimals.
    void claim(std::int64_t slope_max, std::int64_t slope_min) {
        models_[0].slope_max = slope_max;
        models_[0].slope_min = slope_min;
    }
    std::span<const MarginModel> margin_models() const noexcept override {
        return claims() ? std::span<const MarginModel>{models_} : std::span<const MarginModel>{};
    }
    std::int64_t collateral_slope_max() const noexcept override {
        return claims() ? whole_width : 0;
    }
    bool ladder_is_monotone() const noexcept override { return claims(); }
    bool ladder_reads_ratio_alone() const noexcept override { return claims(); }
    RuleId margin_rule() const noexcept override { return RuleId{1}; }
    RuleId collateral_rule() const noexcept override { return RuleId{2}; }
    RuleId liquidation_rule() const noexcept override { return RuleId{3}; }
    std::span<const RuleId> check_rules() const noexcept override { return check_rules_; }

    void check(const CheckQuestion& question, std::span<CheckAnswer> answers) noexcept override {
        last_check = question;
        answers[0] = check_answer;
    }
    void margin(std::span<const MarginQuestion> questions,
                std::span<MarginAnswer> answers) noexcept override {
        for (std::size_t i = 0; i < questions.size(); ++i) {
            const double notional = questions[i].exposure.notional;
            answers[i] = {.initial = notional * initial_rate,
                          .maintenance = notional * (notional < jump_at ? maintenance_rate : 0.5),
                          .fault = margin_fault};
        }
    }
    void collateral(std::span<const CollateralQuestion> questions,
                    std::span<CollateralAnswer> answers) noexcept override {
        for (std::size_t i = 0; i < questions.size(); ++i) {
            const double value = questions[i].collateral.value;
            answers[i] = {.value = value > 0 ? value * weight : value};
        }
    }
    void stage(std::span<const StageQuestion> questions,
               std::span<StageAnswer> answers) noexcept override {
        for (std::size_t i = 0; i < questions.size(); ++i) {
            const double ratio = questions[i].account.margin_ratio;
            Stage stage = Stage::healthy;
            if (ratio >= 0.7) stage = Stage::margin_call;
            if (ratio >= 0.8) stage = Stage::cancel_orders;
            if (ratio >= 0.9) stage = Stage::reduce;
            if (ratio >= 1.0) stage = Stage::liquidate;
            if (ratio >= take_over_at) stage = Stage::take_over;
            answers[i] = {.stage = stage,
                          .exit_ratio = 0.5,
                          .step_max = step_max,
                          .cool_down = cool_down,
                          .fault = stage_fault};
        }
    }

private:
    std::array<RuleInfo, 4> rules_{{
        {.name = Name{"check/one"},
         .kind = RuleKind::check,
         .reason = RejectReason::order_exceeds_limit},
        {.name = Name{"margin/flat"}, .kind = RuleKind::margin},
        {.name = Name{"collateral/flat"}, .kind = RuleKind::collateral},
        {.name = Name{"liquidation/flat"}, .kind = RuleKind::liquidation},
    }};
    bool claims() const noexcept { return models_[0].slope_max != 0; }
    std::array<RuleId, 1> check_rules_{RuleId{0}};
    std::array<MarginModel, 1> models_{{{.name = Name{"flat"}, .rule = RuleId{1}}}};
};

class World {
public:
    static constexpr std::int64_t second = 1'000'000'000;

    explicit World(const LedgerLimits& limits = {}) : engine{limits, rules} {
        apply(AssetDefinition{.name = Name{"USDT"}, .decimals = 8});
        apply(AssetDefinition{.name = Name{"BTC"}, .decimals = 8, .priced_by = Name{"BTC-USDT"}});
        apply(AssetDefinition{.name = Name{"ETH"}, .decimals = 8, .priced_by = Name{"ETH-PERP"}});
        apply(definition("BTC-USDT", ContractKind::spot, "BTC"));
        apply(definition("BTC-PERP", ContractKind::linear_perpetual, "BTC"));
        apply(definition("ETH-PERP", ContractKind::linear_perpetual, "ETH"));
        apply(AccountDefinition{.name = Name{"alice"}, .currency = Name{"USDT"}});
        apply(AccountDefinition{.name = Name{"bob"}, .currency = Name{"USDT"}});
    }

    static InstrumentDefinition definition(std::string_view name, ContractKind kind,
                                           std::string_view base) {
        return {.name = Name{name},
                .kind = kind,
                .base = Name{base},
                .quote = Name{"USDT"},
                .settle = Name{"USDT"},
                .price_decimals = 1,
                .quantity_decimals = 3,
                .leverage_max = 10,
                .mark_age_max = {60 * second}};
    }

    const Outcome& apply(EventBody body) {
        time.ns += second;
        ++sequence.raw;
        Event event{.sequence = sequence, .time = time, .body = std::move(body)};
        if (auto* price = std::get_if<PriceUpdate>(&event.body)) price->as_of = time;
        events.push_back(event);
        engine.apply(event, outcome);
        outcomes.push_back(outcome);
        return outcome;
    }

    // 1.5 is 15 in tenths; quantities in thousandths; amounts in whole USDT or the like.
    const Outcome& price(std::string_view instrument, std::int64_t whole) {
        return apply(PriceUpdate{.instrument = engine.ledger().find_instrument(instrument),
                                 .mark = Price{whole * 10}});
    }
    const Outcome& deposit(std::string_view account, std::string_view asset, std::int64_t whole) {
        return apply(BalanceChange{.account = id(account),
                                   .id = next_id(),
                                   .asset = engine.ledger().find_asset(asset),
                                   .amount = units(whole)});
    }
    OrderRequest order(std::string_view account, std::string_view text, Side side,
                       std::int64_t thousandths, std::string_view instrument,
                       std::int64_t whole_price) const {
        return {.account = id(account),
                .instrument = engine.ledger().find_instrument(instrument),
                .order = Id{text},
                .side = side,
                .price = Price{whole_price * 10},
                .quantity = Quantity{thousandths}};
    }
    Decision check(const OrderRequest& request) {
        return std::get<Decision>(apply(request).outputs.at(0));
    }
    const Outcome& fill(std::string_view account, std::string_view order_id, Side side,
                        std::int64_t thousandths, std::string_view instrument,
                        std::int64_t whole_price, Money fee = {}) {
        return apply(Fill{.account = id(account),
                          .instrument = engine.ledger().find_instrument(instrument),
                          .fill = next_id(),
                          .order = Id{order_id},
                          .side = side,
                          .price = Price{whole_price * 10},
                          .quantity = Quantity{thousandths},
                          .fee = fee});
    }
    AccountId id(std::string_view account) const { return engine.ledger().find_account(account); }
    AccountMargin margin(std::string_view account) {
        return engine.figures(id(account), time).margin;
    }
    const Position& position(std::string_view account, std::string_view instrument) const {
        return *engine.ledger().find_position(id(account),
                                              engine.ledger().find_instrument(instrument));
    }
    Money balance(std::string_view account, std::string_view asset) const {
        const Balance* row =
            engine.ledger().find_balance(id(account), engine.ledger().find_asset(asset));
        return row == nullptr ? Money{} : row->amount;
    }
    static Money units(std::int64_t whole) { return Money{whole * 100'000'000}; }
    Id next_id() { return Id{"x" + std::to_string(++ids_)}; }

    FlatRules rules;
    Engine engine;
    Outcome outcome;
    std::vector<Event> events;
    std::vector<Outcome> outcomes;
    Sequence sequence{};
    Timestamp time{1'700'000'000 * second};

private:
    int ids_{};
};

}  // namespace riskd::test
