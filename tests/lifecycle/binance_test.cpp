// Binance USD-M user streams: wallet, position, entry price and realized profit after every fill.
//
// Two formats of the same stream: as sent, and with its keys spelt out. An ACCOUNT_UPDATE comes
// just before the ORDER_TRADE_UPDATE of its fill; both are applied and compared together.
//
// Binance's realized profit is that of an average entry price kept to ten decimals, rounded towards
// zero to 1e-8: found from the two closings of the data whose average does not end before. Eight,
// nine, eleven or twelve decimals do not give both -0.07689999 (1.53 bought at 383.48 against
// 383.42973856...) and 0.25929999 (0.14 sold at 396.8 against 394.94785714...). riskd keeps what
// the position cost, which is exact: such a closing differs by one unit, the wallet by their sum.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/lifecycle/replay.hpp"

namespace riskd::lifecycle::binance {
namespace {

constexpr int money_decimals = 8;
constexpr int quantity_decimals = 3;
constexpr int price_decimals = 5;

constexpr std::array<Incomplete, 6> example_gaps{{
    {"1/1", "before", "the stream begins here"},
    {"3/5", "commission", "the fill does not say its commission"},
    {"4/0", "before", "the withdrawal of everything before this deposit is not in the data"},
    {"5/0", "before", "the withdrawal down to 10 USDT is not in the data"},
    {"6/0", "before", "example 5 ended short; that it closed and was withdrawn is not in the data"},
    {"8/1", "before", "example 7 ended short; its closing is not in the data"},
}};
constexpr std::array<Incomplete, 1> btcusdt_gaps{{{"3", "before", "the stream begins here"}}};
constexpr std::array<Incomplete, 3> ethusdc_gaps{{
    {"1", "before", "the stream begins here"},
    {"3", "before", "what was traded between the withdrawal and the funding is not in the data"},
    {"8", "before", "what was traded between the funding and this fill is not in the data"},
}};

const Json& either(const Json& record, std::string_view one, std::string_view other) {
    return record[one] ? record[one] : record[other];
}

// What an ACCOUNT_UPDATE shows, and what its fill says.
struct AccountUpdate {
    const Json& balance;
    const Json& positions;
    std::string_view type;
};

AccountUpdate account_update(const Json& message) {
    const Json& update = either(message, "a", "updateData");
    const Json& balances = either(update, "B", "updatedBalances");
    return {.balance = balances.items().at(0),
            .positions = either(update, "P", "updatedPositions"),
            .type = either(update, "m", "updateEventType").text()};
}

std::int64_t magnitude_of(std::int64_t raw) {
    return raw < 0 ? -raw : raw;
}

class BinanceReplay {
public:
    BinanceReplay(std::string_view file, std::span<const Incomplete> gaps) : replay(file, gaps) {}

    // `record` names the message in what is printed; `next` follows it in the stream.
    void apply(const std::string& record, const Json& message, const Json* next);
    Replay replay;

private:
    static bool is_fill(const Json& message) {
        const Json& order = either(message, "o", "order");
        return order && either(order, "x", "executionType").text() == "TRADE";
    }
    void apply_fill(const std::string& record, const Json& order);
    void apply_change(const AccountUpdate& update);
    void compare_wallet(const std::string& record, const AccountUpdate& update);
    void compare_position(const std::string& record, const Json& shown);

    AccountId account_{no_account};
    AssetId asset_{no_asset};
    const Json* applied_{};             // the fill that an account update has already applied
    bool opens_{};                      // the account takes its wallet from this record
    std::int64_t profit_difference_{};  // the sum of what Binance rounds otherwise, minus riskd's
    std::int64_t wallet_difference_{};  // the part of it since the wallet was taken
    std::optional<std::int64_t> base_;  // realized before this account begins
};

void BinanceReplay::apply(const std::string& record, const Json& message, const Json* next) {
    replay.tally.read_record();
    const std::string& kind = either(message, "e", "eventType").text();
    const Json& time =
        message["T"] ? message["T"] : either(message, "transactionTime", "transactionId");
    replay.at(from_ms(static_cast<std::int64_t>(time.integer())));
    if (kind == "ACCOUNT_UPDATE") {
        const AccountUpdate update = account_update(message);
        const std::string& asset = either(update.balance, "a", "asset").text();
        asset_ = replay.asset(asset, money_decimals);
        opens_ = replay.tally.is_incomplete(record, "before");
        if (opens_) {
            account_ = replay.account("from." + std::string(asset) + '.' +
                                          record.substr(0, record.find('/')) + '.' +
                                          record.substr(record.find('/') + 1),
                                      asset);
            profit_difference_ = 0;
            base_.reset();
        }
        apply_change(update);
        if (next != nullptr && is_fill(*next)) {
            apply_fill(record, either(*next, "o", "order"));
            applied_ = next;
        }
        compare_wallet(record, update);
        for (const Json& position : update.positions.items())
            compare_position(record, position);
    } else if (is_fill(message) && &message != applied_) {
        apply_fill(record, either(message, "o", "order"));
    }
}

void BinanceReplay::apply_change(const AccountUpdate& update) {
    const std::int64_t amount =
        exact(either(update.balance, "bc", "balanceChange"), money_decimals);
    if (amount == 0) return;
    BalanceKind kind = BalanceKind::adjustment;
    if (update.type == "DEPOSIT") kind = BalanceKind::deposit;
    if (update.type == "WITHDRAW") kind = BalanceKind::withdrawal;
    replay.change(account_, asset_, amount, kind);
}

// The profit of a closed quantity as Binance computes it from what riskd says the position cost.
std::int64_t binance_profit(const Position& before, std::int64_t closed, std::int64_t price) {
    constexpr Wide more = power_of_ten(10 - price_decimals);
    const Wide entry = nearest(Wide{magnitude_of(before.entry_value.raw)} * more,
                               magnitude_of(before.quantity.raw));
    const Wide profit = (price * more - entry) * closed / more;
    return static_cast<std::int64_t>(before.quantity.raw > 0 ? profit : -profit);
}

void BinanceReplay::apply_fill(const std::string& record, const Json& order) {
    const std::string& symbol = either(order, "s", "symbol").text();
    const Json& commission = either(order, "n", "commissionAmount");
    const bool buys = either(order, "S", "orderSide").text() == "BUY";
    const std::string settle = symbol.substr(symbol.size() - 4);
    const FillRecord fill{
        .account = account_,
        .instrument = replay.linear({symbol, settle, price_decimals, quantity_decimals}),
        .side = buys ? Side::buy : Side::sell,
        .price = exact(either(order, "L", "lastFilledPrice"), price_decimals),
        .quantity = exact(either(order, "l", "lastFilledQuantity"), quantity_decimals),
        .fee = commission ? exact(commission, money_decimals) : 0};
    const Position before = replay.position(account_, fill.instrument);
    replay.fill(fill);
    const Position after = replay.position(account_, fill.instrument);
    const std::int64_t profit = exact(either(order, "rp", "realisedProfit"), money_decimals);
    const std::int64_t realized = after.realized_pnl.raw - before.realized_pnl.raw;
    const bool closes = before.quantity.raw != 0 && (before.quantity.raw > 0) != buys;
    const std::int64_t closed = std::min(fill.quantity, magnitude_of(before.quantity.raw));
    replay.tally.compare_rounded({record, "realized profit of the fill", profit, realized},
                                 closes ? binance_profit(before, closed, fill.price) : 0);
    profit_difference_ += profit - realized;
    wallet_difference_ += profit - realized;
}

void BinanceReplay::compare_wallet(const std::string& record, const AccountUpdate& update) {
    const std::int64_t wallet =
        exact(either(update.balance, "wb", "walletBalance"), money_decimals);
    const std::int64_t held = replay.balance(account_, asset_);
    if (opens_ || replay.tally.is_incomplete(record, "commission")) {
        replay.change(account_, asset_, wallet - held, BalanceKind::adjustment);
        wallet_difference_ = 0;
        return;
    }
    replay.tally.compare_rounded({record, "wallet", wallet, held}, held + wallet_difference_);
}

void BinanceReplay::compare_position(const std::string& record, const Json& shown) {
    const std::string& symbol = either(shown, "s", "symbol").text();
    const std::string settle = symbol.substr(symbol.size() - 4);
    const Position position = replay.position(
        account_, replay.linear({symbol, settle, price_decimals, quantity_decimals}));
    replay.tally.compare({record, "position",
                          exact(either(shown, "pa", "positionAmount"), quantity_decimals),
                          position.quantity.raw});
    // Shown to five decimals.
    const std::int64_t entry =
        position.quantity.raw == 0
            ? 0
            : nearest(magnitude_of(position.entry_value.raw), magnitude_of(position.quantity.raw));
    replay.tally.compare(
        {record, "entry price", exact(either(shown, "ep", "entryPrice"), price_decimals), entry});
    const std::int64_t realized =
        exact(either(shown, "cr", "accumulatedRealisedPreFee"), money_decimals);
    if (!base_) {
        base_ = realized - position.realized_pnl.raw - profit_difference_;
        return replay.tally.count_incomplete("what was realized before the stream begins");
    }
    const std::int64_t ours = *base_ + position.realized_pnl.raw;
    replay.tally.compare_rounded({record, "realized profit", realized, ours},
                                 ours + profit_difference_);
}

class BinanceLifecycle : public RecordedAccounts {
protected:
    void replay_raw_stream(const std::string& file, std::span<const Incomplete> gaps,
                           const Tally::Sums& expected) {
        const std::vector<Json> messages = read_json_lines(*folder / file);
        BinanceReplay binance{file, gaps};
        for (std::size_t i = 0; i < messages.size(); ++i) {
            const Json* next = i + 1 < messages.size() ? &messages[i + 1] : nullptr;
            binance.apply(std::to_string(i + 1), messages[i], next);
        }
        binance.replay.finish(expected);
    }
};

TEST_F(BinanceLifecycle, nine_examples_of_bnbusdt_agree_after_every_fill) {
    const std::string file = "binance_um_BNBUSDT_user_stream_examples_1-9_2022-03.jsonl";
    const std::vector<Json> records = read_json_lines(*folder / file);
    BinanceReplay binance{file, example_gaps};
    for (std::size_t i = 0; i < records.size(); ++i) {
        const Json& record = records[i];
        const bool last =
            i + 1 == records.size() || records[i + 1]["example"].text() != record["example"].text();
        binance.apply(record["example"].text() + '/' + record["seq"].text(), record["msg"],
                      last ? nullptr : &records[i + 1]["msg"]);
    }
    binance.replay.finish({.equal = 145, .within_unit = 8, .incomplete = 11});
}

TEST_F(BinanceLifecycle, a_captured_round_trip_in_btcusdt_agrees) {
    replay_raw_stream("binance_um_captured_BTCUSDT_2024-11-18.jsonl", btcusdt_gaps,
                      {.equal = 8, .incomplete = 2});
}

TEST_F(BinanceLifecycle, captured_changes_of_a_usdc_wallet_agree) {
    replay_raw_stream("binance_um_captured_ETHUSDC_2026-04-21.jsonl", ethusdc_gaps,
                      {.equal = 4, .incomplete = 4});
}

}  // namespace
}  // namespace riskd::lifecycle::binance
