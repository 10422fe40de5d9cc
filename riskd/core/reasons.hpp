// Why an order is refused. Ordered by precedence: when several reasons apply, the first one listed
// is reported. Spelled as on the wire; the FIX 5.0 SP2 OrdRejReason(103) beside each. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace riskd {

enum class RejectReason : std::uint8_t {
    unknown_account,
    unknown_instrument,
    duplicate_order,
    unknown_order,
    account_halted,
    instrument_closed,
    incorrect_quantity,
    invalid_price_increment,
    invalid_order_terms,
    order_capacity_exceeded,
    journal_unavailable,
    overloaded,
    account_suspended,
    account_in_liquidation,
    instrument_reduce_only,
    reduce_only_would_increase_position,
    reference_price_not_available,
    insufficient_balance,
    restricted_instrument,
    exceeded_clip_size_limit,
    exceeded_max_notional_order_amount,
    order_exceeds_limit,
    price_exceeds_current_price_band,
    position_limit_exceeded,
    open_orders_limit_exceeded,
    order_rate_exceeded,
    daily_loss_limit,
    leverage_limit_exceeded,
    short_sell_not_permitted,
    notional_value_exceeds_threshold,
    algorithm_risk_threshold_breached,
    insufficient_credit_limit,
    rule_failed,
    insufficient_initial_margin,
    other,
};

inline constexpr std::array<std::string_view, 35> reject_reason_names{
    "unknown_account",
    "unknown_instrument",
    "duplicate_order",
    "unknown_order",
    "account_halted",
    "instrument_closed",
    "incorrect_quantity",
    "invalid_price_increment",
    "invalid_order_terms",
    "order_capacity_exceeded",
    "journal_unavailable",
    "overloaded",
    "account_suspended",
    "account_in_liquidation",
    "instrument_reduce_only",
    "reduce_only_would_increase_position",
    "reference_price_not_available",
    "insufficient_balance",
    "restricted_instrument",
    "exceeded_clip_size_limit",
    "exceeded_max_notional_order_amount",
    "order_exceeds_limit",
    "price_exceeds_current_price_band",
    "position_limit_exceeded",
    "open_orders_limit_exceeded",
    "order_rate_exceeded",
    "daily_loss_limit",
    "leverage_limit_exceeded",
    "short_sell_not_permitted",
    "notional_value_exceeds_threshold",
    "algorithm_risk_threshold_breached",
    "insufficient_credit_limit",
    "rule_failed",
    "insufficient_initial_margin",
    "other",
};
static_assert(reject_reason_names.size() == static_cast<std::size_t>(RejectReason::other) + 1,
              "name every RejectReason: the wire, the log, the metrics and the docs all read this");

// OrdRejReason(103) of FIX 5.0 SP2; 99 (other) where FIX has no word of its own.
inline constexpr std::array<std::uint8_t, 35> reject_reason_fix{
    15, 1,  6,  5, 99, 2,  13, 18, 11, 99, 99, 99, 0,  0,  99, 99, 19, 25,
    99, 26, 27, 3, 16, 99, 99, 21, 21, 99, 22, 20, 21, 25, 99, 25, 99};

constexpr std::string_view name(RejectReason reason) noexcept {
    return reject_reason_names[static_cast<std::size_t>(reason)];
}

constexpr std::optional<RejectReason> find_reject_reason(std::string_view text) noexcept {
    for (std::size_t i = 0; i < reject_reason_names.size(); ++i) {
        if (reject_reason_names[i] == text) return static_cast<RejectReason>(i);
    }
    return std::nullopt;
}

}  // namespace riskd
