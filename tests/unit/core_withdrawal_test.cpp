#include "riskd/core/withdrawal.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>

#include "tests/unit/core_world.hpp"

namespace riskd::test {
namespace {

// The world with a collateral rule of the test's own.
class CollateralRules final : public Rulebook {
public:
    std::function<CollateralAnswer(const CollateralView&)> worth;

    explicit CollateralRules(FlatRules& flat) : flat_{flat} {}
    std::string_view hash() const noexcept override { return flat_.hash(); }
    std::span<const RuleInfo> rules() const noexcept override { return flat_.rules(); }
    std::span<const WindowSpec> windows() const noexcept override { return flat_.windows(); }
    RuleId margin_rule() const noexcept override { return flat_.margin_rule(); }
    RuleId collateral_rule() const noexcept override { return flat_.collateral_rule(); }
    RuleId liquidation_rule() const noexcept override { return flat_.liquidation_rule(); }
    std::span<const RuleId> check_rules() const noexcept override { return flat_.check_rules(); }
    void check(const CheckQuestion& question, std::span<CheckAnswer> answers) noexcept override {
        flat_.check(question, answers);
    }
    void margin(std::span<const MarginQuestion> questions,
                std::span<MarginAnswer> answers) noexcept override {
        flat_.margin(questions, answers);
    }
    void collateral(std::span<const CollateralQuestion> questions,
                    std::span<CollateralAnswer> answers) noexcept override {
        for (std::size_t i = 0; i < questions.size(); ++i)
            answers[i] = worth(questions[i].collateral);
    }
    void stage(std::span<const StageQuestion> questions,
               std::span<StageAnswer> answers) noexcept override {
        flat_.stage(questions, answers);
    }

private:
    FlatRules& flat_;
};

class WithdrawalTest : public ::testing::Test {
protected:
    WithdrawalTest() {
        world.price("BTC-USDT", 50'000);
        world.price("BTC-PERP", 50'000);
        world.price("ETH-PERP", 2'000);
    }
    AssetId asset(std::string_view name) const { return world.engine.ledger().find_asset(name); }
    std::optional<Money> most(std::string_view name) {
        return world.engine.withdrawable(world.id("alice"), asset(name), world.time);
    }
    // As it would be if the ledger's accounts were valued by this rule.
    std::optional<Money> most_by(std::function<CollateralAnswer(const CollateralView&)> worth) {
        CollateralRules rules{world.rules};
        rules.worth = std::move(worth);
        MarginEvaluator evaluator{world.engine.ledger(), rules};
        return withdrawable(
            world.engine.ledger(), evaluator,
            {.account = world.id("alice"), .asset = asset("BTC"), .now = world.time});
    }
    void withdraw(std::string_view name, Money amount) {
        world.apply(BalanceChange{.account = world.id("alice"),
                                  .id = world.next_id(),
                                  .asset = asset(name),
                                  .amount = -amount,
                                  .kind = BalanceKind::withdrawal});
    }

    World world;
};

TEST_F(WithdrawalTest, works_the_example_of_the_header) {
    world.deposit("alice", "USDT", 1'000);
    world.deposit("alice", "BTC", 1);
    EXPECT_EQ(most("USDT"), World::units(1'000));
    EXPECT_EQ(most("BTC"), World::units(1));
    world.fill("alice", "o", Side::buy, 8'000, "BTC-PERP", 50'000);
    EXPECT_EQ(available_margin(world.margin("alice")), World::units(6'000));
    EXPECT_EQ(most("USDT"), World::units(1'000));
    EXPECT_EQ(most("BTC"), Money{13'333'333});
    EXPECT_EQ(most("ETH"), Money{0});
}

TEST_F(WithdrawalTest, is_unknown_when_a_price_is_or_a_rule_fails) {
    world.deposit("alice", "USDT", 1'000);
    world.deposit("alice", "BTC", 1);
    world.fill("alice", "o", Side::buy, 100, "BTC-PERP", 50'000);
    world.rules.margin_fault = RuleFault::raised;
    EXPECT_EQ(most("USDT"), std::nullopt);
    world.rules.margin_fault = RuleFault::none;
    EXPECT_EQ(most("USDT"), World::units(1'000));
    world.time.ns += 3'600 * World::second;
    EXPECT_EQ(most("USDT"), std::nullopt);
    EXPECT_EQ(most("BTC"), std::nullopt);
    EXPECT_EQ(most("ETH"), std::nullopt);
}

TEST_F(WithdrawalTest, is_nothing_below_the_margin_and_when_a_balance_is_owed) {
    world.deposit("alice", "USDT", 1'000);
    world.deposit("alice", "BTC", 1);
    world.fill("alice", "o", Side::buy, 9'300, "BTC-PERP", 50'000);
    EXPECT_LT(available_margin(world.margin("alice")), Money{0});
    EXPECT_EQ(most("USDT"), Money{0});
    EXPECT_EQ(most("BTC"), Money{0});
    world.fill("alice", "p", Side::sell, 9'300, "BTC-PERP", 50'000);
    withdraw("USDT", World::units(1'200));
    EXPECT_EQ(most("USDT"), Money{0});
    // 45,000 x w of collateral may go while 200 USDT are owed.
    EXPECT_EQ(most("BTC"), Money{99'555'555});
}

TEST_F(WithdrawalTest, leaves_the_account_above_its_maintenance_margin_too) {
    world.deposit("alice", "USDT", 10'000);
    world.rules.initial_rate = 0.01;  // less than maintenance asks
    world.fill("alice", "o", Side::buy, 1'000, "BTC-PERP", 50'000);
    EXPECT_EQ(most("USDT"), World::units(7'500));
}

TEST_F(WithdrawalTest, finds_the_edge_of_a_rule_that_rises_in_steps) {
    world.deposit("alice", "BTC", 10);
    world.fill("alice", "o", Side::buy, 4'000, "BTC-PERP", 50'000);  // needs 20,000
    // 6,000 for each whole quarter of a BTC, and never more than 60,000.
    const auto stairs = [](const CollateralView& view) {
        return CollateralAnswer{.value = std::min(60'000.0, std::floor(view.amount * 4) * 6'000)};
    };
    EXPECT_EQ(most_by(stairs), World::units(9));
    const auto from_one_on = [](const CollateralView& view) {
        return CollateralAnswer{.value = view.amount >= 1.00000001 ? 20'000.0 : 0.0};
    };
    EXPECT_EQ(most_by(from_one_on), Money{World::units(9).raw - 1});
}

TEST_F(WithdrawalTest, has_no_answer_where_less_counts_for_more_or_a_rule_fails_on_the_way) {
    world.deposit("alice", "BTC", 10);
    world.fill("alice", "o", Side::buy, 4'000, "BTC-PERP", 50'000);  // needs 20,000
    const auto with = [](double some, double all) {
        return [=](const CollateralView& view) {
            const double worth = view.amount >= 10 ? all : view.amount >= 1 ? some : 0.0;
            return CollateralAnswer{.value = worth};
        };
    };
    EXPECT_EQ(most_by(with(25'000, 30'000)), World::units(9));
    EXPECT_EQ(most_by(with(35'000, 30'000)), std::nullopt);
    EXPECT_EQ(most_by(with(-1, 30'000)), std::nullopt);
    EXPECT_EQ(most_by([](const CollateralView& view) {
                  const bool whole = view.amount >= 10;
                  return CollateralAnswer{.value = whole ? 30'000.0 : 0.0,
                                          .fault = whole ? RuleFault::none : RuleFault::raised};
              }),
              std::nullopt);
    world.deposit("alice", "USDT", 30'000);
    EXPECT_EQ(most_by(with(0, 0)), World::units(10));
    EXPECT_EQ(most_by(with(0, -5)), std::nullopt);
}

// The query shares its thread with the checks of orders.
TEST_F(WithdrawalTest, asks_the_rules_few_times) {
    world.deposit("alice", "BTC", 100'000);
    world.fill("alice", "o", Side::buy, 4'000, "BTC-PERP", 50'000);
    int asked = 0;
    const auto flat = [&](const CollateralView& view) {
        ++asked;
        return CollateralAnswer{.value = view.value * 0.9};
    };
    EXPECT_EQ(most_by(flat), Money{9'999'955'555'555});
    EXPECT_LE(asked, 6);
    asked = 0;
    // Worst for lines: nothing but a cliff close to one end.
    const auto cliff = [&](const CollateralView& view) {
        ++asked;
        return CollateralAnswer{.value = view.amount >= 1.00000001 ? 20'000.0 : 0.0};
    };
    EXPECT_EQ(most_by(cliff), Money{World::units(99'999).raw - 1});
    EXPECT_LE(asked, 3 * 48);
}

// Random accounts: what is withdrawable leaves and the account stands; one quantum more, and it
// does not, or the balance would be short. Everything through the engine, by facts.
TEST_F(WithdrawalTest, exactly_that_much_can_leave) {
    const char* given = std::getenv("RISKD_SEED");
    const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20260121;
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::mt19937_64 source{seed};
    const auto below = [&](std::int64_t end) {
        return std::uniform_int_distribution<std::int64_t>{0, end - 1}(source);
    };
    constexpr std::array<std::string_view, 3> assets{"USDT", "BTC", "ETH"};
    int edges = 0;
    int emptied = 0;
    for (int round = 0; round < 4'000; ++round) {
        world.price("BTC-USDT", 20'000 + below(60'000));
        world.price("BTC-PERP", 20'000 + below(60'000));
        world.price("ETH-PERP", 1'000 + below(3'000));
        world.rules.weight = 0.5 + 0.01 * static_cast<double>(below(51));
        const std::string_view name = assets[static_cast<std::size_t>(below(3))];
        world.apply(BalanceChange{
            .account = world.id("alice"),
            .id = world.next_id(),
            .asset = asset(name),
            .amount = Money{1 + below(name == "USDT" ? 9'000'000'000'000 : 300'000'000)}});
        const Side side = below(2) == 0 ? Side::buy : Side::sell;
        world.fill("alice", "o", side, 1 + below(3'000), "BTC-PERP", 20'000 + below(60'000));
        if (below(3) == 0) {
            world.check(world.order("alice", world.next_id().view(), Side::sell, 1 + below(200),
                                    "BTC-USDT", 20'000 + below(60'000)));
        }
        const std::string_view leaving = assets[static_cast<std::size_t>(below(3))];
        const auto free = [&] {
            const Balance* row =
                world.engine.ledger().find_balance(world.id("alice"), asset(leaving));
            return row == nullptr ? Money{} : row->amount - row->hold;
        };
        const auto amount = most(leaving);
        ASSERT_TRUE(amount.has_value());
        ASSERT_LE(*amount, std::max(free(), Money{})) << round;
        const AccountMargin before = world.margin("alice");
        const bool stood = available_margin(before).raw >= 0 && headroom(before).raw >= 0;
        if (amount->raw > 0) withdraw(leaving, *amount);
        const AccountMargin after = world.margin("alice");
        const bool stands = available_margin(after).raw >= 0 && headroom(after).raw >= 0;
        ASSERT_EQ(stands, stood) << round;
        if (!stood || free().raw <= 0) {
            emptied += stood && amount->raw > 0 ? 1 : 0;
            continue;
        }
        withdraw(leaving, Money{1});
        const AccountMargin beyond = world.margin("alice");
        ASSERT_TRUE(available_margin(beyond).raw < 0 || headroom(beyond).raw < 0) << round;
        ++edges;
    }
    EXPECT_GT(edges, 150);
    EXPECT_GT(emptied, 150);
}

}  // namespace
}  // namespace riskd::test
