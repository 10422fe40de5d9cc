// The other side of a liquidation, as riskd's receivers are told to be: it feeds prices and facts,
// has its customers' orders checked, and takes what the output stream says: cancels orders, fills
// the closes asked for in parts, later, and keeps books of every position by itself. Facts are
// published until the stream has them, some once more; checks are asked until they are answered.
// It speaks NATS over its own socket. Random from its seed; test thread only.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/episodes_log.hpp"
#include "tests/integration/episodes_market.hpp"

namespace riskd::tests {

struct EpisodeCounters {
    std::size_t facts{};
    std::size_t facts_again{};  // published twice, with their message id or without
    std::size_t closing_fills{};
    std::size_t orders_accepted{};
    std::size_t orders_cancelled{};
    std::size_t checks_again{};
    std::size_t opened{};  // positions
};

class EpisodeExchange {
public:
    EpisodeExchange(int nats_port, std::uint64_t seed, const EpisodeLog& log);

    // The insurance fund and so many accounts, each with money, positions and orders.
    void open(std::size_t accounts);
    void take(const Json& said);
    // All that is due now; then what came is taken.
    void turn();
    void send_prices();
    void fall(bool gap) { prices_.fall(gap); }
    // Facts of before, as from a gateway that was not sure whether they got through.
    void repeat_facts();
    // From now on prices stand still, nobody opens anything, and who is in an episode gets money.
    void rest() { rests_ = true; }
    void cure();
    bool is_idle() const { return wants_.empty() && cancels_.empty() && facts_.empty(); }

    // Nothing when nobody is there.
    std::optional<Json> ask(const std::string& subject, const std::string& payload = "");
    // Empty: the answer of risk.query.account has the positions and orders of our books.
    std::string compare(const std::string& account, const Json& answer) const;
    std::vector<std::string> accounts() const;
    std::uint64_t newest_fact() const { return newest_fact_; }
    const EpisodeCounters& counters() const { return counters_; }

private:
    using Clock = std::chrono::steady_clock;
    struct Fact {
        std::string subject;
        std::string payload;
        Clock::time_point sent;
    };
    struct Order {
        std::size_t account{};
        std::size_t listing{};
        std::string question;
        Clock::time_point asked;
        bool answered{};
        bool accepted{};
        bool ended{};
    };
    struct Place {
        std::size_t account{};
        std::size_t listing{};
        friend auto operator<=>(const Place&, const Place&) = default;
    };
    // What a trigger asked to close and is not filled yet.
    struct Want {
        bool is_buy{};
        std::int64_t left{};
        Clock::time_point due;
    };
    struct Traded {
        Place place;
        std::int64_t quantity{};  // signed
        std::int64_t price{};
    };

    std::int64_t pick(std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
    }
    bool chance(double share) {
        return std::uniform_real_distribution<double>(0, 1)(random_) < share;
    }
    double spread(double least, double most);
    Clock::time_point in(std::int64_t least_ms, std::int64_t most_ms) {
        return Clock::now() + std::chrono::milliseconds(pick(least_ms, most_ms));
    }
    static std::string name(std::size_t account) { return "E" + std::to_string(account); }
    static std::optional<std::size_t> account_of(std::string_view name);
    bool is_isolated(Place place) const;
    double mark(std::size_t listing) const;

    void open_account(std::size_t account);
    void open_positions(std::size_t account);
    void place_order(std::size_t account, std::size_t listing, double notional);
    void deposit(const std::string& account, double amount);
    void fill(const Traded& traded);
    void take_handover(const Json& said);
    void follow_stage(const Json& said);
    void note_cancels(std::size_t account, std::optional<std::size_t> listing);
    void close_wanted();
    void cancel_wanted();
    void reopen_somebody();
    void ask_again();

    void publish(const std::string& subject, const std::string& payload);
    void publish_again();
    void pump(int timeout_ms);
    void take(const RawMessage& message);
    void take_answer(const std::string& order, std::string_view payload);

    RawNats nats_;
    std::mt19937_64 random_;
    const EpisodeLog& log_;
    EpisodePrices prices_;
    bool rests_{};
    Clock::time_point priced_;
    std::size_t accounts_{};

    std::map<Place, std::int64_t> positions_;
    std::map<std::string, std::int64_t> fund_positions_;
    std::map<std::string, Order> orders_;
    std::map<Place, Want> wants_;
    std::map<std::string, Clock::time_point> cancels_;  // by order

    std::map<std::uint64_t, Fact> facts_;  // not confirmed yet, by number
    std::deque<Fact> recent_;
    std::uint64_t numbered_{};
    std::uint64_t newest_fact_{};
    std::uint64_t question_{};  // in progress; zero: none
    std::optional<std::string> reply_;
    EpisodeCounters counters_;
};

}  // namespace riskd::tests
