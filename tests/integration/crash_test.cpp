// A crash fed through a real nats-server to a real riskd: who must be liquidated is triggered,
// at the same price, nobody else, nobody twice, as the slow reference engine says over the same
// events.
//
// RISKD_SEED draws the accounts. RISKD_CRASH_FROM and RISKD_CRASH_TO (12:30) choose the part of
// 19 May 2021 that is fed; by default 12:50 to 13:25 UTC, its lowest prices.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <set>

#include "tests/integration/crash_oracle.hpp"
#include "tests/integration/crash_prices.hpp"
#include "tests/integration/durability_riskd.hpp"
#include "tests/integration/oms_model_json.hpp"
#include "tests/integration/raw_nats.hpp"
#include "tests/recordings.hpp"

namespace riskd::tests {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t seed_of_today() {
    const char* named = std::getenv("RISKD_SEED");
    return named != nullptr ? std::strtoull(named, nullptr, 10) : 20'210'519;
}

int minute_of_day(const char* variable, int otherwise) {
    const char* text = std::getenv(variable);
    int hour = 0;
    int minute = 0;
    if (text == nullptr || std::sscanf(text, "%d:%d", &hour, &minute) != 2) return otherwise;
    return hour * 60 + minute;
}

double seconds_since(Clock::time_point began) {
    return std::chrono::duration<double>(Clock::now() - began).count();
}

class CrashTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (!server.running()) GTEST_SKIP() << "skipped: no nats-server";
        ASSERT_EQ(::access(Riskd::binary().c_str(), X_OK), 0) << "not built: " << Riskd::binary();
    }
    void TearDown() override {
        if (HasFailure() && riskd) std::cout << "riskd: " << riskd->last_words() << '\n';
    }

    void start(const CrashPopulation& population) {
        riskd = std::make_unique<Riskd>(server.url());
        // Where it listens and writes is the fixture's, all else is the crash's.
        std::ostringstream written;
        written << std::ifstream(riskd->configuration_file()).rdbuf();
        const std::string places = written.str().substr(0, written.str().find("limits:"));
        std::ofstream(riskd->configuration_file()) << places << crash_configuration(population);
        ASSERT_TRUE(riskd->start());
        ASSERT_TRUE(riskd->wait_until_ready(15'000)) << riskd->last_words();
        nats = std::make_unique<RawNats>(server.port());
        nats->subscribe("crash.status", 1);
    }

    std::optional<Json> status() {
        nats->publish("risk.query.status", "{}", "crash.status");
        RawMessage message;
        if (!nats->next(message, 30'000)) return std::nullopt;
        return Json::parse(message.payload);
    }

    // Waits until so many events more were applied, and every fact that was sent.
    void wait_for(std::size_t events) {
        const auto until = Clock::now() + std::chrono::seconds(60);
        for (;;) {
            const auto now = status();
            ASSERT_TRUE(now) << "nobody answers risk.query.status";
            const std::uint64_t sequence = (*now)["sequence"].integer();
            const std::uint64_t facts = (*now)["stream_sequence"].integer();
            if (sequence >= sequence_ + events && facts >= facts_sent_) {
                sequence_ = sequence;
                return;
            }
            ASSERT_LT(Clock::now(), until) << "riskd is at fact " << facts << " of " << facts_sent_;
            if (facts < facts_sent_) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }

    void send_prices(const CrashPrices& prices) {
        for (const CrashListing& listing : crash_listings) {
            const std::string mark = decimal_text(prices[listing.moves_as], listing.price_decimals);
            nats->publish("risk.in.price." + std::string(listing.name),
                          R"({"mark":")" + mark + "\"}");
        }
    }
    void send_facts(const std::vector<CrashMessage>& facts) {
        for (std::size_t i = 0; i < facts.size(); ++i) {
            nats->publish(facts[i].subject, facts[i].payload);
            if (i % 500 == 499) {
                ASSERT_TRUE(nats->ping());
            }
        }
        facts_sent_ += facts.size();
    }

    // A round is sent when the one before has been applied. The first one's prices come first, so
    // that the accounts it opens can be valued.
    void feed(const std::vector<CrashRound>& rounds) {
        sequence_ = (*status())["sequence"].integer();
        send_prices(rounds.front().prices);
        ASSERT_TRUE(nats->ping());
        ASSERT_NO_FATAL_FAILURE(wait_for(crash_listings.size()));
        for (const CrashRound& round : rounds) {
            const bool is_first = &round == &rounds.front();
            if (!is_first) send_prices(round.prices);
            ASSERT_NO_FATAL_FAILURE(send_facts(round.facts));
            ASSERT_TRUE(nats->ping());
            const std::size_t prices = is_first ? 0 : crash_listings.size();
            ASSERT_NO_FATAL_FAILURE(wait_for(prices + round.facts.size()));
        }
    }

    void run(const CrashPopulation& population, const std::vector<CrashPrices>& path) {
        const auto rounds = crash_rounds(population, path);
        ASSERT_NO_FATAL_FAILURE(start(population));
        const auto began = Clock::now();
        ASSERT_NO_FATAL_FAILURE(feed(rounds));
        std::cout << population.accounts << " accounts, " << path.size() << " moments, "
                  << facts_sent_ << " facts fed in " << seconds_since(began) << " s\n";
        EXPECT_EQ(riskd->stop(), 0);
        const JournalledCrash journalled = read_journalled_crash(riskd->journal());
        ASSERT_EQ(journalled.fault, "");
        expect_everything_arrived(journalled, population, path);
        compare(journalled, population);
    }

    void expect_everything_arrived(const JournalledCrash& journalled,
                                   const CrashPopulation& population,
                                   const std::vector<CrashPrices>& path) {
        EXPECT_EQ(journalled.accounts, population.accounts);
        EXPECT_EQ(
            journalled.accounts - population.configured + journalled.fills + journalled.deposits,
            facts_sent_);
        for (std::size_t i = 0; i < crash_listings.size(); ++i) {
            std::vector<std::int64_t> sent;
            for (const CrashPrices& moment : path)
                sent.push_back(moment[crash_listings[i].moves_as]);
            EXPECT_EQ(journalled.marks[i], sent) << crash_listings[i].name;
        }
    }

    void compare(const JournalledCrash& journalled, const CrashPopulation& population) {
        auto began = Clock::now();
        const DueTriggers due = work_out_triggers(journalled.events);
        EXPECT_EQ(due.fault, "");
        std::cout << "reference engine: " << due.judgements << " judgements in "
                  << seconds_since(began) << " s\n";
        const SaidTriggers said = read_triggers(server.port(), journalled.outputs, 10'000);
        EXPECT_EQ(said.fault, "");
        EXPECT_EQ(said.outputs, journalled.outputs) << "of every kind";
        EXPECT_EQ(said.triggers.size(), due.triggers.size());
        EXPECT_EQ(differences(said.triggers, due.triggers), "");
        EXPECT_EQ(contradictions(said.triggers), "");
        report(said.triggers, population);
    }

    void report(const std::vector<Trigger>& triggers, const CrashPopulation& population) {
        std::map<std::string, std::size_t> stages;
        std::set<std::string> liquidated;
        std::size_t shorts = 0;
        std::uint64_t episodes = 0;
        for (const Trigger& trigger : triggers) {
            ++stages[trigger.stage];
            episodes = std::max(episodes, trigger.episode);
            if (trigger.stage != "liquidate") continue;
            liquidated.insert(trigger.account);
            if (trigger.figures.find(" buy ") != std::string::npos) ++shorts;
        }
        std::cout << liquidated.size() << " accounts liquidated; triggers:";
        for (const auto& [stage, count] : stages)
            std::cout << " " << stage << " " << count;
        std::cout << "; " << shorts << " liquidations close a short; at most " << episodes
                  << " episodes of one account\n";
        // A crash that moves nobody, or everybody, would prove little.
        EXPECT_GE(liquidated.size() * 20, population.accounts);
        EXPECT_LE(liquidated.size() * 3, population.accounts * 2);
        EXPECT_GT(shorts, 0U);
        EXPECT_GT(episodes, 1U);
        EXPECT_GT(stages["closed"], 0U);
    }

    NatsServer server;
    std::unique_ptr<Riskd> riskd;
    std::unique_ptr<RawNats> nats;

private:
    std::uint64_t sequence_{};
    std::uint64_t facts_sent_{};
};

// Nearly all the time goes into the slow engine's judgements, which grow with the accounts.
constexpr std::uint32_t recorded_accounts = is_watched ? 500 : 10'000;
constexpr std::uint32_t invented_accounts = is_watched ? 300 : 1'500;

TEST_F(CrashTest, accounts_on_19_may_2021_are_triggered_as_the_reference_engine_says) {
    const auto folder = shared_data("data/prices");
    if (!folder) GTEST_SKIP() << no_shared_data;
    const MinutesOfDay minutes{.from = minute_of_day("RISKD_CRASH_FROM", 12 * 60 + 50),
                               .to = minute_of_day("RISKD_CRASH_TO", 13 * 60 + 25)};
    const RecordedPath recorded = read_recorded_crash(*folder, minutes);
    ASSERT_EQ(recorded.fault, "");
    ASSERT_GT(recorded.path.size(), 1U);
    const std::uint64_t seed = seed_of_today();
    std::cout << "seed " << seed << ", minutes " << minutes.from << " to " << minutes.to
              << " of 2021-05-19\n";
    run({.accounts = recorded_accounts, .configured = 200, .seed = seed}, recorded.path);
}

TEST_F(CrashTest, accounts_in_an_invented_crash_are_triggered_as_the_reference_engine_says) {
    const std::uint64_t seed = seed_of_today();
    std::cout << "seed " << seed << '\n';
    run({.accounts = invented_accounts, .configured = 50, .seed = seed}, invent_crash(seed, 160));
}

}  // namespace
}  // namespace riskd::tests
