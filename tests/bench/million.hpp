// A venue full of accounts, made up from a seed: 200 linear perpetuals in USDT of popularity
// 1/rank, each account one deposit, on average 2.8 positions (65 % of them long), one open order.
// Leverages are such that a fall of 35 % liquidates more than a tenth of the accounts. Built by
// events alone, through Engine::apply, under the shipped rules. Test thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/bench/population.hpp"

namespace riskd::bench {

struct MillionTerms {
    std::uint32_t accounts{1'000'000};
    std::uint64_t seed{1};
};

// What one account is to have; the same for the same seed, so it need not be kept.
struct AccountPlan {
    struct Part {
        std::uint32_t instrument{};
        bool is_long{};
        std::int64_t quantity{};
    };
    std::int64_t deposit{};  // in quanta of USDT
    std::vector<Part> parts;
    std::int64_t order_quantity{};  // bought in the first instrument, 1 % below the mark
};

class Million {
public:
    static constexpr std::uint32_t listed = 200;

    Million(const MillionTerms& terms, dsl::LuaRulebook& rules);

    // The steps, in this order; accounts come in an order of chance, as they do in life.
    void define_accounts();
    void deposit();
    void open_positions();
    void place_orders();

    // One event more, at `time`.
    void apply(EventBody body);
    AccountPlan plan(std::uint32_t account) const;
    std::int64_t start_price(std::uint32_t instrument) const noexcept;
    // Of popularity 1/rank; `chance` from 0 to 1.
    std::uint32_t pick_instrument(double chance) const noexcept;

    Engine engine;
    Outcome outcome;
    Timestamp time{1'700'000'000 * second};

private:
    void define_instruments(dsl::LuaRulebook& rules);
    std::uint32_t shuffled(std::uint32_t number) const noexcept;

    MillionTerms terms_;
    dsl::LuaRulebook& rules_;
    std::vector<double> popularity_;  // cumulated
    std::uint32_t stride_{1};
};

// What the program has taken: from the allocator, and of the machine's memory.
struct MemoryTaken {
    std::uint64_t allocated{};
    std::uint64_t resident{};
};
MemoryTaken memory_taken();
// A row: what a step took, by itself and for each of so many rows.
void print_memory(std::string_view step, const MemoryTaken& before, std::uint64_t rows);

}  // namespace riskd::bench
