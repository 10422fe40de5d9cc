// A world with an insurance fund and a ladder that takes over when nothing is left; at its end
// nothing has come from nowhere, and what was recorded leads to the same state. Test thread.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "tests/unit/core_world.hpp"

namespace riskd::test {

class TakeOverTest : public ::testing::Test {
protected:
    explicit TakeOverTest() {
        world.rules.take_over_at = 1e6;  // nothing is left
        world.rules.maintenance_rate = 0.01;
        world.rules.weight = 0.9;
        account("fund", true);
        for (const std::string_view name : {"carol", "dave"})
            account(name, false);
        world.price("BTC-PERP", 50'000);
        world.price("ETH-PERP", 1'000);
        world.price("BTC-USDT", 10'000);
    }

    void account(std::string_view name, bool fund) {
        world.apply(AccountDefinition{
            .name = Name{name}, .currency = Name{"USDT"}, .insurance_fund = fund});
    }
    void buy(std::string_view name, std::string_view instrument, std::int64_t thousandths,
             std::int64_t price) {
        const Side side = thousandths > 0 ? Side::buy : Side::sell;
        world.fill(name, "o", side, std::abs(thousandths), instrument, price);
    }
    std::vector<Handover> handovers() const {
        std::vector<Handover> found;
        for (const Output& output : world.outcome.outputs) {
            if (const auto* handover = std::get_if<Handover>(&output)) found.push_back(*handover);
        }
        return found;
    }
    std::vector<Stage> stages() const {
        std::vector<Stage> found;
        for (const Output& output : world.outcome.outputs) {
            if (const auto* change = std::get_if<StageChange>(&output)) {
                found.push_back(change->stage);
            }
        }
        return found;
    }
    Money fund_equity() { return world.engine.figures(world.id("fund"), world.time).margin.equity; }
    Quantity held(std::string_view name, std::string_view instrument = "BTC-PERP") {
        return world.position(name, instrument).quantity;
    }

    // Nothing came from nowhere, and what was recorded leads to the same state.
    void TearDown() override {
        for (std::uint32_t i = 0; i < world.engine.ledger().asset_count(); ++i)
            EXPECT_EQ(world.engine.ledger().conservation(AssetId{i}), Wide{0});
        test::FlatRules none;
        Engine again{LedgerLimits{}, none};
        for (std::size_t i = 0; i < world.events.size(); ++i)
            again.apply_recorded(world.events[i], world.outcomes[i]);
        EXPECT_EQ(text(again.digest()), text(world.engine.digest()));
        EXPECT_EQ(again.counters().handovers, world.engine.counters().handovers);
    }

    World world;
};

}  // namespace riskd::test
