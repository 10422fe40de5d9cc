// A NATS client of its own, straight on a socket: the other side in tests, and the hand-written
// floor in benchmarks. It shares no code with riskd. One thread at a time; a lost connection is
// reported by false, and the test decides.
#pragma once

#include <netinet/tcp.h>
#include <poll.h>

#include <charconv>
#include <chrono>
#include <string>
#include <string_view>

#include "tests/integration/nats_server.hpp"

namespace riskd::tests {

struct RawMessage {
    std::string_view subject;
    std::string_view reply;
    std::string_view headers;
    std::string_view payload;
};

class RawNats {
public:
    explicit RawNats(int port) { open(port); }
    ~RawNats() { close(); }
    RawNats(const RawNats&) = delete;
    RawNats& operator=(const RawNats&) = delete;

    bool open(int port) {
        close();
        in_.clear();
        out_.clear();
        at_ = 0;
        socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
        const sockaddr_in address = NatsServer::loopback(port);
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            close();
            return false;
        }
        const int one = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        out_ =
            "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,"
            "\"no_responders\":true,\"protocol\":1,\"lang\":\"test\",\"version\":\"1\"}\r\n";
        return ping();
    }
    void close() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }
    bool connected() const { return socket_ >= 0; }
    int socket() const { return socket_; }

    void subscribe(std::string_view subject, int id = 1) {
        out_.append("SUB ").append(subject).append(" ").append(std::to_string(id)).append("\r\n");
    }
    // Queued until send(), next() or ping().
    void publish(std::string_view subject, std::string_view payload, std::string_view reply = {}) {
        out_.append("PUB ").append(subject).append(" ");
        if (!reply.empty()) out_.append(reply).append(" ");
        char size[24];
        const auto end = std::to_chars(size, size + sizeof size, payload.size()).ptr;
        out_.append(size, end).append("\r\n").append(payload).append("\r\n");
    }
    // `headers` are lines `Name: value`, each with its CRLF.
    void publish_with_headers(std::string_view subject, std::string_view headers,
                              std::string_view payload, std::string_view reply) {
        constexpr std::string_view version = "NATS/1.0\r\n";
        const std::size_t header_size = version.size() + headers.size() + 2;
        out_.append("HPUB ").append(subject).append(" ").append(reply).append(" ");
        out_.append(std::to_string(header_size)).append(" ");
        out_.append(std::to_string(header_size + payload.size())).append("\r\n");
        out_.append(version).append(headers).append("\r\n").append(payload).append("\r\n");
    }
    bool send() {
        std::size_t sent = 0;
        while (socket_ >= 0 && sent < out_.size()) {
            const auto count =
                ::send(socket_, out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) {
                close();
                break;
            }
            sent += static_cast<std::size_t>(count);
        }
        out_.clear();
        return socket_ >= 0;
    }
    // Returns when the server has taken everything sent before. Messages that arrive are kept.
    bool ping(int timeout_ms = 5'000) {
        const std::uint64_t pongs = pongs_;
        out_.append("PING\r\n");
        if (!send()) return false;
        const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
        std::size_t scan = at_;
        while (pongs_ == pongs) {
            while (scan < in_.size() && in_.compare(scan, 6, "PONG\r\n") != 0 && skip(scan)) {
            }
            if (in_.compare(scan, 6, "PONG\r\n") == 0 && scan < in_.size()) {
                in_.erase(scan, 6);
                ++pongs_;
                return true;
            }
            if (!receive(until)) return false;
        }
        return true;
    }
    // What was queued is sent when there is nothing left to read: one send for a batch of answers.
    // The views are valid until the next call.
    bool next(RawMessage& message, int timeout_ms = 5'000) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
        for (;;) {
            const Parsed parsed = parse(message);
            if (parsed == Parsed::message) return true;
            if (parsed == Parsed::partial && !receive(until)) return false;
        }
    }

private:
    enum class Parsed { message, other, partial };
    using Clock = std::chrono::steady_clock;

    // Steps over one whole operation; false when it is not complete yet.
    bool skip(std::size_t& position) const {
        const std::size_t line = in_.find("\r\n", position);
        if (line == std::string::npos) return false;
        std::size_t end = line + 2;
        if (in_.compare(position, 4, "MSG ") == 0 || in_.compare(position, 5, "HMSG ") == 0) {
            end += last_number(std::string_view(in_).substr(position, line - position)) + 2;
        }
        if (end > in_.size()) return false;
        position = end;
        return true;
    }
    static std::size_t last_number(std::string_view line) {
        std::size_t value = 0;
        const std::size_t space = line.rfind(' ');
        std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
        return value;
    }
    static std::string_view word(std::string_view& rest) {
        const std::size_t space = rest.find(' ');
        const std::string_view first = rest.substr(0, space);
        rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
        return first;
    }

    Parsed parse(RawMessage& message) {
        std::size_t end = at_;
        if (!skip(end)) {
            in_.erase(0, at_);
            at_ = 0;
            return Parsed::partial;
        }
        const std::size_t start = at_;
        at_ = end;
        const std::size_t line_end = in_.find("\r\n", start);
        std::string_view line = std::string_view(in_).substr(start, line_end - start);
        const std::string_view operation = word(line);
        if (operation == "PING") out_.append("PONG\r\n");
        if (operation == "PONG") ++pongs_;
        if (operation != "MSG" && operation != "HMSG") return Parsed::other;
        message = {};
        message.subject = word(line);
        word(line);  // subscription
        std::size_t words = 1;
        for (const char c : line)
            words += c == ' ' ? 1 : 0;
        const std::size_t sizes = operation == "HMSG" ? 2 : 1;
        if (words > sizes) message.reply = word(line);
        const std::size_t total = last_number(" " + std::string(line));
        std::size_t header_size = 0;
        if (sizes == 2) std::from_chars(line.data(), line.data() + line.size(), header_size);
        const std::string_view body = std::string_view(in_).substr(line_end + 2, total);
        message.headers = body.substr(0, header_size);
        message.payload = body.substr(header_size);
        return Parsed::message;
    }
    bool receive(Clock::time_point until) {
        if (!out_.empty() && !send()) return false;
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
        pollfd waiting{socket_, POLLIN, 0};
        if (socket_ < 0 || ::poll(&waiting, 1, static_cast<int>(left < 0 ? 0 : left)) <= 0) {
            return false;
        }
        char buffer[65536];
        const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
        if (count <= 0) {
            close();
            return false;
        }
        in_.append(buffer, static_cast<std::size_t>(count));
        return true;
    }

    int socket_{-1};
    std::string in_;
    std::string out_;
    std::size_t at_{};
    std::uint64_t pongs_{};
};

}  // namespace riskd::tests
