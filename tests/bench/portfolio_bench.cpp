// One check of an account with a book of 50 options under the 35 shipped scenarios, rules and
// ledger included, beside the same scenario arithmetic written by hand; and the same after a tick.
//   portfolio_bench [checks]       default: 100000
#include <array>
#include <cstdio>
#include <cstdlib>

#include "tests/bench/population.hpp"

namespace riskd::bench {
namespace {

constexpr std::uint32_t book_size = 50;
constexpr std::size_t scenarios = 35;
constexpr std::size_t warm_up = 20'000;
constexpr std::int64_t quanta = 10'000;  // of USDT, in a tenth times a thousandth

// Positions in flat arrays, the moves of each price ready.
class Floor {
public:
    explicit Floor(std::span<const Scenario> grid) {
        for (std::size_t s = 0; s < scenarios; ++s)
            weights_[s] = grid[s].weight;
        for (std::uint32_t i = 0; i < book_size; ++i) {
            quantity_[i] = i % 2 == 0 ? 1'000 : -1'000;
            for (std::size_t s = 0; s < scenarios; ++s) {
                moves_[i][s] = (mark_raw + i) * grid[s].price_move / 100'000'000;
            }
        }
    }
    // With an order at the mark that may fill or not.
    std::int64_t worst(std::uint32_t instrument, std::int64_t ordered) const noexcept {
        std::array<std::int64_t, scenarios> profit{};
        for (std::uint32_t i = 0; i < book_size; ++i) {
            for (std::size_t s = 0; s < scenarios; ++s)
                profit[s] += quantity_[i] * moves_[i][s] * quanta;
        }
        std::int64_t worst = 0;
        for (std::size_t s = 0; s < scenarios; ++s) {
            const std::int64_t filled = ordered * moves_[instrument][s] * quanta;
            const std::int64_t loss = -profit[s] + (filled < 0 ? -filled : 0);
            const auto counted = static_cast<std::int64_t>(Wide{loss} * weights_[s] / 100'000'000);
            worst = counted > worst ? counted : worst;
        }
        return worst;
    }

private:
    std::array<std::int64_t, scenarios> weights_{};
    std::array<std::int64_t, book_size> quantity_{};
    std::array<std::array<std::int64_t, scenarios>, book_size> moves_{};
};

class Book {
public:
    explicit Book(dsl::LuaRulebook& rules) : engine_{{.accounts_max = 1}, rules} {
        apply(AssetDefinition{.name = Name{"USDT"}});
        apply(AssetDefinition{.name = Name{"BTC"}, .priced_by = Name{"U"}});
        apply(InstrumentDefinition{.name = Name{"U"},
                                   .kind = ContractKind::linear_perpetual,
                                   .base = Name{"BTC"},
                                   .quote = Name{"USDT"},
                                   .settle = Name{"USDT"},
                                   .price_decimals = 1,
                                   .quantity_decimals = 3,
                                   .leverage_max = 10,
                                   .mark_age_max = {second * 1'000'000}});
        rules.define_instrument(InstrumentId{0}, "U");
        apply(PriceUpdate{.instrument = InstrumentId{0}, .mark = Price{10 * mark_raw}});
        for (std::uint32_t i = 0; i < book_size; ++i) {
            const std::string text = "F" + std::to_string(i);
            apply(InstrumentDefinition{.name = Name{text},
                                       .kind = ContractKind::linear_option,
                                       .base = Name{"BTC"},
                                       .quote = Name{"USDT"},
                                       .settle = Name{"USDT"},
                                       .price_decimals = 1,
                                       .quantity_decimals = 3,
                                       .taker_fee_rate = 50'000,
                                       .leverage_max = 10,
                                       .mark_age_max = {second * 1'000'000},
                                       .expiry = {time_.ns + (30 + i / 10) * 86'400 * second},
                                       .underlying = Name{"U"},
                                       .right = i % 4 < 2 ? OptionRight::call : OptionRight::put,
                                       .strike = 800 + 40 * (i % 10)});
            rules.define_instrument(InstrumentId{i + 1}, text);
            tick(i, mark_raw + i);
        }
        apply(AccountDefinition{
            .name = Name{"a"}, .currency = Name{"USDT"}, .margin = Name{"portfolio"}});
        rules.define_account(AccountId{0}, "a", no_group);
        apply(BalanceChange{.account = AccountId{0},
                            .id = Id{"d"},
                            .asset = AssetId{0},
                            .amount = Money{100'000'000'000'000}});
        for (std::uint32_t i = 0; i < book_size; ++i) {
            apply(Fill{.account = AccountId{0},
                       .instrument = InstrumentId{i + 1},
                       .fill = Id{"f" + std::to_string(i)},
                       .order = {},
                       .side = i % 2 == 0 ? Side::buy : Side::sell,
                       .price = Price{mark_raw + i},
                       .quantity = Quantity{1'000},
                       .fee = {}});
        }
    }
    void apply(EventBody body) {
        time_.ns += 1'000;
        Event event{.sequence = {engine_.sequence().raw + 1}, .time = time_, .body = body};
        if (auto* price = std::get_if<PriceUpdate>(&event.body)) price->as_of = time_;
        engine_.apply(event, outcome_);
    }
    void tick(std::uint32_t instrument, std::int64_t raw) {
        apply(PriceUpdate{.instrument = InstrumentId{instrument + 1},
                          .mark = Price{raw},
                          .implied_volatility = 600'000'000'000});
    }
    bool apply_order(std::uint32_t instrument, std::uint64_t number) {
        const OrderRequest order{.account = AccountId{0},
                                 .instrument = InstrumentId{instrument + 1},
                                 .order = Id{"o" + std::to_string(number)},
                                 .side = Side::buy,
                                 .price = Price{mark_raw + instrument},
                                 .quantity = Quantity{10}};
        apply(order);
        return std::get<Decision>(outcome_.outputs.at(0)).accepted;
    }
    void done(std::uint64_t number) {
        apply(OrderUpdate{.account = AccountId{0},
                          .id = {},
                          .order = Id{"o" + std::to_string(number)},
                          .event = OrderEvent::cancelled});
    }

private:
    Engine engine_;
    Outcome outcome_;
    Timestamp time_{1'700'000'000 * second};
};

std::unique_ptr<dsl::LuaRulebook> book_rules() {
    config::RulesSettings settings;
    const std::string folder = RISKD_SOURCE_DIR "/rules/";
    for (const char* name :
         {"margin/portfolio.lua", "collateral/haircut.lua", "liquidation/ladder.lua"}) {
        settings.files.push_back(folder + name);
    }
    auto result = dsl::load_rules(settings);
    if (!result.ok()) {
        std::fputs(result.rendered.c_str(), stderr);
        std::exit(2);
    }
    result.rulebook->warm();
    return std::move(result.rulebook);
}

int run(std::size_t checks) {
    const double per_ns = cycles_per_ns();
    const auto rules = book_rules();
    const Floor floor{rules->scenarios(rules->margin_rule())};
    Book book{*rules};
    std::printf("%-58s %9s %9s %9s %11s   ns\n", "row", "p50", "p99", "p99.9", "max");
    std::vector<std::uint64_t> samples;
    std::int64_t sum = 0;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < warm_up + checks; ++i) {
        const std::uint64_t from = cycles();
        sum += floor.worst(static_cast<std::uint32_t>(i) % book_size, 10);
        const std::uint64_t until = cycles();
        if (i >= warm_up) samples.push_back(until - from);
    }
    RISKD_CHECK(sum > 0);
    print("floor: 50 options x 35 scenarios by hand, moves ready", spread(samples, per_ns));
    for (const bool ticks : {false, true}) {
        samples.clear();
        for (std::size_t i = 0; i < warm_up + checks; ++i) {
            const auto instrument = static_cast<std::uint32_t>(i) % book_size;
            if (ticks) book.tick(instrument, mark_raw + instrument + static_cast<int>(i % 2));
            const std::uint64_t from = cycles();
            const bool accepted = book.apply_order(instrument, ++number);
            const std::uint64_t until = cycles();
            RISKD_CHECK(accepted);
            if (i >= warm_up) samples.push_back(until - from);
            book.done(number);
        }
        print(ticks ? "riskd: check and hold of the book, one price new"
                    : "riskd: check and hold of the book",
              spread(samples, per_ns));
    }
    return 0;
}

}  // namespace
}  // namespace riskd::bench

int main(int count, char** arguments) {
    const std::size_t checks = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 100'000;
    return riskd::bench::run(checks);
}
