// `riskd demo` as a person runs it: real server, real daemon, a crash, and nothing left behind.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace riskd::tests {
namespace {

namespace fs = std::filesystem;

struct Ended {
    int status{};
    std::string output;

    // The number behind a word of the summary.
    long count(const std::string& word) const {
        const std::size_t at = output.rfind("  " + word + " ");
        if (at == std::string::npos) return -1;
        std::string figures;
        for (std::size_t i = at + word.size() + 3; i < output.size() && output[i] != '\n'; ++i) {
            if (output[i] >= '0' && output[i] <= '9') figures += output[i];
        }
        return std::atol(figures.c_str());
    }
};

class DemoTest : public testing::Test {
protected:
    void SetUp() override {
        const char* binary = std::getenv("RISKD_BINARY");
        if (binary == nullptr || !fs::exists(binary)) GTEST_SKIP() << "skipped: no riskd";
        if (std::system("PATH=$PATH:/usr/sbin command -v nats-server >/dev/null") != 0) {
            GTEST_SKIP() << "skipped: no nats-server";
        }
        binary_ = binary;
        std::string pattern = (fs::temp_directory_path() / "riskd-demo-XXXXXX").string();
        directory_ = ::mkdtemp(pattern.data());
    }
    void TearDown() override {
        std::error_code ignored;
        if (!directory_.empty()) fs::remove_all(directory_, ignored);
    }

    pid_t start(const std::string& options,
                const std::string& config = RISKD_SOURCE_DIR "/config/demo.yaml") {
        const std::string command = "exec '" + binary_ + "' demo --plain --any-port --directory '" +
                                    directory_ + "' --config '" + config + "' " + options + " >'" +
                                    directory_ + "/out' 2>&1";
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
            ::_exit(127);
        }
        return pid;
    }
    Ended wait(pid_t pid) const {
        Ended ended;
        ::waitpid(pid, &ended.status, 0);
        ended.output = output();
        return ended;
    }
    std::string output() const {
        std::ifstream file(directory_ + "/out");
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    }
    // Processes of this demo that are still there.
    std::string left_behind() const {
        std::string found;
        for (const auto& entry : fs::directory_iterator("/proc")) {
            std::ifstream file(entry.path() / "cmdline");
            std::string command;
            std::getline(file, command);
            if (command.find(directory_) != std::string::npos) found += command + "\n";
        }
        return found;
    }

    std::string binary_;
    std::string directory_;
};

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
    for (int waited = 0; waited < 300 && output().find(" s  calm ") == std::string::npos;
         ++waited) {
        ::usleep(100'000);
    }
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
