// One connection as an OMS, a feed or a board has it: requests whose answers come back by number,
// facts that are sent again until their stream has confirmed them, and subscriptions. For verbs and
// tests that play the other side; the daemon does not use it. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "feeds/nats_session.hpp"
#include "feeds/poller.hpp"
#include "feeds/subjects.hpp"

namespace riskd::feeds {

struct Arrival {
    enum class Kind : std::uint8_t { answer, nobody_answers, message };
    Kind kind{};
    std::uint64_t number{};      // of the request
    std::size_t subscription{};  // of a message
    std::string_view subject;    // all three are valid until the next call of next()
    std::string_view reply;
    std::string_view payload;
};

struct ClientCounters {
    std::uint64_t facts_confirmed{};
    std::uint64_t facts_sent_again{};
    std::uint64_t facts_refused{};  // by the stream; they are not sent again
};

class WireClient {
public:
    struct Opened;
    static Opened open(const config::NatsSettings& settings, std::string name);
    ~WireClient();
    WireClient(const WireClient&) = delete;
    WireClient& operator=(const WireClient&) = delete;

    // REQUIRES: called before the first wait().
    std::size_t subscribe(std::string subject);

    // False: not connected or no room; nothing was sent.
    bool publish(std::string_view subject, std::string_view payload);
    bool request(std::string_view subject, std::string_view payload, std::uint64_t number);
    bool answer(const Arrival& to, std::string_view payload);

    // Kept until the stream has it, so it must be harmless to come twice. Always taken; how many
    // wait is for the caller to bound.
    void publish_fact(std::string_view subject, std::string_view payload);
    std::size_t unconfirmed() const noexcept { return facts_.size(); }

    // Sends what was published, waits until something came or the time is over, reads it.
    void wait(int timeout_ms);
    // The next thing that came. Confirmations of facts are taken on the way.
    bool next(Arrival& arrival);
    void flush() { session_->flush(); }
    // Waits until every fact is confirmed. False: not within the time.
    bool drain(int timeout_ms);

    // Requests and facts that nobody listened to; which ones the library keeps to itself.
    std::uint64_t unheard() const noexcept { return session_->counters().no_responders; }
    bool connected() const noexcept { return session_->connected(); }
    const ClientCounters& counters() const noexcept { return counters_; }
    const Subjects& subjects() const noexcept { return subjects_; }

private:
    struct Fact {
        std::uint64_t number{};
        std::int64_t sent_ns{};
        bool confirmed{};
        std::string subject;
        std::string payload;
    };
    WireClient(const config::NatsSettings& settings);
    void send(Fact& fact, std::int64_t now_ns);
    void send_silent_again();
    void take_confirmation(std::uint64_t number, std::string_view payload);
    bool take_answer(Arrival& arrival);

    Subjects subjects_;
    Poller poller_;
    std::unique_ptr<NatsSession> session_;
    std::string answers_;        // inbox prefix of requests, with its point
    std::string confirmations_;  // and of facts
    std::size_t inbox_subscription_{};
    std::size_t subscription_count_{};
    std::size_t turn_{};
    std::deque<Fact> facts_;
    std::uint64_t facts_numbered_{};
    std::int64_t looked_ns_{};
    ClientCounters counters_;
};

struct WireClient::Opened {
    std::unique_ptr<WireClient> client;  // empty: see error
    std::string error;
};

}  // namespace riskd::feeds
