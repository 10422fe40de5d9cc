// A running `riskd demo` for tests: in a directory of its own, on ports nobody uses, with its
// output in a file. Skips when riskd or nats-server is missing. Test thread only.
#pragma once

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

class DemoScene : public testing::Test {
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
    // Until the demo trades.
    bool wait_until_calm() const {
        for (int waited = 0; waited < 300; ++waited) {
            if (output().find(" s  calm ") != std::string::npos) return true;
            ::usleep(100'000);
        }
        return false;
    }
    // Where its nats-server listens.
    std::string url() const {
        const std::string text = output();
        const std::size_t at = text.find("nats://");
        return at == std::string::npos ? "" : text.substr(at, text.find(',', at) - at);
    }
    // Another verb of the same binary, run to its end.
    Ended run_verb(const std::string& verb_and_options) const {
        Ended ended;
        const std::string command = "'" + binary_ + "' " + verb_and_options + " 2>&1";
        FILE* pipe = ::popen(command.c_str(), "r");
        std::array<char, 4096> part;
        while (std::fgets(part.data(), part.size(), pipe) != nullptr)
            ended.output += part.data();
        ended.status = ::pclose(pipe);
        return ended;
    }
    std::string write(const std::string& name, const std::string& text) const {
        const std::string path = directory_ + "/" + name;
        std::ofstream(path) << text;
        return path;
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

}  // namespace riskd::tests
