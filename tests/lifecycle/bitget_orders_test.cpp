// Bitget order histories: the profit and the fee of each order, linear and inverse. The accounts
// hold a long and a short side by side (holdMode double_hold), and so do those of riskd.
//
// Linear: an order is shown with its quantity and its filledAmount, the sum over its fills; where
// that is no single price, two neighbouring prices with the same sums stand for the fills.
//
// Inverse: an order is shown with a size in BTC to 0.001, not with the USD contracts it closed, so
// no closing is complete. The contracts are what its fee says (0.06 % of contracts / entry price,
// rounded down to 1e-8: the only rounding under which fee and profit of all twelve closings name
// the same contracts), to within one digit of the fee; the profit of riskd for the smallest and
// the largest such number must enclose the exchange's.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>

#include "tests/lifecycle/replay.hpp"

namespace riskd::lifecycle::bitget_orders {
namespace {

constexpr int money_decimals = 8;
constexpr int quantity_decimals = 3;
constexpr int price_decimals = 5;

struct BitgetOrder {
    std::string id;
    std::string side;  // long or short
    bool opens{};
    std::int64_t time_ms{};
    std::int64_t quantity{};
    std::int64_t value{};  // in the quote asset
    std::int64_t profit{};
    std::int64_t fee{};  // paid: positive

    PositionSide position_side() const {
        return side == "long" ? PositionSide::long_side : PositionSide::short_side;
    }
    Side direction() const { return opens == (side == "long") ? Side::buy : Side::sell; }
};

// The filled orders, in the order they were last changed in.
std::vector<BitgetOrder> read_orders(const std::filesystem::path& file, Replay& replay) {
    std::vector<BitgetOrder> orders;
    for (const Json& record : read_json_lines(file)) {
        replay.tally.read_record();
        if (record["state"].text() != "filled") continue;
        EXPECT_EQ(record["size"].text(), record["filledQty"].text());
        orders.push_back({.id = record["orderId"].text(),
                          .side = record["posSide"].text(),
                          .opens = record["side"].text().rfind("open_", 0) == 0,
                          .time_ms = exact(record["uTime"], 0),
                          .quantity = exact(record["size"], quantity_decimals),
                          .value = exact(record["filledAmount"], money_decimals),
                          .profit = exact(record["totalProfits"], money_decimals),
                          .fee = -exact(record["fee"], money_decimals)});
    }
    std::stable_sort(orders.begin(), orders.end(),
                     [](const auto& a, const auto& b) { return a.time_ms < b.time_ms; });
    return orders;
}

class BitgetOrders : public RecordedAccounts {};

TEST_F(BitgetOrders, linear_profits_and_fees_agree) {
    const std::string file = "bitget_linear_BTCUSDT_orders.jsonl";
    Replay replay{file, {}};
    const auto orders = read_orders(*folder / file, replay);
    const InstrumentId instrument =
        replay.linear({"BTCUSDT_UMCBL", "USDT", price_decimals, quantity_decimals});
    const AssetId usdt = replay.asset("USDT", money_decimals);
    const AccountId account = replay.account("hedged", "USDT", PositionMode::hedge);
    std::int64_t wallet = 0;
    for (const BitgetOrder& order : orders) {
        replay.at(from_ms(order.time_ms));
        const Position before = replay.position(account, instrument, order.position_side());
        if (!order.opens) {
            EXPECT_LE(order.quantity, std::abs(before.quantity.raw)) << order.id;
        }
        replay.fill_of_value({.account = account,
                              .instrument = instrument,
                              .side = order.direction(),
                              .position_side = order.position_side(),
                              .quantity = order.quantity,
                              .fee = order.fee},
                             order.value);
        const Position after = replay.position(account, instrument, order.position_side());
        replay.tally.compare({"order " + order.id, "realized profit", order.profit,
                              after.realized_pnl.raw - before.realized_pnl.raw});
        wallet += order.profit - order.fee;
        replay.tally.compare(
            {"order " + order.id, "profits less fees", wallet, replay.balance(account, usdt)});
    }
    replay.finish({.equal = 78});
}

// The USD contracts an order closed, in 1e-4, as far as its fee tells.
struct Contracts {
    std::int64_t least{};
    std::int64_t most{};
};
constexpr int contract_decimals = 4;

Contracts contracts_of_fee(std::int64_t fee, std::int64_t entry_price) {
    // fee x price / 0.0006, of a fee in 1e-8 and a price in 1e-5, in units of 1e-4.
    constexpr Wide divisor = 600'000;
    const Wide least = divide(Wide{fee} * entry_price, divisor, Rounding::toward_plus);
    const Wide most = divide(Wide{fee + 1} * entry_price - 1, divisor, Rounding::toward_minus);
    return {static_cast<std::int64_t>(least), static_cast<std::int64_t>(most)};
}

struct RoundTrip {
    std::string account;
    bool is_long{};
    PositionSide side{};
    std::int64_t contracts{};
    std::int64_t entry{};
    std::int64_t exit{};
};

std::int64_t profit_of(Replay& replay, const RoundTrip& trip) {
    const InstrumentId instrument = replay.instrument({.name = Name{"BTCUSD_DMCBL"},
                                                       .kind = ContractKind::inverse_perpetual,
                                                       .base = Name{"BTC"},
                                                       .quote = Name{"USD"},
                                                       .settle = Name{"BTC"},
                                                       .price_decimals = price_decimals,
                                                       .quantity_decimals = contract_decimals});
    FillRecord fill{.account = replay.account(trip.account, "BTC", PositionMode::hedge),
                    .instrument = instrument,
                    .side = trip.is_long ? Side::buy : Side::sell,
                    .position_side = trip.side,
                    .price = trip.entry,
                    .quantity = trip.contracts};
    replay.fill(fill);
    fill.side = trip.is_long ? Side::sell : Side::buy;
    fill.price = trip.exit;
    replay.fill(fill);
    const Position position = replay.position(fill.account, instrument, trip.side);
    EXPECT_EQ(position.quantity.raw, 0);
    EXPECT_EQ(position.entry_value.raw, 0);
    return position.realized_pnl.raw;
}

TEST_F(BitgetOrders, inverse_profits_agree_as_far_as_the_contracts_are_known) {
    const std::string file = "bitget_inverse_BTCUSD_orders.jsonl";
    Replay replay{file, {}};
    replay.asset("BTC", money_decimals);
    replay.asset("USD", money_decimals);
    std::map<std::string, std::int64_t> entries;
    std::map<std::string, std::int64_t> held;
    for (const BitgetOrder& order : read_orders(*folder / file, replay)) {
        const std::int64_t price = nearest(order.value, order.quantity);
        replay.at(from_ms(order.time_ms));
        held[order.side] += order.opens ? order.quantity : -order.quantity;
        EXPECT_GE(held[order.side], 0) << order.id;
        if (order.opens) {
            EXPECT_EQ(held[order.side], order.quantity) << order.id << " adds to a position";
            EXPECT_EQ(order.profit, 0) << order.id;
            entries[order.side] = price;
            continue;
        }
        const Contracts contracts = contracts_of_fee(order.fee, entries[order.side]);
        RoundTrip trip{.account = order.id + ".least",
                       .is_long = order.side == "long",
                       .side = order.position_side(),
                       .contracts = contracts.least,
                       .entry = entries[order.side],
                       .exit = price};
        const std::int64_t one = profit_of(replay, trip);
        trip.account = order.id + ".most";
        trip.contracts = contracts.most;
        const std::int64_t other = profit_of(replay, trip);
        replay.tally.compare_between({"order " + order.id, "realized profit", order.profit, one},
                                     {std::min(one, other) - 1, std::max(one, other) + 1});
        replay.tally.count_incomplete("the USD contracts that a closing order closed");
    }
    replay.finish({.between = 12, .incomplete = 12});
}

}  // namespace
}  // namespace riskd::lifecycle::bitget_orders
