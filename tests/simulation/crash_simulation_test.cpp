// Crashes from the first margin call to the last fill: recorded ones, and invented ones from seeds.
// After each event every asset must sum to zero and the account must be what the simulation's own
// books say; nobody may be liquidated above the edge, nobody below it may be missed, and nobody may
// be left there who could be closed.
#include <gtest/gtest.h>

#include <iostream>

#include "dsl/host.hpp"
#include "tests/recordings.hpp"
#include "tests/simulation/simulation.hpp"

namespace riskd::simulation {
namespace {

config::RulesSettings shipped_rules() {
    config::RulesSettings settings;
    const std::filesystem::path root = std::filesystem::path{RISKD_SOURCE_DIR} / "rules";
    for (const char* name :
         {"check/daily_loss", "check/group_exposure", "check/open_orders", "check/order_notional",
          "check/order_quantity", "check/order_rate", "check/position_notional",
          "check/position_quantity", "check/price_collar", "check/reduce_only",
          "check/restricted_instrument", "collateral/haircut", "liquidation/ladder",
          "margin/tiered"}) {
        settings.files.push_back(root / (std::string(name) + ".lua"));
    }
    config::ParameterSetting& tiers = settings.parameters.emplace_back();
    tiers.rule = "tiered";
    tiers.parameter = "tiers";
    for (const WrittenTier& tier : written_tiers) {
        tiers.value.rows.push_back({{"notional", tier.notional},
                                    {"initial", static_cast<double>(tier.initial) / 10'000},
                                    {"maintenance", static_cast<double>(tier.maintenance) / 10'000},
                                    {"deduction", tier.deduction}});
    }
    return settings;
}

std::string shown(Wide amount) {
    return std::to_string(static_cast<double>(amount) / static_cast<double>(whole_usdt));
}

class CrashSimulationTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        dsl::LoadResult result = dsl::load_rules(shipped_rules());
        ASSERT_TRUE(result.ok()) << result.rendered;
        rules() = std::move(result.rulebook);
    }
    static void TearDownTestSuite() { rules().reset(); }
    static std::unique_ptr<dsl::LuaRulebook>& rules() {
        static std::unique_ptr<dsl::LuaRulebook> loaded;
        return loaded;
    }

    Tally run(const CrashPath& path, const SimulationTerms& terms) {
        Simulation simulation{path, terms, *rules()};
        simulation.run();
        const Tally& tally = simulation.tally();
        const Audit::LossByKind& losses = simulation.audit().losses();
        std::cout << "seed " << terms.seed << ": " << tally.opened << " accounts, "
                  << path.moments.size() << " moments, " << tally.events << " events, "
                  << simulation.audit().checks() << " checks; " << tally.reduced << " reduced, "
                  << tally.liquidated << " liquidated, " << tally.liquidation_fills << " fills, "
                  << tally.cancelled << " orders cancelled, " << tally.orders_met << " met; "
                  << tally.taken_over << " taken over (" << tally.handovers[0] << " positions, "
                  << tally.handovers[1] << " deleveraged, " << tally.handovers[3]
                  << " shares of a loss), fund lost " << shown(losses[0] + losses[2])
                  << ", opponents " << shown(losses[1]) << ", those in profit " << shown(losses[3])
                  << ", fund left with " << shown(tally.fund_left) << " after " << tally.fund_closed
                  << " fills of its own; " << tally.bankrupt << " bankrupt, short of "
                  << shown(tally.lost) << "; paid for isolated positions "
                  << shown(tally.paid_by_house) << '\n';
        EXPECT_EQ(simulation.audit().faults(), std::vector<std::string>{});
        EXPECT_EQ(simulation.audit().faults_count(), 0U);
        // A crash that moves hardly anybody would prove little.
        EXPECT_GT(tally.liquidated * 20, tally.opened);
        EXPECT_GT(tally.liquidation_fills, tally.liquidated);
        EXPECT_GT(tally.reduced, 0U);
        if (terms.fund > 0) {
            EXPECT_GT(tally.taken_over, 0U);
        }
        last_digest_ = simulation.digest();
        return tally;
    }

    Digest last_digest_{};
};

TEST_F(CrashSimulationTest, recorded_crashes) {
    for (const RecordedCrash& crash : recorded_crashes()) {
        const auto folder = tests::shared_data("data/prices");
        if (!folder) GTEST_SKIP() << tests::no_shared_data;
        SCOPED_TRACE(crash.name);
        std::cout << crash.name << ", ";
        const CrashPath path = read_crash(*folder, crash);
        ASSERT_EQ(path.fault, "");
        run(path, {.accounts = 200, .seed = 2022, .book_depth = 40'000});
    }
}

TEST_F(CrashSimulationTest, recorded_crashes_with_an_insurance_fund) {
    const auto folder = tests::shared_data("data/prices");
    if (!folder) GTEST_SKIP() << tests::no_shared_data;
    for (const RecordedCrash& crash : recorded_crashes()) {
        SCOPED_TRACE(crash.name);
        std::cout << crash.name << ", ";
        const CrashPath path = read_crash(*folder, crash);
        ASSERT_EQ(path.fault, "");
        run(path, {.accounts = 200, .seed = 2022, .book_depth = 40'000, .fund = 100'000});
    }
}

// From a fund that bears everything to one that bears next to nothing.
TEST_F(CrashSimulationTest, invented_crashes_with_an_insurance_fund) {
    std::array<std::uint64_t, handover_kind_names.size()> handovers{};
    for (std::uint64_t seed = 11; seed <= 18; ++seed) {
        SCOPED_TRACE(seed);
        constexpr std::array<std::int64_t, 4> funds{200'000, 5'000, 500, 1};
        const Tally tally = run(invent_crash(seed, 200), {.accounts = 200,
                                                          .seed = seed,
                                                          .book_depth = 20'000,
                                                          .fund = funds[seed % funds.size()]});
        for (std::size_t kind = 0; kind < handovers.size(); ++kind)
            handovers[kind] += tally.handovers[kind];
    }
    EXPECT_GT(handovers[static_cast<std::size_t>(HandoverKind::take_over)], 10U);
    EXPECT_GT(handovers[static_cast<std::size_t>(HandoverKind::deleverage)], 10U);
}

TEST_F(CrashSimulationTest, invented_crashes) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE(seed);
        run(invent_crash(seed, 200), {.accounts = 200, .seed = seed, .book_depth = 40'000});
    }
}

TEST_F(CrashSimulationTest, the_same_seed_is_the_same_crash) {
    const CrashPath path = invent_crash(9, 80);
    const SimulationTerms terms{.accounts = 60, .seed = 9, .book_depth = 20'000};
    run(path, terms);
    const Digest first = last_digest_;
    run(path, terms);
    EXPECT_EQ(first, last_digest_);
}

}  // namespace
}  // namespace riskd::simulation
