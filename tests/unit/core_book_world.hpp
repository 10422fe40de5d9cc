// A small world for tests of books: linear contracts on BTC and ETH in USDT, prices in tenths and
// quantities in thousandths, and a margin rule about books besides one about instruments. The rules
// keep what they were asked last. Test thread.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "riskd/core/engine.hpp"

namespace riskd::test {

inline constexpr std::int64_t second = 1'000'000'000;
inline constexpr std::int64_t percent = 1'000'000;
inline constexpr std::int64_t volatility_percent = 10'000'000'000;

// Maintenance is the worst loss and 1 % of the gross notional, initial the same with orders.
class BookRules final : public Rulebook {
public:
    std::vector<Scenario> grid{{-15 * percent, 0, 100 * percent},
                               {-5 * percent, 0, 100 * percent},
                               {0, 0, 100 * percent},
                               {5 * percent, 0, 100 * percent},
                               {15 * percent, 0, 100 * percent},
                               {60 * percent, 0, 30 * percent}};
    BookView last;
    std::vector<PositionView> last_positions;

    std::string_view hash() const noexcept override { return "00"; }
    std::span<const RuleInfo> rules() const noexcept override { return rules_; }
    std::span<const WindowSpec> windows() const noexcept override { return {}; }
    std::span<const MarginModel> margin_models() const noexcept override { return models_; }
    std::span<const Scenario> scenarios(RuleId) const noexcept override { return grid; }
    RuleId margin_rule() const noexcept override { return RuleId{0}; }
    RuleId collateral_rule() const noexcept override { return RuleId{2}; }
    RuleId liquidation_rule() const noexcept override { return RuleId{3}; }
    std::span<const RuleId> check_rules() const noexcept override { return {}; }
    void check(const CheckQuestion&, std::span<CheckAnswer>) noexcept override {}
    void margin(std::span<const MarginQuestion> questions,
                std::span<MarginAnswer> answers) noexcept override {
        for (std::size_t i = 0; i < questions.size(); ++i) {
            const double notional = questions[i].exposure.notional;
            answers[i] = {.initial = notional / 10, .maintenance = notional / 20};
        }
    }
    void books(std::span<const BookQuestion> questions,
               std::span<MarginAnswer> answers) noexcept override {
        for (std::size_t i = 0; i < questions.size(); ++i) {
            last = questions[i].book;
            last_positions.assign(questions[i].positions,
                                  questions[i].positions + questions[i].positions_count);
            answers[i] = {.initial = last.worst_loss_after + last.gross_notional / 100,
                          .maintenance = last.worst_loss + last.gross_notional / 100};
        }
    }
    void collateral(std::span<const CollateralQuestion> questions,
                    std::span<CollateralAnswer> answers) noexcept override {
        for (std::size_t i = 0; i < questions.size(); ++i)
            answers[i] = {.value = questions[i].collateral.value};
    }
    void stage(std::span<const StageQuestion> questions,
               std::span<StageAnswer> answers) noexcept override {
        for (std::size_t i = 0; i < questions.size(); ++i) {
            const double ratio = questions[i].account.margin_ratio;
            const Stage stage = ratio >= 1     ? Stage::liquidate
                                : ratio >= 0.8 ? Stage::reduce
                                               : Stage::healthy;
            answers[i] = {.stage = stage, .exit_ratio = 0.6};
        }
    }

private:
    std::array<RuleInfo, 4> rules_{
        {{.name = Name{"margin/plain"}, .kind = RuleKind::margin},
         {.name = Name{"margin/books"}, .kind = RuleKind::margin},
         {.name = Name{"collateral/all"}, .kind = RuleKind::collateral},
         {.name = Name{"liquidation/two"}, .kind = RuleKind::liquidation}}};
    std::array<MarginModel, 2> models_{
        {{.name = Name{"plain"}, .rule = RuleId{0}},
         {.name = Name{"books"}, .rule = RuleId{1}, .of_books = true}}};
};

// Linear contracts on BTC and ETH in USDT, prices in tenths, quantities in thousandths.
class BookWorld {
public:
    BookWorld() {
        apply(AssetDefinition{.name = Name{"USDT"}, .decimals = 8});
        apply(AssetDefinition{.name = Name{"BTC"}, .decimals = 8, .priced_by = Name{"B0"}});
        apply(AssetDefinition{.name = Name{"ETH"}, .decimals = 8, .priced_by = Name{"E0"}});
        for (const std::string_view name : {"B0", "B1", "B2", "E0", "E1"}) {
            InstrumentDefinition terms{.name = Name{name},
                                       .kind = ContractKind::linear_perpetual,
                                       .base = Name{name[0] == 'B' ? "BTC" : "ETH"},
                                       .quote = Name{"USDT"},
                                       .settle = Name{"USDT"},
                                       .price_decimals = 1,
                                       .quantity_decimals = 3,
                                       .leverage_max = 10,
                                       .mark_age_max = {3'600 * second}};
            if (name[1] != '0') {
                terms.kind = ContractKind::linear_future;
                terms.expiry.ns = time.ns + (name[1] - '0') * 86'400 * second;
            }
            apply(terms);
        }
    }
    const Outcome& apply(EventBody body) {
        time.ns += 1'000;
        Event event{.sequence = {engine.sequence().raw + 1}, .time = time, .body = body};
        if (auto* price = std::get_if<PriceUpdate>(&event.body)) price->as_of = time;
        engine.apply(event, outcome);
        return outcome;
    }
    AccountId account(std::string_view name, std::string_view margin, std::int64_t whole) {
        apply(AccountDefinition{
            .name = Name{name}, .currency = Name{"USDT"}, .margin = Name{margin}});
        const AccountId id = engine.ledger().find_account(name);
        apply(BalanceChange{
            .account = id, .id = next_id(), .asset = AssetId{0}, .amount = usdt(whole)});
        return id;
    }
    InstrumentId instrument(std::string_view name) const {
        return engine.ledger().find_instrument(name);
    }
    const Outcome& price(std::string_view name, std::int64_t tenths) {
        return apply(PriceUpdate{.instrument = instrument(name), .mark = Price{tenths}});
    }
    const Outcome& fill(AccountId id, std::string_view name, std::int64_t thousandths,
                        std::int64_t tenths) {
        return apply(Fill{.account = id,
                          .instrument = instrument(name),
                          .fill = next_id(),
                          .order = {},
                          .side = thousandths > 0 ? Side::buy : Side::sell,
                          .price = Price{tenths},
                          .quantity = Quantity{std::abs(thousandths)}});
    }
    OrderRequest order(AccountId id, std::string_view name, std::int64_t thousandths,
                       std::int64_t tenths) {
        return {.account = id,
                .instrument = instrument(name),
                .order = next_id(),
                .side = thousandths > 0 ? Side::buy : Side::sell,
                .price = Price{tenths},
                .quantity = Quantity{std::abs(thousandths)}};
    }
    Decision check(const OrderRequest& request) {
        return std::get<Decision>(apply(request).outputs.at(0));
    }
    AccountFigures figures(AccountId id) { return engine.figures(id, time); }
    static Money usdt(std::int64_t whole) { return Money{whole * 100'000'000}; }
    Id next_id() { return Id{"x" + std::to_string(++ids_)}; }

    BookRules rules;
    Timestamp time{1'700'000'000 * second};
    Engine engine{{.accounts_max = 200}, rules};
    Outcome outcome;

private:
    int ids_{};
};

}  // namespace riskd::test
