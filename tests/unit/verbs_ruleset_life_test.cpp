// A candidate in the shadow, how it comes to decide and goes again, and a recorded day under it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "riskd/rulesets/candidate_replay.hpp"
#include "riskd/runtime/journal_reader.hpp"
#include "tests/unit/verbs_ruleset_rig.hpp"

namespace riskd::rulesets {
namespace {

using testing::HasSubstr;

using RulesetLifeTest = RulesetRig;

TEST_F(RulesetLifeTest, a_candidate_decides_from_one_sequence_on_and_can_be_taken_back) {
    const auto station = start();
    fund(*station);
    const std::string before = decides(*station);
    ASSERT_TRUE(ask(*station, "o-1").accepted);
    EXPECT_EQ(station->rulesets.candidate(), nullptr);

    Bundle made = bundle(1);  // and one is open
    sign_it(made);
    ASSERT_EQ(stage(*station, made), "");
    EXPECT_EQ(decides(*station), before);
    EXPECT_TRUE(ask(*station, "o-2").accepted);
    ASSERT_EQ(why_not(*station, made), "");
    station->activate_candidate();
    EXPECT_EQ(decides(*station), made.hash);
    const Decision refused = ask(*station, "o-3");
    EXPECT_FALSE(refused.accepted);
    EXPECT_EQ(refused.rule_name.view(), "check/open_orders");
    EXPECT_EQ(why_not(*station, made), "there is no candidate; stage a bundle first");

    ASSERT_NE(station->rulesets.previous(), nullptr);
    station->roll_back();
    EXPECT_EQ(decides(*station), before);
    EXPECT_TRUE(ask(*station, "o-4").accepted);
    EXPECT_EQ(station->rulesets.previous()->bundle.hash, made.hash);
}

TEST_F(RulesetLifeTest, in_the_shadow_a_candidate_is_asked_and_changes_nothing) {
    const auto station = start();
    fund(*station);
    EXPECT_EQ(station->begin_shadow(), "there is no candidate; stage a bundle first");
    Bundle made = bundle(2);
    ASSERT_EQ(stage(*station, made), "");
    const std::string before = text(station->engine.digest());
    ASSERT_EQ(station->begin_shadow(), "");
    EXPECT_EQ(text(station->engine.digest()), before);
    for (const char* order : {"o-1", "o-2", "o-3", "o-3", "o-4"})
        EXPECT_TRUE(ask(*station, order).accepted) << order;
    const ShadowOrders& orders = station->shadow()->orders();
    EXPECT_EQ(orders.decided, 4U) << "a repeat is not decided";
    EXPECT_EQ(orders.same, 2U);
    EXPECT_EQ(orders.would_refuse, 2U);
    EXPECT_EQ(orders.faults, 0U);
    EXPECT_EQ(station->shadow()->rules().at("check/open_orders").would_refuse, 2U);
    station->shadow()->look_on(station->clock.last(), 1'000'000);
    EXPECT_EQ(station->shadow()->stages().accounts, station->engine.ledger().account_count());
    EXPECT_EQ(station->shadow()->stages().nearer, 0U);
    sign_it(made);
    station->end_shadow();
    EXPECT_EQ(station->shadow(), nullptr);
}

// The first order of a day sees a new day, whoever is asked.
TEST_F(RulesetLifeTest, in_the_shadow_a_day_begins_when_it_does_for_what_decides) {
    const auto with_daily_loss = [](config::RulesSettings& settings) {
        config::ParameterSetting& most = settings.parameters.emplace_back();
        most.rule = "daily_loss";
        most.parameter = "loss_max";
        most.value.number = 50;
    };
    const auto before = edit;
    edit = [&](config::Settings& settings) {
        before(settings);
        with_daily_loss(settings.rules);
    };
    const auto station = start();
    fund(*station);
    const Ledger& ledger = station->engine.ledger();
    const InstrumentId instrument = ledger.find_instrument("BTC-PERP");
    station->apply(Fill{.account = ledger.find_account("A1"),
                        .instrument = instrument,
                        .fill = Id{"f-1"},
                        .order = Id{"none"},
                        .price = Price{500'000},
                        .quantity = Quantity{100}},
                   3);
    config::RulesSettings settings = shipped();
    with_daily_loss(settings);
    const dsl::LoadResult loaded = dsl::load_rules(settings);
    ASSERT_EQ(loaded.rendered, "");
    Bundle made = bundle_of(settings, *loaded.rulebook);
    made.expires = Timestamp{4'000'000'000'000'000'000};
    ASSERT_EQ(stage(*station, made), "");
    ASSERT_EQ(station->begin_shadow(), "");
    constexpr std::int64_t day = 86'400'000'000'000;
    const Timestamp midnight{(station->clock.now().ns / day + 1) * day};
    station->clock.not_before(Timestamp{midnight.ns - 1'000'000'000});
    station->apply(PriceUpdate{
        .instrument = instrument, .mark = Price{490'000}, .as_of = station->clock.now()});
    EXPECT_EQ(ask(*station, "o-1").rule_name.view(), "check/daily_loss");
    station->clock.not_before(midnight);
    EXPECT_TRUE(ask(*station, "o-2").accepted);
    EXPECT_EQ(station->shadow()->orders().decided, 2U);
    EXPECT_EQ(station->shadow()->orders().same, 2U);
}

TEST_F(RulesetLifeTest,
       what_only_tightens_needs_one_signature_and_what_followed_something_else_none) {
    const auto station = start();
    Bundle tighter = bundle(7);
    ASSERT_EQ(stage(*station, tighter), "");
    EXPECT_EQ(why_not(*station, tighter),
              "it tightens only, which one signer must sign; it has 0 signatures");
    sign_it(tighter, false);
    ASSERT_EQ(stage(*station, tighter), "");
    ASSERT_EQ(why_not(*station, tighter), "");
    station->activate_candidate();

    // Between the two: looser than what decides now, tighter than what decided before.
    Bundle between = bundle(8);
    sign_it(between, false);
    ASSERT_EQ(stage(*station, between), "");
    EXPECT_THAT(why_not(*station, between), HasSubstr("it loosens"));
    station->roll_back();
    EXPECT_EQ(why_not(*station, between),
              "other rules decide than when it was staged; stage it again");
    ASSERT_EQ(stage(*station, between), "");
    EXPECT_EQ(why_not(*station, between), "");
}

TEST_F(RulesetLifeTest, the_one_that_decided_last_decides_after_a_restart) {
    Bundle made = bundle(1);
    sign_it(made);
    std::string digest;
    std::string before;
    {
        const auto station = start();
        fund(*station);
        before = decides(*station);
        ASSERT_EQ(stage(*station, made), "");
        station->activate_candidate();
        ASSERT_TRUE(ask(*station, "o-1").accepted);
        EXPECT_EQ(station->sequencer->commit(), runtime::JournalStatus::healthy);
        digest = text(station->engine.digest());
    }
    const auto station = start();
    EXPECT_EQ(text(station->engine.digest()), digest);
    EXPECT_EQ(decides(*station), made.hash);
    EXPECT_EQ(station->rulesets.rules().hash(), made.hash);
    EXPECT_FALSE(ask(*station, "o-2").accepted);
    ASSERT_NE(station->rulesets.previous(), nullptr);
    EXPECT_EQ(station->rulesets.previous()->bundle.hash, before);
    station->roll_back();
    EXPECT_TRUE(ask(*station, "o-3").accepted);
}

TEST_F(RulesetLifeTest, one_that_fails_too_often_gives_way_by_itself) {
    const auto station = start();
    fund(*station);
    station->settings.rules.faults_max = 5;  // two for each order: it is asked for less, too
    const std::string before = decides(*station);
    EXPECT_FALSE(station->retreat_from_faults(1));
    config::RulesSettings settings = shipped();
    Bundle made = bundle(50);
    made.rules.push_back(
        {"rules/check/broken.lua",
         "rule { name = \"broken\", kind = \"check\", doc = \"Fails.\",\n"
         "  reason = reject.other,\n"
         "  check = function(order)\n"
         "    return limit(order.quantity / (order.quantity - order.quantity), 1)\n"
         "  end }\n"});
    settings.parameters = made.parameters;
    made.hash = std::string{dsl::load_rules(made.rules, settings).rulebook->hash()};
    sign_it(made);
    ASSERT_EQ(stage(*station, made), "");
    ASSERT_EQ(why_not(*station, made), "");
    station->activate_candidate();
    for (const char* order : {"o-1", "o-2", "o-3"}) {
        EXPECT_FALSE(station->retreat_from_faults(2)) << order;
        EXPECT_FALSE(ask(*station, order).accepted) << "a rule that fails is a no";
    }
    EXPECT_TRUE(station->retreat_from_faults(3));
    EXPECT_EQ(decides(*station), before);
    EXPECT_TRUE(ask(*station, "o-4").accepted);
    EXPECT_FALSE(station->retreat_from_faults(4));
}

// The journal under these rules: what is found, and every order that is decided otherwise.
std::unique_ptr<CandidateReplay> replayed_under(const std::string& journal,
                                                dsl::LuaRulebook& rulebook,
                                                std::vector<FlippedOrder>& flipped,
                                                const dsl::LuaRulebook* decided = nullptr) {
    auto replay = std::make_unique<CandidateReplay>(
        LedgerLimits{}, rulebook, [decided](std::string_view) { return decided; },
        [&](const FlippedOrder& order) { flipped.push_back(order); });
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, journal);
    EXPECT_EQ(reader.open(), "");
    runtime::JournalRecord record;
    while (reader.next(record) == runtime::JournalReader::Step::record)
        replay->take(record);
    return replay;
}

TEST_F(RulesetLifeTest, a_recorded_day_is_asked_again_and_what_differs_is_named) {
    {
        const auto station = start();
        fund(*station);
        for (const char* order : {"o-1", "o-2", "o-2", "o-3"})
            EXPECT_TRUE(ask(*station, order).accepted);
        EXPECT_EQ(station->sequencer->commit(), runtime::JournalStatus::healthy);
    }
    std::vector<FlippedOrder> flipped;
    const auto same = admit(write(bundle(49)), here()).ruleset;
    const ReplayTotals all =
        replayed_under(scratch.path(), *same->rulebook, flipped)->comparison().totals();
    EXPECT_EQ(all.orders, 3U) << "a repeat is not counted";
    EXPECT_EQ(all.same, 3U);
    EXPECT_TRUE(flipped.empty());
    same->rulebook->set_compiled(false);
    const auto interpreted = replayed_under(scratch.path(), *same->rulebook, flipped);
    EXPECT_EQ(interpreted->comparison().totals().same, 3U) << "interpreted";
    EXPECT_EQ(interpreted->work().asked_in_full, 3U) << "nobody knows who decided";

    // One is open and may be; the same whether all rules are asked or the one that changed.
    const auto tighter = admit(write(bundle(1)), here()).ruleset;
    const dsl::LuaRulebook* const known[]{same->rulebook.get(), nullptr};
    for (const dsl::LuaRulebook* decided : known) {
        flipped.clear();
        const auto replay = replayed_under(scratch.path(), *tighter->rulebook, flipped, decided);
        const ReplayComparison& made = replay->comparison();
        EXPECT_EQ(replay->work().asked_in_part, decided == nullptr ? 0U : 3U);
        EXPECT_EQ(made.totals().same, 1U);
        EXPECT_EQ(made.totals().refused, 2U) << "o-2 was open when o-3 was asked";
        EXPECT_EQ(made.totals().accepted, 0U);
        ASSERT_EQ(flipped.size(), 2U);
        EXPECT_EQ(flipped[0].account, "A1");
        EXPECT_EQ(flipped[0].order, "o-2");
        EXPECT_EQ(flipped[1].order, "o-3");
        EXPECT_EQ(flipped[1].what, "buy 0.1 BTC-PERP @ 50000");
        EXPECT_EQ(flipped[1].before, "accept");
        EXPECT_THAT(flipped[1].after, HasSubstr(" by check/open_orders"));
        EXPECT_FALSE(flipped[1].loosens);
        EXPECT_EQ(made.by_rule().at("check/open_orders").refused, 2U);
        EXPECT_EQ(made.by_rule().at("check/open_orders").notional_refused.at("USDT"), 10'000);
        EXPECT_EQ(made.by_account().at("A1").refused, 2U);
        EXPECT_TRUE(made.liquidations().empty());
    }
}

}  // namespace
}  // namespace riskd::rulesets
