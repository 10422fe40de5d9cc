#include "feeds/fact_reader.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace riskd::feeds {
namespace {

constexpr std::int64_t silence_ns_max = 2'000'000'000;  // four heartbeats

std::optional<std::uint64_t> number(std::string_view text) noexcept {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return value;
}

// The inbox is _INBOX.<unique>; a consumer's name must not contain a dot.
std::string unique_part(const std::string& inbox) {
    return inbox.substr(inbox.rfind('.') + 1);
}

}  // namespace

FactReader::FactReader(NatsSession& session, StreamKeeper& keeper, std::string stream,
                       FactPosition position)
    : session_(session),
      keeper_(keeper),
      stream_(std::move(stream)),
      base_(unique_part(session.inbox())),
      position_(position) {
    for (std::size_t i = 0; i < subjects; ++i) {
        subscriptions_[i] = session_.subscribe(deliver_subject(i));
    }
}

std::string FactReader::deliver_subject(std::uint64_t generation) const {
    return session_.inbox() + ".facts." + std::to_string(generation % subjects);
}

void FactReader::discard_old() {
    Message message;
    for (const std::size_t subscription : subscriptions_) {
        if (subscription == current()) continue;
        while (session_.next(subscription, message))
            ++counters_.old_messages;
    }
}

void FactReader::tick(std::int64_t now_ns) {
    if (const auto answer = keeper_.try_take_consumer()) take_answer(*answer);
    discard_old();
    if (!session_.connected()) {
        if (active()) status_ = FactStatus::disconnected;
        return;
    }
    const bool other_connection = session_generation_ != session_.generation();
    session_generation_ = session_.generation();
    if (status_ == FactStatus::disconnected || (active() && other_connection)) restart();
    if (ask_pending_) ask();
    watch_silence(now_ns);
}

// Silence counts only while we look: a long pause of our own is not the server's.
void FactReader::watch_silence(std::int64_t now_ns) {
    silence_ns_ += std::min(now_ns - ticked_ns_, silence_step_ns_max);
    ticked_ns_ = now_ns;
    if (heard_ || status_ != FactStatus::reading) {
        heard_ = false;
        silence_ns_ = 0;
    } else if (silence_ns_ > silence_ns_max && session_.has_next(current())) {
        silence_ns_ = 0;  // it speaks, but nobody takes facts at the moment
    } else if (silence_ns_ > silence_ns_max) {
        ++counters_.gaps;
        restart();
    }
}

// Gives up the present consumer and wants one behind the last fact.
void FactReader::restart() {
    ++generation_;
    ++counters_.consumers;
    consumer_ = "riskd_" + base_ + "_" + std::to_string(generation_);
    subject_ = deliver_subject(generation_);
    consumer_sequence_ = 0;
    status_ = FactStatus::waiting;
    ask_pending_ = true;
    ask();
}

void FactReader::ask() {
    ConsumerWish wish;
    wish.generation = generation_;
    wish.applied_sequence = position_.sequence;
    wish.applied_time_ns = position_.time_ns;
    wish.stream = stream_;
    wish.name = consumer_;
    wish.deliver_subject = subject_;
    ask_pending_ = !keeper_.try_ask(wish);
}

void FactReader::take_answer(const ConsumerAnswer& answer) {
    if (answer.generation != generation_) return;
    stream_state_ = answer.stream;
    if (answer.status == ConsumerStatus::stream_behind) {
        status_ = FactStatus::stream_behind;
        return;
    }
    if (answer.status == ConsumerStatus::stream_rewritten) {
        status_ = FactStatus::stream_rewritten;
        return;
    }
    status_ = FactStatus::reading;
    heard_ = true;
    // Facts may have come before this answer.
    const std::uint64_t last = answer.stream.last_sequence;
    if (last > position_.sequence) pending_ = last - position_.sequence;
}

void FactReader::resume_at(FactPosition position) {
    position_ = position;
    restart();
}

bool FactReader::next(Fact& fact) {
    while (session_.next(current(), fact.message)) {
        const auto ack = parse_ack_subject(fact.message.reply);
        if (!ack) {
            read_control(fact.message);
            continue;
        }
        if (ack->consumer != consumer_ || !active()) {
            ++counters_.old_messages;
            continue;
        }
        if (accept(*ack, fact)) return true;
    }
    return false;
}

bool FactReader::accept(const AckSubject& ack, Fact& fact) {
    heard_ = true;
    if (ack.consumer_sequence != consumer_sequence_ + 1) {
        ++counters_.gaps;
        restart();
        return false;
    }
    consumer_sequence_ = ack.consumer_sequence;
    if (ack.stream_sequence <= position_.sequence) {
        ++counters_.old_messages;
        return false;
    }
    // No message of the consumer is missing, so the stream itself no longer has those between.
    counters_.missing += ack.stream_sequence - position_.sequence - 1;
    position_ = {ack.stream_sequence, ack.time_ns};
    pending_ = ack.pending;
    ++counters_.facts;
    fact.stream_sequence = ack.stream_sequence;
    fact.stream_time_ns = ack.time_ns;
    return true;
}

// A heartbeat or a flow control request: status 100, no payload, sent to the deliver subject.
void FactReader::read_control(const Message& message) {
    if (message.subject != subject_ || !active()) return;
    if (message.header("Status") != "100") {
        ++counters_.gaps;  // such as 409: the consumer was deleted
        restart();
        return;
    }
    heard_ = true;
    if (!message.reply.empty()) {
        ++counters_.flow_controls;
        session_.publish(message.reply, {}, {});
        return;
    }
    const std::string_view stalled = message.header("Nats-Consumer-Stalled");
    if (!stalled.empty()) {
        ++counters_.flow_controls;
        session_.publish(stalled, {}, {});
    }
    const auto last = number(message.header("Nats-Last-Consumer"));
    if (last && *last != consumer_sequence_) {
        ++counters_.gaps;
        restart();
        return;
    }
    if (stalled.empty()) pending_ = 0;
}

}  // namespace riskd::feeds
