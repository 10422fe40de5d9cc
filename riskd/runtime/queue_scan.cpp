#include "riskd/runtime/queue_scan.hpp"

#include <algorithm>

#include "riskd/core/deleverage.hpp"

namespace riskd::runtime {
namespace {

constexpr std::uint32_t cost_of_judging = 16;  // what an account with positions counts as

bool has_open_positions(const Account& account) noexcept {
    return std::any_of(account.positions.begin(), account.positions.end(),
                       [](const Position& position) { return position.quantity.raw != 0; });
}

}  // namespace

bool QueueScan::step(Engine& engine, Timestamp now, std::uint32_t budget) {
    const Ledger& ledger = engine.ledger();
    if (account_ == 0) pass_.clear();
    while (budget > 0 && account_ < ledger.account_count()) {
        const Account& account = ledger.account(AccountId{account_++});
        const bool judged = has_open_positions(account);
        if (judged) count(engine, account, now);
        budget -= std::min(budget, judged ? cost_of_judging : 1);
    }
    if (account_ < ledger.account_count()) return false;
    account_ = 0;
    std::swap(pass_, whole_);
    as_of_ = now;
    return true;
}

void QueueScan::count(Engine& engine, const Account& account, Timestamp now) {
    const AccountFigures figures = engine.figures(account.id, now);
    for (const Position& position : account.positions) {
        const auto score = adl_score_now(
            engine.ledger(),
            {.account = account.id, .position = &position, .figures = &figures, .now = now});
        if (!score) continue;
        pass_.count({.instrument = position.instrument,
                     .is_long = position.quantity.raw > 0,
                     .score = *score});
    }
}

}  // namespace riskd::runtime
