// Bitget's websocket channels account, positions and orders: wallet, equity, free margin, position,
// entry price and profits, in a real account (cross and isolated) and a demo one (isolated).
//
// The account message of a fill comes just before the order message that tells of it; position
// messages may be of the moment before. usdtEquity has digits beyond the asset's and is not looked
// at. Free margin is the wallet in cross mode, and the wallet less entry value / leverage, rounded
// down, in isolated mode. upl is shown cut to four decimals.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>

#include "tests/lifecycle/replay.hpp"

namespace riskd::lifecycle::bitget_stream {
namespace {

constexpr int money_decimals = 8;
constexpr int quantity_decimals = 3;
constexpr int price_decimals = 5;

constexpr std::string_view begins = "the stream of this account begins here";
constexpr std::string_view no_mark = "the positions channel of the demo account is not in the data";
constexpr std::array<Incomplete, 7> stream_gaps{{
    {"account_umcbl_2022_10_20_05_11_32_363", "before", begins},
    {"account_sumcbl_2022_10_20_05_17_48_875", "before", begins},
    {"account_sumcbl_2022_10_20_05_41_58_025", "mark price", no_mark},
    {"account_sumcbl_2022_10_20_05_44_54_696", "mark price", no_mark},
    {"account_sumcbl_2022_10_20_12_33_41_064", "before",
     "the fills of the limit orders sent before it are not in the data"},
    {"account_umcbl_2022_10_21_09_46_57_216", "before",
     "the deposit between the two days is not in the data"},
    {"account_umcbl_2022_10_21_16_10_32_234", "before",
     "the withdrawal to 10 USDT is not in the data"},
}};

class BitgetStream {
public:
    BitgetStream(std::string_view file, std::vector<Json> records)
        : replay(file, stream_gaps), records_(std::move(records)) {}
    void apply(std::size_t at);
    Replay replay;

private:
    struct Book {
        AccountId account{no_account};
        AssetId asset{no_asset};
        InstrumentId instrument{no_instrument};
        bool isolated{};
        std::int64_t leverage{1};
    };
    static std::string channel(const Json& record) {
        return record["msg"]["arg"]["channel"].text();
    }
    // umcbl, or sumcbl for the demo account.
    static std::string product(const Json& record) {
        return record["msg"]["arg"]["instType"].text();
    }
    // The first record of a channel behind `at` and before the next account message.
    const Json* find_behind(std::size_t at, std::string_view wanted, bool filled) const;
    void apply_fill(Book& book, const Json& record);
    void compare_account(Book& book, std::size_t at);
    void compare_equity(const Book& book, std::size_t at, const Json& shown);
    void compare_position(Book& book, const Json& record);

    std::vector<Json> records_;
    std::map<std::string, Book> books_;
    const Json* applied_{};
};

const Json* BitgetStream::find_behind(std::size_t at, std::string_view wanted, bool filled) const {
    for (std::size_t i = at + 1; i < records_.size(); ++i) {
        const Json& record = records_[i];
        if (product(record) != product(records_[at])) continue;
        if (channel(record) == "account") return nullptr;
        if (channel(record) != wanted || record["msg"]["data"].items().empty()) continue;
        const Json& first = record["msg"]["data"].items().front();
        if (!filled || first["status"].text() == "full-fill") return &record;
    }
    return nullptr;
}

void BitgetStream::apply(std::size_t at) {
    const Json& record = records_[at];
    replay.tally.read_record();
    Book& book = books_[product(record)];
    if (channel(record) == "account") {
        if (const Json* fill = find_behind(at, "orders", true)) apply_fill(book, *fill);
        compare_account(book, at);
    } else if (channel(record) == "positions") {
        compare_position(book, record);
    } else if (record["msg"]["data"].items().front()["status"].text() == "full-fill") {
        EXPECT_EQ(applied_, &record) << "a fill without an account message before it";
    }
}

void BitgetStream::apply_fill(Book& book, const Json& record) {
    const Json& order = record["msg"]["data"].items().front();
    const std::string& settle = order["fillFeeCcy"].text();
    book.instrument =
        replay.linear({order["instId"].text(), settle, price_decimals, quantity_decimals});
    book.isolated = order["tdMode"].text() == "isolated";
    book.leverage = exact(order["lever"], 0);
    replay.at(from_ms(exact(order["fillTime"], 0)));
    const std::int64_t before = replay.position(book.account, book.instrument).realized_pnl.raw;
    replay.fill({.account = book.account,
                 .instrument = book.instrument,
                 .side = order["side"].text() == "buy" ? Side::buy : Side::sell,
                 .price = exact(order["fillPx"], price_decimals),
                 .quantity = exact(order["fillSz"], quantity_decimals),
                 .fee = -exact(order["fillFee"], money_decimals)});
    const std::int64_t after = replay.position(book.account, book.instrument).realized_pnl.raw;
    replay.tally.compare({record["name"].text(), "realized profit",
                          exact(order["pnl"], money_decimals), after - before});
    applied_ = &record;
}

void BitgetStream::compare_account(Book& book, std::size_t at) {
    const std::string& name = records_[at]["name"].text();
    const Json& shown = records_[at]["msg"]["data"].items().front();
    const std::string& coin = shown["marginCoin"].text();
    book.asset = replay.asset(coin, money_decimals);
    const std::int64_t free = exact(shown["available"], money_decimals);
    if (replay.tally.is_incomplete(name, "before")) {
        book = {.account = replay.account(name, coin), .asset = book.asset};
        replay.change(book.account, book.asset, free, BalanceKind::deposit);
    }
    const std::int64_t balance = replay.balance(book.account, book.asset);
    const Position position = replay.position(book.account, book.instrument);
    const std::int64_t set_aside =
        book.isolated ? std::abs(position.entry_value.raw) / book.leverage : 0;
    replay.tally.compare({name, "free margin", free, balance - set_aside});
    if (position.quantity.raw == 0) {
        replay.tally.compare({name, "equity", exact(shown["equity"], money_decimals), balance});
    } else if (!replay.tally.is_incomplete(name, "mark price")) {
        compare_equity(book, at, shown);
    }
}

void BitgetStream::compare_equity(const Book& book, std::size_t at, const Json& shown) {
    const std::string& name = records_[at]["name"].text();
    const Json* marked = find_behind(at, "positions", false);
    ASSERT_NE(marked, nullptr) << name;
    const Json& position = (*marked)["msg"]["data"].items().front();
    replay.mark(book.instrument, exact(position["markPrice"], price_decimals));
    const std::int64_t equity =
        replay.balance(book.account, book.asset) + replay.unrealized_pnl(book.account, book.asset);
    replay.tally.compare({name, "equity", exact(shown["equity"], money_decimals), equity});
}

void BitgetStream::compare_position(Book& book, const Json& record) {
    const std::string& name = record["name"].text();
    const Position position = replay.position(book.account, book.instrument);
    const std::vector<Json>& shown = record["msg"]["data"].items();
    // Nothing is shown while the order that opens a position is being filled.
    if (shown.empty()) {
        return replay.tally.compare({name, "position", 0, position.quantity.raw});
    }
    const Json& first = shown.front();
    const std::int64_t total = exact(first["total"], quantity_decimals);
    const bool is_long = first["holdSide"].text() == "long";
    replay.tally.compare({name, "position", is_long ? total : -total, position.quantity.raw});
    replay.tally.compare({name, "entry price", exact(first["averageOpenPrice"], price_decimals),
                          nearest(position.entry_value.raw, position.quantity.raw)});
    replay.mark(book.instrument, exact(first["markPrice"], price_decimals));
    constexpr int shown_decimals = 4;
    replay.tally.compare({name, "unrealized profit", exact(first["upl"], shown_decimals),
                          replay.unrealized_pnl(book.account, book.asset) /
                              power_of_ten(money_decimals - shown_decimals)});
}

class BitgetLifecycle : public RecordedAccounts {};

TEST_F(BitgetLifecycle, the_channels_of_real_and_demo_accounts_agree) {
    const std::string file = "bitget_linear_ws_account_orders_positions_2022.jsonl";
    std::vector<Json> records = read_json_lines(*folder / file);
    const std::size_t count = records.size();
    BitgetStream stream{file, std::move(records)};
    for (std::size_t i = 0; i < count; ++i)
        stream.apply(i);
    stream.replay.finish({.equal = 77, .incomplete = 7});
}

}  // namespace
}  // namespace riskd::lifecycle::bitget_stream
