// A real nats-server with JetStream for tests: its own free port and a temporary directory, both
// kept across stop, kill and start so that clients find it again. Test thread only.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include "config/settings.hpp"

namespace riskd::tests {

class NatsServer {
public:
    // `configuration` is appended to the server's configuration file.
    explicit NatsServer(std::string configuration = {}) : configuration_(std::move(configuration)) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "riskd-nats-XXXXXX").string();
        if (::mkdtemp(pattern.data()) != nullptr) directory_ = pattern;
        port_ = free_port();
        start();
    }
    ~NatsServer() {
        kill();
        std::error_code ignored;
        if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
    }
    NatsServer(const NatsServer&) = delete;
    NatsServer& operator=(const NatsServer&) = delete;

    // True when the server answers on its port.
    bool start() {
        if (pid_ > 0) return true;
        const auto file = directory_ / "nats.conf";
        std::ofstream(file) << "listen: \"127.0.0.1:" << port_ << "\"\n"
                            << "jetstream: { store_dir: \"" << directory_.string() << "\" }\n"
                            << configuration_ << '\n';
        pid_ = ::fork();
        if (pid_ == 0) {
            // A test that is killed takes its server along, and nobody waits for our output.
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const int nowhere = ::open("/dev/null", O_RDWR);
            for (int stream = 0; stream < 3; ++stream)
                ::dup2(nowhere, stream);
            const std::string log = (directory_ / "nats.log").string();
            ::execlp("nats-server", "nats-server", "-c", file.c_str(), "-l", log.c_str(), nullptr);
            ::execl("/usr/sbin/nats-server", "nats-server", "-c", file.c_str(), "-l", log.c_str(),
                    nullptr);
            ::_exit(127);
        }
        return wait_until_open();
    }
    void stop() { end(SIGTERM); }
    void kill() { end(SIGKILL); }
    void pause() { ::kill(pid_, SIGSTOP); }
    void resume() { ::kill(pid_, SIGCONT); }
    // Removes what the server stored. REQUIRES: the server does not run.
    void forget_streams() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_ / "jetstream", ignored);
    }

    bool running() const { return pid_ > 0; }
    int port() const { return port_; }
    pid_t pid() const { return pid_; }
    std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
    const std::filesystem::path& directory() const { return directory_; }
    config::NatsSettings settings() const {
        config::NatsSettings settings;
        settings.url = url();
        settings.reconnect_wait_ms = 20;
        return settings;
    }

    static int free_port() {
        const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
        ::close(listener);
        return ntohs(address.sin_port);
    }
    static sockaddr_in loopback(int port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }

private:
    void end(int signal) {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGCONT);
        ::kill(pid_, signal);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    bool wait_until_open() {
        for (int attempt = 0; attempt < 1000; ++attempt) {
            const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
            const sockaddr_in address = loopback(port_);
            const bool open =
                ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
            ::close(probe);
            if (open) return true;
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
                pid_ = -1;
                return false;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return false;
    }

    std::string configuration_;
    std::filesystem::path directory_;
    int port_{};
    pid_t pid_{-1};
};

}  // namespace riskd::tests
