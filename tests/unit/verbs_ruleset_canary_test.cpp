// A candidate that decides for some accounts only, is watched, and gives way by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "riskd/rulesets/silent_rules.hpp"
#include "tests/unit/verbs_ruleset_rig.hpp"

namespace riskd::rulesets {
namespace {

using testing::HasSubstr;
using verbs::Station;

class RulesetCanaryTest : public RulesetRig {
protected:
    // A1 and A2 have the same; a candidate is staged that allows one open order.
    std::unique_ptr<Station> start_with_candidate(double open_orders_max = 1) {
        auto station = start();
        fund(*station);
        const Ledger& ledger = station->engine.ledger();
        station->apply(AccountDefinition{.name = Name{"A2"}, .currency = Name{"USDT"}}, 3);
        station->apply(BalanceChange{.account = ledger.find_account("A2"),
                                     .id = Id{"d-2"},
                                     .asset = ledger.find_asset("USDT"),
                                     .amount = Money{10'000 * 100'000'000LL}},
                       4);
        made = bundle(open_orders_max);
        sign_it(made);
        EXPECT_EQ(stage(*station, made), "");
        return station;
    }
    static Decision ask_for(Station& station, const char* account, const std::string& order) {
        const Ledger& ledger = station.engine.ledger();
        const Outcome& outcome =
            station.apply(OrderRequest{.account = ledger.find_account(account),
                                       .instrument = ledger.find_instrument("BTC-PERP"),
                                       .order = Id{order},
                                       .price = Price{500'000},
                                       .quantity = Quantity{1}});
        return std::get<Decision>(outcome.outputs.at(0));
    }
    static std::string said_last(Station& station) {
        std::string said;
        for (auto& outputs = station.announcer.outputs(); !outputs.empty(); outputs.pop())
            said = std::string{outputs.front().payload};
        return said;
    }
    Bundle made;
};

CanaryChange of(std::initializer_list<const char*> accounts, std::uint32_t share = 0) {
    CanaryChange wanted;
    wanted.share = share;
    for (const char* account : accounts)
        wanted.accounts.emplace_back(account);
    return wanted;
}

TEST_F(RulesetCanaryTest, decides_for_its_accounts_alone_and_says_so) {
    const auto station = start_with_candidate();
    const std::string before = decides(*station);
    ASSERT_EQ(station->begin_canary(of({"A2"})), "");
    EXPECT_EQ(decides(*station), before);
    for (const char* order : {"o-1", "o-2"})
        EXPECT_TRUE(ask_for(*station, "A1", order).accepted);
    EXPECT_THAT(said_last(*station), HasSubstr("\"ruleset\":\"" + before + "\""));
    EXPECT_TRUE(ask_for(*station, "A2", "o-1").accepted);
    const Decision refused = ask_for(*station, "A2", "o-2");
    EXPECT_FALSE(refused.accepted);
    EXPECT_EQ(refused.rule_name.view(), "check/open_orders");
    const std::string said = said_last(*station);
    EXPECT_THAT(said, HasSubstr("\"ruleset\":\"" + made.hash + "\""));
    EXPECT_THAT(said, HasSubstr(R"({"rule":"check/open_orders","limit":"1","used":"2"})"));

    const ShadowOrders& orders = station->shadow()->orders();
    EXPECT_EQ(orders.decided, 4U);
    EXPECT_EQ(orders.same, 2U);
    EXPECT_EQ(orders.would_refuse, 2U) << "one did, one would have";
    EXPECT_EQ(station->shadow()->canary().orders, 2U);
    EXPECT_EQ(station->shadow()->canary().differences, 1U);

    station->end_canary();
    EXPECT_TRUE(ask_for(*station, "A2", "o-3").accepted);
    EXPECT_THAT(said_last(*station), HasSubstr("\"ruleset\":\"" + before + "\""));
    EXPECT_NE(station->rulesets.candidate(), nullptr) << "it may be activated still";
}

TEST_F(RulesetCanaryTest, a_share_is_of_names_and_the_same_in_every_replay) {
    std::string live;
    {
        const auto station = start_with_candidate();
        ASSERT_EQ(station->begin_canary(of({}, 2'500)), "");
        int chosen = 0;
        for (int i = 0; i < 1'000; ++i) {
            const std::string name = "share-" + std::to_string(i);
            station->apply(AccountDefinition{.name = Name{name}, .currency = Name{"USDT"}},
                           10 + static_cast<std::uint64_t>(i));
            const AccountId id = station->engine.ledger().find_account(name);
            chosen += station->engine.in_canary(id) ? 1 : 0;
        }
        EXPECT_GT(chosen, 200);
        EXPECT_LT(chosen, 300);
        live = text(station->engine.digest());
        EXPECT_EQ(station->sequencer->commit(), runtime::JournalStatus::healthy);
    }
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, scratch.path());
    SilentRules silent;
    Engine engine{{}, silent};
    ASSERT_EQ(runtime::replay(reader, engine, nullptr).fault, "");
    EXPECT_EQ(engine.canary().hash.view(), made.hash);
    EXPECT_EQ(text(engine.digest()), live);
    // Nobody has watched over it meanwhile.
    const auto again = start();
    EXPECT_TRUE(again->engine.canary().hash.empty());
}

TEST_F(RulesetCanaryTest, is_refused_as_an_activation_is) {
    const auto station = start_with_candidate(60);  // looser
    EXPECT_EQ(station->begin_canary(of({"A9"})), "no account is called `A9`");
    made.signatures.pop_back();
    ASSERT_EQ(stage(*station, made), "");
    EXPECT_THAT(station->begin_canary(of({"A1"})), HasSubstr("it has 1 signature"));
    sign_it(made);
    ASSERT_EQ(stage(*station, made), "");
    ASSERT_EQ(station->begin_canary(of({"A1"})), "");
    EXPECT_EQ(station->begin_canary(of({"A2"})), "a canary is at work already; end it first");
    station->activate_candidate();
    EXPECT_TRUE(station->engine.canary().hash.empty()) << "it decides for all now";
    EXPECT_EQ(decides(*station), made.hash);
    EXPECT_EQ(station->begin_canary(of({"A1"})), "there is no candidate; stage a bundle first");
}

TEST_F(RulesetCanaryTest, gives_way_when_it_decides_too_much_otherwise) {
    const auto station = start_with_candidate();
    station->settings.canary.orders_min = 4;
    station->settings.canary.differences_percent_max = 50;
    ASSERT_EQ(station->begin_canary(of({"A1", "A2"})), "");
    for (const char* order : {"o-1", "o-2", "o-3"}) {
        ask_for(*station, "A1", order);
        EXPECT_FALSE(station->retreat_from_canary()) << order;
    }
    EXPECT_EQ(station->shadow()->breach(), "");
    ask_for(*station, "A1", "o-4");
    EXPECT_EQ(station->shadow()->breach(), "3 decisions otherwise in 4 orders of the canary");
    EXPECT_TRUE(station->retreat_from_canary());
    EXPECT_TRUE(station->engine.canary().hash.empty());
    EXPECT_TRUE(ask_for(*station, "A1", "o-5").accepted);
    EXPECT_FALSE(station->retreat_from_canary());
}

TEST_F(RulesetCanaryTest, gives_way_when_its_rules_fail_or_liquidate_or_are_slow) {
    const auto station = start_with_candidate(49);
    station->settings.canary.slow_after_ms = 0;  // every order is slow
    station->settings.canary.orders_min = 2;
    ASSERT_EQ(station->begin_canary(of({"A1"})), "");
    ask_for(*station, "A1", "o-1");
    EXPECT_EQ(station->shadow()->breach(), "");
    ask_for(*station, "A1", "o-2");
    EXPECT_EQ(station->shadow()->breach(), "2 slow decisions in 2 orders of the canary");
    station->end_canary();

    config::RulesSettings settings = shipped();
    for (const char* rung : {"warn_at", "cancel_at", "reduce_at", "exit_at"}) {
        // Everyone who has a position is too close.
        config::ParameterSetting& setting = settings.parameters.emplace_back();
        setting.rule = "ladder";
        setting.parameter = rung;
        setting.value.number = rung == std::string{"exit_at"} ? 0.0001 : 0.0002;
    }
    const dsl::LoadResult loaded = dsl::load_rules(settings);
    ASSERT_EQ(loaded.rendered, "");
    made = bundle_of(settings, *loaded.rulebook);
    made.expires = Timestamp{4'000'000'000'000'000'000};
    sign_it(made);
    ASSERT_EQ(stage(*station, made), "");
    station->settings.canary.slow_after_ms = 1'000;
    ASSERT_EQ(station->begin_canary(of({"A1"})), "");
    const Ledger& ledger = station->engine.ledger();
    station->apply(Fill{.account = ledger.find_account("A1"),
                        .instrument = ledger.find_instrument("BTC-PERP"),
                        .fill = Id{"f-1"},
                        .order = Id{"o-1"},
                        .price = Price{500'000},
                        .quantity = Quantity{100}},
                   20);
    EXPECT_EQ(station->shadow()->breach(),
              "1 liquidations that only the candidate sees, in 0 orders of the canary");
}

}  // namespace
}  // namespace riskd::rulesets
