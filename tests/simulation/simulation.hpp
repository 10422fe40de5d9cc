// A venue in a crash, in one process: the engine with the shipped rules, accounts of any leverage,
// order books that take the liquidation orders, and an OMS that does what riskd's triggers say and
// tells it what came of it. Each event is followed by an audit. Deterministic by its seed. Test
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "riskd/core/engine.hpp"
#include "tests/model/random_source.hpp"
#include "tests/simulation/audit.hpp"
#include "tests/simulation/crash_paths.hpp"
#include "tests/simulation/order_book.hpp"

namespace riskd::simulation {

struct SimulationTerms {
    std::size_t accounts{};
    std::uint64_t seed{};
    std::int64_t book_depth{};  // whole USDT in the first step of each book
    std::int64_t fund{};        // whole USDT in the insurance fund; zero: there is none
};

struct Tally {
    std::uint64_t events{};
    std::uint64_t triggers{};
    std::uint64_t liquidation_fills{};
    std::uint64_t cancelled{};
    std::uint64_t orders_met{};  // resting ones that the price came to
    std::size_t opened{};
    std::size_t reduced{};     // accounts and isolated positions that came to `reduce`
    std::size_t liquidated{};  // and to `liquidate`
    std::size_t taken_over{};
    std::array<std::uint64_t, handover_kind_names.size()> handovers{};
    Wide short_of{};            // what those taken over were short of at the marks then
    Wide fund_left{};           // its equity at the end
    std::size_t fund_closed{};  // fills of its own liquidation orders
    std::size_t bankrupt{};     // accounts below zero at the end
    Wide lost{};                // what those are below zero
    Wide paid_by_house{};       // for isolated positions
};

class Simulation {
public:
    Simulation(const CrashPath& path, const SimulationTerms& terms, Rulebook& rules);

    void run();
    const Tally& tally() const { return tally_; }
    const Audit& audit() const { return audit_; }
    Digest digest() const { return engine_.digest(); }

private:
    // An order to close, as the latest trigger wants it.
    struct Want {
        Side side{};
        std::int64_t left{};
        std::uint64_t trigger{};  // the number of the one that asked
    };
    using WantKey = std::tuple<std::uint32_t, Place>;  // account
    struct Resting {
        AccountId account{no_account};
        Place place;
        Id order;
        std::int64_t price{};
        std::int64_t quantity{};
    };

    void define(const CrashPath& path);
    void open_fund();
    void open_account(std::size_t number);
    bool open_position(AccountId account, PositionSide side, bool is_long);
    void rest_order(AccountId account, Place place);
    const Outcome& apply(EventBody body);
    void follow(const Outcome& outcome);
    void audit_handovers(const std::map<AccountId, Wide>& before,
                         std::span<const Handover> handovers);
    void follow(const StageChange& change, bool at_once);
    void alert(const Alert& alert);
    void deposit(AccountId account, std::int64_t amount);
    void fill(const OwnBooks::Traded& traded, const Id& order);
    bool is_isolated_at(AccountId account, Place place) const;
    void move_prices(const std::vector<std::int64_t>& prices);
    void cancel_unwanted();
    void meet_resting();
    void close_wanted();
    struct Sent {
        Id order;
        std::int64_t quantity{};  // zero: refused
    };
    Sent send_order(OrderRequest request);
    void close(const WantKey& key);
    void end_order(AccountId account, const Id& order, OrderEvent event);
    void finish();
    Id next_id() { return Id{"n" + std::to_string(++ids_)}; }
    std::int64_t mark(std::uint32_t instrument) const {
        return engine_.ledger().instrument(InstrumentId{instrument}).prices.mark.raw;
    }

    const CrashPath& path_;
    SimulationTerms terms_;
    model::RandomSource random_;
    Engine engine_;
    Engine brute_force_;  // wakes everyone at each price, and must answer alike
    OwnBooks books_;
    Audit audit_;
    Tally tally_;
    std::vector<OrderBook> order_books_;
    std::map<WantKey, Want> wants_;
    std::vector<Resting> resting_;
    std::vector<StageChange> cancelling_;  // whose orders are to be cancelled
    AccountId paid_for_{no_account};       // whose isolated position the next fill is of
    Outcome outcome_;
    Outcome swept_;
    Timestamp time_{1'700'000'000'000'000'000};
    std::uint64_t ids_{};
};

}  // namespace riskd::simulation
