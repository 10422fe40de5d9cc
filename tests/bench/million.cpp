#include "tests/bench/million.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <string>

#include "riskd/core/activation.hpp"
#include "tests/model/random_source.hpp"

namespace riskd::bench {

namespace {

constexpr int price_decimals = 4;
constexpr int quantity_decimals = 4;
constexpr std::int64_t usdt = 100'000'000;
constexpr std::size_t positions_max = 12;

// How many of a hundred accounts have so many positions; 2.8 on average.
constexpr std::array<std::uint32_t, positions_max + 1> shares{0, 27, 27, 20, 12, 7, 3,
                                                              0, 2,  0,  0,  0,  2};
static_assert([] {
    std::uint32_t all = 0;
    for (const std::uint32_t share : shares)
        all += share;
    return all;
}() == 100);

std::size_t positions_of(double chance) noexcept {
    double left = chance * 100;
    std::size_t count = 1;
    while (count < positions_max && left >= shares[count])
        left -= shares[count++];
    return count;
}

// Exposure over deposit.
double leverage_of(model::RandomSource& random) noexcept {
    const auto between = [&](double low, double high) {
        return low + (high - low) * random.unit();
    };
    const double kind = random.unit();
    if (kind < 0.30) return between(0.2, 1);
    if (kind < 0.58) return between(1, 3);
    if (kind < 0.87) return between(3, 5);
    return between(5, 8);
}

std::string name_of(std::uint32_t account) {
    const std::string number = std::to_string(account);
    return "account-" + std::string(7 - std::min<std::size_t>(number.size(), 7), '0') + number;
}

std::uint64_t resident_now() {
    std::uint64_t pages = 0;
    std::uint64_t resident = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%lu %lu", &pages, &resident) != 2) resident = 0;
        std::fclose(file);
    }
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

Million::Million(const MillionTerms& terms, dsl::LuaRulebook& rules)
    : engine{{.accounts_max = terms.accounts,
              .open_orders_max = terms.accounts,
              .orders_remembered_max = 100'000,
              .ids_remembered_max = 100'000},
             rules},
      terms_{terms},
      rules_{rules} {
    double all = 0;
    for (std::uint32_t i = 0; i < listed; ++i)
        popularity_.push_back(all += 1.0 / (i + 1));
    for (double& each : popularity_)
        each /= all;
    stride_ = 618'033'989 % std::max(terms.accounts, 2U);
    while (std::gcd(stride_, terms.accounts) != 1)
        ++stride_;
    define_instruments(rules);
}

void Million::define_instruments(dsl::LuaRulebook& rules) {
    apply(AssetDefinition{.name = Name{"USDT"}});
    rules.define_asset(AssetId{0}, "USDT");
    for (std::uint32_t i = 0; i < listed; ++i) {
        const std::string coin = "C" + std::to_string(i);
        const std::string text = coin + "-PERP";
        apply(AssetDefinition{.name = Name{coin}, .priced_by = Name{text}});
        apply(InstrumentDefinition{.name = Name{text},
                                   .kind = ContractKind::linear_perpetual,
                                   .base = Name{coin},
                                   .quote = Name{"USDT"},
                                   .settle = Name{"USDT"},
                                   .price_decimals = price_decimals,
                                   .quantity_decimals = quantity_decimals,
                                   .quantity_max = Quantity{raw_max},
                                   .taker_fee_rate = 50'000,
                                   .leverage_max = 10,
                                   .mark_age_max = {second * 1'000'000}});
        rules.define_instrument(InstrumentId{i}, text);
        apply(PriceUpdate{
            .instrument = InstrumentId{i}, .mark = Price{start_price(i)}, .as_of = time});
    }
    config::ParameterSetting whole{.rule = "haircut", .parameter = "haircut"};
    whole.value.number = 0;
    RISKD_CHECK(rules.set(whole).empty());
    apply(activation_of(rules));
}

std::int64_t Million::start_price(std::uint32_t instrument) const noexcept {
    return 500'000 + 10'000 * static_cast<std::int64_t>(instrument * 37 % 100);
}

std::uint32_t Million::pick_instrument(double chance) const noexcept {
    const auto found = std::upper_bound(popularity_.begin(), popularity_.end(), chance);
    return std::min(static_cast<std::uint32_t>(found - popularity_.begin()), listed - 1);
}

AccountPlan Million::plan(std::uint32_t account) const {
    model::RandomSource random{terms_.seed * 0x9e3779b97f4a7c15ULL + account};
    AccountPlan plan;
    plan.deposit = static_cast<std::int64_t>(std::pow(10.0, 2 + 3 * random.unit())) * usdt;
    plan.parts.resize(positions_of(random.unit()));
    const double exposure = leverage_of(random) * static_cast<double>(plan.deposit / usdt);
    for (std::size_t p = 0; p < plan.parts.size(); ++p) {
        AccountPlan::Part& part = plan.parts[p];
        const auto is_taken = [&](const AccountPlan::Part& other) {
            return other.instrument == part.instrument;
        };
        const auto until = plan.parts.begin() + static_cast<std::ptrdiff_t>(p);
        do {
            part.instrument = pick_instrument(random.unit());
        } while (std::any_of(plan.parts.begin(), until, is_taken));
        part.is_long = random.unit() < 0.65;
        const double price = static_cast<double>(start_price(part.instrument)) / 1e4;
        const double share = exposure / static_cast<double>(plan.parts.size());
        part.quantity = std::max<std::int64_t>(static_cast<std::int64_t>(share / price * 1e4), 1);
    }
    plan.order_quantity = std::max<std::int64_t>(plan.parts.front().quantity / 100, 1);
    return plan;
}

std::uint32_t Million::shuffled(std::uint32_t number) const noexcept {
    return static_cast<std::uint32_t>(std::uint64_t{number} * stride_ % terms_.accounts);
}

void Million::apply(EventBody body) {
    const Event event{
        .sequence = {engine.sequence().raw + 1}, .time = time, .body = std::move(body)};
    engine.apply(event, outcome);
}

void Million::define_accounts() {
    for (std::uint32_t a = 0; a < terms_.accounts; ++a) {
        const std::string text = name_of(a);
        apply(AccountDefinition{.name = Name{text}, .currency = Name{"USDT"}});
        rules_.define_account(AccountId{a}, text, no_group);
    }
    RISKD_CHECK(engine.ledger().account_count() == terms_.accounts);
}

void Million::deposit() {
    for (std::uint32_t n = 0; n < terms_.accounts; ++n) {
        const std::uint32_t a = shuffled(n);
        apply(BalanceChange{.account = AccountId{a},
                            .id = Id{"d" + std::to_string(a)},
                            .asset = AssetId{0},
                            .amount = Money{plan(a).deposit}});
        RISKD_CHECK(outcome.outputs.empty());
    }
}

// All positions of all accounts in an order of chance.
void Million::open_positions() {
    const std::uint64_t all = std::uint64_t{terms_.accounts} * positions_max;
    std::uint64_t stride = 7'418'041'423 % all;
    while (std::gcd(stride, all) != 1)
        ++stride;
    for (std::uint64_t n = 0, at = 0; n < all; ++n, at = (at + stride) % all) {
        const auto a = static_cast<std::uint32_t>(at / positions_max);
        const std::size_t p = at % positions_max;
        const AccountPlan plan = this->plan(a);
        if (p >= plan.parts.size()) continue;
        const AccountPlan::Part& part = plan.parts[p];
        apply(Fill{.account = AccountId{a},
                   .instrument = InstrumentId{part.instrument},
                   .fill = Id{"f" + std::to_string(a) + "." + std::to_string(p)},
                   .side = part.is_long ? Side::buy : Side::sell,
                   .price = Price{start_price(part.instrument)},
                   .quantity = Quantity{part.quantity}});
    }
}

void Million::place_orders() {
    for (std::uint32_t n = 0; n < terms_.accounts; ++n) {
        const std::uint32_t a = shuffled(n);
        const AccountPlan plan = this->plan(a);
        const std::uint32_t instrument = plan.parts.front().instrument;
        apply(OrderRequest{.account = AccountId{a},
                           .instrument = InstrumentId{instrument},
                           .order = Id{"order-" + std::to_string(a)},
                           .side = Side::buy,
                           .price = Price{start_price(instrument) / 100 * 99},
                           .quantity = Quantity{plan.order_quantity}});
    }
    RISKD_CHECK(engine.ledger().orders().size() == terms_.accounts);
}

MemoryTaken memory_taken() {
    const auto heap = mallinfo2();
    return {.allocated = heap.uordblks + heap.hblkhd, .resident = resident_now()};
}

void print_memory(std::string_view step, const MemoryTaken& before, std::uint64_t rows) {
    const MemoryTaken now = memory_taken();
    const auto allocated =
        static_cast<double>(now.allocated) - static_cast<double>(before.allocated);
    const auto resident = static_cast<double>(now.resident) - static_cast<double>(before.resident);
    std::printf("%-44.*s %9.1f %9.1f %10.1f %10.1f\n", static_cast<int>(step.size()), step.data(),
                allocated / 0x1p20, resident / 0x1p20, allocated / static_cast<double>(rows),
                resident / static_cast<double>(rows));
    std::fflush(stdout);
}

}  // namespace riskd::bench
