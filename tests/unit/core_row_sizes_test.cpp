// The budget of memory for each row; docs/PERFORMANCE.md has the table. A field that breaks it is a
// decision about a million accounts, not an accident: change both.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/ledger.hpp"

namespace riskd {
namespace {

constexpr std::uint32_t accounts = 10'000;
constexpr std::uint32_t instruments = 3;

InstrumentDefinition perpetual(std::uint32_t number) {
    return {.name = Name{"P" + std::to_string(number)},
            .kind = ContractKind::linear_perpetual,
            .base = Name{"BTC"},
            .quote = Name{"USDT"},
            .settle = Name{"USDT"},
            .price_decimals = 1,
            .quantity_decimals = 3,
            .quantity_max = Quantity{1'000'000},
            .leverage_max = 10,
            .mark_age_max = {60'000'000'000}};
}

// One account with a position in each instrument, an order in the first, and two windows.
void fill_up(Ledger& ledger, std::uint32_t number) {
    const AccountId account = *ledger.apply_account(
        {.name = Name{"account-" + std::to_string(100'000 + number)}, .currency = Name{"USDT"}});
    std::array<WindowState, 2> windows{};
    windows[0].counted = ledger.take_buckets();
    ledger.set_windows(account, windows, 1);
    for (std::uint32_t i = 0; i < instruments; ++i) {
        ASSERT_TRUE(ledger.apply_fill({.account = account,
                                       .instrument = InstrumentId{i},
                                       .fill = Id{"f"},
                                       .price = Price{1'000},
                                       .quantity = Quantity{10}}));
    }
    ledger.place_order({.account = account,
                        .instrument = InstrumentId{0},
                        .id = Id{"order-1"},
                        .quantity = Quantity{10},
                        .remaining = Quantity{10},
                        .price = Price{1'000},
                        .hold_price = Price{1'000},
                        .notional = Money{1'000'000},
                        .sequence = Sequence{number + 1}});
}

TEST(RowSizesTest, stay_within_their_budget) {
    EXPECT_LE(sizeof(Account), 216U);
    EXPECT_LE(sizeof(Balance), 32U);
    EXPECT_LE(sizeof(Position), 128U);
    EXPECT_LE(sizeof(WindowState), 24U);
    EXPECT_LE(sizeof(WindowBuckets), 128U);
    EXPECT_LE(sizeof(PositionPlace), 12U);
    EXPECT_LE(sizeof(OpenOrder), 176U);
    EXPECT_LE(sizeof(Decision), 384U);
}

TEST(RowSizesTest, of_an_account_with_three_positions_and_an_order_sum_to_864_bytes) {
    Ledger ledger{{.accounts_max = accounts, .open_orders_max = accounts}};
    ASSERT_TRUE(ledger.apply_asset({.name = Name{"USDT"}}));
    ASSERT_TRUE(ledger.apply_asset({.name = Name{"BTC"}, .priced_by = Name{"P0"}}));
    for (std::uint32_t i = 0; i < instruments; ++i)
        ASSERT_TRUE(ledger.apply_instrument(perpetual(i)));
    for (std::uint32_t a = 0; a < accounts; ++a)
        fill_up(ledger, a);
    // A name 16 and its node 32, a balance 32, positions 384, windows 48 and 128, an order 224; and
    // what is left of the newest chunk, and blocks that wait for another owner.
    const std::size_t rows = 864;
    EXPECT_GE(ledger.bytes_in_blocks(), accounts * rows);
    EXPECT_LE(ledger.bytes_in_blocks(), accounts * rows + (std::size_t{2} << 20));
}

TEST(RowSizesTest, of_orders_that_come_and_go_are_used_again) {
    Ledger ledger{{.accounts_max = 1}};
    ASSERT_TRUE(ledger.apply_asset({.name = Name{"USDT"}}));
    ASSERT_TRUE(ledger.apply_asset({.name = Name{"BTC"}, .priced_by = Name{"P0"}}));
    for (std::uint32_t i = 0; i < instruments; ++i)
        ASSERT_TRUE(ledger.apply_instrument(perpetual(i)));
    fill_up(ledger, 0);
    ledger.release_order(AccountId{0}, Id{"order-1"});
    const std::size_t before = ledger.bytes_in_blocks();
    for (std::uint64_t n = 0; n < 20'000; ++n) {
        const Id id{"order-" + std::to_string(n)};
        ledger.place_order({.account = AccountId{0},
                            .instrument = InstrumentId{0},
                            .id = id,
                            .quantity = Quantity{10},
                            .remaining = Quantity{10},
                            .price = Price{1'000},
                            .hold_price = Price{1'000},
                            .notional = Money{1'000'000},
                            .sequence = Sequence{n + 1}});
        ledger.release_order(AccountId{0}, id);
    }
    EXPECT_EQ(ledger.bytes_in_blocks(), before);
}

}  // namespace
}  // namespace riskd
