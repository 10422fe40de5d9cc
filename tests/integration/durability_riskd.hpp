// A real riskd under test: its configuration, journal and log in a directory of their own, kept
// across kills and starts. Ended by its process id; nothing outlives the test. Test thread only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "tests/integration/nats_server.hpp"
#include "tests/integration/oms_model_market.hpp"

namespace riskd::tests {

class Riskd {
public:
    // `journal` empty: a directory of ours. Does not start it.
    explicit Riskd(const std::string& nats_url, const std::filesystem::path& journal = {},
                   const std::string& promise = "os");
    ~Riskd();
    Riskd(const Riskd&) = delete;
    Riskd& operator=(const Riskd&) = delete;

    bool start();
    void kill() { end(SIGKILL); }
    // SIGTERM; its exit code, or the negative of the signal that ended it.
    int stop() { return end(SIGTERM); }
    // False also when it has ended by itself.
    bool running();
    // What /readyz says: the status code, 0 without an answer; and its content.
    struct Ready {
        int code{};
        std::string text;
    };
    Ready ready() const;
    bool wait_until_ready(int timeout_ms);
    // Waits until readiness is lost and names the reason.
    bool wait_until_not_ready(const std::string& reason, int timeout_ms);
    // Whatever else is wrong.
    bool wait_until_connected(int timeout_ms);

    struct Output {
        int exit_code{};
        std::string text;
    };
    // Runs `riskd <arguments>` to its end.
    Output run(const std::vector<std::string>& arguments) const;

    const std::filesystem::path& journal() const { return journal_; }
    const std::filesystem::path& directory() const { return directory_; }
    std::string configuration_file() const { return directory_ / "riskd.yaml"; }
    std::string log() const;
    // The end of the log, for messages of a failing test.
    std::string last_words() const;
    static std::string binary();

private:
    int end(int signal);
    pid_t launch(const std::vector<std::string>& arguments, const std::string& log) const;

    std::filesystem::path directory_;
    std::filesystem::path journal_;
    int http_port_{};
    pid_t pid_{-1};
    int exit_code_{};
};

}  // namespace riskd::tests
