// `riskd demo` as a person runs it: real server, real daemon, a crash, and nothing left behind.
#include "tests/integration/demo_scene.hpp"

namespace riskd::tests {
namespace {

using DemoTest = DemoScene;

TEST_F(DemoTest, shows_accepts_rejects_margin_calls_and_liquidations_and_ends_by_itself) {
    const Ended ended = wait(start("--seconds 24 --crash-after 6 --accounts 150 --seed 3"));
    EXPECT_TRUE(WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 0) << ended.output;
    EXPECT_GT(ended.count("accepted"), 500) << ended.output;
    EXPECT_GT(ended.count("rejected"), 20) << ended.output;
    EXPECT_GT(ended.count("fills"), 300) << ended.output;
    EXPECT_GT(ended.count("margin calls"), 0) << ended.output;
    EXPECT_GT(ended.count("liquidations"), 0) << ended.output;
    EXPECT_GT(ended.count("episodes closed"), 0) << ended.output;
    EXPECT_EQ(ended.count("not answered"), 0) << ended.output;
    EXPECT_NE(ended.output.find(" s  CRASH "), std::string::npos) << ended.output;
    EXPECT_EQ(left_behind(), "");
}

TEST_F(DemoTest, an_interrupt_stops_every_part) {
    const pid_t pid = start("--accounts 20");
    EXPECT_TRUE(wait_until_calm()) << output();
    ::kill(pid, SIGINT);
    const Ended ended = wait(pid);
    EXPECT_TRUE(WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 0) << ended.output;
    EXPECT_NE(ended.output.find("checks asked"), std::string::npos) << ended.output;
    EXPECT_EQ(left_behind(), "");
}

TEST_F(DemoTest, settings_that_are_wrong_start_nothing) {
    const std::string path = directory_ + "/wrong.yaml";
    std::ofstream(path) << "natz: {}\n";
    const Ended ended = wait(start("--seconds 1", path));
    EXPECT_TRUE(WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 2) << ended.output;
    EXPECT_NE(ended.output.find("wrong.yaml:1:1: "), std::string::npos) << ended.output;
    EXPECT_EQ(left_behind(), "");
}

}  // namespace
}  // namespace riskd::tests
