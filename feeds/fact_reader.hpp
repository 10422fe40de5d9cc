// Facts in the order of their JetStream stream, each exactly once, from the position riskd itself
// recorded; nothing is acknowledged. Core thread only. Gaps, lost consumers, restarts of the server
// and reconnects all end the same way: a new consumer behind the last fact handed out. A stream
// that lost what was already applied stops the reading until someone decides; it is never hidden.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "feeds/ack_subject.hpp"
#include "feeds/nats_session.hpp"
#include "feeds/stream_keeper.hpp"

namespace riskd::feeds {

struct Fact {
    Message message;
    std::uint64_t stream_sequence{};
    std::int64_t stream_time_ns{};
};

enum class FactStatus : std::uint8_t {
    disconnected,
    waiting,  // for its consumer
    reading,
    stream_behind,     // critical: the stream ends before what was applied
    stream_rewritten,  // critical: the stream holds another message where the applied one was
};

struct FactPosition {
    std::uint64_t sequence{};  // last fact handed out, 0: none
    std::int64_t time_ns{};    // the server's time of it, 0: not known
};

struct FactCounters {
    std::uint64_t facts{};
    std::uint64_t consumers{};     // asked for so far
    std::uint64_t gaps{};          // messages or heartbeats missing
    std::uint64_t old_messages{};  // of a replaced consumer, ignored
    std::uint64_t flow_controls{};
    std::uint64_t missing{};  // gone from the stream before they were read
};

class FactReader {
public:
    // REQUIRES: the loop has not started; session, keeper outlive this. `position` is what the
    // journal says was applied last.
    FactReader(NatsSession& session, StreamKeeper& keeper, std::string stream,
               FactPosition position);

    // Once per cycle, before next(): watches heartbeats and connection, asks for consumers.
    void tick(std::int64_t now_ns);
    // The next fact; it counts as handed out. False: none now.
    bool next(Fact& fact);

    // After stream_behind or stream_rewritten, when a person or the daemon decided where to go on.
    void resume_at(FactPosition position);

    FactStatus status() const noexcept { return status_; }
    bool caught_up() const noexcept { return status_ == FactStatus::reading && pending_ == 0; }
    // Input lag: facts the stream holds beyond the last one handed out, as the server last told.
    std::uint64_t pending() const noexcept { return pending_; }
    FactPosition position() const noexcept { return position_; }
    // As the keeper found it when the last consumer was made or refused.
    const StreamState& stream_state() const noexcept { return stream_state_; }
    const FactCounters& counters() const noexcept { return counters_; }

private:
    bool accept(const AckSubject& ack, Fact& fact);
    void read_control(const Message& message);
    void take_answer(const ConsumerAnswer& answer);
    void watch_silence(std::int64_t now_ns);
    bool active() const noexcept {
        return status_ == FactStatus::reading || status_ == FactStatus::waiting;
    }
    void restart();
    void ask();
    void discard_old();
    std::string deliver_subject(std::uint64_t generation) const;
    std::size_t current() const noexcept { return subscriptions_[generation_ % subjects]; }

    NatsSession& session_;
    StreamKeeper& keeper_;
    const std::string stream_;
    const std::string base_;  // prefix of names nobody else has
    // A consumer is delivered to only where its literal subject is subscribed, so a few subjects
    // take turns: what a replaced consumer still sends is told apart by where it arrives.
    static constexpr std::size_t subjects = 4;
    std::array<std::size_t, subjects> subscriptions_{};
    FactPosition position_;
    FactStatus status_{FactStatus::disconnected};
    std::uint64_t pending_{};
    std::uint64_t generation_{};          // of the consumer that is asked for or read
    std::uint64_t session_generation_{};  // of the connection it belongs to
    std::uint64_t consumer_sequence_{};
    std::string consumer_;
    std::string subject_;
    bool ask_pending_{false};
    bool heard_{false};
    std::int64_t silence_ns_{};
    std::int64_t ticked_ns_{};
    StreamState stream_state_;
    FactCounters counters_;
};

}  // namespace riskd::feeds
