// Outputs into their JetStream stream, each exactly once and in order, without the core thread ever
// waiting: sent at once, kept in a bounded list until the server confirms, sent again after a
// reconnect or a silence. Every message carries Nats-Msg-Id `<epoch>-<sequence>-<number>`, which
// the server uses to drop repeats, and after a reconnect the end of the stream is read back first.
// Core thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "feeds/nats_session.hpp"
#include "feeds/output_list.hpp"
#include "feeds/stream_keeper.hpp"

namespace riskd::feeds {

struct OutputLimits {
    std::size_t records_max{65'536};
    std::size_t bytes_max{64u << 20};
    std::uint64_t in_flight_max{4'096};  // sent and not confirmed; more wait their turn
};

enum class OutputStatus : std::uint8_t {
    disconnected,
    verifying,  // reading back what the stream holds
    publishing,
    backlogged,  // the list was full: outputs were refused and must be offered again
};

struct OutputCounters {
    std::uint64_t published{};  // taken into the list
    std::uint64_t confirmed{};
    std::uint64_t duplicates{};  // confirmed as already stored
    std::uint64_t sent_again{};
    std::uint64_t refused_by_server{};
    std::uint64_t refused{};  // offered while there was no room
};

class OutputPublisher {
public:
    // `epoch` is the journal's; outputs of another journal are never taken for ours.
    // REQUIRES: the loop has not started; session, keeper outlive this; nothing else on the session
    // asks questions, since a missing stream shows as a question that nobody hears.
    OutputPublisher(NatsSession& session, StreamKeeper& keeper, std::string stream,
                    std::uint64_t epoch, OutputLimits limits = {});

    // False: refused for lack of room, and from then on everything is refused until the caller
    // offers refused_from() again, so that the stream has no hole.
    bool publish(OutputId id, std::string_view subject, std::string_view payload);
    // Once per cycle: takes confirmations, sends what waits, sends again what stays silent.
    void tick(std::int64_t now_ns);

    OutputStatus status() const noexcept;
    std::optional<OutputId> refused_from() const noexcept { return refused_from_; }
    // Everything up to and including this is stored; {0, 0} before the first.
    OutputId confirmed() const noexcept { return confirmed_; }
    std::size_t unconfirmed() const noexcept { return list_.size(); }
    const OutputCounters& counters() const noexcept { return counters_; }
    const std::string& last_error() const noexcept { return last_error_; }

private:
    void follow_connection();
    void take_confirmations();
    void note_refusal(std::uint64_t first, std::uint64_t end, std::string_view why);
    void confirm(std::uint64_t index);
    void confirm_up_to(const OutputTail& tail);
    void watch_silence(std::int64_t now_ns);
    void send_again();
    void send_waiting();
    bool send(std::uint64_t index);

    NatsSession& session_;
    StreamKeeper& keeper_;
    const std::string stream_;
    const std::string epoch_;
    const std::uint64_t epoch_number_;
    const OutputLimits limits_;
    const std::string ack_prefix_;
    const std::size_t subscription_;
    OutputList list_;
    std::uint64_t next_{1};  // index of the next record to send
    std::uint64_t sent_{1};  // indices below were sent at least once
    std::uint64_t session_generation_{};
    bool verified_{false};
    bool tail_asked_{false};
    bool refusal_seen_{false};
    std::uint64_t no_responders_{};  // of the session, as seen last
    std::int64_t silence_ns_{};
    std::int64_t ticked_ns_{};
    std::optional<OutputId> refused_from_;
    OutputId confirmed_;
    OutputCounters counters_;
    std::string last_error_;
};

}  // namespace riskd::feeds
