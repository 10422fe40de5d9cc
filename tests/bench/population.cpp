#include "tests/bench/population.hpp"

#include <x86intrin.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "config/load.hpp"
#include "riskd/core/activation.hpp"

namespace riskd::bench {

config::RulesSettings shipped_settings() {
    const auto loaded = config::load(RISKD_SOURCE_DIR "/config/riskd.yaml");
    if (!loaded.ok()) {
        std::fputs(config::render(loaded.faults).c_str(), stderr);
        std::exit(2);
    }
    config::RulesSettings settings = loaded.settings.rules;
    // Names of accounts and instruments of the file do not exist here; what holds for all does. The
    // rate limit would stop a benchmark that sends everything in one second.
    std::erase_if(settings.parameters, [](const config::ParameterSetting& setting) {
        return !setting.account.empty() || !setting.instrument.empty() || !setting.group.empty() ||
               !setting.asset.empty() || setting.rule == "order_rate";
    });
    config::ParameterSetting rate{.rule = "order_rate", .parameter = "orders_max"};
    rate.value.number = 1e9;
    rate.value.text = "1000000000";
    settings.parameters.push_back(rate);
    // Nobody closes anything in a benchmark, and is told so once.
    config::ParameterSetting cool_down{.rule = "ladder", .parameter = "cool_down"};
    cool_down.value.number = 86'400;
    cool_down.value.text = "1d";
    settings.parameters.push_back(cool_down);
    return settings;
}

std::unique_ptr<dsl::LuaRulebook> load_or_stop(const config::RulesSettings& settings) {
    auto result = dsl::load_rules(settings);
    if (!result.ok()) {
        std::fputs(result.rendered.c_str(), stderr);
        std::exit(2);
    }
    return std::move(result.rulebook);
}

std::unique_ptr<dsl::LuaRulebook> shipped_rules() {
    return load_or_stop(shipped_settings());
}

Population::Population(std::uint32_t accounts, dsl::LuaRulebook& rules, Rulebook& decides)
    : engine{{.accounts_max = accounts,
              .open_orders_max = 100'000,
              .orders_remembered_max = 100'000,
              .ids_remembered_max = 1'000'000},
             decides},
      accounts_{accounts} {
    apply(AssetDefinition{.name = Name{"USDT"}});
    apply(AssetDefinition{.name = Name{"BTC"}, .priced_by = Name{"P0"}});
    for (std::uint32_t i = 0; i < instruments; ++i) {
        const std::string text = "P" + std::to_string(i);
        apply(InstrumentDefinition{.name = Name{text},
                                   .kind = ContractKind::linear_perpetual,
                                   .base = Name{"BTC"},
                                   .quote = Name{"USDT"},
                                   .settle = Name{"USDT"},
                                   .price_decimals = 1,
                                   .quantity_decimals = 3,
                                   .taker_fee_rate = 50'000,
                                   .leverage_max = 10,
                                   .mark_age_max = {second * 1'000'000}});
        rules.define_instrument(InstrumentId{i}, text);
        apply(tick(i, mark_raw));
    }
    apply(activation_of(rules));
    for (std::uint32_t a = 0; a < accounts; ++a) {
        const std::string text = "a" + std::to_string(a);
        apply(AccountDefinition{.name = Name{text}, .currency = Name{"USDT"}});
        rules.define_account(AccountId{a}, text, no_group);
        apply(BalanceChange{.account = AccountId{a},
                            .id = Id{"d" + text},
                            .asset = AssetId{0},
                            .amount = Money{100'000'000'000'000}});
        for (std::uint32_t k = 0; k < positions_each; ++k) {
            apply(Fill{.account = AccountId{a},
                       .instrument = InstrumentId{(a + k) % instruments},
                       .fill = Id{"f" + text + "." + std::to_string(k)},
                       .side = Side::buy,
                       .price = Price{mark_raw},
                       .quantity = Quantity{1'000}});
        }
    }
    rules.warm();
}

Event Population::stamped(EventBody body) {
    ++sequence_.raw;
    return {.sequence = sequence_, .time = time, .body = std::move(body)};
}

void Population::apply(EventBody body) {
    engine.apply(stamped(std::move(body)), outcome);
}

OrderRequest Population::order(std::uint32_t account, std::uint64_t number) const {
    return {.account = AccountId{account},
            .instrument = InstrumentId{account % instruments},
            .order = Id{"o" + std::to_string(number)},
            .side = Side::buy,
            .price = Price{mark_raw},
            .quantity = Quantity{1}};
}

OrderUpdate Population::done(const OrderRequest& order) const {
    return {.account = order.account, .order = order.order, .event = OrderEvent::done};
}

PriceUpdate Population::tick(std::uint32_t instrument, std::int64_t raw) const {
    return {.instrument = InstrumentId{instrument}, .mark = Price{raw}, .as_of = time};
}

std::uint64_t cycles() noexcept {
    unsigned processor = 0;
    const std::uint64_t now = __rdtscp(&processor);
    _mm_lfence();
    return now;
}

double cycles_per_ns() {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    const std::uint64_t from = cycles();
    while (Clock::now() - begin < std::chrono::milliseconds{100}) {
    }
    const std::uint64_t until = cycles();
    const std::chrono::duration<double, std::nano> elapsed = Clock::now() - begin;
    return static_cast<double>(until - from) / elapsed.count();
}

Spread spread(std::vector<std::uint64_t>& samples, double per_ns) {
    std::sort(samples.begin(), samples.end());
    const auto at = [&](double part) {
        const auto last = static_cast<double>(samples.size() - 1);
        return static_cast<double>(samples[static_cast<std::size_t>(part * last)]) / per_ns;
    };
    return {
        .p50 = at(0.5), .p99 = at(0.99), .p999 = at(0.999), .p9999 = at(0.9999), .max = at(1.0)};
}

void print(const std::string& row, const Spread& s) {
    std::printf("%-58s %9.0f %9.0f %9.0f %11.0f\n", row.c_str(), s.p50, s.p99, s.p999, s.max);
    std::fflush(stdout);
}

}  // namespace riskd::bench
