// The accounts that benchmarks ask about: 8 perpetuals, every account long in four of them, nobody
// near the edge. Rules and parameters are the shipped ones (config/riskd.yaml). Test thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "dsl/host.hpp"
#include "riskd/core/engine.hpp"

namespace riskd::bench {

inline constexpr std::uint32_t instruments = 8;
inline constexpr std::uint32_t positions_each = 4;
inline constexpr std::int64_t mark_raw = 1'000;  // 100.0
inline constexpr std::int64_t second = 1'000'000'000;

// The shipped rules with the shipped parameters; stops the program with the faults if there are
// any.
config::RulesSettings shipped_settings();
std::unique_ptr<dsl::LuaRulebook> load_or_stop(const config::RulesSettings& settings);
std::unique_ptr<dsl::LuaRulebook> shipped_rules();

class Population {
public:
    Population(std::uint32_t accounts, dsl::LuaRulebook& rules)
        : Population{accounts, rules, rules} {}
    // `decides` passes on to `rules` what it is asked.
    Population(std::uint32_t accounts, dsl::LuaRulebook& rules, Rulebook& decides);

    void apply(EventBody body);
    Event stamped(EventBody body);
    // An order that is accepted, and the fact that ends it.
    OrderRequest order(std::uint32_t account, std::uint64_t number) const;
    OrderUpdate done(const OrderRequest& order) const;
    PriceUpdate tick(std::uint32_t instrument, std::int64_t raw) const;
    std::uint32_t accounts() const noexcept { return accounts_; }

    Engine engine;
    Outcome outcome;
    Timestamp time{1'700'000'000 * second};

private:
    std::uint32_t accounts_{};
    Sequence sequence_;
};

// Fenced cycle counter, and how many cycles a nanosecond has here.
std::uint64_t cycles() noexcept;
double cycles_per_ns();

struct Spread {
    double p50{};
    double p99{};
    double p999{};
    double p9999{};
    double max{};
};
// In nanoseconds. Sorts the samples.
Spread spread(std::vector<std::uint64_t>& samples, double per_ns);
void print(const std::string& row, const Spread& spread);

}  // namespace riskd::bench
