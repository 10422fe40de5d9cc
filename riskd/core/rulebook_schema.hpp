// What a rule can see: one list per view, and from it the C++ struct, the LuaJIT declaration, the
// checker's schema, docs/RULES.md and the editor's completion. They cannot drift. Numbers are
// doubles (design: rules see doubles, decisions are made on Money). An absent number is NaN; a rule
// that uses one fails, and a failed rule is a no. Any thread; plain values.
//
// Entry: field(C++ type, name, unit, what it means). C++ types: double, bool, std::int32_t (an
// enumeration, named by its unit).
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

#include "riskd/core/words.hpp"

namespace riskd {

inline constexpr double absent = std::numeric_limits<double>::quiet_NaN();

// money_account: in the account's currency. money_settle: in the instrument's settlement asset.
enum class Unit : std::uint8_t {
    money_account,
    money_settle,
    quantity,
    price,
    ratio,
    duration,
    count,
    flag,
    side,
    order_type,
    time_in_force,
    contract_kind,
    stage,
    money_reference,  // in the asset everything is valued in
    option_right,
};

// The right of an instrument, as rules see it; only options have one.
enum class RightSeen : std::int32_t { none, call, put };
inline constexpr std::array<std::string_view, 3> right_seen_names{"none", "call", "put"};
constexpr std::int32_t right_seen(OptionRight right) noexcept {
    return static_cast<std::int32_t>(right == OptionRight::call ? RightSeen::call : RightSeen::put);
}
inline constexpr auto no_right = static_cast<std::int32_t>(RightSeen::none);

// A field a line.
// clang-format off
#define RISKD_ORDER_FIELDS(field)                                                                 \
    field(double, quantity, quantity, "how much is asked for; always positive")                   \
    field(double, price, price, "limit price, or the worst price a market order is held at")      \
    field(double, notional, money_account, "quantity x price x contract size")                    \
    field(std::int32_t, side, side, "buy or sell")                                                \
    field(std::int32_t, type, order_type, "limit, market, stop_limit or stop_market")             \
    field(std::int32_t, time_in_force, time_in_force, "gtc, ioc, fok, day or gtd")                \
    field(bool, reduce_only, flag, "the client asked that it only reduce")                        \
    field(bool, post_only, flag, "the client asked that it only make")                            \
    field(bool, reduces, flag, "it can only make the position smaller, whatever else fills")      \
    field(double, borrowed_after, money_account,                                                  \
          "owed of the asset it pays with, if all orders that pay in it filled; spot, else 0")

#define RISKD_ACCOUNT_FIELDS(field)                                                               \
    field(double, equity, money_account,                                                          \
          "collateral value of balances, unrealized pnl and the value of options")                \
    field(double, initial_margin, money_account, "needed by positions and open orders")           \
    field(double, maintenance_margin, money_account, "needed to keep the positions")              \
    field(double, available_margin, money_account, "equity - initial_margin")                     \
    field(double, headroom, money_account, "equity - maintenance_margin; zero is the edge")       \
    field(double, margin_ratio, ratio,                                                            \
          "maintenance_margin / equity, a borrower's debts added to both; 1 or more exactly "     \
          "when equity is below maintenance")                                                     \
    field(double, net_pnl, money_account, "realized + unrealized pnl, fees, funding, lifetime")   \
    field(double, gross_exposure, money_account, "sum of absolute notionals, no open orders")     \
    field(double, net_exposure, money_account, "sum of signed notionals, no open orders")         \
    field(double, gross_exposure_after, money_account,                                            \
          "gross exposure if this order and every open order on the worse side filled")           \
    field(double, leverage, ratio, "gross_exposure / equity; NaN when equity is not positive")    \
    field(double, open_orders, count, "working orders before this one")                           \
    field(std::int32_t, stage, stage, "where the account stands on the liquidation ladder")

#define RISKD_INSTRUMENT_FIELDS(field)                                                            \
    field(double, mark_price, price, "the price positions are valued with; NaN when stale")       \
    field(double, index_price, price, "the underlying index; NaN when unknown")                   \
    field(double, bid, price, "best bid; NaN when unknown")                                       \
    field(double, ask, price, "best ask; NaN when unknown")                                       \
    field(double, mark_age, duration, "seconds since the mark price was made")                    \
    field(double, tick, price, "smallest price step")                                             \
    field(double, lot, quantity, "smallest quantity step")                                        \
    field(double, contract_size, ratio, "units of the underlying in one contract")                \
    field(double, leverage_max, ratio, "highest leverage the venue offers")                       \
    field(std::int32_t, kind, contract_kind,                                                      \
          "spot; linear, inverse or quanto, each _future or _perpetual; or linear, inverse, "     \
          "perpetual or binary, each _option")                                                    \
    field(std::int32_t, right, option_right, "call or put of an option, none of other kinds")      \
    field(double, strike, price, "of an option, as its underlying is priced; NaN for others")     \
    field(double, underlying_price, price,                                                        \
          "mark price of what an option is on; NaN for others, and when stale")                   \
    field(double, seconds_to_expiry, duration, "zero after it; NaN when it has none")             \
    field(double, long_quantity, quantity, "sum of long positions, all accounts")                 \
    field(double, short_quantity, quantity, "sum of short positions, all accounts; positive")

// Of this account in this instrument, for check rules.
#define RISKD_EXPOSURE_FIELDS(field)                                                              \
    field(double, quantity, quantity, "signed position; long > 0")                                \
    field(double, notional, money_account, "absolute notional of the position at mark")           \
    field(double, entry_price, price, "average entry price; NaN when flat")                       \
    field(double, unrealized_pnl, money_account, "of the position, at mark")                      \
    field(double, open_buy_quantity, quantity, "working buys before this order")                  \
    field(double, open_sell_quantity, quantity, "working sells before this order")                \
    field(double, open_orders, count, "working orders in this instrument before this one")        \
    field(double, worst_case_quantity_after, quantity,                                            \
          "absolute position if this order and all working orders on the worse side filled")      \
    field(double, worst_case_notional_after, money_account, "the same, as notional")              \
    field(double, leverage, ratio, "the leverage the client chose")

// One requirement asked of a margin rule: a position, or a position with its worst-case orders.
#define RISKD_MARGIN_FIELDS(field)                                                                \
    field(double, quantity, quantity, "signed; long > 0")                                         \
    field(double, notional, money_settle, "absolute notional to be margined")                     \
    field(double, entry_notional, money_settle,                                                   \
          "absolute value of what is to be margined at its entry price; orders at their own")     \
    field(double, entry_price, price, "average entry price of the same")                          \
    field(double, mark_price, price, "price positions are valued with")                           \
    field(double, leverage, ratio, "the leverage the client chose")                               \
    field(double, leverage_max, ratio, "highest leverage the venue offers")                       \
    field(double, value, money_settle, "of the quantity at mark, with its sign")                  \
    field(double, contract_size, ratio, "units of the underlying in one contract")                \
    field(std::int32_t, kind, contract_kind, "as of the instrument")                              \
    field(std::int32_t, right, option_right, "call or put of an option, none of other kinds")      \
    field(double, strike, price, "of an option, as its underlying is priced; NaN for others")     \
    field(double, underlying_price, price, "mark price of what an option is on; NaN for others")  \
    field(double, underlying_value, price,                                                        \
          "of one unit of the underlying in the settlement asset: its price, or 1 coin for an "   \
          "inverse option; NaN for others")                                                       \
    field(double, payout, price, "of a binary option; NaN for other kinds")                        \
    field(double, years_to_expiry, ratio,                                                         \
          "in years of 365 days, from the last whole minute; NaN when it has no expiry")

// One asset of an account, asked of a collateral rule.
#define RISKD_COLLATERAL_FIELDS(field)                                                            \
    field(double, amount, quantity,                                                               \
          "balance, unrealized pnl and value of options settled in it; may be < 0")               \
    field(double, price, price, "of one unit of the asset, in the account's currency")            \
    field(double, value, money_account, "amount x price, before any haircut")

// All that an account has on one underlying, asked of a margin rule about books.
#define RISKD_BOOK_FIELDS(field)                                                                  \
    field(double, worst_loss, money_account,                                                      \
          "the largest weighted loss of the positions over the scenarios; 0 when none loses")     \
    field(double, worst_loss_after, money_account,                                                \
          "the same with each side of the open orders of an instrument filled, where that loses") \
    field(double, worst_scenario, count, "which scenario worst_loss is of; the first one is 0")   \
    field(double, worst_scenario_after, count, "which scenario worst_loss_after is of")           \
    field(double, gross_notional, money_account, "sum of absolute notionals x delta")             \
    field(double, net_notional, money_account, "sum of signed notionals x delta")                 \
    field(double, long_futures, money_account, "notional of long futures and perpetuals")         \
    field(double, short_futures, money_account, "notional of short ones; positive")               \
    field(double, long_futures_after, money_account, "the same, in each if its buys filled")      \
    field(double, short_futures_after, money_account, "the same, in each if its sells filled")    \
    field(double, short_options, money_account,                                                   \
          "sum over short options of their quantity x underlying price")                          \
    field(double, short_options_after, money_account, "the same, in each if its sells filled")    \
    field(double, option_value, money_account, "of the options at mark; short ones count below 0") \
    field(double, currency_price, ratio,                                                          \
          "of the account's currency in the reference asset; 1 when it is that asset")

// One position of a book. Prices are of one unit of the underlying, in the account's currency.
#define RISKD_POSITION_FIELDS(field)                                                              \
    field(std::int32_t, kind, contract_kind, "kind of the contract")                              \
    field(std::int32_t, right, option_right, "call or put; of an option")                         \
    field(bool, is_option, flag, "whether it is an option")                                       \
    field(double, quantity, quantity, "in units of the underlying; short < 0")                    \
    field(double, quantity_with_buys, quantity, "if all its open buys filled")                    \
    field(double, quantity_with_sells, quantity, "if all its open sells filled")                  \
    field(double, strike, price, "of an option; NaN for others")                                  \
    field(double, mark_price, price, "the price the position is valued with")                     \
    field(double, underlying_price, price, "an option's underlying at mark; of others the mark")  \
    field(double, value, money_account, "quantity x mark_price; short < 0")                       \
    field(double, seconds_to_expiry, duration,                                                    \
          "from the last whole minute, not below 0; NaN when it has none")                         \
    field(double, implied_volatility, ratio, "for a year; NaN when there is none")                \
    field(double, delta, ratio, "change of mark_price for one of the underlying price")           \
    field(double, index_price, price,                                                             \
          "the index told of the instrument, of an option of its underlying; NaN when unknown")   \
    field(double, years_to_expiry, ratio, "the same in years of 365 days")                        \
    field(double, interest_rate, ratio, "for a year, as told; 0 when nothing was")                \
    field(double, confidence, ratio, "how far the mark is to be trusted, 0 to 1; 1 unless told")  \
    field(double, underlying_confidence, ratio,                                                   \
          "the same of an option's underlying; of others as confidence")                          \
    field(double, spot_confidence, ratio,                                                         \
          "the same of the price of the asset it is on; 1 when that has none of its own")         \
    field(double, unrealized_pnl, money_account,                                                  \
          "what it adds to the equity: profit at mark and accrued funding; of an option value")   \
    field(double, instrument, count, "which one it is in: a number to compare with another's")    \
    field(double, asset, count, "which asset it is on, the same")

// One balance of an account, for a margin rule about whole accounts. Isolated margins, which stay
// with their positions, are left out.
#define RISKD_BALANCE_FIELDS(field)                                                               \
    field(double, amount, quantity, "may be < 0; without what positions add")                     \
    field(double, hold, quantity, "of it, what working spot orders hold")                         \
    field(double, price, price, "of one unit of the asset, in the account's currency")            \
    field(double, value, money_account, "amount x price, before any haircut")                     \
    field(double, confidence, ratio, "how far that price is to be trusted, 0 to 1")               \
    field(bool, is_currency, flag, "whether it is the account's own currency")                    \
    field(double, asset, count, "which one it is: a number to compare with another's")

// One working order of a book.
#define RISKD_BOOK_ORDER_FIELDS(field)                                                            \
    field(std::int32_t, side, side, "buy or sell")                                                \
    field(bool, is_spot, flag, "whether it is for an asset itself")                               \
    field(double, quantity, quantity, "what is left of it, in units of the underlying")           \
    field(double, price, price, "what one such unit is held at")                                  \
    field(double, value, money_account, "quantity x price")                                       \
    field(double, mark_price, price, "of one such unit at present; NaN when unknown")             \
    field(double, instrument, count, "which one it is in: a number to compare with another's")    \
    field(double, asset, count, "which asset it is of, the same")                                 \
    field(double, pays, count, "which asset its price is in, the same")

// One declared window of history: `history.<name>.<field>`.
#define RISKD_WINDOW_FIELDS(field)                                                                \
    field(double, change, money_account, "how much the measure changed since the window began")   \
    field(double, count, count, "how many events of the measure fell into the window")

// A group the account is in, for check rules: its own and each one above, asked about by itself. Of
// the accounts in it and in every group below it. Spot is not in the exposures: it is a balance.
#define RISKD_GROUP_FIELDS(field)                                                                 \
    field(double, gross_exposure, money_reference,                                                \
          "sum of absolute notionals at mark over its accounts, no open orders")                  \
    field(double, net_exposure, money_reference,                                                  \
          "sum of signed notionals at mark over its accounts, no open orders")                    \
    field(double, gross_exposure_after, money_reference,                                          \
          "gross exposure if this order and, in each account, every open order on the worse "     \
          "side filled; all at mark")                                                             \
    field(double, long_quantity, quantity, "sum of its long positions in this instrument")        \
    field(double, short_quantity, quantity,                                                       \
          "sum of its short positions in this instrument; positive")                              \
    field(double, open_buy_quantity, quantity,                                                    \
          "its working buys in this instrument before this order")                                \
    field(double, open_sell_quantity, quantity,                                                   \
          "its working sells in this instrument before this order")                               \
    field(double, instrument_quantity_after, quantity,                                            \
          "sum of its absolute positions in this instrument if this order and, in each "          \
          "account, all working orders on the worse side filled")

// clang-format on
#define RISKD_AS_MEMBER(type, name, unit, doc) type name{};
struct OrderView {
    RISKD_ORDER_FIELDS(RISKD_AS_MEMBER)
};
struct AccountView {
    RISKD_ACCOUNT_FIELDS(RISKD_AS_MEMBER)
};
struct InstrumentView {
    RISKD_INSTRUMENT_FIELDS(RISKD_AS_MEMBER)
};
struct ExposureView {
    RISKD_EXPOSURE_FIELDS(RISKD_AS_MEMBER)
};
struct MarginView {
    RISKD_MARGIN_FIELDS(RISKD_AS_MEMBER)
};
struct CollateralView {
    RISKD_COLLATERAL_FIELDS(RISKD_AS_MEMBER)
};
struct BookView {
    RISKD_BOOK_FIELDS(RISKD_AS_MEMBER)
};
struct PositionView {
    RISKD_POSITION_FIELDS(RISKD_AS_MEMBER)
};
struct BalanceView {
    RISKD_BALANCE_FIELDS(RISKD_AS_MEMBER)
};
struct BookOrderView {
    RISKD_BOOK_ORDER_FIELDS(RISKD_AS_MEMBER)
};
struct WindowView {
    RISKD_WINDOW_FIELDS(RISKD_AS_MEMBER)
};
struct GroupView {
    RISKD_GROUP_FIELDS(RISKD_AS_MEMBER)
};
#undef RISKD_AS_MEMBER

}  // namespace riskd
