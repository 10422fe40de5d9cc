// A day of an exchange, made up from a seed, for journals of any length: 200 perpetuals in USDT,
// 20,000 accounts, 6,000 open positions, 3,000 resting orders; popularity and activity are 1/rank.
// Of the events 70 % are prices, about one a second of each instrument, 0.35 % passing time, 0.5 %
// transfers, 0.3 % deposits and withdrawals, 0.02 % funding; the rest is the life of orders: check,
// acknowledgement, and a whole fill (45 %) or a cancel. 2 % of the checks are far from the mark,
// 1 % too large; whoever is to be liquidated closes. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_set>
#include <vector>

#include "riskd/core/engine.hpp"
#include "tests/model/random_source.hpp"

namespace riskd::bench {

struct DayTerms {
    std::uint32_t instruments{200};
    std::uint32_t accounts{20'000};
    std::size_t positions{6'000};
    std::size_t resting{3'000};
};

class MarketDay {
public:
    // REQUIRES: the ledger outlives it, and all that next() gives is applied to it.
    MarketDay(std::uint64_t seed, const DayTerms& terms, const Ledger& ledger,
              const RulesetActivation& activation);

    // The first ones define the world. Without a sequence.
    Event next();
    // What came out of it.
    void observe(const Event& event, const Outcome& outcome);

private:
    struct Traded {
        AccountId account{no_account};
        InstrumentId instrument{no_instrument};
    };

    void define_world(const RulesetActivation& activation);
    EventBody life_of_orders();
    EventBody order();
    EventBody closing_order(Traded what);
    EventBody acknowledgement();
    EventBody fill_or_cancel();
    EventBody price();
    EventBody transfer();
    EventBody balance_change();
    EventBody funding();
    OrderRequest request_of(Traded what);
    void spoil(OrderRequest& request);
    std::uint32_t ranked(const std::vector<double>& sums);
    std::int64_t around(std::uint32_t instrument, std::int64_t spread_bp);
    Id new_id(char kind);
    void note_position(Traded what);

    model::RandomSource random_;
    DayTerms terms_;
    const Ledger& ledger_;
    std::vector<double> popularity_;   // running sums of 1/rank
    std::vector<double> activity_;     // the same, of accounts
    std::vector<std::int64_t> marks_;  // raw, by instrument
    std::deque<EventBody> opening_;
    std::deque<OrderRequest> answered_;  // accepted, not acknowledged yet
    std::vector<OrderRequest> working_;
    std::deque<Traded> to_close_;  // of accounts that are liquidated
    std::vector<Traded> held_;     // open positions, some closed since
    std::unordered_set<std::uint64_t> held_keys_;
    Timestamp time_;
    std::int64_t second_{};
    std::uint64_t ids_{};
};

}  // namespace riskd::bench
