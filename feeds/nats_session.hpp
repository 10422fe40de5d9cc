// One NATS connection driven by the core thread: read, take messages, publish, one send per batch.
// Core thread only, except connected(). Messages published while disconnected are refused, never
// kept: nothing stale is sent after a reconnect. A thread of its own per session reconnects with
// back-off, subscribes again and watches that the server answers; the core thread never waits.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "config/settings.hpp"
#include "feeds/poller.hpp"

namespace riskd::feeds {

struct NatsLink;

// A message as it lies in the client library; valid until the next call of next() or read().
struct Message {
    std::string_view subject;
    std::string_view reply;
    std::string_view payload;
    void* handle{};  // the library's own, for header()

    // Empty when the message has no such header. Parses and allocates: not for the hot path.
    std::string_view header(const char* name) const noexcept;
};

// REQUIRES: name ends with a zero byte; value is at most 127 bytes.
struct Header {
    const char* name;
    std::string_view value;
};

struct SessionCounters {
    std::uint64_t connects{};
    std::uint64_t disconnects{};
    std::uint64_t messages_in{};
    std::uint64_t bytes_in{};
    std::uint64_t messages_out{};
    std::uint64_t bytes_out{};
    std::uint64_t publish_failures{};
    std::uint64_t no_responders{};  // publishes with a reply that nobody listens to
    std::uint64_t reads{};
    std::uint64_t sends{};  // calls of send(): one per batch unless the socket is full
};

class NatsSession {
public:
    struct Opened;

    // The first connect is made here and now, so that a wrong address or password is known at once;
    // later ones are made in the background. Blocks up to two seconds.
    static Opened open(const config::NatsSettings& settings, std::string name, Poller& poller);
    ~NatsSession();
    NatsSession(const NatsSession&) = delete;
    NatsSession& operator=(const NatsSession&) = delete;

    // The index of the subscription, kept across reconnects. Wildcards are meant: order is kept
    // within a subscription only, so messages whose order matters share one.
    // REQUIRES: called before the core thread's loop starts.
    std::size_t subscribe(std::string subject);

    // One recv and parse when the poller found the socket readable. False: nothing was read.
    bool read() noexcept;
    // The next message that was read, in order of arrival. False: none is left.
    bool next(std::size_t subscription, Message& message) noexcept;
    // Whether next() would find one.
    bool has_next(std::size_t subscription) noexcept;

    // False: disconnected, or the server takes nothing and the send buffer is full, or too large.
    bool publish(std::string_view subject, std::string_view reply,
                 std::string_view payload) noexcept;
    bool publish(std::string_view subject, std::string_view reply, std::string_view payload,
                 std::span<const Header> headers) noexcept;
    // One send() of all that was published since. Cheap when there is nothing.
    void flush() noexcept;
    // For an orderly end: flushes until the server has confirmed everything, or the time is over.
    bool drain(int timeout_ms) noexcept;

    bool connected() const noexcept { return connected_.load(std::memory_order_acquire); }
    // Grows with each connect; whoever keeps state with the server compares it.
    std::uint64_t generation() const noexcept { return counters_.connects; }
    const SessionCounters& counters() const noexcept { return counters_; }
    // Where answers to this session may be sent: a subject prefix nobody else has.
    const std::string& inbox() const noexcept { return inbox_; }
    const std::string& name() const noexcept { return name_; }

private:
    friend class Poller;

    NatsSession(const config::NatsSettings& settings, std::string name, Poller& poller);
    bool publishable(std::string_view subject, std::string_view reply) noexcept;
    int count_untaken(std::size_t subscription) noexcept;
    bool take(std::size_t subscription) noexcept;
    bool count_published(int status, std::size_t bytes) noexcept;
    void adopt() noexcept;
    void drop_if_lost() noexcept;
    void drop() noexcept;
    bool has_untaken() const noexcept;
    void release_current() noexcept;

    void run_connector();
    void watch_link(std::unique_lock<std::mutex>& lock, NatsLink& link);
    void reconnect(std::unique_lock<std::mutex>& lock);

    const config::NatsSettings settings_;
    const std::string name_;
    std::string inbox_;
    Poller& poller_;

    // Core thread.
    std::shared_ptr<NatsLink> link_;
    void* current_{};  // the message handed out last
    bool readable_{false};
    SessionCounters counters_;

    std::atomic<bool> connected_{false};
    std::atomic<std::uint64_t> polls_{0};  // lets the connector see that the core thread is alive
    std::atomic<bool> offered_{false};     // a new link waits in ready_

    std::mutex mutex_;  // guards what follows; the core thread takes it only around a reconnect
    std::condition_variable wake_;
    std::vector<std::string> subjects_;
    std::shared_ptr<NatsLink> live_;     // what the connector watches
    std::shared_ptr<NatsLink> ready_;    // made by the connector, not yet adopted
    std::shared_ptr<NatsLink> retired_;  // lost, to be destroyed by the connector
    bool stopping_{false};
    std::thread connector_;
};

struct NatsSession::Opened {
    std::unique_ptr<NatsSession> session;  // empty: see error
    std::string error;
};

}  // namespace riskd::feeds
