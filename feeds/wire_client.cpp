#include "feeds/wire_client.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace riskd::feeds {

namespace {

constexpr std::int64_t silence_ns_max = 2'000'000'000;
constexpr std::int64_t look_every_ns = 200'000'000;

std::int64_t steady_ns() noexcept {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

// An inbox prefix followed by a number.
class NumberedSubject {
public:
    NumberedSubject(std::string_view prefix, std::uint64_t number) noexcept {
        char* at = std::copy(prefix.begin(), prefix.end(), text_.data());
        end_ = std::to_chars(at, text_.data() + text_.size(), number).ptr;
    }
    std::string_view view() const noexcept {
        return {text_.data(), static_cast<std::size_t>(end_ - text_.data())};
    }

private:
    std::array<char, 256> text_;
    char* end_;
};

std::uint64_t number_behind(std::string_view prefix, std::string_view subject) noexcept {
    std::uint64_t number = 0;
    subject.remove_prefix(prefix.size());
    std::from_chars(subject.data(), subject.data() + subject.size(), number);
    return number;
}

}  // namespace

WireClient::WireClient(const config::NatsSettings& settings) : subjects_(settings.subject_prefix) {}

WireClient::~WireClient() = default;

WireClient::Opened WireClient::open(const config::NatsSettings& settings, std::string name) {
    Opened opened;
    if (!Subjects::is_prefix(settings.subject_prefix)) {
        opened.error = "not a subject prefix: " + settings.subject_prefix;
        return opened;
    }
    std::unique_ptr<WireClient> client{new WireClient(settings)};
    NatsSession::Opened session = NatsSession::open(settings, std::move(name), client->poller_);
    if (!session.session) {
        opened.error = std::move(session.error);
        return opened;
    }
    client->session_ = std::move(session.session);
    client->answers_ = client->session_->inbox() + ".a.";
    client->confirmations_ = client->session_->inbox() + ".c.";
    client->inbox_subscription_ = client->subscribe(client->session_->inbox() + ".>");
    opened.client = std::move(client);
    return opened;
}

std::size_t WireClient::subscribe(std::string subject) {
    ++subscription_count_;
    return session_->subscribe(std::move(subject));
}

bool WireClient::publish(std::string_view subject, std::string_view payload) {
    return session_->publish(subject, {}, payload);
}

bool WireClient::request(std::string_view subject, std::string_view payload, std::uint64_t number) {
    return session_->publish(subject, NumberedSubject{answers_, number}.view(), payload);
}

bool WireClient::answer(const Arrival& to, std::string_view payload) {
    return session_->publish(to.reply, {}, payload);
}

void WireClient::publish_fact(std::string_view subject, std::string_view payload) {
    facts_.push_back({.number = ++facts_numbered_,
                      .sent_ns = 0,
                      .confirmed = false,
                      .subject = std::string{subject},
                      .payload = std::string{payload}});
    send(facts_.back(), steady_ns());
}

void WireClient::send(Fact& fact, std::int64_t now_ns) {
    const NumberedSubject reply{confirmations_, fact.number};
    fact.sent_ns = session_->publish(fact.subject, reply.view(), fact.payload) ? now_ns : 0;
}

void WireClient::send_silent_again() {
    const std::int64_t now = steady_ns();
    if (now - looked_ns_ < look_every_ns || !session_->connected()) return;
    looked_ns_ = now;
    for (Fact& fact : facts_) {
        if (fact.confirmed || now - fact.sent_ns < silence_ns_max) continue;
        ++counters_.facts_sent_again;
        send(fact, now);
    }
}

void WireClient::take_confirmation(std::uint64_t number, std::string_view payload) {
    if (facts_.empty() || number < facts_.front().number || number > facts_.back().number) return;
    Fact& fact = facts_[number - facts_.front().number];
    // No stream listens yet: nobody answers, and the fact is sent again after a silence.
    if (fact.confirmed || payload.empty()) return;
    fact.confirmed = true;
    const bool refused = payload.find("\"error\"") != std::string_view::npos;
    ++(refused ? counters_.facts_refused : counters_.facts_confirmed);
    while (!facts_.empty() && facts_.front().confirmed)
        facts_.pop_front();
}

void WireClient::wait(int timeout_ms) {
    send_silent_again();
    session_->flush();
    poller_.wait(timeout_ms);
    session_->read();
}

bool WireClient::take_answer(Arrival& arrival) {
    Message message;
    while (session_->next(inbox_subscription_, message)) {
        if (message.subject.starts_with(confirmations_)) {
            take_confirmation(number_behind(confirmations_, message.subject), message.payload);
            continue;
        }
        if (!message.subject.starts_with(answers_)) continue;
        arrival = {};
        arrival.kind =
            message.payload.empty() ? Arrival::Kind::nobody_answers : Arrival::Kind::answer;
        arrival.number = number_behind(answers_, message.subject);
        arrival.payload = message.payload;
        return true;
    }
    return false;
}

bool WireClient::next(Arrival& arrival) {
    if (take_answer(arrival)) return true;
    Message message;
    for (std::size_t tried = 0; tried < subscription_count_; ++tried) {
        turn_ = (turn_ + 1) % subscription_count_;
        if (turn_ == inbox_subscription_ || !session_->next(turn_, message)) continue;
        arrival = {};
        arrival.kind = Arrival::Kind::message;
        arrival.subscription = turn_;
        arrival.subject = message.subject;
        arrival.reply = message.reply;
        arrival.payload = message.payload;
        return true;
    }
    return false;
}

bool WireClient::drain(int timeout_ms) {
    const std::int64_t until = steady_ns() + std::int64_t{timeout_ms} * 1'000'000;
    Arrival ignored;
    while (!facts_.empty() && steady_ns() < until) {
        wait(10);
        while (next(ignored)) {
        }
    }
    return session_->drain(timeout_ms) && facts_.empty();
}

}  // namespace riskd::feeds
