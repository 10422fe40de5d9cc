// What differs between a recorded day and the same day under other rules, counted by rule, account
// and notional; each order that is decided otherwise is named. Notional is at the state of the
// ledger when it is taken. One thread; nothing is changed but itself.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "riskd/core/engine.hpp"
#include "riskd/rulesets/verdict.hpp"

namespace riskd::rulesets {

struct Flips {
    std::uint64_t refused{};                          // were accepted
    std::uint64_t accepted{};                         // were refused
    std::map<std::string, double> notional_refused;   // by asset
    std::map<std::string, double> notional_accepted;  // by asset
};

// Of one account: how often it came to be liquidated whole, and when first.
struct LiquidationCount {
    std::uint64_t before{};
    std::uint64_t after{};
    std::uint64_t first_sequence{};  // at which the two part
};

struct FlippedOrder {
    std::uint64_t sequence{};
    std::string account;
    std::string order;
    std::string what;  // "buy 0.1 BTC-PERP @ 52500"
    std::string before;
    std::string after;
    bool loosens{};
};

struct ReplayTotals {
    std::uint64_t events{};
    std::uint64_t orders{};
    std::uint64_t same{};
    std::uint64_t refused{};
    std::uint64_t accepted{};
    std::uint64_t other_reason{};
    std::uint64_t faults{};
};

class ReplayComparison {
public:
    // Every order that is decided otherwise, in the order of the journal.
    using Flipped = std::function<void(const FlippedOrder&)>;
    ReplayComparison(const Ledger& ledger, Flipped flipped);

    void count_event() noexcept { ++totals_.events; }
    void count_faults(std::uint64_t faults) noexcept { totals_.faults += faults; }
    // `after`: under the other rules, else in the record.
    void count_liquidation(AccountId account, std::uint64_t sequence, bool after);
    // An order that was not asked again, and one that was. REQUIRES: no repetition.
    void take_same() noexcept;
    void take(const OrderRequest& request, const Decision& before, const Decision& after,
              std::uint64_t sequence);

    const ReplayTotals& totals() const noexcept { return totals_; }
    const std::map<std::string, Flips>& by_rule() const noexcept { return by_rule_; }
    const std::map<std::string, Flips>& by_account() const noexcept { return by_account_; }
    // Accounts whose liquidations are not the same.
    std::map<std::string, LiquidationCount> liquidations() const;

private:
    void note_flip(const OrderRequest& request, const Decision& before, const Decision& after,
                   std::uint64_t sequence);
    std::string name_of(AccountId account) const;

    const Ledger& ledger_;
    Flipped flipped_;
    ReplayTotals totals_;
    std::map<std::string, Flips> by_rule_;
    std::map<std::string, Flips> by_account_;
    std::map<std::uint32_t, LiquidationCount> liquidations_;  // by account
};

}  // namespace riskd::rulesets
