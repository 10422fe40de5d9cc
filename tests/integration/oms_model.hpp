// An order management system: asks riskd before each order, reports to the stream what became of
// them, and keeps its own record of every answer and of every fact the stream confirmed. It speaks
// NATS over its own socket and shares no code with riskd. Random from its seed; test thread only.
#pragma once

#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/integration/oms_model_books.hpp"
#include "tests/integration/raw_nats.hpp"

namespace riskd::tests {

struct OmsOrder {
    AcceptedOrder terms;
    std::string question;
    std::string answer;  // as it came first; empty while there is none
    bool accepted{};
    bool ended{};  // in our eyes
    bool busy{};   // a replacement was asked for and is not answered yet
    std::int64_t remaining{};
    std::uint64_t sequence{};  // at which it was decided
};

struct OmsCounters {
    std::uint64_t questions{};
    std::uint64_t accepted{};
    std::uint64_t rejected{};
    std::uint64_t repeated{};  // answers that were given before, and agreed
    std::uint64_t nobody{};    // 503: riskd was not there
    std::uint64_t stale{};     // answers to questions of before forget_questions()
    std::uint64_t prices{};
    std::uint64_t facts{};                             // confirmed by the stream
    std::uint64_t facts_again{};                       // published again for want of a confirmation
    std::map<std::string, std::uint64_t> turned_away;  // by reason: rejects without a sequence
};

class Oms {
public:
    Oms(int nats_port, std::uint64_t seed);

    // Opens the connection again and publishes again what was not confirmed.
    bool connect();
    bool connected() const { return nats_.connected(); }
    void disconnect() { nats_.close(); }

    // Random business as far as the windows allow; then what came is taken.
    void trade(int actions);
    // The same, sent without looking at what comes back.
    void trade_unheard(int actions);
    // No answer to anything asked so far is expected any more.
    void forget_questions();
    void pump(int timeout_ms);
    // True when the stream has confirmed every fact.
    bool settle(int timeout_ms);
    // One answer, or nothing within the time.
    std::optional<std::string> ask(const std::string& subject, const std::string& payload,
                                   int timeout_ms = 2'000);
    // Asks these orders (again) until each is answered. False: not within the time.
    bool ask_all(const std::vector<std::size_t>& orders, int timeout_ms);

    void send_prices();
    void open_account(const std::string& account);
    void deposit(const std::string& account, std::int64_t amount);
    // A new order on the books that is asked once; its number.
    std::size_t place(AcceptedOrder terms, bool market, bool reduce_only);
    // REQUIRES: it was accepted.
    void fill(std::size_t order, std::int64_t quantity) { publish_fill(orders_[order], quantity); }

    // Books what was answered and confirmed since the last time. REQUIRES: settled.
    void close_books();
    const Books& books() const { return books_; }
    std::vector<std::size_t> unanswered() const;
    // Orders with an answer, asked or answered since the last close_books().
    std::vector<std::size_t> answered_lately() const;
    const std::deque<OmsOrder>& orders() const { return orders_; }
    std::uint64_t newest_fact() const { return newest_fact_; }  // sequence in the stream
    std::int64_t mark(std::size_t listing) const { return marks_[listing]; }
    const std::vector<std::string>& accounts() const { return accounts_; }
    const OmsCounters& counters() const { return counters_; }
    std::uint64_t answers() const { return counters_.accepted + counters_.rejected; }
    // Answers that break the protocol, one a line; a test wants none.
    const std::string& complaints() const { return complaints_; }
    // From now on these are traded as well.
    void trade_account(const std::string& account) { accounts_.push_back(account); }

private:
    using Clock = std::chrono::steady_clock;
    struct Waiting {
        Fact fact;
        std::string message_id;  // empty: without de-duplication by the server
    };

    std::int64_t pick(std::int64_t least, std::int64_t most);
    bool chance(int percent) { return pick(1, 100) <= percent; }
    OmsOrder* pick_working();
    void act();
    void ask_new_order();
    void ask_replacement();
    void publish_fill(OmsOrder& order, std::int64_t quantity);
    void fill_some();
    void fill_without_order();
    void end_some();
    void shrink_some();
    void change_balance();
    void transfer();
    void fund();
    void repeat_question();
    void repeat_fact();
    void move_marks();

    void ask(std::size_t order);
    void publish(Fact fact, bool deduplicated = true);
    void publish(std::uint64_t number, const Waiting& waiting);
    void publish_waiting_again();
    void take(const RawMessage& message);
    void take_answer(std::size_t order, const std::string& payload);
    void take_decision(OmsOrder& order, const Json& answer);
    void take_confirmation(std::uint64_t number, std::string_view payload);
    void complain(const std::string& what) { complaints_ += what + '\n'; }

    int port_;
    RawNats nats_;
    std::mt19937_64 random_;
    std::vector<std::string> accounts_;
    std::array<std::int64_t, listings.size()> marks_{};

    std::deque<OmsOrder> orders_;
    std::vector<std::size_t> working_;  // accepted orders that have not ended in our eyes
    std::set<std::size_t> unanswered_;
    std::unordered_map<std::uint64_t, std::size_t> asked_;  // order by number of the question
    std::uint64_t numbered_{};
    std::uint64_t stale_before_{};  // numbers below are forgotten
    std::size_t in_flight_{};

    std::map<std::uint64_t, Waiting> waiting_;
    std::vector<Fact> confirmed_;
    std::deque<Fact> recent_;
    std::uint64_t facts_numbered_{};
    std::uint64_t newest_fact_{};
    Clock::time_point confirmed_at_{Clock::now()};

    std::uint64_t question_{};  // number of the ask() in progress; zero: answered
    std::optional<std::string> reply_;
    Books books_;
    std::vector<std::size_t> newly_answered_;
    OmsCounters counters_;
    std::string complaints_;
};

}  // namespace riskd::tests
