#include "tests/model/plain_rulebook.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "riskd/core/event.hpp"

namespace riskd::model {

namespace {

constexpr std::int64_t second = 1'000'000'000;

// A limit on a number; NaN is a fault.
CheckAnswer limit(double used, double allowed) {
    if (std::isnan(used)) {
        return {.outcome = CheckOutcome::fault, .fault = RuleFault::not_a_number};
    }
    return {.outcome = CheckOutcome::limit, .used = used, .allowed = allowed};
}

// The lower a group stands, the less it may have; every field counts.
CheckAnswer group_answer(const GroupQuestion& about) {
    const GroupView& view = about.view;
    const double quantities = view.long_quantity + view.short_quantity + view.open_buy_quantity +
                              view.open_sell_quantity + view.instrument_quantity_after;
    const double used = std::max(view.gross_exposure, std::fabs(view.net_exposure) * 2) / 4 +
                        view.gross_exposure_after + quantities;
    CheckAnswer answer = limit(used, about.group.raw == 0 ? 420'000 : 250'000);
    answer.group = about.group;
    return answer;
}

// Shorts by what the underlying may do, longs by what they are worth: every field of an option
// that does not move with time alone counts.
MarginAnswer option_answer(const MarginView& exposure) {
    const double size = std::fabs(exposure.quantity) * exposure.contract_size;
    if (exposure.quantity >= 0) {
        return {.initial = exposure.notional, .maintenance = std::fabs(exposure.value) / 2};
    }
    if (exposure.kind == static_cast<std::int32_t>(ContractKind::binary_option)) {
        const double left = std::max(exposure.payout - exposure.mark_price, 0.0);
        return {.initial = size * exposure.payout, .maintenance = size * left};
    }
    const bool is_call = exposure.right == right_seen(OptionRight::call);
    const double above = exposure.strike - exposure.underlying_price;
    const double otm = std::max(is_call ? above : -above, 0.0) / exposure.underlying_price;
    const double risk = size * exposure.underlying_value;
    return {.initial = risk * std::max(0.15 - otm, 0.10), .maintenance = risk * 0.075};
}

std::uint64_t mix(std::uint64_t hash, double number) {
    std::uint64_t word{};
    std::memcpy(&word, &number, sizeof word);
    hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
    return hash ^ (hash >> 33);
}

}  // namespace

PlainRulebook::PlainRulebook(Terms terms) : terms_{terms} {
    const auto add = [this](std::string_view name, RuleKind kind, RejectReason reason,
                            bool needs_mark) {
        if (kind == RuleKind::check) {
            check_rules_.push_back(RuleId{static_cast<std::uint32_t>(rules_.size())});
        }
        rules_.push_back(
            {.name = Name{name}, .kind = kind, .reason = reason, .needs_mark = needs_mark});
    };
    add("margin/plain", RuleKind::margin, RejectReason::other, false);
    add("collateral/plain", RuleKind::collateral, RejectReason::other, false);
    add("liquidation/plain", RuleKind::liquidation, RejectReason::other, false);
    add("check/open_orders", RuleKind::check, RejectReason::open_orders_limit_exceeded, false);
    add("check/quantity", RuleKind::check, RejectReason::exceeded_clip_size_limit, false);
    add("check/price", RuleKind::check, RejectReason::price_exceeds_current_price_band, true);
    add("check/position", RuleKind::check, RejectReason::position_limit_exceeded, false);
    add("check/rate", RuleKind::check, RejectReason::order_rate_exceeded, false);
    add("check/loss", RuleKind::check, RejectReason::daily_loss_limit, false);
    add("check/traded", RuleKind::check, RejectReason::notional_value_exceeds_threshold, false);
    add("check/group", RuleKind::check, RejectReason::notional_value_exceeds_threshold, true);
    add("margin/books", RuleKind::margin, RejectReason::other, false);
    add("margin/whole", RuleKind::margin, RejectReason::other, false);
    models_ = {{.name = Name{"plain"}, .rule = RuleId{0}},
               {.name = Name{"books"}, .rule = RuleId{11}, .of_books = true, .of_time = true},
               {.name = Name{"whole"},
                .rule = RuleId{12},
                .of_books = true,
                .of_accounts = true,
                .of_orders = true,
                .of_time = true}};
    constexpr std::int64_t percent = 1'000'000;
    for (const std::int64_t move : {-15, -7, -3, 0, 4, 8, 16}) {
        scenarios_.push_back({.price_move = move * percent,
                              .volatility_move = (move % 2 == 0 ? 40 : -30) * percent,
                              .weight = 100 * percent});
    }
    scenarios_.push_back({.price_move = -45 * percent, .weight = 33'333'333});
    scenarios_.push_back({.price_move = 80 * percent, .weight = 17 * percent});
    windows_ = {
        {.measure = WindowMeasure::net_pnl, .calendar = true, .span = {86'400 * second}},
        {.measure = WindowMeasure::orders, .calendar = false, .span = {second}},
        {.measure = WindowMeasure::traded_notional, .calendar = false, .span = {60 * second}},
        {.measure = WindowMeasure::fills,
         .calendar = true,
         .span = {3'600 * second},
         .offset = {900 * second}},
    };
}

bool PlainRulebook::fails(double a, double b) const noexcept {
    if (terms_.fault_share == 0) return false;
    return mix(mix(0x51ed270b9f652295ULL, a), b) % terms_.fault_share == 0;
}

void PlainRulebook::check(const CheckQuestion& question, std::span<CheckAnswer> answers) noexcept {
    const OrderView& order = question.order;
    const bool reduces = order.reduces;
    const CheckAnswer pass{};
    answers[0] = limit(question.account.open_orders + 1, 7);
    answers[1] = limit(order.quantity, question.instrument.kind == 0 ? 60 : 4000);
    const bool has_price = order.type == 0 || order.type == 2;
    answers[2] = !has_price || (reduces && !question.mark_fresh)
                     ? pass
                     : limit(std::fabs(order.price - question.instrument.mark_price) /
                                 question.instrument.mark_price,
                             0.025);
    answers[3] = reduces ? pass : limit(question.exposure.worst_case_notional_after, 150'000);
    answers[4] = reduces ? pass : limit(question.history[1].count + 1, 6);
    answers[5] = reduces ? pass : limit(-question.history[0].change, 4'000);
    answers[6] =
        reduces ? pass : limit(question.history[2].change + question.history[3].count, 400'000);
    answers[7] = pass;
    for (std::size_t g = 0; g < question.groups_count && !reduces; ++g) {
        take_group_answer(answers[7], group_answer(question.groups[g]));
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        answers[i].allowed *= terms_.looseness;
        if (fails(order.quantity, static_cast<double>(i) + question.account.equity)) {
            answers[i] = {.outcome = CheckOutcome::fault, .fault = RuleFault::over_budget};
        }
    }
}

void PlainRulebook::margin(std::span<const MarginQuestion> questions,
                           std::span<MarginAnswer> answers) noexcept {
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const MarginView& exposure = questions[i].exposure;
        const bool large = exposure.notional >= 50'000;
        const double rate = std::max(large ? 0.2 : 0.1, 1 / exposure.leverage);
        const bool fell = exposure.entry_price > exposure.mark_price;
        const double cost = fell ? exposure.entry_notional : exposure.notional;
        answers[i] = {.initial = std::max(exposure.notional, cost) * rate,
                      .maintenance = exposure.notional * (large ? 0.1 : 0.05) -
                                     (large ? 2'500.0 : 0.0) + exposure.entry_notional * 0.001};
        if (exposure.right != no_right) answers[i] = option_answer(exposure);
        if (in_order_ && fails(exposure.notional, exposure.quantity)) {
            answers[i] = {.fault = RuleFault::raised};
        }
    }
}

namespace {

double or_none(double figure) noexcept {
    return std::isfinite(figure) ? figure : 0;
}

// Something of every figure that a rule about books sees besides sums. Orders count before they
// fill, and never for maintenance: nobody is judged when one is accepted.
MarginAnswer around_answer(const BookQuestion& question) noexcept {
    MarginAnswer more;
    for (std::int32_t i = 0; i < question.positions_count; ++i) {
        const PositionView& position = question.positions[i];
        const double doubt = 3 - position.confidence - position.underlying_confidence -
                             position.spot_confidence + std::fabs(position.interest_rate);
        const double size = std::fabs(position.quantity);
        more.maintenance += std::fabs(position.value) * doubt * 0.001 +
                            or_none(position.index_price) * size * 0.0001 +
                            std::fabs(or_none(position.unrealized_pnl)) * 0.001 +
                            or_none(position.years_to_expiry) + position.asset / 64;
        more.initial += position.instrument / 128;
    }
    for (std::int32_t i = 0; i < question.balances_count; ++i) {
        const BalanceView& balance = question.balances[i];
        const double rate = balance.is_currency ? 0.0001 : 0.002 - balance.confidence * 0.001;
        more.maintenance += std::fabs(balance.amount * balance.price) * rate;
        more.initial += balance.hold * balance.price * 0.01 + balance.asset / 64;
    }
    for (std::int32_t i = 0; i < question.orders_count; ++i) {
        const BookOrderView& order = question.orders[i];
        const double gap = std::fabs(or_none(order.mark_price) - or_none(order.price));
        more.initial += order.value * (order.is_spot ? 0.5 : 0.002) +
                        or_none(order.quantity) * gap * 0.001 + order.side +
                        (order.asset + order.pays) / 64 + order.instrument / 128;
    }
    if (std::isfinite(question.book.currency_price)) more.maintenance += 1;
    more.initial += more.maintenance;
    return more;
}

}  // namespace

void PlainRulebook::books(std::span<const BookQuestion> questions,
                          std::span<MarginAnswer> answers) noexcept {
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const BookView& book = questions[i].book;
        double values = 0;
        double wishes = 0;
        const std::span positions{questions[i].positions,
                                  static_cast<std::size_t>(questions[i].positions_count)};
        for (const PositionView& position : positions) {
            values += std::fabs(position.value);
            const double most = std::max(std::fabs(position.quantity_with_buys),
                                         std::fabs(position.quantity_with_sells));
            if (most > 0) wishes += most * position.mark_price;
        }
        const double futures = book.long_futures_after + book.short_futures_after +
                               (book.short_options_after + std::fabs(book.option_value)) / 10;
        answers[i] = {
            .initial = book.worst_loss_after * 1.25 + futures * 0.01 + wishes * 0.001 +
                       book.worst_scenario_after,
            .maintenance = book.worst_loss + (book.gross_notional + book.net_notional) * 0.002 +
                           values * 0.001 + book.worst_scenario / 8 + book.short_options * 0.005};
        const MarginAnswer more = around_answer(questions[i]);
        answers[i].initial += more.initial;
        answers[i].maintenance += more.maintenance;
        if (in_order_ && fails(book.gross_notional, book.worst_loss_after)) {
            answers[i] = {.fault = RuleFault::raised};
        }
    }
}

void PlainRulebook::collateral(std::span<const CollateralQuestion> questions,
                               std::span<CollateralAnswer> answers) noexcept {
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const CollateralView& asset = questions[i].collateral;
        const double haircut = 0.03 * static_cast<double>(questions[i].asset.raw + 1);
        answers[i] = {.value = asset.value * (asset.amount < 0 ? 1 + haircut : 1 - haircut)};
        if (in_order_ && fails(asset.amount, 7.0)) answers[i] = {.fault = RuleFault::out_of_memory};
    }
}

void PlainRulebook::stage(std::span<const StageQuestion> questions,
                          std::span<StageAnswer> answers) noexcept {
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const AccountView& account = questions[i].account;
        const double used = account.margin_ratio;
        const auto held = static_cast<Stage>(account.stage);
        Stage stage = Stage::healthy;
        if (used >= 1) {
            stage = Stage::liquidate;
        } else if (held >= Stage::reduce && used >= 0.75) {
            stage = held;
        } else if (used >= 0.9) {
            stage = Stage::reduce;
        } else if (used >= 0.8) {
            stage = Stage::cancel_orders;
        } else if (used >= 0.7) {
            stage = Stage::margin_call;
        }
        answers[i] = {.stage = stage, .exit_ratio = 0.75, .step_max = 0.6, .cool_down = 2.5};
        if (fails(account.equity, account.maintenance_margin)) {
            answers[i] = {.fault = RuleFault::raised};
        }
    }
}

}  // namespace riskd::model
