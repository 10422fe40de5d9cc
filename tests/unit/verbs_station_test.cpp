// The whole of a riskd but its network, twice over one journal.
#include "riskd/station.hpp"

#include <gtest/gtest.h>

#include "tests/unit/verbs_station_rig.hpp"

namespace riskd::verbs {
namespace {

using StationTest = StationRig;

TEST_F(StationTest, a_restart_gives_the_same_state_and_applies_nothing_twice) {
    std::string digest;
    Sequence sequence;
    {
        const auto station = start();
        EXPECT_EQ(replayed, Sequence{0});
        fund(*station);
        EXPECT_TRUE(ask(*station, "o-1").accepted);
        EXPECT_EQ(station->sequencer->commit(), runtime::JournalStatus::healthy);
        digest = text(station->engine.digest());
        sequence = station->engine.sequence();
    }
    const auto station = start();
    EXPECT_EQ(replayed, sequence);
    EXPECT_EQ(station->engine.sequence(), sequence) << "settings were applied again";
    EXPECT_EQ(text(station->engine.digest()), digest);
    EXPECT_EQ(station->engine.stream_sequence(), 2U);
    const Decision again = ask(*station, "o-1");
    EXPECT_TRUE(again.repeated);
    EXPECT_TRUE(again.accepted);
}

TEST_F(StationTest, what_was_not_committed_did_not_happen) {
    std::string digest;
    {
        const auto station = start();
        fund(*station);
        station->sequencer->commit();
        digest = text(station->engine.digest());
        EXPECT_TRUE(ask(*station, "o-1").accepted);
    }
    EXPECT_EQ(text(start()->engine.digest()), digest);
}

TEST_F(StationTest, an_edited_parameter_activates_a_new_ruleset_once) {
    const std::string hash{start()->rulesets.rules().hash()};
    edit = [](config::Settings& settings) {
        for (auto& setting : settings.rules.parameters) {
            if (setting.rule == "open_orders" && setting.group.empty()) {
                setting.value.number = 49;
                setting.value.text = "49";
            }
        }
    };
    const auto edited = start();
    EXPECT_NE(edited->rulesets.rules().hash(), hash);
    EXPECT_EQ(edited->engine.ruleset().hash.view(), edited->rulesets.rules().hash());
    EXPECT_EQ(edited->engine.sequence().raw, replayed.raw + 1);
    const rulesets::Folder folder{scratch.path() + "/rulesets"};
    for (const std::string& each : {hash, std::string{edited->rulesets.rules().hash()}}) {
        const auto text = folder.find(each);
        ASSERT_TRUE(text) << "what decided can be explained";
        EXPECT_NE(rulesets::admit_again(*text, each, edited->settings.rules).ruleset, nullptr);
    }
}

TEST_F(StationTest, rules_that_cannot_be_kept_do_not_keep_it_from_starting) {
    edit = [](config::Settings& settings) { settings.rules.directory = "/dev/null/rulesets"; };
    const auto station = start();
    fund(*station);
    EXPECT_TRUE(ask(*station, "o-1").accepted);
}

TEST_F(StationTest, says_again_exactly_what_the_stream_does_not_hold) {
    std::uint64_t epoch = 0;
    Sequence second;
    {
        const auto station = start();
        epoch = station->journal.epoch();
        fund(*station);
        ask(*station, "o-1");
        second = ask(*station, "o-2").sequence;
        EXPECT_EQ(ask(*station, "o-2").sequence, second) << "a repeat";
        ask(*station, "o-3");
        station->sequencer->commit();
        EXPECT_EQ(station->announcer.outputs().size(), 3U) << "a repeat is said once";
    }
    {
        const auto station = start({.known = true, .epoch = epoch, .last = {second.raw, 1}});
        ASSERT_EQ(station->announcer.outputs().size(), 1U);
        const Waiting output = station->announcer.outputs().front();
        EXPECT_EQ(output.sequence.raw, second.raw + 2);
        EXPECT_EQ(output.subject, "risk.out.decision.A1");
        EXPECT_NE(output.payload.find("\"o-3\""), std::string_view::npos);
    }
    // The stream of another journal says nothing about ours: only what is recent is said again.
    const Timestamp now = runtime::machine_time();
    const Timestamp ago{now.ns - 3'600'000'000'000};
    EXPECT_EQ(start({.known = true, .epoch = epoch + 2, .last = {second.raw, 1}, .recent = ago})
                  ->announcer.outputs()
                  .size(),
              3U);
    EXPECT_EQ(start({.recent = now})->announcer.outputs().size(), 0U);
}

TEST_F(StationTest, sequences_that_the_outside_has_heard_of_are_not_given_again) {
    std::uint64_t epoch = 0;
    std::uint64_t heard_of = 0;
    std::string digest;
    {
        const auto station = start();
        epoch = station->journal.epoch();
        fund(*station);
        station->sequencer->commit();
        heard_of = station->engine.sequence().raw + 5'000;
        digest = text(station->engine.digest());
    }
    {
        // As after a power cut that took the end of the journal and not the stream.
        const auto station = start({.known = true, .epoch = epoch, .last = {heard_of, 1}});
        EXPECT_EQ(station->engine.sequence().raw, heard_of);
        EXPECT_EQ(text(station->engine.digest()), digest);
        EXPECT_EQ(station->announcer.outputs().size(), 0U);
        EXPECT_EQ(ask(*station, "o-1").sequence.raw, heard_of + 1);
        station->sequencer->commit();
        EXPECT_EQ(station->announcer.outputs().size(), 1U);
        digest = text(station->engine.digest());
    }
    const auto station = start({.known = true, .epoch = epoch, .last = {heard_of + 1, 1}});
    EXPECT_EQ(station->engine.sequence().raw, heard_of + 1);
    EXPECT_EQ(text(station->engine.digest()), digest);
}

// What the shipped rules claim reaches the engine, whichever ruleset decides.
TEST_F(StationTest, accounts_sleep_between_prices) {
    const auto sleeps = [](const Station& station) {
        const Bands& bands = station.engine.bands();
        return bands.accounts_awake() == 0 && bands.edges() == 1;
    };
    {
        const auto station = start();
        fund(*station);
        const Ledger& ledger = station->engine.ledger();
        station->apply(Fill{.account = ledger.find_account("A1"),
                            .instrument = ledger.find_instrument("BTC-PERP"),
                            .fill = Id{"f-1"},
                            .order = Id{"o-1"},
                            .side = Side::buy,
                            .price = Price{500'000},
                            .quantity = Quantity{100}},
                       3);
        EXPECT_TRUE(sleeps(*station));
        station->sequencer->commit();
    }
    const auto station = start();
    EXPECT_TRUE(sleeps(*station));
}

TEST_F(StationTest, two_of_them_cannot_share_a_journal) {
    const auto first = start();
    config::LoadResult loaded = config::load(RISKD_SOURCE_DIR "/config/demo.yaml");
    loaded.settings.journal.directory = scratch.path();
    loaded.settings.rules.directory = scratch.path() + "/rulesets";
    dsl::LoadResult rules = dsl::load_rules(loaded.settings.rules);
    Station second(std::move(loaded.settings), std::move(rules.rulebook), log);
    EXPECT_NE(second.open_journal({}, nullptr), "");
}

}  // namespace
}  // namespace riskd::verbs
