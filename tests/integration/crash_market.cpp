#include "tests/integration/crash_market.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>

#include "tests/integration/oms_model_json.hpp"

namespace riskd::tests {
namespace {

constexpr std::string_view crash_rules = R"(
  parameters:
    ladder: { cool_down: 1d }   # a further step would come by the clock, which the oracle has not
    tiered:
      tiers:
        - { notional: 0, initial: 2%, maintenance: 1%, deduction: 0 }
        - { notional: 100000, initial: 5%, maintenance: 2.5%, deduction: 1500 }
        - { notional: 1000000, initial: 20%, maintenance: 10%, deduction: 76500 }
  overrides:
    - for: { asset: USDT }
      set: { haircut.haircut: 0% }
    - for: { asset: BTC }
      set: { haircut.haircut: 5% }
    - for: { asset: ETH }
      set: { haircut.haircut: 7.5% }
    - for: { instrument: DOGE-PERP }
      set:
        tiered.tiers:
          - { notional: 0, initial: 5%, maintenance: 2.5%, deduction: 0 }
          - { notional: 50000, initial: 10%, maintenance: 5%, deduction: 1250 }
)";

// Marks stay fresh however slow the machine: what is stale is for other tests.
constexpr std::string_view crash_reference = R"(
reference_asset: USDT
assets:
  USDT: { decimals: 8 }
  BTC: { decimals: 8, priced_by: BTC-USDT }
  ETH: { decimals: 8, priced_by: ETH-USDT }
  DOGE: { decimals: 8, priced_by: DOGE-USDT }
instruments:
  BTC-PERP: { kind: linear_perpetual, base: BTC, quote: USDT, price_decimals: 2,
    quantity_decimals: 3, tick: 0.01, lot: 0.001, quantity_max: 100, maker_fee_rate: 0.02%,
    taker_fee_rate: 0.05%, market_price_band: 5%, leverage_max: 50, mark_age_max: 6h }
  ETH-PERP: { kind: linear_perpetual, base: ETH, quote: USDT, price_decimals: 2,
    quantity_decimals: 3, tick: 0.01, lot: 0.01, quantity_max: 2000, maker_fee_rate: 0.02%,
    taker_fee_rate: 0.05%, market_price_band: 5%, leverage_max: 50, mark_age_max: 6h }
  DOGE-PERP: { kind: linear_perpetual, base: DOGE, quote: USDT, price_decimals: 5,
    quantity_decimals: 0, tick: 0.00001, lot: 1, quantity_max: 5000000, maker_fee_rate: 0.02%,
    taker_fee_rate: 0.05%, market_price_band: 10%, leverage_max: 20, mark_age_max: 6h }
  BTC-USDT: { kind: spot, base: BTC, quote: USDT, price_decimals: 2, quantity_decimals: 5,
    tick: 0.01, lot: 0.00001, quantity_max: 100, maker_fee_rate: 0.1%, taker_fee_rate: 0.1%,
    market_price_band: 5%, mark_age_max: 6h }
  ETH-USDT: { kind: spot, base: ETH, quote: USDT, price_decimals: 2, quantity_decimals: 4,
    tick: 0.01, lot: 0.0001, quantity_max: 1000, maker_fee_rate: 0.1%, taker_fee_rate: 0.1%,
    market_price_band: 5%, mark_age_max: 6h }
  DOGE-USDT: { kind: spot, base: DOGE, quote: USDT, price_decimals: 5, quantity_decimals: 0,
    tick: 0.00001, lot: 1, quantity_max: 1000000, maker_fee_rate: 0.1%, taker_fee_rate: 0.1%,
    market_price_band: 10%, mark_age_max: 6h }
groups: [retail, prime]
)";

constexpr std::array<int, 6> leverages{0, 3, 5, 10, 20, 50};

std::string account_of(std::size_t number) {
    return "C" + std::to_string(number);
}
std::string_view group_of(std::size_t number) {
    return number % 7 == 0 ? "prime" : "retail";
}

double to_number(std::int64_t raw, int decimals) {
    return static_cast<double>(raw) / std::pow(10.0, decimals);
}
std::int64_t to_raw(double value, int decimals) {
    return std::llround(value * std::pow(10.0, decimals));
}

// One account's doings, drawn one after the other from the random numbers of all.
class Writer {
public:
    Writer(const CrashPopulation& population, const std::vector<CrashPrices>& path)
        : population_{population}, path_{path}, random_{population.seed}, rounds_(path.size()) {}

    std::vector<CrashRound> write() {
        for (std::size_t i = 0; i < path_.size(); ++i)
            rounds_[i].prices = path_[i];
        for (std::size_t i = 0; i < population_.accounts; ++i)
            write_account(i);
        return std::move(rounds_);
    }

private:
    double between(double least, double most) {
        return std::uniform_real_distribution<double>(least, most)(random_);
    }
    double spread(double least, double most) {
        return std::exp(between(std::log(least), std::log(most)));
    }
    bool chance(double share) { return between(0, 1) < share; }
    std::size_t later_round() {
        return std::uniform_int_distribution<std::size_t>(1, rounds_.size() - 1)(random_);
    }

    void write_account(std::size_t number) {
        const std::string account = account_of(number);
        if (number >= population_.configured) {
            say(0, "account." + account,
                R"({"currency":"USDT","group":")" + std::string(group_of(number)) +
                    R"(","leverage":")" + std::to_string(leverages[number % leverages.size()]) +
                    "\"}");
        }
        const bool is_late = chance(0.15);
        const std::size_t opened = is_late ? later_round() : 0;
        const double notional = spread(300, 300'000);
        const double equity = notional / spread(1.1, 16);
        deposit(opened, account, equity, chance(0.25) ? between(0.2, 1) : 0);
        open(opened, account, notional, is_late ? 0.4 : 0.75);
        if (chance(0.05)) deposit(later_round(), account, equity * between(0.1, 1), 0);
    }

    // `in_coin`: the share of it that is BTC or ETH.
    void deposit(std::size_t round, const std::string& account, double worth, double in_coin) {
        if (in_coin > 0) {
            const std::size_t coin = chance(0.6) ? 0 : 1;
            const double price = to_number(path_[round][coin], 2);
            pay(round, account, coin == 0 ? "BTC" : "ETH", worth * in_coin / price);
        }
        if (in_coin < 1) pay(round, account, "USDT", worth * (1 - in_coin));
    }
    void pay(std::size_t round, const std::string& account, const char* asset, double amount) {
        const std::int64_t raw = std::max<std::int64_t>(to_raw(amount, 8), 1);
        say(round, "balance." + account,
            R"({"id":"d)" + std::to_string(++facts_) + R"(","asset":")" + asset +
                R"(","amount":")" + decimal_text(raw, 8) + R"(","kind":"deposit"})");
    }

    void open(std::size_t round, const std::string& account, double notional, double long_share) {
        const double how_many = between(0, 1);
        const std::size_t count = how_many < 0.5 ? 1 : how_many < 0.85 ? 2 : 3;
        const std::size_t first = std::uniform_int_distribution<std::size_t>(0, 2)(random_);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t at = (first + i) % crash_perpetuals;
            const CrashListing& listing = crash_listings[at];
            const double mark = to_number(path_[round][at], listing.price_decimals);
            const double price = mark * between(0.997, 1.003);
            const int decimals = at == 1 ? 2 : listing.quantity_decimals;  // of its lot
            const double quantity = notional / static_cast<double>(count) / price;
            const std::int64_t raw = std::max<std::int64_t>(to_raw(quantity, decimals), 1);
            const bool is_long = chance(long_share);
            const Bought bought{at, is_long, raw, decimals, to_raw(price, listing.price_decimals)};
            fill(round, account, bought);
            if (chance(0.06) && raw > 1) reduce(round, account, bought);
        }
    }
    struct Bought {
        std::size_t listing{};
        bool is_buy{};
        std::int64_t quantity{};
        int decimals{};
        std::int64_t price{};
    };
    // Later, in part, at the price of that moment.
    void reduce(std::size_t opened, const std::string& account, Bought what) {
        const std::size_t round = later_round();
        if (round <= opened) return;
        what.is_buy = !what.is_buy;
        what.quantity -= what.quantity / 3;
        what.price = path_[round][what.listing];
        fill(round, account, what);
    }
    void fill(std::size_t round, const std::string& account, const Bought& what) {
        const CrashListing& listing = crash_listings[what.listing];
        const double worth =
            to_number(what.quantity, what.decimals) * to_number(what.price, listing.price_decimals);
        const std::string number = std::to_string(++facts_);
        say(round, "fill." + account,
            R"({"fill":"f)" + number + R"(","order":"o)" + number + R"(","instrument":")" +
                std::string(listing.name) + R"(","side":")" + (what.is_buy ? "buy" : "sell") +
                R"(","price":")" + decimal_text(what.price, listing.price_decimals) +
                R"(","quantity":")" + decimal_text(what.quantity, what.decimals) + R"(","fee":")" +
                decimal_text(to_raw(worth * 0.0005, 8), 8) +
                R"(","fee_asset":"USDT","liquidity":"taker"})");
    }
    void say(std::size_t round, const std::string& about, std::string payload) {
        rounds_[round].facts.push_back({"risk.in." + about, std::move(payload)});
    }

    const CrashPopulation& population_;
    const std::vector<CrashPrices>& path_;
    std::mt19937_64 random_;
    std::vector<CrashRound> rounds_;
    std::uint64_t facts_{};
};

}  // namespace

std::string crash_configuration(const CrashPopulation& population) {
    std::ostringstream text;
    const LedgerLimits& limits = crash_limits;
    text << "limits: { accounts_max: " << limits.accounts_max
         << ", instruments_max: " << limits.instruments_max
         << ", open_orders_max: " << limits.open_orders_max
         << ",\n  open_orders_per_account_max: " << limits.open_orders_per_account_max
         << ", orders_remembered_max: " << limits.orders_remembered_max
         << ",\n  ids_remembered_max: " << limits.ids_remembered_max
         << ", judged_at_once_max: " << limits.accounts_max << " }\n"
         << "rules:\n  files:\n";
    for (const char* rule :
         {"check", "margin/tiered.lua", "collateral/haircut.lua", "liquidation/ladder.lua"}) {
        text << "    - \"" << RISKD_SOURCE_DIR << "/rules/" << rule << "\"\n";
    }
    text << crash_rules << crash_reference << "accounts:\n";
    for (std::size_t i = 0; i < population.configured; ++i) {
        text << "  " << account_of(i) << ": { group: " << group_of(i)
             << ", currency: USDT, leverage: " << leverages[i % leverages.size()] << " }\n";
    }
    return text.str();
}

model::NativeParameters crash_parameters() {
    model::NativeParameters made;
    made.haircut = 0;
    made.cool_down = 86'400;
    made.tiers = {
        {0, 0.02, 0.01, 0}, {100'000, 0.05, 0.025, 1'500}, {1'000'000, 0.20, 0.10, 76'500}};
    return made;
}

model::NativeParameters crash_doge_parameters() {
    model::NativeParameters made = crash_parameters();
    made.tiers = {{0, 0.05, 0.025, 0}, {50'000, 0.10, 0.05, 1'250}};
    return made;
}

std::vector<CrashRound> crash_rounds(const CrashPopulation& population,
                                     const std::vector<CrashPrices>& path) {
    return Writer{population, path}.write();
}

}  // namespace riskd::tests
