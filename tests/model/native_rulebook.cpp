#include "tests/model/native_rulebook.hpp"

#include <cmath>
#include <optional>

#include "riskd/core/check.hpp"

namespace riskd::model {
namespace {

// In the order of the sorted files: the checks, then collateral, liquidation, margin.
enum Rule : std::uint32_t {
    borrowed,
    daily_loss,
    group_exposure,
    open_orders,
    order_notional,
    order_quantity,
    order_rate,
    position_notional,
    position_quantity,
    price_collar,
    reduce_only,
    restricted_instrument,
    haircut,
    ladder,
    tiered,
};
constexpr std::size_t check_count = 12;

enum Window : std::size_t { day, second };

const std::array<RuleInfo, 15>& infos() {
    using enum RejectReason;
    constexpr auto check = RuleKind::check;
    static const std::array<RuleInfo, 15> all{{
        {Name{"check/borrowed"}, check, insufficient_credit_limit, false},
        {Name{"check/daily_loss"}, check, daily_loss_limit, false},
        {Name{"check/group_exposure"}, check, notional_value_exceeds_threshold, true},
        {Name{"check/open_orders"}, check, open_orders_limit_exceeded, false},
        {Name{"check/order_notional"}, check, exceeded_max_notional_order_amount, false},
        {Name{"check/order_quantity"}, check, exceeded_clip_size_limit, false},
        {Name{"check/order_rate"}, check, order_rate_exceeded, false},
        {Name{"check/position_notional"}, check, position_limit_exceeded, true},
        {Name{"check/position_quantity"}, check, position_limit_exceeded, false},
        {Name{"check/price_collar"}, check, price_exceeds_current_price_band, true},
        {Name{"check/reduce_only"}, check, reduce_only_would_increase_position, false},
        {Name{"check/restricted_instrument"}, check, RejectReason::restricted_instrument, false},
        {Name{"collateral/haircut"}, RuleKind::collateral, order_exceeds_limit, false},
        {Name{"liquidation/ladder"}, RuleKind::liquidation, order_exceeds_limit, false},
        {Name{"margin/tiered"}, RuleKind::margin, order_exceeds_limit, false},
    }};
    return all;
}

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::array<WindowSpec, 2> window_specs{{
    {WindowMeasure::net_pnl, true, Duration{86'400 * second_ns}, Duration{}},
    {WindowMeasure::orders, false, Duration{second_ns}, Duration{}},
}};

constexpr auto check_ids = [] {
    std::array<RuleId, check_count> ids{};
    for (std::uint32_t i = 0; i < ids.size(); ++i)
        ids[i] = RuleId{i};
    return ids;
}();

constexpr CheckAnswer failed(RuleFault fault) noexcept {
    return {.outcome = CheckOutcome::fault, .fault = fault};
}

// A limit, as the host judges it: an absent number is a fault, and minus zero is zero.
CheckAnswer limit(double used, double allowed) noexcept {
    if (!std::isfinite(used) || !std::isfinite(allowed)) return failed(RuleFault::not_a_number);
    return {.outcome = CheckOutcome::limit, .used = used + 0.0, .allowed = allowed + 0.0};
}

CheckAnswer price_collar_answer(const CheckQuestion& question, double deviation_max) noexcept {
    const double price = question.order.price;
    const double mark = question.instrument.mark_price;
    if (std::isnan(price) || std::isnan(mark)) return failed(RuleFault::not_a_number);
    if (mark == 0) return failed(RuleFault::raised);
    return limit(std::fabs(price - mark) / mark, deviation_max);
}

// One group of the account.
CheckAnswer group_answer(const CheckQuestion& question, const GroupQuestion& about,
                         double gross_exposure_max) noexcept {
    const bool is_spot = question.instrument.kind == static_cast<std::int32_t>(ContractKind::spot);
    const bool passes = question.order.reduces || gross_exposure_max >= no_limit || is_spot;
    CheckAnswer answer =
        passes ? CheckAnswer{} : limit(about.view.gross_exposure_after, gross_exposure_max);
    answer.group = about.group;
    return answer;
}

// Of an option: what it is worth when bought, what a binary one sold can lose. Nothing: by tiers.
std::optional<MarginAnswer> option_answer(const MarginView& exposure) noexcept {
    const double size = std::fabs(exposure.quantity) * exposure.contract_size;
    MarginAnswer answer{.initial = exposure.mark_price * size};
    if (exposure.quantity < 0) {
        const bool binary = exposure.kind == static_cast<std::int32_t>(ContractKind::binary_option);
        if (!binary) return std::nullopt;
        const double left = exposure.payout - exposure.mark_price;
        answer.initial = (left > 0 ? left : 0) * size;
        answer.maintenance = answer.initial / 2;
    }
    if (std::isfinite(answer.initial)) return answer;
    return MarginAnswer{.fault = RuleFault::not_a_number};
}

MarginAnswer margin_answer(const MarginView& exposure, const NativeParameters& p) noexcept {
    const auto failed_with = [](RuleFault fault) { return MarginAnswer{.fault = fault}; };
    double notional = exposure.notional;
    if (exposure.right != no_right) {
        if (const auto answer = option_answer(exposure)) return *answer;
        const double size = std::fabs(exposure.quantity) * exposure.contract_size;
        notional = exposure.underlying_value * size;
    }
    const double leverage = exposure.leverage;
    if (std::isnan(notional) || std::isnan(leverage)) return failed_with(RuleFault::not_a_number);
    if (leverage == 0) return failed_with(RuleFault::raised);
    std::size_t row = 0;
    while (row + 1 < p.tiers.size() && p.tiers[row + 1].notional <= notional)
        ++row;
    const MarginTier& tier = p.tiers[row];
    const double by_leverage = 1 / leverage;
    const double rate = tier.initial > by_leverage ? tier.initial : by_leverage;
    const MarginAnswer answer{.initial = notional * rate + 0.0,
                              .maintenance = notional * tier.maintenance - tier.deduction + 0.0};
    if (!std::isfinite(answer.initial) || !std::isfinite(answer.maintenance)) {
        return failed_with(RuleFault::not_a_number);
    }
    const double highest =
        std::max(notional, exposure.entry_notional) * margin_rate_max * (1 + 1e-12);
    if (answer.initial < 0 || answer.maintenance < 0 || answer.maintenance > highest) {
        return failed_with(RuleFault::out_of_range);
    }
    return answer;
}

CollateralAnswer collateral_answer(const CollateralView& view, double share) noexcept {
    if (std::isnan(view.amount) || std::isnan(view.value)) {
        return {.fault = RuleFault::not_a_number};
    }
    const double value = view.amount < 0 ? view.value : view.value * (1 - share);
    if (!std::isfinite(value)) return {.fault = RuleFault::not_a_number};
    if (value > view.value) return {.fault = RuleFault::out_of_range};
    return {.value = value + 0.0};
}

Stage stage_of(const AccountView& account, const NativeParameters& p) noexcept {
    const double used = account.margin_ratio;
    const auto before = static_cast<Stage>(account.stage);
    if (used >= p.take_over_at) return Stage::take_over;
    if (used >= 1) return Stage::liquidate;
    if (before >= Stage::reduce && used >= p.exit_at) return std::min(before, Stage::liquidate);
    if (used >= p.reduce_at) return Stage::reduce;
    if (used >= p.cancel_at) return Stage::cancel_orders;
    const double kept = used + p.hysteresis;
    if (before >= Stage::cancel_orders && kept >= p.cancel_at) return Stage::cancel_orders;
    if (used >= p.warn_at) return Stage::margin_call;
    if (before >= Stage::margin_call && kept >= p.warn_at) return Stage::margin_call;
    return Stage::healthy;
}

StageAnswer stage_answer(const AccountView& account, const NativeParameters& p) noexcept {
    if (std::isnan(account.margin_ratio)) return {.fault = RuleFault::not_a_number};
    StageAnswer answer{.stage = stage_of(account, p)};
    if (answer.stage >= Stage::reduce) {
        answer.exit_ratio = p.exit_at;
        answer.step_max = p.step_max;
        answer.cool_down = p.cool_down;
    }
    if (answer.exit_ratio <= 0 || answer.exit_ratio > 1) return {.fault = RuleFault::out_of_range};
    return answer;
}

}  // namespace

NativeRulebook::NativeRulebook(NativeParameters everyone) : everyone_(std::move(everyone)) {}

std::span<const RuleInfo> NativeRulebook::rules() const noexcept {
    return infos();
}
std::span<const WindowSpec> NativeRulebook::windows() const noexcept {
    return window_specs;
}
RuleId NativeRulebook::margin_rule() const noexcept {
    return RuleId{tiered};
}
RuleId NativeRulebook::collateral_rule() const noexcept {
    return RuleId{haircut};
}
RuleId NativeRulebook::liquidation_rule() const noexcept {
    return RuleId{ladder};
}
std::span<const MarginModel> NativeRulebook::margin_models() const noexcept {
    static const std::array<MarginModel, 1> models{
        {{.name = Name{"tiered"}, .rule = RuleId{tiered}, .slope_max = 50'000'000}}};
    return models;
}
std::int64_t NativeRulebook::collateral_slope_max() const noexcept {
    return 100'000'000;
}
std::span<const RuleId> NativeRulebook::check_rules() const noexcept {
    return check_ids;
}

CheckAnswer NativeRulebook::group_exposure_answer(const CheckQuestion& question) const noexcept {
    CheckAnswer taken;
    const bool blind = question.order.reduces && !(question.mark_fresh && question.groups_known);
    for (std::size_t g = 0; g < question.groups_count && !blind; ++g) {
        const GroupQuestion& about = question.groups[g];
        const RuleScope scope{.group = about.group, .instrument = question.scope.instrument};
        take_group_answer(taken,
                          group_answer(question, about, parameters(scope).gross_exposure_max));
    }
    return taken;
}

void NativeRulebook::check(const CheckQuestion& question, std::span<CheckAnswer> answers) noexcept {
    RISKD_CHECK(answers.size() == check_count);
    const NativeParameters& p = parameters(question.scope);
    const OrderView& order = question.order;
    const ExposureView& exposure = question.exposure;
    const bool reduces = order.reduces;
    const auto type = static_cast<OrderType>(order.type);
    const bool priced = type == OrderType::limit || type == OrderType::stop_limit;
    const bool blind = reduces && !question.mark_fresh;  // rules that need the mark are not asked
    const CheckAnswer passed{};
    const CheckAnswer nothing_more = limit(order.quantity, 0);

    const bool buys = static_cast<Side>(order.side) == Side::buy;
    answers[borrowed] =
        reduces ? passed
                : limit(order.borrowed_after, buys ? p.quote_borrowed_max : p.base_borrowed_max);
    answers[daily_loss] = reduces ? passed : limit(-question.history[day].change, p.daily_loss_max);
    answers[group_exposure] = group_exposure_answer(question);
    answers[open_orders] = limit(question.account.open_orders + 1, p.open_orders_max);
    answers[order_notional] = limit(order.notional, p.order_notional_max);
    answers[order_quantity] = limit(order.quantity, p.order_quantity_max);
    answers[order_rate] =
        reduces ? passed : limit(question.history[second].count + 1, p.order_rate_max);
    answers[position_notional] =
        reduces ? passed : limit(exposure.worst_case_notional_after, p.position_notional_max);
    answers[position_quantity] =
        reduces ? passed : limit(exposure.worst_case_quantity_after, p.position_quantity_max);
    answers[price_collar] =
        priced && !blind ? price_collar_answer(question, p.price_deviation_max) : passed;
    answers[reduce_only] = !reduces && (order.reduce_only || p.reduce_only) ? nothing_more : passed;
    answers[restricted_instrument] = p.restricted && !reduces ? nothing_more : passed;
}

void NativeRulebook::margin(std::span<const MarginQuestion> questions,
                            std::span<MarginAnswer> answers) noexcept {
    RISKD_CHECK(questions.size() == answers.size());
    for (std::size_t i = 0; i < questions.size(); ++i) {
        answers[i] = margin_answer(questions[i].exposure, parameters(questions[i].scope));
    }
}

void NativeRulebook::collateral(std::span<const CollateralQuestion> questions,
                                std::span<CollateralAnswer> answers) noexcept {
    RISKD_CHECK(questions.size() == answers.size());
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const NativeParameters& p = parameters(questions[i].scope, questions[i].asset);
        answers[i] = collateral_answer(questions[i].collateral, p.haircut);
    }
}

void NativeRulebook::stage(std::span<const StageQuestion> questions,
                           std::span<StageAnswer> answers) noexcept {
    RISKD_CHECK(questions.size() == answers.size());
    for (std::size_t i = 0; i < questions.size(); ++i) {
        answers[i] = stage_answer(questions[i].account, parameters(questions[i].scope));
    }
}

}  // namespace riskd::model
