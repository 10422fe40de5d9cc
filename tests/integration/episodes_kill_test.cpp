// kill -9 in the middle of liquidation episodes, again and again, while triggers are being said: at
// the end each trigger stands in the output stream once, in order, word for word what an engine
// says that was never stopped; every episode has all its steps, and every account what it has
// there and in the books of those who took the triggers.
//
// RISKD_KILLS says how often it is killed at least, RISKD_SEED repeats the random choices.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/integration/durability_riskd.hpp"
#include "tests/integration/episodes_audit.hpp"
#include "tests/integration/episodes_exchange.hpp"
#include "tests/recordings.hpp"

namespace riskd::tests {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct KillCounters {
    std::size_t kills{};
    std::size_t in_episodes{};  // while at least `episodes_least` were open
    std::size_t in_steps{};     // while one or more had taken a step and not ended
    std::size_t unsaid{};       // with triggers in the journal that the stream had not
    std::size_t episodes{};     // open, summed over the kills
    std::size_t starts_broken{};
    std::uint64_t triggers_unsaid{};
};
constexpr std::size_t episodes_least = is_watched ? 4 : 10;
constexpr std::uint32_t accounts_max = 2'000;  // judged at once: as many as there may be

class EpisodesKilledTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (!server.running()) GTEST_SKIP() << "skipped: no nats-server";
        ASSERT_EQ(::access(Riskd::binary().c_str(), X_OK), 0) << "not built: " << Riskd::binary();
        seed = number_in("RISKD_SEED", std::random_device{}());
        random.seed(seed);
        std::cout << "seed " << seed << '\n';
    }
    void TearDown() override {
        if (HasFailure() && riskd) {
            std::cout << "repeat with RISKD_SEED=" << seed << "\nriskd: " << riskd->last_words()
                      << '\n';
        }
    }

    void begin(std::uint32_t judged_at_once_max) {
        riskd = std::make_unique<Riskd>(server.url());
        // Where it listens and writes is the fixture's, all else is ours.
        std::ostringstream written;
        written << std::ifstream(riskd->configuration_file()).rdbuf();
        const std::string places = written.str().substr(0, written.str().find("limits:"));
        std::ofstream(riskd->configuration_file())
            << places << episode_configuration(judged_at_once_max);
        ASSERT_TRUE(riskd->start());
        ASSERT_TRUE(riskd->wait_until_ready(15'000)) << riskd->last_words();
        exchange = std::make_unique<EpisodeExchange>(server.port(), seed, log);
        watcher = std::make_unique<OutputWatcher>(
            server.port(), [this](const SaidOutput& output, const RawMessage& message) {
                const auto said = log.take(output, message);
                if (said) exchange->take(*said);
            });
        ASSERT_TRUE(watcher->follow());
        exchange->send_prices();
        exchange->open(is_watched ? 100 : 300);
        ASSERT_NO_FATAL_FAILURE(wait_until_caught_up());
    }

    std::int64_t pick(std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(least, most)(random);
    }
    void turn() {
        exchange->turn();
        watcher->pump(0, 0);
    }
    void turn_for(std::int64_t milliseconds) {
        const auto until = Clock::now() + std::chrono::milliseconds(milliseconds);
        while (Clock::now() < until)
            turn();
    }
    void wait_until_caught_up() {
        const auto until = Clock::now() + std::chrono::seconds(60);
        for (;;) {
            ASSERT_TRUE(riskd->running()) << riskd->last_words();
            ASSERT_LT(Clock::now(), until) << riskd->last_words();
            turn();
            const auto status = exchange->ask("risk.query.status");
            if (status && (*status)["ready"].is_true() &&
                (*status)["stream_sequence"].integer() >= exchange->newest_fact()) {
                return;
            }
        }
    }

    void kill() {
        watcher->pump(0, 0);
        const std::size_t open = log.open();
        const std::size_t in_steps = log.in_steps();
        riskd->kill();
        ++counted.kills;
        counted.episodes += open;
        counted.in_episodes += open >= episodes_least ? 1U : 0U;
        counted.in_steps += in_steps > 0 ? 1U : 0U;
        // What it had sent still arrives.
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        watcher->pump(0, 0);
        const SaidMessage& last = log.messages().back();
        const std::uint64_t unsaid =
            triggers_behind(riskd->journal().string(), last.sequence, last.number);
        counted.triggers_unsaid += unsaid;
        counted.unsaid += unsaid > 0 ? 1U : 0U;
    }
    // At a moment that is hard on it: as it writes many triggers to its journal, or as the first of
    // them is heard; or right behind prices that fall, or at any time.
    void kill_once() {
        for (int falls = 0; falls < 10 && log.open() < 2 * episodes_least; ++falls) {
            fall();
            turn_for(200);
        }
        const std::int64_t how = pick(1, 100);
        const std::size_t said = log.messages().size();
        const std::uintmax_t written = journal_bytes();
        const auto given_up = Clock::now() + std::chrono::milliseconds(50);
        if (how <= 85) fall();
        if (how <= 40) {
            while (journal_bytes() < written + 3'000 && Clock::now() < given_up) {
            }
        } else if (how <= 70) {
            while (log.messages().size() == said && Clock::now() < given_up)
                watcher->pump(0, 0);
        } else {
            std::this_thread::sleep_for(std::chrono::microseconds(pick(0, 2'500)));
        }
        kill();
    }
    std::uintmax_t journal_bytes() const {
        std::uintmax_t bytes = 0;
        std::error_code ignored;
        for (const auto& segment : std::filesystem::directory_iterator(riskd->journal(), ignored))
            bytes += segment.file_size(ignored);
        return bytes;
    }
    // Now and then by so much that many are past every rung at once.
    void fall() {
        const bool is_gap = counted.kills >= next_gap;
        if (is_gap) next_gap += 12;
        exchange->fall(is_gap);
        exchange->send_prices();
    }
    void start(std::size_t wanted) {
        turn_for(pick(0, 60));
        ASSERT_TRUE(riskd->start());
        while (pick(1, 100) <= 30 && counted.kills < wanted) {
            fall();
            turn_for(pick(5, 250));
            kill();
            ++counted.starts_broken;
            ASSERT_TRUE(riskd->start());
        }
        if (pick(1, 2) == 1) exchange->repeat_facts();
    }
    static std::size_t kills_wanted() {
        return static_cast<std::size_t>(number_in("RISKD_KILLS", is_watched ? 8 : 50));
    }

    void kill_and_start(std::size_t wanted) {
        while (counted.kills < wanted) {
            ASSERT_NO_FATAL_FAILURE(wait_until_caught_up());
            turn_for(pick(50, 600));
            ASSERT_NO_FATAL_FAILURE(kill_once());
            ASSERT_NO_FATAL_FAILURE(start(wanted));
            ASSERT_EQ(log.faults(), "") << "after kill " << counted.kills;
        }
        ASSERT_NO_FATAL_FAILURE(wait_until_caught_up());
    }

    // Prices stand still and money comes: every episode must come to its end.
    void rest() {
        exchange->rest();
        const auto until = Clock::now() + std::chrono::seconds(120);
        auto cured = Clock::time_point{};
        while ((log.open() > 0 || !exchange->is_idle()) && Clock::now() < until) {
            if (Clock::now() - cured > std::chrono::seconds(2)) {
                cured = Clock::now();
                exchange->cure();
            }
            turn();
        }
        ASSERT_NO_FATAL_FAILURE(wait_until_caught_up());
        watcher->pump(0, 0);
        EXPECT_EQ(log.open(), 0U) << "episodes are open after the cure";
        EXPECT_TRUE(exchange->is_idle());
    }

    // riskd's own figures, of which none tells of the moment they are asked for.
    void ask_about_everyone() {
        const auto status = exchange->ask("risk.query.status", R"({"digest":true})");
        ASSERT_TRUE(status);
        const JournalAudit audit =
            audit_journal(riskd->journal().string(), (*status)["sequence"].integer());
        EXPECT_EQ(audit.fault, "");
        EXPECT_EQ(audit.digest, (*status)["digest"].text()) << "of a clean replay, and riskd's";
        for (const std::string& account : exchange->accounts()) {
            const auto answer = exchange->ask("risk.query.account." + account);
            ASSERT_TRUE(answer) << account;
            EXPECT_EQ((*answer)["stage"].text(), "healthy") << account;
            EXPECT_EQ(exchange->compare(account, *answer), "");
            answers.emplace_back(account, *answer);
        }
    }
    void compare(EpisodeReplay& replayed) {
        watcher->pump(replayed.messages().size(), 10'000);
        EXPECT_EQ(log.faults(), "");
        EXPECT_EQ(log.messages().size(), replayed.messages().size());
        EXPECT_EQ(differences(log.messages(), replayed.messages()), "");
        EXPECT_EQ(replayed.differences(), 0U) << replayed.first_differences();
        for (const auto& [account, answer] : answers) {
            const auto due = Json::parse(replayed.account(account, answer["time"].integer()));
            ASSERT_TRUE(due) << account;
            EXPECT_EQ(account_differences(answer, *due), "") << account;
        }
    }
    // The verb decides everything again as well; what it says.
    std::string verify() const {
        auto verified = riskd->run({"replay", "--verify", "--config", riskd->configuration_file(),
                                    riskd->journal().string()});
        EXPECT_EQ(verified.exit_code, 0) << verified.text;
        return std::move(verified.text);
    }

    void report() const {
        const EpisodeTally& tally = log.tally();
        const EpisodeCounters& fed = exchange->counters();
        std::cout << counted.kills << " kills (" << counted.starts_broken << " of them in starts), "
                  << counted.in_episodes << " with " << episodes_least << " or more open episodes, "
                  << counted.in_steps << " between steps, "
                  << counted.episodes / std::max<std::size_t>(counted.kills, 1)
                  << " open on average; at " << counted.unsaid << " of them "
                  << counted.triggers_unsaid << " triggers were journalled and not said\n"
                  << log.messages().size() << " outputs; triggers:";
        for (const auto& [stage, count] : tally.stages)
            std::cout << " " << stage << " " << count;
        std::cout << "; " << tally.further_steps << " further steps, at most " << tally.steps_max
                  << " in one episode; " << tally.isolated << " of isolated positions; handovers:";
        for (const auto& [kind, count] : tally.handovers)
            std::cout << " " << kind << " " << count;
        std::cout << "; " << tally.opened << " episodes opened, " << tally.closed << " closed\n"
                  << fed.facts << " facts, " << fed.facts_again << " published again, "
                  << fed.opened << " positions opened, " << fed.closing_fills << " closing fills, "
                  << fed.orders_accepted << " orders accepted, " << fed.checks_again
                  << " asked again, " << fed.orders_cancelled << " cancelled\n";
    }
    // A run in which little happened would prove little.
    void expect_it_was_hard() const {
        const EpisodeTally& tally = log.tally();
        EXPECT_GE(counted.kills, kills_wanted());
        EXPECT_GE(counted.in_episodes * 5, counted.kills * 4);
        EXPECT_GE(counted.in_steps * 5, counted.kills * 4);
        EXPECT_GT(counted.unsaid, 0U);
        EXPECT_GT(exchange->counters().orders_cancelled, 0U);
        EXPECT_GT(tally.further_steps, 0U);
        EXPECT_GT(tally.steps_max, 2U);
        EXPECT_GT(tally.isolated, 0U);
        EXPECT_EQ(tally.opened, tally.closed);
        if (is_watched) return;  // too short for everything to happen
        for (const char* stage :
             {"margin_call", "cancel_orders", "reduce", "liquidate", "take_over", "closed"}) {
            EXPECT_TRUE(tally.stages.contains(stage)) << stage;
        }
        for (const char* kind : {"take_over", "deleverage", "loss_share"})
            EXPECT_TRUE(tally.handovers.contains(kind)) << kind;
    }

    NatsServer server;
    std::uint64_t seed{};
    std::mt19937_64 random;
    EpisodeLog log;
    KillCounters counted;
    std::size_t next_gap{3};  // kill
    std::unique_ptr<Riskd> riskd;
    std::unique_ptr<EpisodeExchange> exchange;
    std::unique_ptr<OutputWatcher> watcher;
    std::vector<std::pair<std::string, Json>> answers;
};

TEST_F(EpisodesKilledTest, no_trigger_is_lost_and_none_doubled) {
    ASSERT_NO_FATAL_FAILURE(begin(accounts_max));
    ASSERT_NO_FATAL_FAILURE(kill_and_start(kills_wanted()));
    // Which moments a run hits is chance; it goes on until it has hit the hardest one.
    while (counted.unsaid == 0 && counted.kills < 4 * kills_wanted()) {
        ASSERT_NO_FATAL_FAILURE(kill_and_start(counted.kills + 1));
    }
    ASSERT_NO_FATAL_FAILURE(rest());
    ASSERT_NO_FATAL_FAILURE(ask_about_everyone());
    EXPECT_EQ(riskd->stop(), 0);
    EpisodeReplay again(riskd->configuration_file());
    ASSERT_EQ(again.decide_again(riskd->journal().string()), "");
    ASSERT_NO_FATAL_FAILURE(compare(again));
    EXPECT_NE(verify().find("digest " + again.digest()), std::string::npos) << again.digest();
    report();
    expect_it_was_hard();
}

// Where one price wakes more than one event may judge, a kill may come between. The others are
// judged after the start, in an order of their own: nobody can decide it again event by event.
TEST_F(EpisodesKilledTest, nor_where_one_event_judges_few) {
    ASSERT_NO_FATAL_FAILURE(begin(8));
    for (int i = 0; i < 5; ++i) {
        fall();
        turn_for(150);
    }
    verify();  // beside a riskd that was never stopped, it decides the same slices
    ASSERT_NO_FATAL_FAILURE(kill_and_start(std::max<std::size_t>(kills_wanted() / 5, 3)));
    ASSERT_NO_FATAL_FAILURE(rest());
    ASSERT_NO_FATAL_FAILURE(ask_about_everyone());
    EXPECT_EQ(riskd->stop(), 0);
    EpisodeReplay followed(riskd->configuration_file());
    ASSERT_EQ(followed.follow(riskd->journal().string()), "");
    ASSERT_NO_FATAL_FAILURE(compare(followed));
    report();
    EXPECT_EQ(log.tally().opened, log.tally().closed);
    EXPECT_GT(log.tally().further_steps, 0U);
}

}  // namespace
}  // namespace riskd::tests
