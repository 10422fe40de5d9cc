#include "tests/integration/oms_model.hpp"

#include <algorithm>

namespace riskd::tests {
namespace {

constexpr std::chrono::milliseconds confirmation_wait{700};

std::uint64_t number_of(std::string_view subject) {
    std::uint64_t number = 0;
    const std::string_view token = subject.substr(subject.rfind('.') + 1);
    std::from_chars(token.data(), token.data() + token.size(), number);
    return number;
}

}  // namespace

Oms::Oms(int nats_port, std::uint64_t seed) : port_(nats_port), nats_(nats_port), random_(seed) {
    for (std::size_t i = 0; i < first_accounts; ++i) {
        accounts_.push_back(account_name(i));
        books_.open(accounts_.back());
    }
    for (std::size_t i = 0; i < listings.size(); ++i)
        marks_[i] = listings[i].start_price;
    nats_.subscribe("oms.>");
    nats_.ping();
}

bool Oms::connect() {
    if (!nats_.open(port_)) return false;
    // The same inboxes as before: whatever is still on its way would be seen.
    nats_.subscribe("oms.>");
    if (!nats_.ping()) return false;
    publish_waiting_again();
    return nats_.send();
}

void Oms::pump(int timeout_ms) {
    RawMessage message;
    while (nats_.connected() && nats_.next(message, timeout_ms)) {
        take(message);
        timeout_ms = 0;
    }
    if (!waiting_.empty() && Clock::now() - confirmed_at_ > confirmation_wait) {
        publish_waiting_again();
    }
}

void Oms::take(const RawMessage& message) {
    const std::uint64_t number = number_of(message.subject);
    if (message.subject.starts_with("oms.ack.")) {
        return take_confirmation(number, message.payload);
    }
    const bool nobody = message.headers.find(" 503") != std::string_view::npos;
    if (message.subject.starts_with("oms.ask.")) {
        if (number != question_) return;
        if (!nobody) reply_ = std::string(message.payload);
        question_ = 0;
        return;
    }
    const auto row = asked_.find(number);
    if (row == asked_.end()) return complain("answered twice: " + std::string(message.payload));
    const std::size_t order = row->second;
    asked_.erase(row);
    if (number < stale_before_) {
        if (!nobody) ++counters_.stale;
    } else {
        --in_flight_;
    }
    if (nobody) {
        ++counters_.nobody;
        return;
    }
    take_answer(order, std::string(message.payload));
}

void Oms::take_answer(std::size_t number, const std::string& payload) {
    OmsOrder& order = orders_[number];
    const auto answer = Json::parse(payload);
    const bool ours = answer && (*answer)["account"].text() == order.terms.account;
    if (ours && (*answer)["decision"].text() == "reject" && !(*answer)["sequence"]) {
        ++counters_.turned_away[(*answer)["reason"].text()];
        return;
    }
    if (!ours || (*answer)["order"].text() != order.terms.id) {
        return complain("not an answer to " + order.question + ": " + payload);
    }
    if (!order.answer.empty()) {
        if (order.answer != payload) {
            complain("order " + order.terms.id + " was answered " + order.answer + " and then " +
                     payload);
        }
        ++counters_.repeated;
        return;
    }
    order.answer = payload;
    unanswered_.erase(number);
    newly_answered_.push_back(number);
    take_decision(order, *answer);
    if (order.accepted) working_.push_back(number);
}

void Oms::take_decision(OmsOrder& order, const Json& answer) {
    const std::string& decision = answer["decision"].text();
    order.sequence = answer["sequence"].integer();
    order.accepted = decision == "accept";
    OmsOrder* replaced = nullptr;
    if (!order.terms.replaces.empty()) {
        for (const std::size_t candidate : working_) {
            if (orders_[candidate].terms.id == order.terms.replaces) replaced = &orders_[candidate];
        }
    }
    if (replaced != nullptr) {
        replaced->busy = false;
        if (order.accepted) replaced->ended = true;
    }
    if (!order.accepted) {
        ++counters_.rejected;
        if (decision != "reject") complain("no decision: " + order.answer);
        return;
    }
    ++counters_.accepted;
    order.remaining = order.terms.quantity;
    order.terms.sequence = order.sequence;
    order.terms.hold_asset = answer["hold"]["asset"].text();
    order.terms.hold = answer["hold"]["amount"].text();
}

void Oms::take_confirmation(std::uint64_t number, std::string_view payload) {
    const auto row = waiting_.find(number);
    if (row == waiting_.end()) return;  // it was published twice and confirmed before
    const auto answer = Json::parse(payload);
    if (!answer || !(*answer)["seq"]) return;  // no stream yet: it is published again
    Fact& fact = row->second.fact;
    fact.stream_sequence = (*answer)["seq"].integer();
    newest_fact_ = std::max(newest_fact_, fact.stream_sequence);
    confirmed_at_ = Clock::now();
    ++counters_.facts;
    recent_.push_back(fact);
    if (recent_.size() > 200) recent_.pop_front();
    confirmed_.push_back(std::move(fact));
    waiting_.erase(row);
}

void Oms::publish(Fact fact, bool deduplicated) {
    const std::uint64_t number = ++facts_numbered_;
    if (waiting_.empty()) confirmed_at_ = Clock::now();
    const std::string message_id = deduplicated ? "oms-" + std::to_string(number) : "";
    const auto row = waiting_.emplace(number, Waiting{std::move(fact), message_id}).first;
    publish(number, row->second);
}

void Oms::publish(std::uint64_t number, const Waiting& waiting) {
    const std::string reply = "oms.ack." + std::to_string(number);
    if (waiting.message_id.empty()) {
        nats_.publish(waiting.fact.subject, waiting.fact.payload, reply);
    } else {
        nats_.publish_with_headers(waiting.fact.subject,
                                   "Nats-Msg-Id: " + waiting.message_id + "\r\n",
                                   waiting.fact.payload, reply);
    }
}

void Oms::publish_waiting_again() {
    confirmed_at_ = Clock::now();
    for (const auto& [number, waiting] : waiting_) {
        publish(number, waiting);
        ++counters_.facts_again;
    }
}

void Oms::ask(std::size_t order) {
    const std::uint64_t number = ++numbered_;
    asked_[number] = order;
    ++in_flight_;
    ++counters_.questions;
    if (orders_[order].answer.empty()) unanswered_.insert(order);
    nats_.publish("risk.check." + orders_[order].terms.account, orders_[order].question,
                  "oms.check." + std::to_string(number));
}

void Oms::forget_questions() {
    stale_before_ = numbered_ + 1;
    in_flight_ = 0;
}

bool Oms::settle(int timeout_ms) {
    const auto until = Clock::now() + std::chrono::milliseconds(timeout_ms);
    while (!waiting_.empty()) {
        if (!nats_.connected() || Clock::now() > until) return false;
        pump(5);
    }
    return true;
}

std::optional<std::string> Oms::ask(const std::string& subject, const std::string& payload,
                                    int timeout_ms) {
    question_ = ++numbered_;
    reply_.reset();
    nats_.publish(subject, payload, "oms.ask." + std::to_string(question_));
    const auto until = Clock::now() + std::chrono::milliseconds(timeout_ms);
    while (question_ != 0 && nats_.connected() && Clock::now() < until)
        pump(2);
    return reply_;
}

bool Oms::ask_all(const std::vector<std::size_t>& orders, int timeout_ms) {
    const auto until = Clock::now() + std::chrono::milliseconds(timeout_ms);
    std::size_t next = 0;
    while (next < orders.size() || in_flight_ > 0) {
        if (!nats_.connected() || Clock::now() > until) return false;
        while (next < orders.size() && in_flight_ < 64)
            ask(orders[next++]);
        pump(2);
    }
    return std::none_of(orders.begin(), orders.end(),
                        [this](std::size_t order) { return orders_[order].answer.empty(); });
}

std::vector<std::size_t> Oms::unanswered() const {
    return {unanswered_.begin(), unanswered_.end()};
}

std::vector<std::size_t> Oms::answered_lately() const {
    return newly_answered_;
}

void Oms::close_books() {
    std::vector<AcceptedOrder> accepted;
    for (const std::size_t number : newly_answered_) {
        if (orders_[number].accepted) accepted.push_back(orders_[number].terms);
    }
    books_.book(accepted, std::move(confirmed_));
    confirmed_.clear();
    newly_answered_.clear();
    // What we thought of an order is corrected by what the stream says.
    for (const std::size_t number : working_) {
        OmsOrder& order = orders_[number];
        const auto& working = books_.accounts().at(order.terms.account).working;
        const auto row = working.find(order.terms.id);
        order.ended = row == working.end();
        if (!order.ended) order.remaining = row->second.remaining;
    }
    std::erase_if(working_, [this](std::size_t number) { return orders_[number].ended; });
}

}  // namespace riskd::tests
