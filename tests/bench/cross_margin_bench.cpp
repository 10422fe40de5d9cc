// One check of an account with 20 positions in 5 kinds of contract under cross margin, in process:
// linear perpetuals and futures, inverse perpetuals and futures, quanto perpetuals, settled in
// three assets, with a haircut on two of them. Beside it the same arithmetic written by hand for
// exactly these contracts and this table of tiers: no rules, no ledger, no answer; its equity and
// initial margin are compared with those of every decision.
//   cross_margin_bench [checks]     default: 200000
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>

#include "riskd/core/contracts/contract.hpp"
#include "tests/bench/population.hpp"

namespace riskd::bench {
namespace {

constexpr std::uint32_t accounts = 1'000;
constexpr std::uint32_t kinds = 5;
constexpr std::uint32_t of_each_kind = 4;
constexpr std::uint32_t contracts = kinds * of_each_kind;
constexpr std::uint32_t spots = 2;
constexpr double haircut = 0.05;
constexpr std::int64_t taker_fee_rate = 50'000;
constexpr std::array<std::string_view, 3> assets{"USDT", "BTC", "ETH"};
constexpr std::array<std::int64_t, 3> asset_prices{1, 500'000, 30'000};  // in tenths of USDT
constexpr std::size_t warm_up = 120'000;

InstrumentDefinition terms_of(std::uint32_t number) {
    static constexpr std::array kind_of{ContractKind::linear_perpetual, ContractKind::linear_future,
                                        ContractKind::inverse_perpetual,
                                        ContractKind::inverse_future,
                                        ContractKind::quanto_perpetual};
    InstrumentDefinition terms{.name = Name{"C" + std::to_string(number)},
                               .kind = kind_of[number % kinds],
                               .base = Name{number % 2 == 0 ? "BTC" : "ETH"},
                               .quote = Name{"USDT"},
                               .settle = Name{"USDT"},
                               .price_decimals = 1,
                               .quantity_decimals = 3,
                               .taker_fee_rate = taker_fee_rate,
                               .leverage_max = 10,
                               .mark_age_max = {second * 1'000'000}};
    if (is_inverse(terms.kind)) {
        terms.settle = terms.base;
        terms.quantity_decimals = 0;
        terms.contract_size = 10;
    } else if (terms.kind == ContractKind::quanto_perpetual) {
        terms.settle = Name{"BTC"};
        terms.quantity_decimals = 0;
        terms.contract_size = 1;
        terms.contract_size_decimals = 6;
    }
    return terms;
}

std::int64_t mark_of(std::uint32_t number) {
    return asset_prices[number % 2 == 0 ? 1 : 2] + number;
}

// The accounts in the engine, under the shipped rules.
class Crowd {
public:
    explicit Crowd(dsl::LuaRulebook& rules)
        : engine{{.accounts_max = accounts,
                  .open_orders_max = 1'000,
                  .orders_remembered_max = 100'000,
                  .ids_remembered_max = 1'000'000},
                 rules} {
        apply(AssetDefinition{.name = Name{"USDT"}});
        apply(AssetDefinition{.name = Name{"BTC"}, .priced_by = Name{"BTC-USDT"}});
        apply(AssetDefinition{.name = Name{"ETH"}, .priced_by = Name{"ETH-USDT"}});
        for (std::uint32_t i = 0; i < spots; ++i) {
            InstrumentDefinition spot = terms_of(0);
            spot.name = Name{std::string{assets[i + 1]} + "-USDT"};
            spot.base = Name{assets[i + 1]};
            spot.kind = ContractKind::spot;
            define(spot, asset_prices[i + 1], rules);
        }
        for (std::uint32_t i = 0; i < contracts; ++i)
            define(terms_of(i), mark_of(i), rules);
        for (std::uint32_t a = 0; a < accounts; ++a)
            add_account(a, rules);
        rules.warm();
    }

    Event stamped(EventBody body) {
        return {.sequence = {engine.sequence().raw + 1}, .time = time, .body = std::move(body)};
    }
    void apply(EventBody body) { engine.apply(stamped(std::move(body)), outcome); }

    Engine engine;
    Outcome outcome;
    Timestamp time{1'700'000'000 * second};

private:
    void define(const InstrumentDefinition& terms, std::int64_t mark, dsl::LuaRulebook& rules) {
        apply(terms);
        const InstrumentId id = engine.ledger().find_instrument(terms.name.view());
        RISKD_CHECK(is_known(id));
        rules.define_instrument(id, terms.name.view());
        apply(PriceUpdate{.instrument = id, .mark = Price{mark}, .as_of = time});
    }
    void add_account(std::uint32_t a, dsl::LuaRulebook& rules) {
        const std::string text = "a" + std::to_string(a);
        apply(AccountDefinition{.name = Name{text}, .currency = Name{"USDT"}});
        rules.define_account(AccountId{a}, text, no_group);
        for (std::uint32_t asset = 0; asset < assets.size(); ++asset) {
            apply(BalanceChange{.account = AccountId{a},
                                .id = Id{"d" + text + "." + std::to_string(asset)},
                                .asset = AssetId{asset},
                                .amount = Money{asset == 0 ? 50'000'000'000'000 : 1'000'000'000}});
        }
        for (std::uint32_t i = 0; i < contracts; ++i) {
            apply(Fill{.account = AccountId{a},
                       .instrument = InstrumentId{spots + i},
                       .fill = Id{"f" + text + "." + std::to_string(i)},
                       .side = (a + i) % 3 == 0 ? Side::sell : Side::buy,
                       .price = Price{mark_of(i) - 7},
                       .quantity = Quantity{500 + i + a % 50}});
        }
    }
};

// What a rule's number comes to: the nearest quantum within double rounding, else up or down.
std::int64_t quanta(double number, bool up) noexcept {
    const double nearest = std::nearbyint(number);
    const bool is_near = std::fabs(number - nearest) <=
                         8 * std::numeric_limits<double>::epsilon() * std::fabs(number);
    return static_cast<std::int64_t>(is_near ? nearest
                                     : up    ? std::ceil(number)
                                             : std::floor(number));
}

// By hand: only what these contracts need, side by side, as in a core that knows nothing else.
class Floor {
public:
    explicit Floor(const Ledger& ledger) : rows_(accounts) {
        for (std::uint32_t i = 0; i < contracts; ++i) {
            const Instrument& instrument = ledger.instrument(InstrumentId{spots + i});
            contracts_[i] = {.scale = instrument.value_scale,
                             .mark = instrument.prices.mark.raw,
                             .settle = instrument.settle.raw,
                             .divides = is_inverse(instrument.terms.kind)};
        }
        for (std::uint32_t a = 0; a < accounts; ++a) {
            const Account& account = ledger.account(AccountId{a});
            for (std::uint32_t asset = 0; asset < assets.size(); ++asset)
                rows_[a].balances[asset] =
                    ledger.find_balance(account.id, AssetId{asset})->amount.raw;
            for (std::uint32_t i = 0; i < contracts; ++i) {
                const Position& position =
                    *ledger.find_position(account.id, InstrumentId{spots + i});
                rows_[a].positions[i] = {.quantity = position.quantity.raw,
                                         .entry = position.entry_value.raw};
            }
        }
    }

    struct Sums {
        std::int64_t equity{};
        std::int64_t initial{};
        bool accepted{};
    };
    // A buy of a linear contract at a limit.
    Sums check(std::uint32_t account, std::uint32_t contract, std::int64_t quantity,
               std::int64_t price) noexcept {
        const Row& row = rows_[account];
        std::array<std::int64_t, 3> amounts = row.balances;
        Sums sums;
        for (std::uint32_t i = 0; i < contracts; ++i) {
            const Contract& terms = contracts_[i];
            const std::int64_t value = value_of(terms, row.positions[i].quantity);
            amounts[terms.settle] += value - row.positions[i].entry;
            const std::int64_t held = std::abs(value);
            std::int64_t need = margin_of(held);
            const bool adds = row.positions[i].quantity > 0;  // what reduces needs nothing
            if (i == contract && adds) {
                const std::int64_t notional = quantity * price * terms.scale.numerator;
                const std::int64_t fee =
                    rounded(Wide{notional} * taker_fee_rate, 100'000'000, true);
                need = std::max(need, margin_of(std::abs(value + notional))) + fee;
            }
            sums.initial += in_usdt(need, terms.settle);
        }
        sums.equity = amounts[0];
        for (std::uint32_t asset = 1; asset < assets.size(); ++asset) {
            const double units = static_cast<double>(amounts[asset]) / 1e8;
            const double worth = units * (static_cast<double>(asset_prices[asset]) / 10);
            sums.equity += quanta(worth * (worth < 0 ? 1 : 1 - haircut) * 1e8, false);
        }
        sums.accepted = sums.equity >= sums.initial;
        return sums;
    }

private:
    struct Contract {
        Ratio scale;
        std::int64_t mark{};
        std::uint32_t settle{};
        bool divides{};
    };
    struct Held {
        std::int64_t quantity{};
        std::int64_t entry{};
    };
    struct Row {
        std::array<std::int64_t, 3> balances{};
        std::array<Held, contracts> positions{};
    };

    static std::int64_t rounded(Wide dividend, Wide divisor, bool up) noexcept {
        const Wide quotient = dividend / divisor;
        const Wide rest = dividend % divisor;
        if (up && rest > 0) return static_cast<std::int64_t>(quotient + 1);
        if (!up && rest < 0) return static_cast<std::int64_t>(quotient - 1);
        return static_cast<std::int64_t>(quotient);
    }
    static std::int64_t value_of(const Contract& terms, std::int64_t quantity) noexcept {
        if (terms.divides) {
            return rounded(-Wide{quantity} * terms.scale.numerator,
                           Wide{terms.mark} * terms.scale.denominator, false);
        }
        return rounded(Wide{quantity} * terms.mark * terms.scale.numerator, terms.scale.denominator,
                       false);
    }
    static std::int64_t margin_of(std::int64_t notional) noexcept {
        const double size = static_cast<double>(notional) / 1e8;
        const double rate = size >= 10'000'000 ? 0.5 : size >= 1'000'000 ? 0.2 : 0.1;
        return quanta(size * rate * 1e8, true);
    }
    static std::int64_t in_usdt(std::int64_t amount, std::uint32_t asset) noexcept {
        return asset == 0 ? amount : rounded(Wide{amount} * asset_prices[asset], 10, true);
    }

    std::array<Contract, contracts> contracts_{};
    std::vector<Row> rows_;
};

int run(std::size_t checks) {
    const double per_ns = cycles_per_ns();
    const auto rules = shipped_rules();
    config::ParameterSetting weight{.rule = "haircut", .parameter = "haircut"};
    weight.value.number = haircut;
    RISKD_CHECK(rules->set(weight).empty());
    Crowd crowd{*rules};
    Floor floor{crowd.engine.ledger()};
    std::vector<std::uint64_t> by_hand;
    std::vector<std::uint64_t> by_riskd;
    std::mt19937 random{1};
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < warm_up + checks; ++i) {
        const auto account = static_cast<std::uint32_t>(random() % accounts);
        const auto contract = static_cast<std::uint32_t>(random() % of_each_kind) * kinds;
        const std::int64_t price = mark_of(contract);
        const std::uint64_t from = cycles();
        const Floor::Sums sums = floor.check(account, contract, 1, price);
        const std::uint64_t until = cycles();
        const Event event = crowd.stamped(OrderRequest{.account = AccountId{account},
                                                       .instrument = InstrumentId{spots + contract},
                                                       .order = Id{"o" + std::to_string(++number)},
                                                       .side = Side::buy,
                                                       .price = Price{price},
                                                       .quantity = Quantity{1}});
        const std::uint64_t began = cycles();
        crowd.engine.apply(event, crowd.outcome);
        const std::uint64_t ended = cycles();
        const auto& decision = std::get<Decision>(crowd.outcome.outputs.at(0));
        const bool same = decision.accepted && sums.accepted &&
                          decision.margin.equity.raw == sums.equity &&
                          decision.margin.initial_margin.raw == sums.initial;
        if (!same) {
            std::fprintf(stderr, "riskd: %s equity %lld initial %lld, by hand %lld %lld\n",
                         decision.accepted ? "accept" : "reject",
                         static_cast<long long>(decision.margin.equity.raw),
                         static_cast<long long>(decision.margin.initial_margin.raw),
                         static_cast<long long>(sums.equity), static_cast<long long>(sums.initial));
            return 1;
        }
        if (i >= warm_up) by_hand.push_back(until - from);
        if (i >= warm_up) by_riskd.push_back(ended - began);
        const auto& request = std::get<OrderRequest>(event.body);
        crowd.apply(OrderUpdate{
            .account = request.account, .order = request.order, .event = OrderEvent::done});
    }
    std::printf("%u accounts, 20 positions in 5 kinds each, 3 assets; %zu checks after %zu\n",
                accounts, checks, warm_up);
    std::printf("%-58s %9s %9s %9s %11s   ns\n", "row", "p50", "p99", "p99.9", "max");
    print("floor: cross margin of 20 positions by hand", spread(by_hand, per_ns));
    print("riskd: check and hold, every shipped rule", spread(by_riskd, per_ns));
    return 0;
}

}  // namespace
}  // namespace riskd::bench

int main(int count, char** arguments) {
    const long checks = count > 1 ? std::strtol(arguments[1], nullptr, 10) : 200'000;
    return riskd::bench::run(static_cast<std::size_t>(checks > 0 ? checks : 1));
}
