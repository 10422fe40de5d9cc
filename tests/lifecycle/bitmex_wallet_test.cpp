// A BitMEX wallet of two and a half years, in satoshi, in millionths of USDT and of BMEX: every
// deposit, withdrawal, transfer, conversion, spot trade and daily result, and the balance after
// each. The balance shown is that after the whole batch of one timestamp and currency. Daily
// results come as sums (profit, funding and fees of a contract and a day): the executions behind
// them are not in the data, so they are balance changes here. Spot trades are fills.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>

#include "tests/lifecycle/replay.hpp"

namespace riskd::lifecycle::bitmex_wallet {
namespace {

constexpr std::int64_t bmex = 1'000'000;  // of its millionths

struct WalletRow {
    std::string time;
    std::string kind;
    bool completed{};
    std::string currency;
    std::int64_t amount{};
    std::int64_t balance{};
    std::string symbol;
};

std::vector<WalletRow> read_rows(const std::filesystem::path& file) {
    std::vector<WalletRow> rows;
    for (const std::string& line : read_lines(file)) {
        const auto fields = split_fields(line);
        if (fields.front() == "timestamp") continue;
        EXPECT_EQ(fields.size(), 10U) << line;
        rows.push_back({.time = std::string(fields[0]),
                        .kind = std::string(fields[2]),
                        .completed = fields[3] == "Completed",
                        .currency = std::string(fields[4]),
                        .amount = exact(fields[5], 0),
                        .balance = exact(fields[7], 0),
                        .symbol = std::string(fields[8])});
    }
    return rows;
}

class BitmexWallet {
public:
    explicit BitmexWallet(std::string_view file) : replay(file, {}) {
        replay.asset("XBt", 8);
        replay.asset("USDt", 6);
        replay.asset("BMEx", 6);
        account_ = replay.account("wallet", "XBt");
        elsewhere_ = replay.account("elsewhere", "XBt");
    }
    // Rows of one timestamp.
    void apply(std::span<const WalletRow> batch);
    Replay replay;

private:
    void apply(const WalletRow& row);
    void trade(const WalletRow& base, const WalletRow& quote);

    AccountId account_{no_account};
    AccountId elsewhere_{no_account};
};

void BitmexWallet::apply(const WalletRow& row) {
    if (!row.completed) return;
    const AssetId asset = replay.asset(row.currency, row.currency == "XBt" ? 8 : 6);
    if (row.kind == "Transfer") {
        const bool arrives = row.amount > 0;
        return replay.transfer({.from = arrives ? elsewhere_ : account_,
                                .to = arrives ? account_ : elsewhere_,
                                .asset = asset,
                                .amount = Money{arrives ? row.amount : -row.amount}});
    }
    static const std::map<std::string, BalanceKind> kinds{{"Deposit", BalanceKind::deposit},
                                                          {"Withdrawal", BalanceKind::withdrawal},
                                                          {"RealisedPNL", BalanceKind::adjustment},
                                                          {"Conversion", BalanceKind::adjustment}};
    const auto kind = kinds.find(row.kind);
    ASSERT_TRUE(kind != kinds.end()) << row.kind;
    replay.change(account_, asset, row.amount, kind->second);
}

// Both sides of a spot trade are rows: whole BMEX at prices of three decimals. A row may be the sum
// of fills at two prices.
void BitmexWallet::trade(const WalletRow& base, const WalletRow& quote) {
    const InstrumentId spot = replay.instrument({.name = Name{base.symbol},
                                                 .kind = ContractKind::spot,
                                                 .base = Name{"BMEx"},
                                                 .quote = Name{"USDt"},
                                                 .settle = Name{"USDt"},
                                                 .price_decimals = 3});
    EXPECT_EQ(base.amount % bmex, 0) << base.time;
    EXPECT_EQ(quote.amount % 1000, 0) << quote.time;
    replay.fill_of_value({.account = account_,
                          .instrument = spot,
                          .side = base.amount > 0 ? Side::buy : Side::sell,
                          .quantity = std::abs(base.amount) / bmex},
                         std::abs(quote.amount) / 1000);
}

void BitmexWallet::apply(std::span<const WalletRow> batch) {
    std::vector<const WalletRow*> base;
    std::vector<const WalletRow*> quote;
    for (const WalletRow& row : batch) {
        replay.tally.read_record();
        if (row.kind == "SpotTrade") {
            (row.currency == "BMEx" ? base : quote).push_back(&row);
        } else {
            apply(row);
        }
    }
    ASSERT_EQ(base.size(), quote.size()) << batch.front().time;
    for (std::size_t i = 0; i < base.size(); ++i)
        trade(*base[i], *quote[i]);
    for (const WalletRow& row : batch) {
        replay.tally.compare({row.time + ' ' + row.kind + ' ' + row.symbol,
                              "balance of " + row.currency, row.balance,
                              replay.balance(account_, replay.asset(row.currency, 0))});
    }
}

class BitmexLifecycle : public RecordedAccounts {};

TEST_F(BitmexLifecycle, a_wallet_of_two_and_a_half_years_agrees_to_the_satoshi) {
    const std::string file = "bitmex_wallet_history_2020-05_2022-12.csv.gz";
    const std::vector<WalletRow> rows = read_rows(*folder / file);
    BitmexWallet wallet{file};
    for (std::size_t from = 0; from < rows.size();) {
        std::size_t to = from + 1;
        while (to < rows.size() && rows[to].time == rows[from].time)
            ++to;
        wallet.apply(std::span{rows}.subspan(from, to - from));
        from = to;
    }
    wallet.replay.finish({.equal = 3639});
}

}  // namespace
}  // namespace riskd::lifecycle::bitmex_wallet
