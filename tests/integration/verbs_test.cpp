// The verbs that play the other side of the wire, against a riskd that runs: feed, load and top.
#include <chrono>

#include "tests/integration/demo_scene.hpp"

namespace riskd::tests {
namespace {

class VerbsTest : public DemoScene {
protected:
    void SetUp() override {
        DemoScene::SetUp();
        if (IsSkipped()) return;
        demo_ = start("--accounts 5 --rate 1 --crash-after 1000");
        ASSERT_TRUE(wait_until_calm()) << output();
    }
    void TearDown() override {
        if (demo_ > 0) {
            ::kill(demo_, SIGINT);
            wait(demo_);
        }
        DemoScene::TearDown();
    }
    Ended feed(const std::string& name, const std::string& text, const std::string& more = "") {
        return run_verb("feed --url " + url() + " " + more + " '" + write(name, text) + "'");
    }

    pid_t demo_{-1};
};

TEST_F(VerbsTest, feed_publishes_facts_and_orders_and_says_what_was_answered) {
    const Ended accounts = feed("accounts.csv", "account,currency,group\nF1,USDT,retail\n");
    EXPECT_EQ(accounts.status, 0);
    EXPECT_NE(accounts.output.find("1 facts (1 confirmed, 0 refused by the stream)"),
              std::string::npos)
        << accounts.output;
    EXPECT_EQ(feed("money.csv", "account,id,asset,amount,kind\nF1,d1,USDT,5000,deposit\n").status,
              0);
    ::usleep(500'000);  // the stream has them; riskd has them a moment later
    const Ended orders = feed("orders.csv",
                              "account,order,instrument,side,type,price,quantity\n"
                              "F1,fo1,BTC-PERP,buy,limit,43000,0.1\n"
                              "F1,fo2,BTC-PERP,buy,limit,43000,ten\n"
                              "F9,fo3,BTC-PERP,buy,limit,43000,1\n"
                              "F1,fo1,BTC-PERP,buy,limit,43000,0.1\n");
    EXPECT_EQ(orders.status, 0);
    EXPECT_EQ(orders.output,
              "4 rows: 0 prices, 0 facts (0 confirmed, 0 refused by the stream), 4 checks\n"
              "  accept: 2\n"
              "  malformed quantity: 1\n"
              "  reject unknown_account: 1\n");
}

TEST_F(VerbsTest, feed_keeps_to_the_times_of_the_rows) {
    const auto began = std::chrono::steady_clock::now();
    const Ended prices = feed("prices.csv",
                              "time_ms,instrument,mark\n"
                              "1000,DOGE-PERP,0.48\n"
                              "6000,DOGE-PERP,0.481\n",
                              "--speed 10");
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_EQ(prices.status, 0) << prices.output;
    EXPECT_GE(took, std::chrono::milliseconds(500));
    EXPECT_NE(prices.output.find("2 rows: 2 prices"), std::string::npos) << prices.output;
    const Ended broken = feed("broken.csv", "instrument,mark\nDOGE-PERP\n");
    EXPECT_EQ(WEXITSTATUS(broken.status), 1);
    EXPECT_NE(broken.output.find("broken.csv:2: has 1 fields, the header 2"), std::string::npos);
    EXPECT_EQ(WEXITSTATUS(feed("strange.csv", "a,b\n1,2\n").status), 2);
    EXPECT_EQ(WEXITSTATUS(feed("x.csv", "instrument,mark\n", "--speed fast").status), 2);
}

TEST_F(VerbsTest, load_reports_percentiles_beside_the_echo) {
    const Ended load =
        run_verb("load --url " + url() + " --accounts 50 --seconds 2 --rounds 2 --price 43000");
    EXPECT_EQ(load.status, 0) << load.output;
    for (const char* text : {"closed loop, 1 in flight, 50 accounts", "echo  ", "check ", "p99.9 ",
                             "accept: ", "check / echo: p50 "}) {
        EXPECT_NE(load.output.find(text), std::string::npos) << text << '\n' << load.output;
    }
    EXPECT_EQ(load.output.find("not answered"), std::string::npos) << load.output;
    EXPECT_EQ(load.output.find("nobody answers"), std::string::npos) << load.output;
}

TEST_F(VerbsTest, top_prints_one_page_where_there_is_no_terminal) {
    const Ended top = run_verb("top --url " + url());
    EXPECT_EQ(top.status, 0) << top.output;
    for (const char* text : {"riskd top  nats://", "  ready  leader  ", "DECISIONS A SECOND",
                             "NEAREST THE EDGE", "EXPOSURE", "  BTC-PERP ", "LIQUIDATION"}) {
        EXPECT_NE(top.output.find(text), std::string::npos) << text << '\n' << top.output;
    }
    EXPECT_EQ(top.output.find('\x1b'), std::string::npos);
    EXPECT_EQ(WEXITSTATUS(run_verb("top --once --url nats://127.0.0.1:1").status), 2);
}

}  // namespace
}  // namespace riskd::tests
