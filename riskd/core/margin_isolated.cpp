#include "riskd/core/margin_isolated.hpp"

#include <algorithm>

#include "riskd/core/close_search.hpp"
#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/isolated.hpp"

namespace riskd {

MarginEvaluator::PositionMargin MarginEvaluator::position_margin_if(AccountId account,
                                                                    const Position& position,
                                                                    Price mark,
                                                                    Timestamp now) noexcept {
    assumption_ = {.instrument = position.instrument, .mark = mark};
    const PositionMargin margin = position_margin(account, position, mark, now);
    assumption_ = {};
    return margin;
}

Money MarginEvaluator::top_up(const InstrumentExposure& exposure, const Position& position,
                              const Account& account) const noexcept {
    const std::uint32_t leverage =
        leverage_of(account, &position, ledger_.instrument(position.instrument));
    const Quantity quantity = exposure.quantity;
    const OpenSideOrders buys{.held = quantity.raw < 0 ? -quantity : Quantity{},
                              .open = exposure.open_buy,
                              .notional = exposure.open_buy_notional};
    const OpenSideOrders sells{.held = quantity.raw > 0 ? quantity : Quantity{},
                               .open = exposure.open_sell,
                               .notional = exposure.open_sell_notional};
    return std::max(isolated_top_up(buys, leverage), isolated_top_up(sells, leverage));
}

IsolatedFigures isolated_figures(const Ledger& ledger, MarginEvaluator& evaluator,
                                 const IsolatedQuestion& question) noexcept {
    const Position& position = *question.position;
    const Price mark = question.mark;
    const Instrument& instrument = ledger.instrument(position.instrument);
    IsolatedFigures figures;
    figures.margin.complete = false;
    const auto worth = value(instrument, position.quantity, mark, Rounding::toward_minus);
    const auto pnl = worth ? unrealized_pnl(instrument, position, *worth) : std::nullopt;
    const auto equity = pnl ? checked_add(position.isolated_margin, *pnl) : std::nullopt;
    if (!equity) return figures;
    const auto needed =
        evaluator.position_margin_if(question.account, position, mark, question.now);
    if (!needed.complete) return figures;
    const bool is_usable = needed.initial.raw >= 0 && needed.maintenance.raw >= 0;
    figures.fault =
        needed.fault == RuleFault::none && !is_usable ? RuleFault::out_of_range : needed.fault;
    figures.unrealized_pnl = *pnl;
    figures.value = exposure_of(instrument, *worth);
    figures.margin = {.equity = *equity,
                      .initial_margin = needed.initial,
                      .maintenance_margin = needed.maintenance};
    return figures;
}

AccountFigures in_currency(const Marks& marks, const Account& account, const Instrument& instrument,
                           const IsolatedFigures& figures) noexcept {
    AccountFigures converted{.fault = figures.fault};
    converted.margin.complete = figures.margin.complete;
    const auto take = [&](Money amount, Rounding rounding) {
        const auto made =
            convert(marks, amount,
                    {.from = instrument.settle, .to = account.currency, .rounding = rounding});
        if (!made) converted.margin.complete = false;
        return made.value_or(Money{});
    };
    converted.margin.equity = take(figures.margin.equity, Rounding::toward_minus);
    converted.margin.initial_margin = take(figures.margin.initial_margin, Rounding::toward_plus);
    converted.margin.maintenance_margin =
        take(figures.margin.maintenance_margin, Rounding::toward_plus);
    converted.net_pnl = take(figures.unrealized_pnl, Rounding::toward_minus);
    converted.gross_exposure = take(magnitude(figures.value), Rounding::toward_plus);
    converted.net_exposure = take(figures.value, Rounding::toward_plus);
    converted.gross_exposure_after = converted.gross_exposure;
    return converted;
}

bool is_nearer(const AccountMargin& one, const AccountMargin& other) noexcept {
    if (one.maintenance_margin.raw <= 0) return false;
    return other.maintenance_margin.raw <= 0 || is_riskier(one, other);
}

const AccountMargin& nearest_margin(const Account& account) noexcept {
    const bool own = is_nearer(account.last_isolated, account.last_margin);
    return own ? account.last_isolated : account.last_margin;
}

StageQuestion isolated_question(const Ledger& ledger, const Account& account,
                                const Position& position, const AccountFigures& figures) noexcept {
    StageQuestion question{
        .scope = {.account = account.id, .group = account.group, .instrument = position.instrument},
        .account = account_view(ledger, account, figures)};
    question.account.open_orders = static_cast<double>(position.open_orders);
    question.account.stage = static_cast<std::int32_t>(position.stage);
    return question;
}

namespace {

// How much goes of it on the rung `reduce`; zero when nothing needs to.
Quantity isolated_reduction(const Ledger& ledger, MarginEvaluator& evaluator,
                            const IsolatedCloseQuestion& question) {
    if (margin_ratio(question.margin) < question.exit_ratio) return {};
    Position reducing = *question.position.position;
    reducing.stage = Stage::reduce;
    const Instrument& instrument = ledger.instrument(reducing.instrument);
    const ClosingLots lots = closing_lots(instrument, reducing);
    CloseSearch search{
        Inside{question.exit_ratio}, [&](std::int64_t count) {
            const auto after = position_if_closed(
                instrument, reducing,
                {.quantity = quantity_of_lots(lots, count), .price = question.position.mark});
            if (after && after->position.quantity.raw == 0) return AccountMargin{};
            AccountMargin margin{.complete = false};
            if (!after) return margin;
            IsolatedQuestion left = question.position;
            left.position = &after->position;
            const auto figures = isolated_figures(ledger, evaluator, left);
            if (figures.fault == RuleFault::none) margin = figures.margin;
            return margin;
        }};
    const auto least = search.least(lots_held(lots));
    return least ? quantity_of_lots(lots, *least) : lots.held;
}

}  // namespace

ClosePlan plan_isolated_close(const Ledger& ledger, MarginEvaluator& evaluator,
                              const IsolatedCloseQuestion& question) {
    ClosePlan plan;
    const Position& position = *question.position.position;
    const Instrument& instrument = ledger.instrument(position.instrument);
    plan.prices.push_back({.instrument = instrument.id, .price = question.position.mark});
    if (question.stage < Stage::reduce) return plan;
    const Quantity quantity = question.stage == Stage::reduce
                                  ? isolated_reduction(ledger, evaluator, question)
                                  : magnitude(position.quantity);
    if (quantity.raw == 0) return plan;
    const auto bankruptcy = price_at_loss(instrument, position.quantity, question.position.mark,
                                          question.margin.equity);
    plan.legs.push_back({.instrument = instrument.id,
                         .position_side = position.side,
                         .side = position.quantity.raw > 0 ? Side::sell : Side::buy,
                         .quantity = quantity,
                         .has_bankruptcy_price = bankruptcy.has_value(),
                         .bankruptcy_price = bankruptcy.value_or(Price{})});
    return plan;
}

}  // namespace riskd
