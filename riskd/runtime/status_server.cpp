#include "riskd/runtime/status_server.hpp"

#include <httplib.h>

#include <charconv>

#include "riskd/runtime/metrics.hpp"

namespace riskd::runtime {
namespace {

constexpr std::int64_t beat_age_ns_max =
    10'000'000'000;  // an engine this long in one turn is stuck
constexpr const char* plain_text = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* json_text = "application/json";

struct Address {
    std::string host;
    int port{-1};
};

Address parse_address(const std::string& listen) {
    const auto colon = listen.rfind(':');
    if (colon == std::string::npos) return {};
    Address address{.host = listen.substr(0, colon)};
    const char* end = listen.data() + listen.size();
    int port = -1;
    const auto read = std::from_chars(listen.data() + colon + 1, end, port);
    if (read.ec == std::errc{} && read.ptr == end && port >= 0 && port < 65536) address.port = port;
    if (address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']') {
        address.host = address.host.substr(1, address.host.size() - 2);
    }
    if (address.host.empty()) address.host = "0.0.0.0";
    return address;
}

}  // namespace

StatusServer::StatusServer(Published& published, std::string version)
    : published_(published),
      version_(std::move(version)),
      server_(std::make_unique<httplib::Server>()) {}

StatusServer::~StatusServer() {
    stop();
}

void StatusServer::route() {
    server_->Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
        const std::lock_guard lock(reading_);
        response.set_content(metrics_text(published_.board.read(), version_), plain_text);
    });
    server_->Get("/readyz", [this](const httplib::Request&, httplib::Response& response) {
        const std::lock_guard lock(reading_);
        const BoardSnapshot& board = published_.board.read();
        response.status = board.ready() ? 200 : 503;
        response.set_content(ready_text(board), json_text);
    });
    server_->Get("/healthz", [this](const httplib::Request&, httplib::Response& response) {
        const std::int64_t beat = published_.beat_ns.load(std::memory_order_relaxed);
        const bool turns = beat == 0 || interval_clock_ns() - beat < beat_age_ns_max;
        response.status = turns ? 200 : 503;
        response.set_content(turns ? "ok\n" : "the core thread does not turn\n", "text/plain");
    });
}

std::string StatusServer::start(const std::string& listen) {
    const Address address = parse_address(listen);
    if (address.port < 0) return "http.listen: not host:port: " + listen;
    route();
    server_->new_task_queue = [] { return new httplib::ThreadPool(2); };
    // A connection kept open would hold one of two threads, and a stop would wait for it.
    server_->set_keep_alive_max_count(1);
    server_->set_read_timeout(5);
    // The library's default lets two processes share the port, and scrapes would see either.
    server_->set_socket_options([](socket_t socket) {
        const int on = 1;
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    if (address.port == 0) {
        port_ = server_->bind_to_any_port(address.host);
        if (port_ <= 0) return "http.listen: cannot listen on " + listen;
    } else {
        if (!server_->bind_to_port(address.host, address.port)) {
            return "http.listen: cannot listen on " + listen + " (is the port taken?)";
        }
        port_ = address.port;
    }
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    while (!server_->is_running())
        std::this_thread::yield();
    return {};
}

void StatusServer::stop() {
    if (!thread_.joinable()) return;
    server_->stop();
    thread_.join();
}

}  // namespace riskd::runtime
