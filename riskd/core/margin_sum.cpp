// The second half of an evaluation: the rules' answers, as Money, summed in the account's currency.
#include <algorithm>
#include <limits>

#include "riskd/core/margin.hpp"

namespace riskd {

namespace {

constexpr double absent = std::numeric_limits<double>::quiet_NaN();

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

void MarginEvaluator::sum_lines(const Part& part, Timestamp now, AccountFigures& figures) noexcept {
    const Account& account = ledger_.account(part.account);
    const Marks marks{ledger_, now};
    for (std::uint32_t i = part.lines_begin; i < part.lines_end; ++i) {
        const Line& line = lines_[i];
        const Instrument& instrument = ledger_.instrument(line.instrument);
        Requirement held{};
        RuleFault fault{};
        if (line.held != none_raw) {
            const auto answer =
                requirement(margin_answers_[line.held], instrument.settle_unit, fault);
            if (!answer) return fail(figures, fault, rulebook_.margin_rule());
            held = *answer;
        }
        Money initial = held.initial;
        if (line.worst_held != none_raw) {
            const auto answer =
                requirement(margin_answers_[line.worst_held], instrument.settle_unit, fault);
            if (!answer) return fail(figures, fault, rulebook_.margin_rule());
            // With every order on the worse side filled, and never less than without.
            initial = std::max(initial, answer->initial);
        }
        const auto owed = [&](Money amount) {
            return convert(marks, amount,
                           {.from = instrument.settle,
                            .to = account.currency,
                            .rounding = Rounding::toward_plus});
        };
        add(figures, figures.margin.initial_margin, owed(initial + line.fee));
        add(figures, figures.margin.maintenance_margin, owed(held.maintenance));
        add(figures, figures.gross_exposure, owed(magnitude(line.value)));
        add(figures, figures.net_exposure, owed(line.value));
        add(figures, figures.gross_exposure_after,
            owed(std::max(line.worst, magnitude(line.value))));
    }
}

void MarginEvaluator::sum_amounts(const Part& part, Timestamp now,
                                  AccountFigures& figures) noexcept {
    const Account& account = ledger_.account(part.account);
    const double unit = ledger_.asset(account.currency).unit;
    const Marks marks{ledger_, now};
    for (std::uint32_t i = part.amounts_begin; i < part.amounts_end; ++i) {
        const Amount& amount = amounts_[i];
        if (amount.asset == account.currency) {
            add(figures, figures.margin.equity, amount.total);
            add(figures, figures.margin.initial_margin, amount.hold);
            add(figures, figures.net_pnl, amount.total);
            continue;
        }
        if (amount.whole == none_raw) continue;
        add(figures, figures.net_pnl,
            convert(marks, amount.total,
                    {.from = amount.asset,
                     .to = account.currency,
                     .rounding = Rounding::toward_minus}));
        const auto worth = [&](std::uint32_t at) -> std::optional<Money> {
            const CollateralAnswer& answer = collateral_answers_[at];
            const double before = collateral_questions_[at].collateral.value;
            RuleFault fault = answer.fault;
            if (fault == RuleFault::none && answer.value > before) fault = RuleFault::out_of_range;
            const auto money = fault == RuleFault::none
                                   ? money_from_rule(answer.value, unit, Rounding::toward_minus)
                                   : std::nullopt;
            if (!money && fault == RuleFault::none) fault = RuleFault::not_a_number;
            if (fault != RuleFault::none) fail(figures, fault, rulebook_.collateral_rule());
            return money;
        };
        const auto whole = worth(amount.whole);
        if (!whole) return;
        add(figures, figures.margin.equity, *whole);
        if (amount.free == none_raw) continue;
        const auto free = worth(amount.free);
        if (!free) return;
        add(figures, figures.margin.initial_margin, *whole - *free);
    }
}

AccountFigures MarginEvaluator::sum(const Part& part, Timestamp now) noexcept {
    AccountFigures figures;
    figures.margin.complete = part.complete;
    sum_lines(part, now, figures);
    sum_amounts(part, now, figures);
    const Account& account = ledger_.account(part.account);
    add(figures, figures.net_pnl, -account.net_deposits);
    return figures;
}

double margin_ratio(const AccountMargin& margin) noexcept {
    if (margin.maintenance_margin.raw == 0) return 0.0;
    // Kept under this whatever the equity, so that a rule never meets an infinity.
    constexpr double ratio_max = 1e9;
    constexpr double just_below_one = 1.0 - std::numeric_limits<double>::epsilon() / 2;
    const bool covered = margin.equity >= margin.maintenance_margin;
    if (margin.equity.raw <= 0) return ratio_max;
    const double ratio =
        static_cast<double>(margin.maintenance_margin.raw) / static_cast<double>(margin.equity.raw);
    return covered ? std::min(ratio, just_below_one) : std::clamp(ratio, 1.0, ratio_max);
}

AccountView account_view(const Ledger& ledger, const Account& account,
                         const AccountFigures& figures) noexcept {
    const double unit = ledger.asset(account.currency).unit;
    const auto number = [unit](Money amount) { return static_cast<double>(amount.raw) / unit; };
    const AccountMargin& margin = figures.margin;
    const double equity = number(margin.equity);
    const double gross = number(figures.gross_exposure);
    return {.equity = equity,
            .initial_margin = number(margin.initial_margin),
            .maintenance_margin = number(margin.maintenance_margin),
            .available_margin = number(available_margin(margin)),
            .headroom = number(headroom(margin)),
            .margin_ratio = margin_ratio(margin),
            .net_pnl = number(figures.net_pnl),
            .gross_exposure = gross,
            .net_exposure = number(figures.net_exposure),
            .gross_exposure_after = number(figures.gross_exposure_after),
            .leverage = equity > 0 ? gross / equity : absent,
            .open_orders = static_cast<double>(account.open_orders),
            .stage = static_cast<std::int32_t>(account.stage)};
}

}  // namespace riskd
