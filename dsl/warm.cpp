// Warming: every entry point is asked about made-up but likely states until LuaJIT has compiled the
// ways through the rules, so that the first live call is as fast as the millionth.
#include <array>

#include "dsl/host.hpp"

namespace riskd::dsl {
namespace {

// Enough for the loop, the function around it and each of its exits to become hot.
constexpr int rounds = 60;
constexpr int rounds_settled = 200;

CheckQuestion likely_question() {
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

// What books hold while they are warmed: few things, long and short, futures and options.
struct WarmBook {
    static constexpr std::size_t most = 12;
    static constexpr std::size_t few = 4;
    std::array<PositionView, most> positions{};
    std::array<BalanceView, few> balances{};
    std::array<BookOrderView, few> orders{};
    std::array<InstrumentId, most> instruments{};
    std::array<AssetId, few> assets{};
};

void fill_positions(WarmBook& book) {
    for (std::size_t i = 0; i < WarmBook::most; ++i) {
        const bool is_option = i % 4 != 0;
        const double sign = i % 3 == 0 ? -1 : 1;
        book.positions[i] = {.kind = static_cast<std::int32_t>(ContractKind::linear_perpetual),
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

void fill_around(WarmBook& book) {
    for (std::size_t i = 0; i < WarmBook::few; ++i) {
        const double amount = i % 2 == 0 ? 10 : -1;
        book.balances[i] = {.amount = amount,
                            .price = 2,
                            .value = 2 * amount,
                            .confidence = 1,
                            .is_currency = i == 0};
    }
    for (std::size_t i = 0; i < WarmBook::few; ++i) {
        book.orders[i] = {.side = static_cast<std::int32_t>(i % 2),
                          .is_spot = i % 3 == 0,
                          .quantity = 2,
                          .price = 100,
                          .value = 200,
                          .mark_price = 100};
    }
}

}  // namespace

void LuaRulebook::warm_checks() noexcept {
    std::array<CheckAnswer, rules_max> answers{};
    const std::span<CheckAnswer> wanted{answers.data(), ruleset_.checks.size()};
    CheckQuestion question = likely_question();
    for (unsigned way = 0; way < 32; ++way) {
        question.order.type = static_cast<std::int32_t>(way & 3U);
        question.order.reduces = (way & 4U) != 0;
        question.order.reduce_only = (way & 8U) != 0 && question.order.reduces;
        question.order.side = static_cast<std::int32_t>((way & 16U) != 0 ? Side::sell : Side::buy);
        for (int round = 0; round < rounds; ++round) {
            question.order.price = 95 + 0.1 * round;
            check(question, wanted);
        }
    }
    question.order = {.quantity = 1, .price = 100, .notional = 100};
    for (int round = 0; round < rounds_settled; ++round)
        check(question, wanted);
}

// The way that is compiled first is the one without detours, so the ordinary comes first: small
// margined positions, positive balances, healthy accounts. `rare` mixes in everything else.
void LuaRulebook::warm_batches(bool rare) noexcept {
    constexpr std::size_t most = 64;
    std::array<MarginQuestion, most> margins{};
    std::array<MarginAnswer, most> margin_answers{};
    std::array<CollateralQuestion, most> collaterals{};
    std::array<CollateralAnswer, most> collateral_answers{};
    std::array<StageQuestion, most> stages{};
    std::array<StageAnswer, most> stage_answers{};
    double notional = 1;
    for (std::size_t i = 0; i < most; ++i) {
        notional = notional > 1e8 ? 1 : notional * 1.7;
        margins[i].exposure = {.quantity = 1,
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
        if (rare && i % 4 == 1) make_option(margins[i].exposure, i);
        const double amount = rare && i % 8 == 7 ? -1.0 : 1.0;
        collaterals[i].collateral = {.amount = amount, .price = 2, .value = 2 * amount};
        stages[i].account = likely_question().account;
        if (!rare) continue;
        stages[i].account.margin_ratio = i % 4 != 3 ? 0.1 : static_cast<double>(i) / 50;
        stages[i].account.stage = static_cast<std::int32_t>(i % 16 < 11 ? 0 : i % 16 - 11);
    }
    constexpr std::array<std::size_t, 6> sizes{64, 1, 2, 3, 4, 8};
    for (const std::size_t size : sizes) {
        for (int round = 0; round < rounds; ++round) {
            const std::size_t from = size == most ? 0 : static_cast<std::size_t>(round) % 32;
            for (const MarginModel& model : ruleset_.margins) {
                if (model.of_books) continue;
                for (MarginQuestion& question : margins)
                    question.rule = model.rule;
                margin(std::span{margins}.subspan(from, size),
                       std::span{margin_answers}.subspan(from, size));
            }
            collateral(std::span{collaterals}.subspan(from, size),
                       std::span{collateral_answers}.subspan(from, size));
            stage(std::span{stages}.subspan(from, size),
                  std::span{stage_answers}.subspan(from, size));
        }
    }
}

// Books of a few positions, long and short, futures and options.
void LuaRulebook::warm_books() noexcept {
    WarmBook held;
    fill_positions(held);
    fill_around(held);
    BookQuestion question{.book = {.worst_loss = 10,
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
                          .positions = held.positions.data(),
                          .balances = held.balances.data(),
                          .orders = held.orders.data(),
                          .assets = held.assets.data(),
                          .instruments = held.instruments.data(),
                          .orders_instruments = held.instruments.data()};
    MarginAnswer answer;
    for (const MarginModel& model : ruleset_.margins) {
        if (!model.of_books) continue;
        question.rule = model.rule;
        for (int round = 0; round < rounds_settled; ++round) {
            question.book.worst_loss = round % 5 == 0 ? 0 : 10;
            question.balances_count = round % (static_cast<std::int32_t>(WarmBook::few) + 1);
            question.orders_count = round % (static_cast<std::int32_t>(WarmBook::few) + 1);
            question.positions_count = round % (static_cast<std::int32_t>(WarmBook::most) + 1);
            books({&question, 1}, {&answer, 1});
        }
    }
}

void LuaRulebook::warm() noexcept {
    const std::vector<RuleCounters> before = counters_;
    const std::uint64_t calls = check_calls_;
    warm_checks();
    warm_batches(false);
    warm_batches(true);
    warm_books();
    lua_.collect();
    counters_ = before;
    check_calls_ = calls;
}

}  // namespace riskd::dsl
