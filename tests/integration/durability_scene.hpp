// What every test of durability stands on: a nats-server, a riskd with its journal, an order
// management system that trades, a watcher of what riskd says; all random from one printed seed.
#pragma once

#include <gtest/gtest.h>

#include <iostream>
#include <memory>

#include "tests/integration/durability_inspection.hpp"

namespace riskd::tests {

class DurabilityTest : public ::testing::Test {
protected:
    using Clock = std::chrono::steady_clock;

    void SetUp() override {
        if (!server.running()) GTEST_SKIP() << "skipped: no nats-server";
        ASSERT_EQ(::access(Riskd::binary().c_str(), X_OK), 0) << "not built: " << Riskd::binary();
        seed = durability_options().seed;
        random.seed(seed);
        std::cout << "seed " << seed << '\n';
    }
    void TearDown() override {
        if (HasFailure() && riskd) {
            std::cout << "repeat with --seed " << seed << "\nriskd: " << riskd->last_words()
                      << '\n';
        }
    }
    void begin(const std::filesystem::path& journal = {}, const std::string& promise = "os") {
        riskd = std::make_unique<Riskd>(server.url(), journal, promise);
        oms = std::make_unique<Oms>(server.port(), seed);
        watcher = std::make_unique<OutputWatcher>(server.port());
        inspection = std::make_unique<Inspection>(*riskd, *oms, *watcher);
        ASSERT_TRUE(riskd->start());
        ASSERT_TRUE(riskd->wait_until_ready(15'000)) << riskd->last_words();
        for (const std::string& account : oms->accounts())
            oms->deposit(account, 300'000'000'000);
        oms->send_prices();
        ASSERT_EQ(inspection->wait_until_caught_up(), "");
    }
    int pick(int least, int most) {
        return std::uniform_int_distribution<int>(least, most)(random);
    }
    // A number in risk.query.status; zero without an answer.
    std::uint64_t status_of(const std::string& figure) {
        const auto status = Json::parse(oms->ask("risk.query.status", "").value_or(""));
        return status ? (*status)[figure].integer() : 0;
    }
    // Business for so long. With nobody there to answer, only facts are sent.
    void trade_for(int milliseconds, int actions = 24) {
        const auto until = Clock::now() + std::chrono::milliseconds(milliseconds);
        while (Clock::now() < until)
            oms->trade(actions);
    }

    NatsServer server;
    std::uint64_t seed{};
    std::mt19937 random;
    std::unique_ptr<Riskd> riskd;
    std::unique_ptr<Oms> oms;
    std::unique_ptr<OutputWatcher> watcher;
    std::unique_ptr<Inspection> inspection;
};

}  // namespace riskd::tests
