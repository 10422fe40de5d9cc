#include "tests/vectors/venue_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "riskd/core/liquidation.hpp"
#include "tests/vectors/case_numbers.hpp"

namespace riskd::vectors {

namespace {

constexpr LedgerLimits small_limits{.accounts_max = 4,
                                    .instruments_max = 512,
                                    .open_orders_max = 64,
                                    .open_orders_per_account_max = 64,
                                    .orders_remembered_max = 1'000,
                                    .ids_remembered_max = 100'000};

config::ParameterSetting setting_of(std::string_view rule_and_parameter) {
    const std::size_t dot = rule_and_parameter.find('.');
    config::ParameterSetting setting;
    setting.rule = rule_and_parameter.substr(0, dot);
    setting.parameter = rule_and_parameter.substr(dot + 1);
    return setting;
}

std::unique_ptr<dsl::LuaRulebook> load(const VenueRules& rules) {
    config::RulesSettings settings;
    for (const std::string& file :
         {rules.margin, rules.collateral, std::string{"liquidation/ladder"}})
        settings.files.push_back(std::string{RISKD_SOURCE_DIR} + "/rules/" + file + ".lua");
    for (const char* rung : {"warn_at", "cancel_at", "reduce_at", "exit_at"}) {
        settings.parameters.push_back(setting_of("ladder." + std::string{rung}));
        settings.parameters.back().value.number = 1;
    }
    settings.parameters.push_back(setting_of("ladder.hysteresis"));
    settings.parameters.back().value.number = 0;
    dsl::LoadResult loaded = dsl::load_rules(settings);
    if (!loaded.ok()) throw std::runtime_error(loaded.rendered);
    return std::move(loaded.rulebook);
}

}  // namespace

VenueWorld::VenueWorld(const VenueRules& rules, int money_decimals)
    : money_decimals_{money_decimals}, rules_{load(rules)}, engine_{small_limits, *rules_} {
    RulesetActivation activation;
    activation.hash = Text<64>{rules_->hash()};
    apply(activation);
    currency_ = define_asset(rules.currency, money_decimals);
    define_asset("BASE", 8);
    if (rules.currency != "USD") define_asset("USD", 8);
    currency_name_ = rules.currency;
    choose_leverage(0);
    account_ = ledger().find_account("a");
}

InstrumentDefinition VenueWorld::perpetual(std::string_view name, Scale scale) {
    return {.name = Name{name},
            .kind = ContractKind::linear_perpetual,
            .base = Name{"BASE"},
            .quote = Name{"USD"},
            .settle = Name{"USD"},
            .price_decimals = static_cast<std::uint8_t>(scale.price),
            .quantity_decimals = static_cast<std::uint8_t>(scale.quantity),
            .leverage_max = leverage_unbounded,
            .mark_age_max = {1'000'000'000'000'000'000}};
}

InstrumentDefinition VenueWorld::inverse(std::string_view name, Scale scale) {
    InstrumentDefinition definition = perpetual(name, scale);
    definition.kind = ContractKind::inverse_perpetual;
    definition.base = Name{"COIN"};
    definition.settle = Name{"COIN"};
    return definition;
}

InstrumentId VenueWorld::define(const InstrumentDefinition& definition) {
    apply(definition);
    const InstrumentId id = ledger().find_instrument(definition.name.view());
    EXPECT_TRUE(is_known(id)) << definition.name.view() << " is refused";
    rules_->define_instrument(id, definition.name.view());
    return id;
}

AssetId VenueWorld::define_asset(std::string_view name, int decimals, std::string_view priced_by) {
    apply(AssetDefinition{.name = Name{name},
                          .decimals = static_cast<std::uint8_t>(decimals),
                          .priced_by = Name{priced_by}});
    const AssetId id = ledger().find_asset(name);
    rules_->define_asset(id, name);
    return id;
}

AssetId VenueWorld::define_priced_asset(std::string_view name, int decimals,
                                        std::string_view price) {
    constexpr int price_decimals = 12;
    const std::string spot = std::string{name} + "-USD";
    // Published prices of dust have more figures than an instrument can.
    const std::size_t point = std::min(price.find('.'), price.size());
    price = price.substr(0, point + 1 + price_decimals);
    const AssetId asset = define_asset(name, decimals, spot);
    InstrumentDefinition definition = perpetual(spot, {.price = price_decimals, .quantity = 0});
    definition.kind = ContractKind::spot;
    definition.base = Name{name};
    mark(define(definition), Price{raw_of(price, price_decimals)});
    return asset;
}

void VenueWorld::choose_leverage(std::uint32_t leverage) {
    apply(AccountDefinition{
        .name = Name{"a"}, .currency = Name{currency_name_}, .leverage = leverage});
    rules_->define_account(ledger().find_account("a"), "a", no_group);
}

void VenueWorld::isolate(InstrumentId instrument) {
    apply(MarginChange{.account = account_,
                       .instrument = instrument,
                       .id = next_id(),
                       .has_mode = true,
                       .mode = MarginMode::isolated});
}

void VenueWorld::set_isolated_margin(InstrumentId instrument, Money margin) {
    apply(MarginChange{.account = account_,
                       .instrument = instrument,
                       .id = next_id(),
                       .amount = margin - position(instrument).isolated_margin});
}

void VenueWorld::set(std::string_view rule_and_parameter, double value) {
    set_for_asset(rule_and_parameter, {}, value);
}

void VenueWorld::set_for_asset(std::string_view rule_and_parameter, std::string_view asset,
                               double value) {
    config::ParameterSetting setting = setting_of(rule_and_parameter);
    setting.asset = asset;
    setting.value.number = value;
    for (const config::Fault& fault : rules_->set(setting))
        ADD_FAILURE() << fault.message;
}

void VenueWorld::set_for_instrument(std::string_view rule_and_parameter,
                                    std::string_view instrument, double value) {
    config::ParameterSetting setting = setting_of(rule_and_parameter);
    setting.instrument = instrument;
    setting.value.number = value;
    for (const config::Fault& fault : rules_->set(setting))
        ADD_FAILURE() << fault.message;
}

void VenueWorld::set_rows(std::string_view rule_and_parameter, std::string_view instrument,
                          std::vector<Row> rows) {
    config::ParameterSetting setting = setting_of(rule_and_parameter);
    setting.instrument = instrument;
    setting.value.rows = std::move(rows);
    for (const config::Fault& fault : rules_->set(setting))
        ADD_FAILURE() << fault.message;
}

const Outcome& VenueWorld::apply(EventBody body) {
    time_.ns += 1;
    const Event event{
        .sequence = {engine_.sequence().raw + 1}, .time = time_, .body = std::move(body)};
    engine_.apply(event, outcome_);
    for (const Output& output : outcome_.outputs) {
        if (const auto* change = std::get_if<StageChange>(&output)) close_ = change->close;
        const auto* alert = std::get_if<Alert>(&output);
        const bool expected = alert == nullptr || alert->kind == AlertKind::fill_without_order ||
                              alert->kind == AlertKind::balance_below_zero;
        EXPECT_TRUE(expected) << name(alert->kind) << ": " << alert->detail.view() << " "
                              << name(alert->fault) << " " << rules_->last_error();
    }
    return outcome_;
}

const Outcome& VenueWorld::mark(InstrumentId instrument, Price price) {
    return apply(PriceUpdate{.instrument = instrument, .mark = price, .as_of = {time_.ns + 1}});
}

void VenueWorld::post(AssetId asset, Money amount, BalanceKind kind) {
    apply(BalanceChange{
        .account = account_, .id = next_id(), .asset = asset, .amount = amount, .kind = kind});
}

void VenueWorld::fill(InstrumentId instrument, Quantity quantity, Price price,
                      std::string_view order) {
    if (ledger().instrument(instrument).prices.mark.raw == 0) mark(instrument, price);
    if (quantity.raw == 0) return;
    apply(Fill{.account = account_,
               .instrument = instrument,
               .fill = next_id(),
               .order = Id{order},
               .side = quantity.raw > 0 ? Side::buy : Side::sell,
               .price = price,
               .quantity = magnitude(quantity)});
}

Decision VenueWorld::order(const Ask& ask) {
    const Outcome& outcome = apply(OrderRequest{.account = account_,
                                                .instrument = ask.instrument,
                                                .order = next_id(),
                                                .side = ask.side,
                                                .price = ask.price,
                                                .quantity = ask.quantity});
    return std::get<Decision>(outcome.outputs.at(0));
}

AccountMargin VenueWorld::margin() {
    const AccountFigures now = figures();
    EXPECT_EQ(now.fault, RuleFault::none) << rules_->last_error();
    EXPECT_TRUE(now.margin.complete);
    return now.margin;
}

const Position& VenueWorld::position(InstrumentId instrument) const {
    return *ledger().find_position(account_, instrument);
}

MarginEvaluator::PositionMargin VenueWorld::margin_of(InstrumentId instrument, Quantity quantity,
                                                      Price price) {
    mark(instrument, price);
    const auto margin = engine_.position_margin(
        account_, Position{.instrument = instrument, .quantity = quantity}, price, time_);
    EXPECT_EQ(margin.fault, RuleFault::none) << name(margin.fault) << rules_->last_error();
    return margin;
}

std::optional<CloseLeg> VenueWorld::close_if_liquidated(InstrumentId instrument) {
    MarginEvaluator evaluator{ledger(), *rules_};
    const ClosePlan plan = plan_close(
        ledger(), evaluator,
        {.account = account_, .now = time_, .stage = Stage::liquidate, .margin = margin()});
    for (const CloseLeg& leg : plan.legs) {
        if (leg.instrument == instrument) return leg;
    }
    return std::nullopt;
}

const CloseLeg* VenueWorld::last_close(InstrumentId instrument) const noexcept {
    for (const CloseLeg& leg : close_) {
        if (leg.instrument == instrument) return &leg;
    }
    return nullptr;
}

Money VenueWorld::balance(AssetId asset) const {
    const Balance* row = ledger().find_balance(account_, asset);
    return row == nullptr ? Money{} : row->amount;
}

std::vector<Row> one_tier(double initial, double maintenance) {
    return {{{"notional", 0}, {"initial", initial}, {"maintenance", maintenance}}};
}

}  // namespace riskd::vectors
