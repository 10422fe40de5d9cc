#include "feeds/output_publisher.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace riskd::feeds {
namespace {

constexpr std::int64_t confirmation_ns_max = 2'000'000'000;
constexpr std::int64_t refusal_wait_ns = 200'000'000;

// Text on the stack, for subjects and headers that are made for each message.
class ShortText {
public:
    ShortText& add(std::string_view text) noexcept {
        const std::size_t size = std::min(text.size(), bytes_.size() - size_);
        std::copy_n(text.data(), size, bytes_.data() + size_);
        size_ += size;
        return *this;
    }
    ShortText& add(std::uint64_t number) noexcept {
        const auto written =
            std::to_chars(bytes_.data() + size_, bytes_.data() + bytes_.size(), number);
        size_ = static_cast<std::size_t>(written.ptr - bytes_.data());
        return *this;
    }
    std::string_view view() const noexcept { return {bytes_.data(), size_}; }

private:
    std::array<char, 128> bytes_;
    std::size_t size_{};
};

}  // namespace

OutputPublisher::OutputPublisher(NatsSession& session, StreamKeeper& keeper, std::string stream,
                                 std::uint64_t epoch, OutputLimits limits)
    : session_(session),
      keeper_(keeper),
      stream_(std::move(stream)),
      epoch_(std::to_string(epoch)),
      epoch_number_(epoch),
      limits_(limits),
      ack_prefix_(session.inbox() + ".ack."),
      subscription_(session.subscribe(ack_prefix_ + "*")),
      list_(limits.records_max, limits.bytes_max) {}

OutputStatus OutputPublisher::status() const noexcept {
    if (refused_from_) return OutputStatus::backlogged;
    if (!session_.connected()) return OutputStatus::disconnected;
    return verified_ ? OutputStatus::publishing : OutputStatus::verifying;
}

bool OutputPublisher::publish(OutputId id, std::string_view subject, std::string_view payload) {
    if ((refused_from_ && *refused_from_ != id) || !list_.try_push(id, subject, payload)) {
        if (!refused_from_) refused_from_ = id;
        ++counters_.refused;
        return false;
    }
    refused_from_.reset();
    ++counters_.published;
    send_waiting();
    return true;
}

void OutputPublisher::tick(std::int64_t now_ns) {
    take_confirmations();
    follow_connection();
    watch_silence(now_ns);
    send_waiting();
}

// After each connect the end of the stream tells which of the unconfirmed outputs are stored: the
// server's memory of message ids is shorter than an outage may be.
void OutputPublisher::follow_connection() {
    if (session_generation_ != session_.generation() || !session_.connected()) {
        session_generation_ = session_.generation();
        verified_ = false;
        tail_asked_ = false;
    }
    if (verified_ || !session_.connected()) return;
    if (list_.empty()) {
        verified_ = true;
        return;
    }
    if (!tail_asked_) tail_asked_ = keeper_.try_ask(TailWish{session_generation_, stream_});
    const auto answer = keeper_.try_take_tail();
    if (!answer || answer->generation != session_generation_) return;
    confirm_up_to(answer->tail);
    verified_ = true;
    send_again();
}

void OutputPublisher::confirm_up_to(const OutputTail& tail) {
    if (!tail.known || tail.epoch != epoch_number_) return;
    const OutputId stored{tail.sequence, tail.number};
    const std::uint64_t end = list_.tail();
    for (std::uint64_t index = list_.head(); index != end; ++index) {
        const OutputList::Record& record = list_.at(index);
        if (record.id > stored) break;
        if (!record.refused) confirm(index);
    }
}

void OutputPublisher::take_confirmations() {
    Message message;
    while (session_.next(subscription_, message)) {
        std::uint64_t index = 0;
        const std::string_view token =
            message.subject.substr(std::min(ack_prefix_.size(), message.subject.size()));
        const char* const end = token.data() + token.size();
        if (std::from_chars(token.data(), end, index).ptr != end) continue;
        const std::string_view answer = message.payload;
        const bool stored = answer.find("\"seq\"") != std::string_view::npos &&
                            answer.find("\"error\"") == std::string_view::npos;
        if (stored) {
            if (answer.find("\"duplicate\"") != std::string_view::npos) ++counters_.duplicates;
            confirm(index);
            continue;
        }
        note_refusal(index, index + 1, answer.substr(0, 300));
    }
    const std::uint64_t unheard = session_.counters().no_responders;
    if (unheard == no_responders_) return;
    no_responders_ = unheard;
    note_refusal(list_.head(), next_, "no stream takes these outputs");
}

// The server is up and its stream is not: everything in question is sent again a little later.
void OutputPublisher::note_refusal(std::uint64_t first, std::uint64_t end, std::string_view why) {
    for (std::uint64_t index = first; index < end; ++index) {
        if (index < list_.head() || index >= list_.tail()) continue;
        OutputList::Record& record = list_.at(index);
        if (record.confirmed) continue;
        record.refused = true;
        ++counters_.refused_by_server;
    }
    last_error_ = why;
    refusal_seen_ = true;
}

void OutputPublisher::confirm(std::uint64_t index) {
    if (index < list_.head() || index >= list_.tail()) return;
    const std::uint64_t head = list_.head();
    if (!list_.confirm(index)) return;
    ++counters_.confirmed;
    if (list_.head() == head) return;
    silence_ns_ = 0;
    // The slot of a dropped record stays as it was until the next push.
    confirmed_ = list_.at(list_.head() - 1).id;
    next_ = std::max(next_, list_.head());
    sent_ = std::max(sent_, list_.head());
    if (list_.empty()) refusal_seen_ = false;
}

void OutputPublisher::watch_silence(std::int64_t now_ns) {
    silence_ns_ += std::min(now_ns - ticked_ns_, silence_step_ns_max);
    ticked_ns_ = now_ns;
    if (!verified_ || next_ == list_.head()) {
        silence_ns_ = 0;
        return;
    }
    if (silence_ns_ <= (refusal_seen_ ? refusal_wait_ns : confirmation_ns_max)) return;
    send_again();
}

void OutputPublisher::send_again() {
    silence_ns_ = 0;
    refusal_seen_ = false;
    next_ = list_.head();
}

void OutputPublisher::send_waiting() {
    if (!verified_) return;
    while (next_ != list_.tail() && next_ - list_.head() < limits_.in_flight_max) {
        if (!list_.at(next_).confirmed && !send(next_)) return;
        ++next_;
    }
}

bool OutputPublisher::send(std::uint64_t index) {
    const OutputList::Record& record = list_.at(index);
    const ShortText reply = ShortText().add(ack_prefix_).add(index);
    const ShortText id =
        ShortText().add(epoch_).add("-").add(record.id.sequence).add("-").add(record.id.number);
    const ShortText sequence = ShortText().add(record.id.sequence);
    const std::array<Header, 2> headers{Header{"Nats-Msg-Id", id.view()},
                                        Header{"Riskd-Sequence", sequence.view()}};
    const bool taken =
        session_.publish(list_.subject(record), reply.view(), list_.payload(record), headers);
    if (!taken) return false;
    if (index < sent_) ++counters_.sent_again;
    sent_ = std::max(sent_, index + 1);
    return true;
}

}  // namespace riskd::feeds
