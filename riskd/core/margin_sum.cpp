// The second half of an evaluation: the rules' answers, as Money, summed in the account's currency.
#include <algorithm>
#include <limits>

#include "riskd/core/margin.hpp"

namespace riskd {

namespace {

void fail(AccountFigures& figures, RuleFault fault, RuleId rule) noexcept {
    if (figures.fault != RuleFault::none) return;
    figures.fault = fault;
    figures.rule = rule;
}

// Adds what converts, and marks the figures incomplete when it does not or the sum does not fit.
void add(AccountFigures& figures, Money& sum, std::optional<Money> amount) noexcept {
    const auto total = amount ? checked_add(sum, *amount) : std::nullopt;
    if (total) {
        sum = *total;
    } else {
        figures.margin.complete = false;
    }
}

struct Requirement {
    Money initial;
    Money maintenance;
};

std::optional<Requirement> requirement(const MarginAnswer& answer, double unit,
                                       RuleFault& fault) noexcept {
    fault = answer.fault;
    if (fault != RuleFault::none) return std::nullopt;
    if (answer.initial < 0 || answer.maintenance < 0) {
        fault = RuleFault::out_of_range;
        return std::nullopt;
    }
    const auto initial = money_from_rule(answer.initial, unit, Rounding::toward_plus);
    const auto maintenance = money_from_rule(answer.maintenance, unit, Rounding::toward_plus);
    if (!initial || !maintenance) {
        fault = RuleFault::not_a_number;
        return std::nullopt;
    }
    return Requirement{.initial = *initial, .maintenance = *maintenance};
}

}  // namespace

void MarginEvaluator::realize(Part& part, AssetId asset, Money realized) {
    if (realized.raw == 0) return;
    Amount& amount = amount_of(part, asset);
    const auto total = checked_add(amount.total, realized);
    const auto balance = checked_add(amount.balance, realized);
    part.complete = part.complete && total && balance;
    amount.total = total.value_or(Money{});
    amount.balance = balance.value_or(Money{});
}

// What the balances would be; the positions were gathered as they would be.
void MarginEvaluator::assume(Part& part) {
    for (const AssumedPosition& assumed : assumption_.positions) {
        realize(part, ledger_.instrument(assumed.position.instrument).settle, assumed.realized);
    }
    if (assumption_.realized.raw != 0) {
        realize(part, ledger_.instrument(assumption_.instrument).settle, assumption_.realized);
    }
    realize(part, assumption_.asset, -assumption_.withdrawn);
}

MarginEvaluator::LineSum MarginEvaluator::sum_line(const Line& line, const Need& need,
                                                   const Part& part, const Marks& marks,
                                                   AccountFigures& figures) noexcept {
    const Account& account = ledger_.account(part.account);
    const Instrument& instrument = ledger_.instrument(line.instrument);
    const auto answered = [&](std::uint32_t at) {
        RuleFault fault{};
        const auto answer = requirement(margin_answers_[at], instrument.settle_unit, fault);
        if (!answer) fail(figures, fault, part.model.rule);
        return answer.value_or(Requirement{});
    };
    const Requirement held = line.held == none_raw ? Requirement{} : answered(line.held);
    // With every order of a side filled, and never less than without.
    Money worst = held.initial;
    if (need.bought != none_raw) {
        worst = std::max(worst, answered(need.bought).initial - need.gained);
    }
    if (need.sold != none_raw) worst = std::max(worst, answered(need.sold).initial);
    // What is held answers with a margin of its own; its orders need money of the account.
    if (line.isolated) worst = std::max(worst - held.initial, need.top_up);
    Money needed = worst + need.fee;
    if (need.premium.raw != 0) {
        const auto paid = checked_add(needed, need.premium);
        if (!paid) figures.margin.complete = false;
        needed = paid.value_or(Money{});
    }
    if (!part.model.known) fail(figures, RuleFault::unknown_rule, no_rule);
    const auto owed = [&](Money amount) {
        const auto converted = convert(
            marks, amount,
            {.from = instrument.settle, .to = account.currency, .rounding = Rounding::toward_plus});
        if (!converted) figures.margin.complete = false;
        return converted.value_or(Money{});
    };
    return {.initial = owed(needed),
            .maintenance = owed(line.isolated ? Money{} : held.maintenance),
            .gross_after = owed(std::max(need.notional, magnitude(line.value)))};
}

void MarginEvaluator::sum_books(const Part& part, AccountFigures& figures) noexcept {
    const double unit = ledger_.asset(ledger_.account(part.account).currency).unit;
    for (std::uint32_t i = part.books_begin; i < part.books_end; ++i) {
        if (books_[i].before == none_raw) continue;
        RuleFault fault{};
        const auto answer = requirement(book_answers_[books_[i].before], unit, fault);
        if (!answer) {
            fail(figures, fault, part.model.rule);
            continue;
        }
        add(figures, figures.margin.initial_margin, answer->initial);
        add(figures, figures.margin.maintenance_margin, answer->maintenance);
    }
}

void MarginEvaluator::sum_books_after(const Part& part, AccountFigures& after) noexcept {
    const double unit = ledger_.asset(ledger_.account(part.account).currency).unit;
    for (std::uint32_t i = part.books_begin; i < part.books_end; ++i) {
        const Book& book = books_[i];
        if (!book.changed) continue;
        const auto asked = [&](std::uint32_t at) {
            if (at == none_raw) return Requirement{};
            RuleFault fault{};
            const auto answer = requirement(book_answers_[at], unit, fault);
            if (!answer) fail(after, fault, part.model.rule);
            return answer.value_or(Requirement{});
        };
        const Requirement was = asked(book.before);
        const Requirement is = asked(book.after);
        add(after, after.margin.initial_margin, is.initial - was.initial);
        // A rule may ask it for open orders too.
        add(after, after.margin.maintenance_margin, is.maintenance - was.maintenance);
    }
}

std::optional<Money> MarginEvaluator::collateral_worth(std::uint32_t at, double unit,
                                                       AccountFigures& figures) noexcept {
    const CollateralAnswer& answer = collateral_answers_[at];
    const double before = collateral_questions_[at].collateral.value;
    RuleFault fault = answer.fault;
    if (fault == RuleFault::none && answer.value > before) fault = RuleFault::out_of_range;
    const auto worth = fault == RuleFault::none
                           ? money_from_rule(answer.value, unit, Rounding::toward_minus)
                           : std::nullopt;
    if (!worth && fault == RuleFault::none) fault = RuleFault::not_a_number;
    if (fault != RuleFault::none) fail(figures, fault, rulebook_.collateral_rule());
    return worth;
}

// What a hold takes out of the collateral.
Money MarginEvaluator::sum_hold(const Amount& amount, Money hold, std::uint32_t free, double unit,
                                AccountFigures& figures) noexcept {
    if (amount.whole == none_raw) return hold;  // the account's own currency
    if (free == none_raw) return Money{};
    const auto whole = collateral_worth(amount.whole, unit, figures);
    const auto left = collateral_worth(free, unit, figures);
    return whole && left ? *whole - *left : Money{};
}

AccountFigures MarginEvaluator::sum(const Part& part, Timestamp now) noexcept {
    AccountFigures figures;
    figures.margin.complete = part.complete;
    const Account& account = ledger_.account(part.account);
    const Marks marks = marks_at(now);
    for (std::uint32_t i = part.lines_begin; i < part.lines_end; ++i) {
        const Line& line = lines_[i];
        const LineSum line_sum = sum_line(line, line.before, part, marks, figures);
        const Conversion conversion{.from = ledger_.instrument(line.instrument).settle,
                                    .to = account.currency,
                                    .rounding = Rounding::toward_plus};
        add(figures, figures.margin.initial_margin, line_sum.initial);
        add(figures, figures.margin.maintenance_margin, line_sum.maintenance);
        add(figures, figures.gross_exposure_after, line_sum.gross_after);
        add(figures, figures.gross_exposure, convert(marks, magnitude(line.value), conversion));
        add(figures, figures.net_exposure, convert(marks, line.value, conversion));
    }
    sum_books(part, figures);
    const double unit = ledger_.asset(account.currency).unit;
    for (std::uint32_t i = part.amounts_begin; i < part.amounts_end; ++i) {
        const Amount& amount = amounts_[i];
        const bool own = amount.asset == account.currency;
        if (!own && amount.whole == none_raw) continue;
        const Money counted =
            own ? amount.total : collateral_worth(amount.whole, unit, figures).value_or(Money{});
        add(figures, figures.margin.equity, counted);
        if (account.terms.borrow && counted.raw < 0) add(figures, figures.margin.owed, -counted);
        if (!part.model.answers_for_spot()) {
            add(figures, figures.margin.initial_margin,
                sum_hold(amount, amount.hold, amount.free, unit, figures));
        }
        const auto whole = checked_add(amount.total, amount.isolated);
        add(figures, figures.net_pnl,
            whole ? convert(marks, *whole,
                            {.from = amount.asset,
                             .to = account.currency,
                             .rounding = Rounding::toward_minus})
                  : std::nullopt);
    }
    add(figures, figures.net_pnl, -account.net_deposits);
    return figures;
}

AccountFigures MarginEvaluator::sum_after(const Part& part, Timestamp now,
                                          const AccountFigures& before) noexcept {
    AccountFigures after = before;
    after.margin.complete = before.margin.complete && part.complete_after;
    const Account& account = ledger_.account(part.account);
    const Marks marks = marks_at(now);
    for (std::uint32_t i = part.lines_begin; i < part.lines_end; ++i) {
        const Line& line = lines_[i];
        if (!line.changed) continue;
        const LineSum was = sum_line(line, line.before, part, marks, after);
        const LineSum is = sum_line(line, line.after, part, marks, after);
        add(after, after.margin.initial_margin, is.initial - was.initial);
        add(after, after.gross_exposure_after, is.gross_after - was.gross_after);
    }
    sum_books_after(part, after);
    if (part.model.answers_for_spot()) return after;
    const double unit = ledger_.asset(account.currency).unit;
    for (std::uint32_t i = part.amounts_begin; i < part.amounts_end; ++i) {
        const Amount& amount = amounts_[i];
        const bool unpriced = amount.asset != account.currency && amount.whole == none_raw;
        if (unpriced || amount.hold == amount.hold_after) continue;
        const Money was = sum_hold(amount, amount.hold, amount.free, unit, after);
        const Money is = sum_hold(amount, amount.hold_after, amount.free_after, unit, after);
        add(after, after.margin.initial_margin, is - was);
    }
    return after;
}

// Who holds positions and has less than nothing is beyond the edge, whatever the rule asks: he
// needs a quantum.
AccountFigures MarginEvaluator::with_least_need(const Part& part,
                                                AccountFigures figures) const noexcept {
    AccountMargin& margin = figures.margin;
    if (margin.equity.raw >= 0 || margin.maintenance_margin.raw != 0) return figures;
    for (std::uint32_t i = part.lines_begin; i < part.lines_end; ++i) {
        if (lines_[i].value.raw == 0 || lines_[i].isolated) continue;
        margin.maintenance_margin = Money{1};
        break;
    }
    return figures;
}

double margin_ratio(const AccountMargin& margin) noexcept {
    if (margin.maintenance_margin.raw == 0 && margin.owed.raw == 0) return 0.0;
    constexpr double just_below_one = 1.0 - std::numeric_limits<double>::epsilon() / 2;
    const bool covered = margin.equity >= margin.maintenance_margin;
    const Wide held = Wide{margin.equity.raw} + margin.owed.raw;
    if (held <= 0) return margin_ratio_max;
    const Wide needed = Wide{margin.maintenance_margin.raw} + margin.owed.raw;
    const double ratio = static_cast<double>(needed) / static_cast<double>(held);
    return covered ? std::min(ratio, just_below_one) : std::clamp(ratio, 1.0, margin_ratio_max);
}

bool is_riskier(const AccountMargin& one, const AccountMargin& other) noexcept {
    const Wide covered = Wide{one.equity.raw} * other.maintenance_margin.raw;
    const Wide others = Wide{other.equity.raw} * one.maintenance_margin.raw;
    if (covered != others) return covered < others;
    if (one.maintenance_margin != other.maintenance_margin) {
        return one.maintenance_margin > other.maintenance_margin;
    }
    return one.equity < other.equity;
}

AccountView account_view(const Ledger& ledger, const Account& account,
                         const AccountFigures& figures) noexcept {
    const Asset& currency = ledger.asset(account.currency);
    const auto number = [&](Money amount) {
        return static_cast<double>(amount.raw) / currency.unit;
    };
    AccountView view{.initial_margin = number(figures.margin.initial_margin),
                     .available_margin = number(available_margin(figures.margin)),
                     .net_pnl = number(figures.net_pnl),
                     .net_exposure = number(figures.net_exposure),
                     .gross_exposure_after = number(figures.gross_exposure_after),
                     .open_orders = static_cast<double>(account.open_orders),
                     .stage = static_cast<std::int32_t>(account.stage)};
    show_figures(view, figures.margin, figures.gross_exposure, currency);
    view.leverage = view.equity > 0 ? view.gross_exposure / view.equity : absent;
    return view;
}

}  // namespace riskd
