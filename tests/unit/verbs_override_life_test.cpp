// An override in force: it decides, ends by itself, and does not come back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/unit/verbs_ruleset_rig.hpp"

namespace riskd::rulesets {
namespace {

using testing::HasSubstr;

class OverrideLifeTest : public RulesetRig {
protected:
    // A riskd in which one order may be open, by a bundle; before it the configuration decided.
    std::unique_ptr<verbs::Station> start_tight() {
        auto station = start();
        fund(*station);
        first = decides(*station);
        Bundle made = bundle(1);
        sign_it(made);
        EXPECT_EQ(stage(*station, made), "");
        EXPECT_EQ(station->activate_candidate(), "");
        tight = made.hash;
        EXPECT_TRUE(ask(*station, "o-1").accepted);
        EXPECT_FALSE(ask(*station, "o-2").accepted);
        return station;
    }
    void put(verbs::Station& station, Override made) {
        sign_it(made);
        ASSERT_EQ(stage(station, made), "");
        const Ruleset& candidate = *station.rulesets.candidate();
        ASSERT_EQ(station.rulesets.why_not_activate(candidate.bundle.hash, morning), "");
        ASSERT_EQ(station.activate_candidate(), "");
    }
    static const std::vector<Override>& in_force(const verbs::Station& station) {
        return station.rulesets.active_ruleset().bundle.overrides;
    }
    // As the duty cycle does, until everything has ended that does by then. True: others decide.
    static bool pass(verbs::Station& station, Timestamp now) {
        bool changed = false;
        for (int quiet = 0; quiet < 2;) {
            changed = station.end_overrides(now) || changed;
            quiet = station.rulesets.is_ending() ? 0 : quiet + 1;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return changed;
    }
    static std::string previous(const verbs::Station& station) {
        const Ruleset* ruleset = station.rulesets.previous();
        return ruleset == nullptr ? "none" : ruleset->bundle.hash;
    }
    static void commit(verbs::Station& station) {
        EXPECT_EQ(station.sequencer->commit(), runtime::JournalStatus::healthy);
    }
    std::string file_of(const std::string& hash) const {
        return scratch.path() + "/rulesets/" + hash + ".json";
    }

    std::string first;
    std::string tight;
};

TEST_F(OverrideLifeTest, lets_one_account_do_more_until_it_ends_by_itself) {
    const auto station = start_tight();
    put(*station, more_orders(*station, "2", noon));
    const std::string with = decides(*station);
    EXPECT_NE(with, tight);
    EXPECT_EQ(station->rulesets.rules().hash(), with);
    ASSERT_EQ(in_force(*station).size(), 1U);
    EXPECT_EQ(in_force(*station)[0].instead, "1");
    EXPECT_EQ(previous(*station), tight);
    EXPECT_TRUE(ask(*station, "o-3").accepted);
    EXPECT_FALSE(ask(*station, "o-4").accepted) << "the third";

    EXPECT_FALSE(pass(*station, morning));
    EXPECT_EQ(decides(*station), with);
    const Sequence before = station->engine.sequence();
    EXPECT_TRUE(pass(*station, noon));
    EXPECT_EQ(station->engine.sequence().raw, before.raw + 1) << "one event";
    EXPECT_EQ(decides(*station), tight);
    EXPECT_EQ(station->rulesets.rules().hash(), tight);
    EXPECT_TRUE(in_force(*station).empty());
    EXPECT_FALSE(ask(*station, "o-5").accepted);
    EXPECT_FALSE(pass(*station, evening)) << "nothing is left to end";
    EXPECT_EQ(previous(*station), first) << "as if it had never been";
    station->roll_back();
    EXPECT_EQ(decides(*station), first);
}

TEST_F(OverrideLifeTest, of_two_each_ends_at_its_time_and_of_one_place_the_later_one_holds) {
    const auto station = start_tight();
    put(*station, more_orders(*station, "2", noon));
    const std::string one = decides(*station);
    Override other = more_orders(*station, "5%", evening);
    EXPECT_EQ(set_parameter("price_collar.deviation_max", other.setting), "");
    other.setting.value.text = "1%";
    other.setting.value.number = 0.01;
    put(*station, other);
    EXPECT_EQ(in_force(*station).size(), 2U);
    EXPECT_EQ(previous(*station), one);
    put(*station, more_orders(*station, "3", noon));
    ASSERT_EQ(in_force(*station).size(), 2U);
    EXPECT_EQ(in_force(*station)[1].setting.value.text, "3");
    EXPECT_EQ(in_force(*station)[1].instead, "1") << "not what the former one said";
    EXPECT_TRUE(ask(*station, "o-3").accepted);
    EXPECT_TRUE(ask(*station, "o-4").accepted);
    EXPECT_FALSE(ask(*station, "o-5").accepted);

    EXPECT_TRUE(pass(*station, noon));
    ASSERT_EQ(in_force(*station).size(), 1U);
    EXPECT_EQ(in_force(*station)[0].setting.rule, "price_collar");
    EXPECT_EQ(in_force(*station)[0].instead, "0.05");
    EXPECT_NE(decides(*station), tight);
    EXPECT_TRUE(pass(*station, evening));
    EXPECT_EQ(decides(*station), tight);
}

TEST_F(OverrideLifeTest, rolled_back_goes_to_what_was_before_and_never_comes_back_after_its_time) {
    const auto station = start_tight();
    put(*station, more_orders(*station, "2", noon));
    const std::string with = decides(*station);
    ASSERT_EQ(station->rulesets.why_not_roll_back(morning), "");
    station->roll_back();
    EXPECT_EQ(decides(*station), tight);
    EXPECT_TRUE(in_force(*station).empty());
    EXPECT_EQ(previous(*station), with);
    EXPECT_EQ(station->rulesets.why_not_roll_back(morning), "");
    EXPECT_THAT(station->rulesets.why_not_roll_back(noon),
                HasSubstr("has an override that ended; it is being made without it"));
    const Sequence before = station->engine.sequence();
    EXPECT_FALSE(pass(*station, noon)) << "nothing changes that decides";
    EXPECT_EQ(station->engine.sequence(), before);
    EXPECT_EQ(previous(*station), first);
}

TEST_F(OverrideLifeTest, ends_with_another_bundle_which_counts_as_loosening_when_it_was_tighter) {
    const auto station = start_tight();
    put(*station, more_orders(*station, "0", evening));
    EXPECT_FALSE(ask(*station, "o-3").accepted);
    Bundle next = bundle(1);
    next.rules[0].text += "-- as before\n";
    config::RulesSettings settings = shipped();
    settings.parameters = next.parameters;
    next.hash = std::string{dsl::load_rules(next.rules, settings).rulebook->hash()};
    sign_it(next, false);
    ASSERT_EQ(stage(*station, next), "");
    EXPECT_EQ(overrides_lost(in_force(*station), next.overrides),
              (std::vector<std::string>{"open_orders.orders_max of account A1"}));
    EXPECT_THAT(why_not(*station, next), HasSubstr("it loosens, which two signers must sign"));
    sign_it(next);
    ASSERT_EQ(stage(*station, next), "");
    ASSERT_EQ(why_not(*station, next), "");
    EXPECT_EQ(station->activate_candidate(), "");
    EXPECT_TRUE(in_force(*station).empty());

    // What is gone back to is without it, once its time is over.
    EXPECT_FALSE(pass(*station, evening));
    EXPECT_EQ(previous(*station), tight);
    ASSERT_EQ(station->rulesets.why_not_roll_back(evening), "");
    station->roll_back();
    EXPECT_EQ(decides(*station), tight);
    EXPECT_TRUE(in_force(*station).empty());
}

TEST_F(OverrideLifeTest, made_to_last_by_a_bundle_counts_as_loosening) {
    const auto station = start_tight();
    put(*station, more_orders(*station, "2", noon));
    Bundle lasting = bundle(1);
    lasting.parameters = effective_parameters(station->rulesets.active_ruleset().bundle);
    lasting.hash = decides(*station);
    sign_it(lasting);
    ASSERT_EQ(stage(*station, lasting), "");
    EXPECT_EQ(why_not(*station, lasting),
              "it decides already, for as long as overrides are in force");
    lasting.rules[0].text += "-- for good\n";
    config::RulesSettings settings = shipped();
    settings.parameters = lasting.parameters;
    lasting.hash = std::string{dsl::load_rules(lasting.rules, settings).rulebook->hash()};
    sign_it(lasting, false);
    ASSERT_EQ(stage(*station, lasting), "");
    EXPECT_THAT(why_not(*station, lasting), HasSubstr("it loosens, which two signers must sign"));
}

TEST_F(OverrideLifeTest, is_in_force_after_a_restart_as_long_as_it_was_to_be) {
    std::string with;
    Timestamp until;
    {
        const auto station = start_tight();
        until = station->clock.now() + Duration{86'400LL * 1'000'000'000};
        Override made = more_orders(*station, "2", until);
        sign_it(made);
        ASSERT_EQ(stage(*station, made), "");
        ASSERT_EQ(why_not(*station, station->rulesets.candidate()->bundle), "");
        ASSERT_EQ(station->activate_candidate(), "");
        with = decides(*station);
        commit(*station);
    }
    const auto station = start();
    EXPECT_EQ(decides(*station), with);
    ASSERT_EQ(in_force(*station).size(), 1U);
    EXPECT_EQ(in_force(*station)[0].until, until);
    EXPECT_EQ(in_force(*station)[0].instead, "1");
    EXPECT_EQ(previous(*station), tight);
    EXPECT_TRUE(ask(*station, "o-3").accepted);
    EXPECT_TRUE(pass(*station, until));
    EXPECT_EQ(decides(*station), tight);
    EXPECT_EQ(previous(*station), first);
}

TEST_F(OverrideLifeTest, that_ended_while_riskd_was_down_is_gone_before_anything_is_decided) {
    {
        const auto station = start_tight();
        put(*station, more_orders(*station, "2", noon));
        EXPECT_TRUE(ask(*station, "o-3").accepted);
        commit(*station);
    }
    {
        const auto station = start();
        EXPECT_EQ(station->engine.sequence().raw, replayed.raw + 1) << "the event that ends it";
        EXPECT_EQ(decides(*station), tight);
        EXPECT_EQ(station->rulesets.ended_at_start(),
                  (std::vector<std::string>{"open_orders.orders_max of account A1"}));
        EXPECT_TRUE(in_force(*station).empty());
        EXPECT_FALSE(ask(*station, "o-4").accepted);
        EXPECT_EQ(previous(*station), first);
        commit(*station);
    }
    const auto station = start();
    EXPECT_EQ(decides(*station), tight);
    EXPECT_EQ(previous(*station), first) << "and is not come back to";
}

TEST_F(OverrideLifeTest, whose_end_somebody_put_off_in_its_file_ends_at_the_restart) {
    std::string with;
    {
        const auto station = start_tight();
        put(*station, more_orders(*station, "2", noon));
        with = decides(*station);
        commit(*station);
    }
    std::ifstream kept(file_of(with));
    std::string text{std::istreambuf_iterator<char>{kept}, {}};
    const std::string until = "\"until\":2000000000,";
    ASSERT_NE(text.find(until), std::string::npos);
    text.replace(text.find(until), until.size(), "\"until\":4000000000000000000,");
    std::ofstream(file_of(with)) << text;
    const auto station = start();
    EXPECT_EQ(decides(*station), tight);
    EXPECT_TRUE(in_force(*station).empty());
}

TEST_F(OverrideLifeTest, that_cannot_be_ended_is_said_and_tried_again) {
    const auto station = start_tight();
    put(*station, more_orders(*station, "2", noon));
    const std::string with = decides(*station);
    const std::filesystem::path folder{scratch.path() + "/rulesets"};
    std::filesystem::rename(folder, scratch.path() + "/away");
    std::ofstream(folder) << "no folder";
    EXPECT_FALSE(pass(*station, noon));
    EXPECT_EQ(decides(*station), with);
    EXPECT_EQ(station->rulesets.overdue(noon), 1U);
    EXPECT_EQ(station->rulesets.overdue(morning), 0U);
    std::filesystem::remove(folder);
    std::filesystem::rename(scratch.path() + "/away", folder);
    EXPECT_FALSE(pass(*station, noon)) << "not at once";
    EXPECT_TRUE(pass(*station, noon + Duration{6'000'000'000}));
    EXPECT_EQ(decides(*station), tight);
    EXPECT_EQ(station->rulesets.overdue(evening), 0U);
}

}  // namespace
}  // namespace riskd::rulesets
