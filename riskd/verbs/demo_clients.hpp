// The other systems of the demo: an OMS with many accounts that asks a check before each order and
// reports fills and cancels, and a liquidation executor that answers triggers. They know nothing
// but what came over the wire. Seeded. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "feeds/codec_client.hpp"
#include "feeds/wire_client.hpp"
#include "riskd/verbs/demo_market.hpp"

namespace riskd::verbs {

inline constexpr std::int64_t ms = 1'000'000;
inline constexpr std::int64_t one_second = 1'000 * ms;

struct DemoCounters {
    std::uint64_t checks{};
    std::uint64_t accepts{};
    std::uint64_t rejects{};
    std::uint64_t malformed{};
    std::uint64_t unanswered{};
    std::uint64_t fills{};
    std::uint64_t cancels{};
    std::uint64_t margin_calls{};
    std::uint64_t reductions{};
    std::uint64_t liquidations{};
    std::uint64_t closed{};
};

struct DemoClientsPlan {
    std::size_t accounts{400};
    double checks_per_second{200};
    std::uint64_t seed{1};
};

class DemoClients {
public:
    DemoClients(feeds::WireClient& client, const DemoMarket& market, const DemoClientsPlan& plan);

    void open_accounts();  // publishes their definitions
    void deposit();        // publishes their first money
    void tick(std::int64_t now_ns);
    void take(const feeds::Arrival& arrival, std::int64_t now_ns);

    const DemoCounters& counters() const noexcept { return counters_; }

private:
    struct Order {
        std::size_t account{};
        std::size_t instrument{};
        Side side{};
        OrderType type{};
        bool is_liquidation{};
        std::int64_t price{};     // raw; of market orders zero
        std::int64_t quantity{};  // raw
        std::int64_t due_ns{};    // market: when it fills; limit: when it is cancelled
        std::string id;
    };
    struct Trader {
        std::string name;
        std::string group;
        double deposit{};
        int leverage{};
        double long_bias{};
        std::vector<std::int64_t> positions;  // raw, by instrument, from its own fills
    };
    struct Refill {
        std::int64_t due_ns{};
        std::size_t account{};
    };

    double uniform() { return std::uniform_real_distribution<double>(0.0, 1.0)(random_); }
    std::string next_id(const char* kind);
    Order draw_order();
    void mistake(Order& order);
    void ask(Order order);
    void ask_nonsense();
    void work(std::int64_t now_ns);
    bool is_crossed(const Order& order) const noexcept;
    void fill(const Order& order);
    void cancel(const Order& order);
    void cancel_all(std::size_t account);
    void take_trigger(const feeds::Tree& trigger, std::string_view account, std::int64_t now_ns);
    void ask_smaller(const Order& order, const feeds::Tree& answer, std::int64_t now_ns);
    void close_leg(std::size_t account, const feeds::Tree& leg, std::int64_t now_ns);
    void close_position(std::size_t account, std::size_t instrument, std::int64_t due_ns);
    void follow_up(std::int64_t now_ns);
    bool is_closing(std::size_t account) const noexcept;
    void publish_money(std::size_t account, std::string_view asset, double amount);
    double notional(const Order& order) const noexcept;
    std::size_t find_instrument(std::string_view name) const noexcept;

    feeds::WireClient& client_;
    const DemoMarket& market_;
    DemoClientsPlan plan_;
    std::mt19937_64 random_;
    std::string run_;  // makes ids of this run unlike those of others
    std::uint64_t ids_{};
    std::vector<Trader> traders_;
    std::unordered_map<std::string, std::size_t> by_name_;
    std::unordered_map<std::uint64_t, Order> asked_;
    std::uint64_t asked_number_{};
    std::vector<Order> working_;
    std::deque<Order> closing_;  // liquidation orders not yet asked
    std::deque<Refill> refills_;
    std::map<std::size_t, std::int64_t> liquidating_;  // account: when to look again
    std::int64_t last_ns_{};
    double owed_checks_{};
    DemoCounters counters_;
};

}  // namespace riskd::verbs
