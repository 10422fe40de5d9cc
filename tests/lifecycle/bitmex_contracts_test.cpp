// BitMEX contracts: the cost of every execution of four quanto perpetuals (settled in satoshi), and
// the inverse XBTUSD position of an account snapshot.
//
// Quanto: lastPx is printed to three decimals where the tick is 0.0005, so that half of the prices
// of LINKUSDT and DOTUSDT are printed half a thousandth off, up or down. The execution cost names
// the price; it must be lastPx or one of the two that are printed so.
//
// Inverse: BitMEX rounds the value of one contract to 0.01 satoshi and multiplies; riskd values the
// position exactly and rounds once, against the account. They differ by less than half a hundredth
// of a satoshi a contract. The average entry price it shows is that of the cost of one contract, to
// 0.01 satoshi too. The fills behind the position are not in the data: one fill of its cost stands
// for them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>

#include "tests/lifecycle/replay.hpp"

namespace riskd::lifecycle::bitmex_contracts {
namespace {

constexpr int quanto_price_decimals = 5;
constexpr std::int64_t half_thousandth = 50;  // 0.0005
constexpr int inverse_price_decimals = 8;
constexpr int shown_price_decimals = 4;

class BitmexContracts : public RecordedAccounts {};

struct Execution {
    std::string id;
    std::string symbol;
    Side side{};
    std::int64_t quantity{};
    std::int64_t printed_price{};
    std::int64_t cost{};        // satoshi; positive for a buy
    std::int64_t multiplier{};  // satoshi a contract and unit of price
    bool coarse{};              // printed coarser than its tick

    // The price of which the cost is made, if it is printed as this one is.
    std::optional<std::int64_t> price() const {
        constexpr std::int64_t unit = power_of_ten(quanto_price_decimals);
        const Wide scaled = Wide{std::abs(cost)} * unit;
        const Wide per_price = Wide{quantity} * multiplier;
        if (scaled % per_price != 0) return std::nullopt;
        const auto price = static_cast<std::int64_t>(scaled / per_price);
        const std::int64_t off = std::abs(price - printed_price);
        if (off != 0 && !(coarse && off == half_thousandth)) return std::nullopt;
        return price;
    }
};

std::vector<Execution> read_executions(const std::filesystem::path& file) {
    std::vector<Execution> executions;
    for (const std::string& line : read_lines(file)) {
        const auto fields = split_fields(line);
        if (fields.front() == "event_time") continue;
        EXPECT_EQ(fields.size(), 15U) << line;
        executions.push_back({.id = std::string(fields[1]),
                              .symbol = std::string(fields[3]),
                              .side = fields[4] == "Buy" ? Side::buy : Side::sell,
                              .quantity = exact(fields[5], 0),
                              .printed_price = exact(fields[8], quanto_price_decimals),
                              .cost = exact(fields[10], 0),
                              .multiplier = exact(fields[13], 0),
                              .coarse = fields[14] == "0.0005"});
    }
    return executions;
}

InstrumentId quanto(Replay& replay, const Execution& execution) {
    replay.asset("USDT", 6);
    replay.asset(execution.symbol, 8);
    return replay.instrument({.name = Name{execution.symbol + ".PERP"},
                              .kind = ContractKind::quanto_perpetual,
                              .base = Name{execution.symbol},
                              .quote = Name{"USDT"},
                              .settle = Name{"XBT"},
                              .price_decimals = quanto_price_decimals,
                              .contract_size = execution.multiplier,
                              .contract_size_decimals = 8});
}

TEST_F(BitmexContracts, quanto_executions_cost_what_the_exchange_says) {
    const std::string file = "bitmex_quanto_executions.csv.gz";
    Replay replay{file, {}};
    const AssetId xbt = replay.asset("XBT", 8);
    const AccountId account = replay.account("trader", "XBT");
    std::map<std::string, std::int64_t> costs;
    std::map<std::string, InstrumentId> instruments;
    std::size_t printed_off = 0;
    for (const Execution& execution : read_executions(*folder / file)) {
        replay.tally.read_record();
        const InstrumentId instrument = quanto(replay, execution);
        const auto price = execution.price();
        ASSERT_TRUE(price) << execution.id << " has a price that is not printed so";
        if (*price != execution.printed_price) ++printed_off;
        const Position before = replay.position(account, instrument);
        replay.fill({.account = account,
                     .instrument = instrument,
                     .side = execution.side,
                     .price = *price,
                     .quantity = execution.quantity});
        const Position after = replay.position(account, instrument);
        const std::int64_t entry = after.entry_value.raw - before.entry_value.raw;
        const std::int64_t realized = after.realized_pnl.raw - before.realized_pnl.raw;
        replay.tally.compare({execution.id, "cost", execution.cost, entry - realized});
        costs[execution.symbol] += execution.cost;
        instruments[execution.symbol] = instrument;
    }
    // Each position ends flat, so all it cost has become its result.
    std::int64_t result = 0;
    for (const auto& [symbol, cost] : costs) {
        const Position position = replay.position(account, instruments[symbol]);
        replay.tally.compare({symbol, "last position", 0, position.quantity.raw});
        replay.tally.compare({symbol, "realized profit", -cost, position.realized_pnl.raw});
        result -= cost;
    }
    replay.tally.compare({"all", "balance", result, replay.balance(account, xbt)});
    replay.finish({.equal = 4558});
    std::cout << "  " << printed_off << " prices are printed half a thousandth off\n";
    EXPECT_EQ(costs.size(), 4U);
}

TEST_F(BitmexContracts, an_inverse_position_is_valued_as_in_the_snapshot) {
    const std::string file = "bitmex_account_snapshot_2026-05-03.json";
    std::string text;
    for (const std::string& line : read_lines(*folder / file))
        text += line + '\n';
    const auto snapshot = Json::parse(text);
    ASSERT_TRUE(snapshot);
    const Json& shown = (*snapshot)["position"].items().front();
    ASSERT_EQ(shown["symbol"].text(), "XBTUSD");

    Replay replay{file, {}};
    replay.tally.read_record();
    const AssetId xbt = replay.asset("XBT", 8);
    replay.asset("USD", 2);
    const InstrumentId instrument = replay.instrument({.name = Name{"XBTUSD"},
                                                       .kind = ContractKind::inverse_perpetual,
                                                       .base = Name{"XBT"},
                                                       .quote = Name{"USD"},
                                                       .settle = Name{"XBT"},
                                                       .price_decimals = inverse_price_decimals});
    const std::int64_t quantity = exact(shown["currentQty"], 0);
    ASSERT_LT(quantity, 0);
    const std::int64_t cost = exact(shown["currentCost"], 0);
    const AccountId account = replay.account("trader", "XBT");
    constexpr Wide one_xbt = power_of_ten(8 + inverse_price_decimals);
    replay.fill({.account = account,
                 .instrument = instrument,
                 .side = Side::sell,
                 .price = static_cast<std::int64_t>(
                     divide(one_xbt * -quantity, cost, Rounding::toward_plus)),
                 .quantity = -quantity});
    const Position position = replay.position(account, instrument);
    EXPECT_EQ(position.entry_value.raw, cost);
    replay.tally.count_incomplete("the fills behind the position, so its cost");
    replay.tally.compare({"XBTUSD", "position", quantity, position.quantity.raw});

    // Of one contract, in hundredths of a satoshi.
    const std::int64_t entry = nearest(Wide{cost} * 100, -quantity);
    constexpr Wide one_xbt_shown = power_of_ten(8 + shown_price_decimals);
    replay.tally.compare_rounded(
        {"XBTUSD", "entry price", exact(shown["avgEntryPrice"], shown_price_decimals),
         nearest(one_xbt_shown * -quantity, position.entry_value.raw)},
        nearest(one_xbt_shown * 100, entry));

    const std::int64_t mark = exact(shown["markPrice"], inverse_price_decimals);
    replay.mark(instrument, mark);
    const std::int64_t profit = replay.unrealized_pnl(account, xbt);
    const std::int64_t marked = nearest(one_xbt * 100, mark);
    const std::int64_t rounded = nearest(Wide{marked} * -quantity, 100);
    replay.tally.compare_rounded(
        {"XBTUSD", "mark value", exact(shown["markValue"], 0), profit + cost}, rounded);
    replay.tally.compare_rounded(
        {"XBTUSD", "unrealized profit", exact(shown["unrealisedPnl"], 0), profit}, rounded - cost);
    // Its margin rows are of ten seconds later.
    replay.tally.count_incomplete("the mark price of the margin balance");
    replay.finish({.equal = 1, .rounded = 3, .incomplete = 2});
}

}  // namespace
}  // namespace riskd::lifecycle::bitmex_contracts
