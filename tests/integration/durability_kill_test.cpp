// riskd is killed again and again under load, also while it starts; after each start nothing that
// was answered or confirmed is lost or doubled. See durability_main.cpp for how often.
#include <algorithm>

#include "tests/integration/durability_scene.hpp"

namespace riskd::tests {
namespace {

class RiskdKilledTest : public DurabilityTest {
protected:
    // Kills it at a random moment, often one that is hard on it: at the very moment an answer
    // comes, or when nobody hears what it decides; now and then also in the middle of the starts
    // that follow, while the order management system goes on.
    void kill_once() {
        const int how = pick(1, 100);
        if (how <= 35) {
            oms->trade_unheard(pick(10, 40));
            std::this_thread::sleep_for(std::chrono::microseconds(pick(0, 3'000)));
            oms->disconnect();
        } else if (how <= 70) {
            const auto until = Clock::now() + std::chrono::milliseconds(50);
            const std::uint64_t answers = oms->answers();
            oms->trade_unheard(pick(10, 40));
            while (oms->answers() == answers && Clock::now() < until)
                oms->pump(1);
        }
        riskd->kill();
        oms->forget_questions();
        if (!oms->connected()) {
            ASSERT_TRUE(oms->connect());
        }
    }
    void kill_and_start() {
        trade_for(pick(10, 350), pick(4, 40));
        ASSERT_NO_FATAL_FAILURE(kill_once());
        const int broken_starts = pick(1, 100) <= 35 ? pick(1, 3) : 0;
        for (int i = 0; i < broken_starts; ++i) {
            ASSERT_TRUE(riskd->start());
            trade_for(pick(0, 90), 4);
            riskd->kill();
            oms->forget_questions();
        }
        kills += broken_starts + 1;
        if (pick(1, 100) <= 50) trade_for(pick(1, 30), 4);
        ASSERT_TRUE(riskd->start());
        if (pick(1, 100) <= 50) trade_for(pick(1, 100), 8);
    }
    void kill_and_compare(int wanted) {
        while (kills < wanted) {
            ASSERT_NO_FATAL_FAILURE(kill_and_start());
            ASSERT_EQ(inspection->everything(), "") << "after kill " << kills;
            if (oms->books().accounts().size() >= 20) continue;
            const std::string account = account_name(oms->books().accounts().size());
            oms->open_account(account);
            oms->deposit(account, 300'000'000'000);
            ASSERT_EQ(inspection->wait_until_caught_up(), "");
            oms->trade_account(account);
        }
    }
    // The verb says what we found, and the rules still answer what they answered.
    void compare_with_the_verb() {
        const std::string journal = riskd->journal().string();
        const JournalAudit audit = audit_journal(journal);
        const Riskd::Output replayed =
            riskd->run({"replay", "--verify", "--config", riskd->configuration_file(), journal});
        EXPECT_EQ(replayed.exit_code, 0) << replayed.text;
        EXPECT_NE(replayed.text.find(audit.digest), std::string::npos)
            << "digest " << audit.digest << " at " << audit.last << "; the verb says\n"
            << replayed.text;
    }
    void report() const {
        const Inspected& seen = inspection->inspected();
        const OmsCounters& counters = oms->counters();
        std::cout << kills << " kills: " << counters.questions << " questions, "
                  << counters.accepted << " accepted, " << counters.rejected << " rejected, "
                  << counters.repeated << " answered again, " << counters.nobody << " met nobody; "
                  << counters.facts << " facts; " << seen.outputs << " outputs, "
                  << seen.stage_changes << " stage changes; " << seen.orders_asked_again
                  << " orders unanswered at a kill, " << seen.orders_kept_unheard
                  << " of them decided; sequence " << seen.sequence << '\n';
    }
    static constexpr int kills_max = 150;
    int kills{};
};

TEST_F(RiskdKilledTest, nothing_answered_or_confirmed_is_lost_or_doubled) {
    ASSERT_NO_FATAL_FAILURE(begin());
    ASSERT_NO_FATAL_FAILURE(kill_and_compare(durability_options().kills));
    // Which moments a run hits is chance; it goes on until it has hit the hardest one.
    while (inspection->inspected().orders_kept_unheard == 0 && kills < kills_max) {
        ASSERT_NO_FATAL_FAILURE(kill_and_compare(kills + 1));
    }
    riskd->kill();
    compare_with_the_verb();
    report();
    // A run in which nothing happened would prove nothing.
    EXPECT_GT(oms->counters().accepted, 100U);
    EXPECT_GT(oms->counters().rejected, 10U);
    EXPECT_GT(oms->counters().repeated, 100U);
    EXPECT_GT(inspection->inspected().stage_changes, 0U);
    EXPECT_GT(inspection->inspected().orders_asked_again, 0U);
    EXPECT_GT(inspection->inspected().orders_kept_unheard, 0U);
}

// The journal has room made in advance, so it ends in zeros at a kill.
TEST_F(RiskdKilledTest, nor_under_the_promise_disk) {
    ASSERT_NO_FATAL_FAILURE(begin({}, "disk"));
    ASSERT_NO_FATAL_FAILURE(kill_and_compare(std::max(3, durability_options().kills / 5)));
    riskd->kill();
    compare_with_the_verb();
    report();
    EXPECT_GT(oms->counters().accepted, 50U);
}

}  // namespace
}  // namespace riskd::tests
