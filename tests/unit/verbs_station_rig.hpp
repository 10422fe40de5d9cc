// A whole riskd but its network, with the shipped rules and the demo's settings, which tests may
// edit; started again over the same journal as often as wanted. One thread.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "config/load.hpp"
#include "riskd/station.hpp"
#include "tests/unit/runtime_random_record.hpp"

namespace riskd::verbs {

class StationRig : public testing::Test {
protected:
    // A riskd with the shipped rules and the demo's settings, replayed and set up.
    std::unique_ptr<Station> start(const Station::SaidBefore& said = {}) {
        config::LoadResult loaded = config::load(RISKD_SOURCE_DIR "/config/demo.yaml");
        EXPECT_EQ(config::render(loaded.faults), "");
        loaded.settings.journal.directory = scratch.path();
        loaded.settings.rules.directory = scratch.path() + "/rulesets";
        if (edit) edit(loaded.settings);
        dsl::LoadResult rules = dsl::load_rules(loaded.settings.rules);
        EXPECT_EQ(rules.rendered, "");
        auto station =
            std::make_unique<Station>(std::move(loaded.settings), std::move(rules.rulebook), log);
        EXPECT_EQ(station->open_journal(said, nullptr), "");
        replayed = station->engine.sequence();
        EXPECT_EQ(station->apply_settings(), "");
        return station;
    }
    static void fund(Station& station) {
        station.apply(AccountDefinition{.name = Name{"A1"}, .currency = Name{"USDT"}}, 1);
        const Ledger& ledger = station.engine.ledger();
        const AccountId account = ledger.find_account("A1");
        station.apply(BalanceChange{.account = account,
                                    .id = Id{"d-1"},
                                    .asset = ledger.find_asset("USDT"),
                                    .amount = Money{10'000 * 100'000'000LL}},
                      2);
        station.apply(PriceUpdate{.instrument = ledger.find_instrument("BTC-PERP"),
                                  .mark = Price{500'000},
                                  .as_of = station.clock.now()});
    }
    static Decision ask(Station& station, const std::string& order) {
        const Ledger& ledger = station.engine.ledger();
        const Outcome& outcome =
            station.apply(OrderRequest{.account = ledger.find_account("A1"),
                                       .instrument = ledger.find_instrument("BTC-PERP"),
                                       .order = Id{order},
                                       .price = Price{500'000},
                                       .quantity = Quantity{100}});
        return std::get<Decision>(outcome.outputs.at(0));
    }

    test::ScratchDirectory scratch;
    runtime::Log log{"error"};
    Sequence replayed;
    std::function<void(config::Settings&)> edit;
};

}  // namespace riskd::verbs
