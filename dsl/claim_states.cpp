#include "dsl/claim_states.hpp"

#include <algorithm>
#include <cmath>

#include "dsl/lexer.hpp"

namespace riskd::dsl {
namespace {

constexpr double beside = 1e-6;  // just below and just above, as a share

void add_around(std::vector<double>& numbers, double number) {
    if (!std::isfinite(number) || number < 1e-12 || number > 1e15) return;
    numbers.insert(numbers.end(), {number * (1 - beside), number, number * (1 + beside)});
}

StageQuestion account_with(double equity, double maintenance, double exposure, Stage stage) {
    constexpr double ratio_max = 1e9;
    AccountView view{.equity = equity,
                     .maintenance_margin = maintenance,
                     .headroom = equity - maintenance,
                     .gross_exposure = exposure,
                     .stage = static_cast<std::int32_t>(stage)};
    view.margin_ratio = equity > 0 ? std::min(maintenance / equity, ratio_max) : ratio_max;
    return {.scope = {}, .account = view};
}

}  // namespace

std::vector<double> tried_numbers(const CheckedRule& rule, const ParameterBook& book,
                                  std::size_t number, const ParameterBlock& block) {
    std::vector<double> numbers;
    for (int quarter = -16; quarter <= 48; ++quarter)
        numbers.push_back(std::pow(10.0, quarter / 4.0));
    Diagnostics ignored;
    for (const Lexeme& each : lex(rule.source.text, ignored)) {
        if (each.token == Token::number) add_around(numbers, each.number);
    }
    const auto& parameters = rule.declaration.parameters;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const auto slot = static_cast<std::size_t>(book.slot(number, i));
        if (parameters[i].value.kind != ParameterKind::steps) {
            add_around(numbers, block.values[slot]);
            continue;
        }
        const std::size_t width = parameters[i].columns.size() + 1;
        const auto first = static_cast<std::size_t>(block.values[slot]);
        const auto rows = static_cast<std::size_t>(block.values[slot + 1]);
        for (std::size_t row = 0; row < rows; ++row)
            add_around(numbers, block.values[first + row * width]);
    }
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
}

bool reads_options(const CheckedRule& rule) {
    return std::any_of(rule.reads.begin(), rule.reads.end(), [](const std::string& read) {
        return read == "exposure.right" || read == "exposure.strike" || read == "exposure.kind" ||
               read.starts_with("exposure.underlying");
    });
}

MarginQuestion tried_margin(TriedPosition position, double notional, RuleId rule) {
    const bool is_short = position == TriedPosition::short_future ||
                          position == TriedPosition::short_call ||
                          position == TriedPosition::short_put_by_underlying;
    const double contracts = position == TriedPosition::many_contracts ? 1'000 : 1;
    constexpr double bought_at = 1'000;
    const double entry = position == TriedPosition::long_future_bought_dear ? 1e6 : bought_at;
    MarginView view{.quantity = is_short ? -contracts : contracts,
                    .notional = notional,
                    .entry_notional = contracts * entry,
                    .entry_price = entry,
                    .mark_price = notional / contracts,
                    .leverage = 10,
                    .leverage_max = 100,
                    .value = is_short ? -notional : notional,
                    .contract_size = 1,
                    .kind = static_cast<std::int32_t>(ContractKind::linear_perpetual),
                    .right = no_right,
                    .strike = absent,
                    .underlying_price = absent,
                    .underlying_value = absent,
                    .payout = absent,
                    .years_to_expiry = absent};
    if (static_cast<std::size_t>(position) >= tried_futures) {
        constexpr double premium = 20;
        const bool is_put = position == TriedPosition::long_put ||
                            position == TriedPosition::short_put_by_underlying;
        const bool by_underlying = position >= TriedPosition::short_put_by_underlying;
        if (by_underlying) view.notional = view.mark_price = premium;
        view.value = view.quantity * view.notional;
        view.entry_notional = view.entry_price = premium;
        view.kind = static_cast<std::int32_t>(ContractKind::linear_option);
        view.right = right_seen(is_put ? OptionRight::put : OptionRight::call);
        view.strike = 1'000;
        view.underlying_price = view.underlying_value = by_underlying ? notional : 1'000;
        view.years_to_expiry = 0.1;
    }
    return {.scope = {}, .rule = rule, .exposure = view};
}

CollateralQuestion tried_collateral(double value, bool owed) {
    const double amount = owed ? -1 : 1;
    return {.scope = {}, .collateral = {.amount = amount, .price = value, .value = amount * value}};
}

std::vector<std::vector<StageQuestion>> tried_accounts(const std::vector<double>& numbers,
                                                       Stage stage) {
    std::vector<std::vector<StageQuestion>> chains;
    for (const double maintenance : {1.0, 1e3, 1e6}) {
        // The numbers as margin ratios; then nothing left, and less.
        std::vector<StageQuestion>& by_equity = chains.emplace_back();
        for (const double ratio : numbers) {
            by_equity.push_back(
                account_with(maintenance / ratio, maintenance, 20 * maintenance, stage));
        }
        for (const double equity : {0.0, -maintenance, -1e6 * maintenance})
            by_equity.push_back(account_with(equity, maintenance, 20 * maintenance, stage));
        std::vector<StageQuestion>& by_need = chains.emplace_back();
        for (const double ratio : numbers)
            by_need.push_back(account_with(1'000, 1'000 * ratio, maintenance, stage));
    }
    for (const double need : {0.5, 0.75, 0.85, 0.95, 1.2, 2.0}) {
        std::vector<StageQuestion>& by_exposure = chains.emplace_back();
        for (const double exposure : numbers)
            by_exposure.push_back(account_with(1'000, need * 1'000, exposure, stage));
    }
    return chains;
}

}  // namespace riskd::dsl
