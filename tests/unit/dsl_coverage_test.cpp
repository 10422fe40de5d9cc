// What is said to have run of a rule has run, and what is said to have been near was near.
#include <gtest/gtest.h>

#include <sstream>

#include "dsl/coverage.hpp"
#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

constexpr std::string_view watched_body =
    "    if order.reduces then return pass() end\n"
    "    local most = 10\n"
    "    for i = 1, 2 do\n"
    "      if order.post_only then\n"
    "        most = most + i\n"
    "      end\n"
    "    end\n"
    "    return limit(order.quantity, most)";

std::unique_ptr<LuaRulebook> watched_rules() {
    LoadResult loaded =
        load_rules({rig::check_rule("watched", "order", "", std::string{watched_body}),
                    rig::plain_margin(), rig::plain_collateral(), rig::plain_ladder()},
                   {}, true);
    EXPECT_TRUE(loaded.ok()) << loaded.rendered;
    return std::move(loaded.rulebook);
}

CheckQuestion order_of(double quantity) {
    CheckQuestion question = rig::calm_question();
    question.order.quantity = quantity;
    return question;
}

// The lines of a report that are about one file.
std::string about(const std::string& report, const std::string& file) {
    std::istringstream lines(report);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        const std::size_t at = line.find(file);
        if (at != std::string::npos) out += line.substr(at) + "\n";
    }
    return out;
}

TEST(Coverage, knows_which_statements_ran_and_how_near_the_limit_was) {
    const auto rules = watched_rules();
    Coverage coverage;
    rules->add_to(coverage);
    EXPECT_EQ(about(coverage.report(), "watched.lua"),
              "watched.lua                                     0 of 7  limit at 0 %\n"
              "watched.lua\n");  // of rules that nobody asked
    rig::ask(*rules, order_of(4.5));
    rules->add_to(coverage);
    const std::string some = coverage.report();
    EXPECT_NE(some.find("watched.lua                                     5 of 7  limit at 45 %\n"),
              std::string::npos)
        << some;
    EXPECT_NE(some.find("statements that never ran\nwatched.lua:5:27: return pass() end\n"
                        "watched.lua:9:9: most = most + i\n"
                        "limits that never came within 10 % of firing\n"
                        "watched.lua: 45 % of what is allowed\n"),
              std::string::npos)
        << some;
}

TEST(Coverage, adds_up_over_rulebooks) {
    Coverage coverage;
    const auto first = watched_rules();
    rig::ask(*first, order_of(9));  // 90 % is near
    first->add_to(coverage);
    EXPECT_EQ(about(coverage.report(), "watched.lua").find("of what is allowed"),
              std::string::npos);
    const auto second = watched_rules();
    CheckQuestion question = order_of(10);
    question.order.reduces = true;
    rig::ask(*second, question);
    question.order.reduces = false;
    question.order.post_only = true;
    rig::ask(*second, question);
    second->add_to(coverage);
    EXPECT_EQ(about(coverage.report(), "watched.lua"),
              "watched.lua                                     7 of 7  limit at 90 %\n");
    const auto third = watched_rules();
    rig::ask(*third, order_of(10.5));
    third->add_to(coverage);
    EXPECT_EQ(about(coverage.report(), "watched.lua"),
              "watched.lua                                     7 of 7  limit fired\n");
}

TEST(Coverage, lists_rules_that_no_scenario_names) {
    Coverage coverage;
    coverage.expect("alone.lua");
    EXPECT_EQ(coverage.report(),
              "statements of rules that ran, and the nearest that limits came to firing\n"
              "rules that nobody asked\nalone.lua\n");
}

TEST(Coverage, watched_rules_answer_as_others_do) {
    const auto watched = watched_rules();
    const auto plain =
        rig::rulebook({rig::check_rule("watched", "order", "", std::string{watched_body})});
    EXPECT_EQ(watched->hash(), plain->hash());
    for (int round = 0; round < 300; ++round) {
        CheckQuestion question = order_of(round % 20);
        question.order.post_only = round % 3 == 0;
        question.order.reduces = round % 7 == 0;
        const auto a = rig::ask(*watched, question);
        const auto b = rig::ask(*plain, question);
        ASSERT_EQ(a[0].outcome, b[0].outcome);
        ASSERT_EQ(a[0].used, b[0].used);
        ASSERT_EQ(a[0].allowed, b[0].allowed);
    }
}

TEST(Coverage, what_stands_near_nothing_is_near_only_when_it_is_used_up) {
    std::vector<CheckedRule> none(1);
    WatchedRules watched{none};
    watched.note(0, {.outcome = CheckOutcome::limit, .used = -1, .allowed = 0});
    EXPECT_EQ(watched.limits[0].nearest, 0);
    watched.note(0, {.outcome = CheckOutcome::not_applicable});
    EXPECT_EQ(watched.limits[0].nearest, 0);
    watched.note(0, {.outcome = CheckOutcome::limit, .used = 0, .allowed = 0});
    EXPECT_EQ(watched.limits[0].nearest, 1);
    watched.note(0, {.outcome = CheckOutcome::limit, .used = 1, .allowed = 0});
    EXPECT_GT(watched.limits[0].nearest, 1);
    EXPECT_EQ(watched.limits[0].asked, 4U);
}

}  // namespace
}  // namespace riskd::dsl
