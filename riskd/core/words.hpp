// The enumerations of the field, spelled exactly as on the wire, in YAML, in rules and in metrics.
// Each has `<type>_names` in the order of its enumerators, and `name(x)`. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace riskd {

enum class Side : std::uint8_t { buy, sell };
inline constexpr std::array<std::string_view, 2> side_names{"buy", "sell"};
constexpr Side opposite(Side side) noexcept {
    return side == Side::buy ? Side::sell : Side::buy;
}

enum class OrderType : std::uint8_t { limit, market, stop_limit, stop_market };
inline constexpr std::array<std::string_view, 4> order_type_names{"limit", "market", "stop_limit",
                                                                  "stop_market"};

enum class TimeInForce : std::uint8_t { gtc, ioc, fok, day, gtd };
inline constexpr std::array<std::string_view, 5> time_in_force_names{"gtc", "ioc", "fok", "day",
                                                                     "gtd"};

enum class OrderEvent : std::uint8_t { open, replaced, cancelled, rejected, expired, done };
inline constexpr std::array<std::string_view, 6> order_event_names{
    "open", "replaced", "cancelled", "rejected", "expired", "done"};

enum class BalanceKind : std::uint8_t { deposit, withdrawal, adjustment, interest, rebate };
inline constexpr std::array<std::string_view, 5> balance_kind_names{
    "deposit", "withdrawal", "adjustment", "interest", "rebate"};

// One file each under riskd/core/contracts; a new kind is a new file and a line in contract.cpp.
enum class ContractKind : std::uint8_t {
    spot,
    linear_future,
    linear_perpetual,
    inverse_future,
    inverse_perpetual,
    quanto_future,
    quanto_perpetual,
    linear_option,     // European, quoted and settled in the quote asset
    inverse_option,    // European, quoted and settled in the coin it is of
    perpetual_option,  // everlasting: the long pays mark - payoff as time passes
    binary_option,     // pays a fixed amount or nothing
};
inline constexpr std::array<std::string_view, 11> contract_kind_names{
    "spot",          "linear_future",    "linear_perpetual", "inverse_future", "inverse_perpetual",
    "quanto_future", "quanto_perpetual", "linear_option",    "inverse_option", "perpetual_option",
    "binary_option"};
// Contracts worth so many coins for a price, quantity / price. Not inverse options: their price is
// in the coin already.
constexpr bool is_inverse(ContractKind kind) noexcept {
    return kind == ContractKind::inverse_future || kind == ContractKind::inverse_perpetual;
}
constexpr bool is_quanto(ContractKind kind) noexcept {
    return kind == ContractKind::quanto_future || kind == ContractKind::quanto_perpetual;
}
constexpr bool is_dated(ContractKind kind) noexcept {
    return kind == ContractKind::linear_future || kind == ContractKind::inverse_future ||
           kind == ContractKind::quanto_future || kind == ContractKind::linear_option ||
           kind == ContractKind::inverse_option || kind == ContractKind::binary_option;
}
// Paid for in full when bought; what they are worth is part of the equity.
constexpr bool is_option(ContractKind kind) noexcept {
    return kind == ContractKind::linear_option || kind == ContractKind::inverse_option ||
           kind == ContractKind::perpetual_option || kind == ContractKind::binary_option;
}

enum class InstrumentStatus : std::uint8_t { open, reduce_only, halted, settled };
inline constexpr std::array<std::string_view, 4> instrument_status_names{"open", "reduce_only",
                                                                         "halted", "settled"};

// suspended: no new risk, reductions pass. halted: no order passes; cancels and facts still do.
enum class AccountStatus : std::uint8_t { active, suspended, halted };
inline constexpr std::array<std::string_view, 3> account_status_names{"active", "suspended",
                                                                      "halted"};

// The rungs of the liquidation ladder, in rising severity. From cancel_orders on, the account may
// only reduce. take_over: its positions pass at once, to the insurance fund as far as that stays
// below `reduce` on its own ladder, then to opponents; without a fund as liquidate.
enum class Stage : std::uint8_t {
    healthy,
    margin_call,
    cancel_orders,
    reduce,
    liquidate,
    take_over
};
inline constexpr std::array<std::string_view, 6> stage_names{
    "healthy", "margin_call", "cancel_orders", "reduce", "liquidate", "take_over"};

// What passes between a bankrupt account and another: a position to the insurance fund, or to an
// opponent; an amount to or from the fund; what an account in profit bears of a loss.
enum class HandoverKind : std::uint8_t { take_over, deleverage, balance, loss_share };
inline constexpr std::array<std::string_view, 4> handover_kind_names{"take_over", "deleverage",
                                                                     "balance", "loss_share"};

// isolated: a position that answers with margin of its own, and for nothing else of the account.
enum class MarginMode : std::uint8_t { cross, isolated };
inline constexpr std::array<std::string_view, 2> margin_mode_names{"cross", "isolated"};

// hedge: a long and a short position of one future or perpetual at once; hedge.hpp.
enum class PositionMode : std::uint8_t { one_way, hedge };
inline constexpr std::array<std::string_view, 2> position_mode_names{"one_way", "hedge"};

// Which position of an account in an instrument: the only one there is, or in hedge mode one of the
// two. C++ takes the words long and short for itself.
enum class PositionSide : std::uint8_t { net, long_side, short_side };
inline constexpr std::array<std::string_view, 3> position_side_names{"net", "long", "short"};

enum class Severity : std::uint8_t { information, warning, critical };
inline constexpr std::array<std::string_view, 3> severity_names{"information", "warning",
                                                                "critical"};

enum class OptionRight : std::uint8_t { call, put };
inline constexpr std::array<std::string_view, 2> option_right_names{"call", "put"};

constexpr std::string_view name(Side x) noexcept {
    return side_names[std::size_t(x)];
}
constexpr std::string_view name(OrderType x) noexcept {
    return order_type_names[std::size_t(x)];
}
constexpr std::string_view name(TimeInForce x) noexcept {
    return time_in_force_names[std::size_t(x)];
}
constexpr std::string_view name(OrderEvent x) noexcept {
    return order_event_names[std::size_t(x)];
}
constexpr std::string_view name(BalanceKind x) noexcept {
    return balance_kind_names[std::size_t(x)];
}
constexpr std::string_view name(ContractKind x) noexcept {
    return contract_kind_names[std::size_t(x)];
}
constexpr std::string_view name(InstrumentStatus x) noexcept {
    return instrument_status_names[std::size_t(x)];
}
constexpr std::string_view name(AccountStatus x) noexcept {
    return account_status_names[std::size_t(x)];
}
constexpr std::string_view name(Stage x) noexcept {
    return stage_names[std::size_t(x)];
}
constexpr std::string_view name(HandoverKind x) noexcept {
    return handover_kind_names[std::size_t(x)];
}
constexpr std::string_view name(MarginMode x) noexcept {
    return margin_mode_names[std::size_t(x)];
}
constexpr std::string_view name(PositionMode x) noexcept {
    return position_mode_names[std::size_t(x)];
}
constexpr std::string_view name(PositionSide x) noexcept {
    return position_side_names[std::size_t(x)];
}
constexpr std::string_view name(Severity x) noexcept {
    return severity_names[std::size_t(x)];
}
constexpr std::string_view name(OptionRight x) noexcept {
    return option_right_names[std::size_t(x)];
}

inline constexpr std::array<std::string_view, 2> flag_names{"false", "true"};

// The enumerator spelled `text`, by its table: find_enumerator<Side>(side_names, "buy").
template <typename Enumeration, std::size_t count>
constexpr std::optional<Enumeration> find_enumerator(
    const std::array<std::string_view, count>& names, std::string_view text) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        if (names[i] == text) return static_cast<Enumeration>(i);
    }
    return std::nullopt;
}

}  // namespace riskd
