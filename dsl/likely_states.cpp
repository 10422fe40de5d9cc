#include "dsl/likely_states.hpp"

namespace riskd::dsl {
namespace {

// Calls and puts, bought and sold, on both sides of the strike.
void make_option(MarginView& exposure, std::size_t i) {
    exposure.kind = static_cast<std::int32_t>(ContractKind::linear_option);
    exposure.right = right_seen(static_cast<OptionRight>(i / 4 % 2));
    exposure.quantity = i / 8 % 2 == 0 ? 1 : -1;
    exposure.value = exposure.quantity * exposure.notional;
    exposure.strike = i / 16 % 2 == 0 ? 950 : 1'050;
    exposure.underlying_price = exposure.underlying_value = 1'000;
    exposure.years_to_expiry = 0.1;
}

}  // namespace

CheckQuestion likely_check() {
    CheckQuestion question;
    question.mark_fresh = true;
    question.order = {.quantity = 1, .price = 100, .notional = 100};
    question.account = {.equity = 10'000,
                        .initial_margin = 100,
                        .maintenance_margin = 50,
                        .available_margin = 9'900,
                        .headroom = 9'950,
                        .margin_ratio = 0.005,
                        .net_pnl = 1,
                        .gross_exposure = 1'000,
                        .net_exposure = 500,
                        .gross_exposure_after = 1'100,
                        .leverage = 0.1,
                        .open_orders = 2};
    question.instrument = {.mark_price = 100.5,
                           .index_price = 100.4,
                           .bid = 100,
                           .ask = 101,
                           .mark_age = 0.1,
                           .tick = 0.1,
                           .lot = 0.001,
                           .contract_size = 1,
                           .leverage_max = 20,
                           .kind = static_cast<std::int32_t>(ContractKind::linear_perpetual),
                           .right = no_right,
                           .strike = absent,
                           .underlying_price = absent,
                           .seconds_to_expiry = absent,
                           .long_quantity = 10,
                           .short_quantity = 10};
    question.exposure = {.quantity = 3,
                         .notional = 300,
                         .entry_price = 99,
                         .unrealized_pnl = 4.5,
                         .open_buy_quantity = 1,
                         .open_sell_quantity = 0,
                         .open_orders = 1,
                         .worst_case_quantity_after = 5,
                         .worst_case_notional_after = 500,
                         .leverage = 10};
    for (WindowView& window : question.history)
        window = {.change = -1, .count = 2};
    question.groups_count = 2;
    for (GroupQuestion& each : question.groups) {
        each.view = {.gross_exposure = 10'000,
                     .net_exposure = 2'000,
                     .gross_exposure_after = 12'000,
                     .long_quantity = 20,
                     .short_quantity = 10,
                     .open_buy_quantity = 2,
                     .open_sell_quantity = 1,
                     .instrument_quantity_after = 35};
    }
    return question;
}

CheckQuestion likely_check(unsigned way, int round) {
    CheckQuestion question = likely_check();
    question.order.type = static_cast<std::int32_t>(way & 3U);
    question.order.reduces = (way & 4U) != 0;
    question.order.reduce_only = (way & 8U) != 0 && question.order.reduces;
    question.order.side = static_cast<std::int32_t>((way & 16U) != 0 ? Side::sell : Side::buy);
    question.order.price = 95 + 0.1 * round;
    return question;
}

MarginQuestion likely_margin(std::size_t i, bool rare) {
    double notional = 1;
    for (std::size_t step = 0; step <= i; ++step)
        notional = notional > 1e8 ? 1 : notional * 1.7;
    MarginQuestion made;
    made.exposure = {.quantity = 1,
                     .notional = rare ? notional : 1'000,
                     .entry_notional = rare ? notional : 1'000,
                     .entry_price = 100,
                     .mark_price = 100,
                     .leverage = rare ? 1 + static_cast<double>(i % 20) : 10,
                     .leverage_max = 20,
                     .value = rare ? notional : 1'000,
                     .contract_size = 1,
                     .kind = static_cast<std::int32_t>(ContractKind::linear_perpetual),
                     .right = no_right,
                     .strike = absent,
                     .underlying_price = absent,
                     .underlying_value = absent,
                     .payout = absent,
                     .years_to_expiry = absent};
    if (rare && i % 4 == 1) make_option(made.exposure, i);
    return made;
}

CollateralQuestion likely_collateral(std::size_t i, bool rare) {
    const double amount = rare && i % 8 == 7 ? -1.0 : 1.0;
    CollateralQuestion made;
    made.collateral = {.amount = amount, .price = 2, .value = 2 * amount};
    return made;
}

StageQuestion likely_stage(std::size_t i, bool rare) {
    StageQuestion made;
    made.account = likely_check().account;
    if (!rare) return made;
    made.account.margin_ratio = i % 4 != 3 ? 0.1 : static_cast<double>(i) / 50;
    made.account.stage = static_cast<std::int32_t>(i % 16 < 11 ? 0 : i % 16 - 11);
    return made;
}

LikelyBook::LikelyBook() {
    fill_positions();
    fill_around();
}

void LikelyBook::fill_positions() {
    for (std::size_t i = 0; i < most; ++i) {
        const bool is_option = i % 4 != 0;
        const double sign = i % 3 == 0 ? -1 : 1;
        positions_[i] = {.kind = static_cast<std::int32_t>(ContractKind::linear_perpetual),
                         .right = static_cast<std::int32_t>(is_option ? 1 + i % 2 : 0),
                         .is_option = is_option,
                         .quantity = sign,
                         .quantity_with_buys = sign + 1,
                         .quantity_with_sells = sign - 1,
                         .strike = 90 + static_cast<double>(i),
                         .mark_price = is_option ? 5.0 : 100.0,
                         .underlying_price = 100,
                         .value = sign * (is_option ? 5.0 : 100.0),
                         .seconds_to_expiry = 86'400 * static_cast<double>(i / 6 + 1),
                         .implied_volatility = 0.6,
                         .delta = is_option ? 0.5 : 1,
                         .index_price = 100,
                         .years_to_expiry = static_cast<double>(i / 6 + 1) / 365,
                         .confidence = 1,
                         .underlying_confidence = 1,
                         .spot_confidence = 1};
    }
}

void LikelyBook::fill_around() {
    for (std::size_t i = 0; i < few; ++i) {
        const double amount = i % 2 == 0 ? 10 : -1;
        balances_[i] = {.amount = amount,
                        .price = 2,
                        .value = 2 * amount,
                        .confidence = 1,
                        .is_currency = i == 0};
    }
    for (std::size_t i = 0; i < few; ++i) {
        orders_[i] = {.side = static_cast<std::int32_t>(i % 2),
                      .is_spot = i % 3 == 0,
                      .quantity = 2,
                      .price = 100,
                      .value = 200,
                      .mark_price = 100};
    }
}

BookQuestion LikelyBook::question(int round) const noexcept {
    BookQuestion made{.book = {.worst_loss = round % 5 == 0 ? 0.0 : 10.0,
                               .worst_loss_after = 12,
                               .gross_notional = 600,
                               .net_notional = 100,
                               .long_futures = 300,
                               .short_futures = 100,
                               .long_futures_after = 300,
                               .short_futures_after = 200,
                               .short_options = 200,
                               .short_options_after = 300,
                               .option_value = 10,
                               .currency_price = 1},
                      .positions = positions_.data(),
                      .balances = balances_.data(),
                      .orders = orders_.data(),
                      .assets = assets_.data(),
                      .instruments = instruments_.data(),
                      .orders_instruments = instruments_.data()};
    made.balances_count = round % (static_cast<std::int32_t>(few) + 1);
    made.orders_count = round % (static_cast<std::int32_t>(few) + 1);
    made.positions_count = round % (static_cast<std::int32_t>(most) + 1);
    return made;
}

}  // namespace riskd::dsl
