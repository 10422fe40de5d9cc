// What could leave an account in one asset now, so that what it needs stays covered. Core thread
// only; a question, that changes nothing: whether a withdrawal happens is decided elsewhere.
//
//   free(asset)  = balance - hold - margin of isolated positions
//   slack(w)     = the lesser of available_margin and headroom with w less of the asset, both asked
//                  of the rules again: haircuts are not linear
//   withdrawable = the largest w from 0 to free(asset) with slack(w) >= 0; 0 when even slack(0) is
//                  below it, or nothing is free
// Nothing when a price the account needs is unknown or stale, when a rule fails, or when slack
// rises with what is taken, because the collateral rule counts more for less or a margin rule
// about whole accounts asks so much less: then no amount is the largest that is safe.
// Example: 1,000 USDT and 1 BTC at 50,000 with a haircut of 10 %, long 8 BTC-PERP at 50,000 with an
// initial margin of 10 %: equity 46,000 less 40,000 leaves 6,000; all USDT or 0.13333333 BTC.
// WithdrawalTest repeats this.
#pragma once

#include <optional>

#include "riskd/core/margin.hpp"

namespace riskd {

struct WithdrawalQuestion {
    AccountId account{no_account};
    AssetId asset{no_asset};
    Timestamp now;
};

// In the asset.
std::optional<Money> withdrawable(const Ledger& ledger, MarginEvaluator& evaluator,
                                  const WithdrawalQuestion& question) noexcept;

}  // namespace riskd
