// The HTTP door for machines that watch: /metrics, /healthz, /readyz. Its own thread; it meets the
// core thread only through the newest snapshot. /healthz is well while the core thread turns.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "riskd/runtime/board.hpp"
#include "riskd/runtime/newest.hpp"

namespace httplib {
class Server;
}

namespace riskd::runtime {

struct Published {
    Newest<BoardSnapshot> board;
    std::atomic<std::int64_t> beat_ns{0};  // interval_clock_ns() of the core thread's latest turn
};

class StatusServer {
public:
    StatusServer(Published& published, std::string version);
    ~StatusServer();
    StatusServer(const StatusServer&) = delete;
    StatusServer& operator=(const StatusServer&) = delete;

    // "127.0.0.1:9464"; port 0 takes a free one. Empty: well.
    [[nodiscard]] std::string start(const std::string& listen);
    void stop();
    int port() const noexcept { return port_; }

private:
    void route();

    Published& published_;
    std::string version_;
    std::mutex reading_;  // several scrapes at once take turns
    std::unique_ptr<httplib::Server> server_;
    std::thread thread_;
    int port_{};
};

}  // namespace riskd::runtime
