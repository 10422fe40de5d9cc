// What the exchange of the episodes says and hears on its socket, and its books against riskd's.
#include <algorithm>

#include "tests/integration/episodes_exchange.hpp"

namespace riskd::tests {
namespace {

constexpr std::chrono::milliseconds confirmation_wait{1'000};
constexpr std::chrono::milliseconds answer_wait{400};

}  // namespace

void EpisodeExchange::send_prices() {
    for (std::size_t i = 0; i < episode_listings.size(); ++i) {
        nats_.publish("risk.in.price." + std::string(episode_listings[i].name),
                      R"({"mark":")" +
                          decimal_text(prices_.mark(i), episode_listings[i].price_decimals) +
                          "\"}");
    }
    nats_.send();
}

void EpisodeExchange::ask_again() {
    std::size_t open = 0;
    for (auto& [id, order] : orders_) {
        if (order.answered || ++open > 64) continue;
        if (Clock::now() - order.asked < answer_wait) continue;
        if (order.asked != Clock::time_point{}) ++counters_.checks_again;
        order.asked = Clock::now();
        nats_.publish("risk.check." + name(order.account), order.question, "exch.check." + id);
    }
}

void EpisodeExchange::publish(const std::string& subject, const std::string& payload) {
    const std::uint64_t number = ++numbered_;
    ++counters_.facts;
    facts_[number] = {subject, payload, Clock::now()};
    recent_.push_back(facts_[number]);
    if (recent_.size() > 40) recent_.pop_front();
    const std::string text = std::to_string(number);
    nats_.publish_with_headers(subject, "Nats-Msg-Id: exch-" + text + "\r\n", payload,
                               "exch.ack." + text);
}

void EpisodeExchange::publish_again() {
    for (auto& [number, fact] : facts_) {
        if (Clock::now() - fact.sent < confirmation_wait) continue;
        fact.sent = Clock::now();
        ++counters_.facts_again;
        const std::string text = std::to_string(number);
        nats_.publish_with_headers(fact.subject, "Nats-Msg-Id: exch-" + text + "\r\n", fact.payload,
                                   "exch.ack." + text);
    }
}

void EpisodeExchange::repeat_facts() {
    for (const Fact& fact : recent_) {
        // Definitions have no id: said again they are the newest word.
        if (fact.subject.starts_with("risk.in.account.") || !chance(0.2)) continue;
        ++counters_.facts_again;
        nats_.publish(fact.subject, fact.payload, "exch.ack.0");
    }
}

void EpisodeExchange::pump(int timeout_ms) {
    RawMessage message;
    while (nats_.next(message, timeout_ms)) {
        take(message);
        timeout_ms = 0;
    }
}

void EpisodeExchange::take(const RawMessage& message) {
    const std::string_view token = message.subject.substr(message.subject.rfind('.') + 1);
    if (message.subject.starts_with("exch.check.")) {
        return take_answer(std::string(token), message.payload);
    }
    std::uint64_t number = 0;
    std::from_chars(token.data(), token.data() + token.size(), number);
    if (message.subject.starts_with("exch.ask.")) {
        if (number != question_) return;
        question_ = 0;  // without content: nobody is there
        if (!message.payload.empty()) reply_ = std::string(message.payload);
        return;
    }
    const auto answer = Json::parse(message.payload);
    if (!answer || !(*answer)["seq"]) return;
    newest_fact_ = std::max(newest_fact_, (*answer)["seq"].integer());
    facts_.erase(number);
}

void EpisodeExchange::take_answer(const std::string& id, std::string_view payload) {
    Order& order = orders_.at(id);
    const auto answer = Json::parse(payload);
    if (order.answered || !answer || !(*answer)["sequence"]) return;  // turned away, or nobody
    order.answered = true;
    order.accepted = (*answer)["decision"].text() == "accept";
    if (!order.accepted) return;
    ++counters_.orders_accepted;
    // It was accepted before the trigger and heard of behind it.
    if (log_.is_open(name(order.account))) cancels_.try_emplace(id, in(0, 400));
}

std::optional<Json> EpisodeExchange::ask(const std::string& subject, const std::string& payload) {
    question_ = ++numbered_;
    reply_.reset();
    nats_.publish(subject, payload, "exch.ask." + std::to_string(question_));
    const auto until = Clock::now() + std::chrono::seconds(2);
    while (question_ != 0 && Clock::now() < until)
        pump(5);
    return reply_ ? Json::parse(*reply_) : std::nullopt;
}

std::string EpisodeExchange::compare(const std::string& account, const Json& answer) const {
    std::map<std::string, std::int64_t> held;
    const auto number = account_of(account);
    for (const EpisodeListing& listing : episode_listings) {
        const std::string instrument{listing.name};
        const auto row =
            number ? positions_.find({*number, episode_listing_of(instrument)}) : positions_.end();
        const auto of_fund = fund_positions_.find(instrument);
        if (row != positions_.end()) held[instrument] = row->second;
        if (!number && of_fund != fund_positions_.end()) held[instrument] = of_fund->second;
    }
    std::string wrong;
    for (const Json& position : answer["positions"].items()) {
        const std::string& instrument = position["instrument"].text();
        const int decimals = episode_listings.at(episode_listing_of(instrument)).quantity_decimals;
        const auto quantity = read_decimal(position["quantity"].text(), decimals);
        if (quantity != std::exchange(held[instrument], 0)) {
            wrong += account + " holds " + position["quantity"].text() + " " + instrument +
                     ", which our books do not\n";
        }
    }
    for (const auto& [instrument, quantity] : held) {
        if (quantity != 0) wrong += account + " holds no " + instrument + ", our books do\n";
    }
    std::size_t working = 0;
    for (const auto& [id, order] : orders_)
        working += name(order.account) == account && order.accepted && !order.ended ? 1U : 0U;
    if (answer["open_orders"].items().size() != working) {
        wrong += account + " has " + std::to_string(answer["open_orders"].items().size()) +
                 " open orders, our books " + std::to_string(working) + '\n';
    }
    return wrong;
}

std::vector<std::string> EpisodeExchange::accounts() const {
    std::vector<std::string> names{std::string(episode_fund)};
    for (std::size_t i = 0; i < accounts_; ++i)
        names.push_back(name(i));
    return names;
}

}  // namespace riskd::tests
