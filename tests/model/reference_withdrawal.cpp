#include "tests/model/reference_withdrawal.hpp"

#include <algorithm>
#include <sstream>

#include "tests/model/reference_books.hpp"
#include "tests/model/reference_figures.hpp"

namespace riskd::model {

namespace {

enum class Standing { unknown, stands, falls };

struct Left {
    Standing standing{};
    Exact slack;
};

Left left_without(const ReferenceState& state, Rulebook& rules, const ReferenceWithdrawal& question,
                  const Exact& amount) {
    ReferenceState then = state;
    then.accounts[question.account].balances[question.asset] -= amount;
    const ReferenceFigures figures = figures_of(then, rules, question.account, question.now);
    if (!figures.complete || figures.fault != RuleFault::none) return {};
    const Exact slack =
        figures.equity - std::max(figures.initial_margin, figures.maintenance_margin);
    return {.standing = slack >= 0 ? Standing::stands : Standing::falls, .slack = slack};
}

// Whether taking more leaves more somewhere on the way, or what is left cannot be known.
bool is_strange(const ReferenceState& state, Rulebook& rules, const ReferenceWithdrawal& question,
                const Exact& free) {
    constexpr int samples = 64;
    Left before = left_without(state, rules, question, 0);
    for (int i = 1; i <= samples; ++i) {
        const Left next = left_without(state, rules, question, free * i / samples);
        if (next.standing == Standing::unknown || next.slack > before.slack) return true;
        before = next;
    }
    return false;
}

}  // namespace

std::string fault_of_withdrawable(const ReferenceState& state, Rulebook& rules,
                                  const ReferenceWithdrawal& question, std::optional<Money> most) {
    const auto standing = [&](const Exact& amount) {
        return left_without(state, rules, question, amount).standing;
    };
    const Standing present = standing(0);
    if (present == Standing::unknown) return most ? "known of an account that is not" : "";
    const auto& balances = state.accounts[question.account].balances;
    const auto found = balances.find(question.asset);
    const Exact balance = found == balances.end() ? Exact{0} : found->second;
    const Exact free = balance - state.spot_hold(question.account, question.asset) -
                       state.isolated_in(question.account, question.asset);
    if (!most) {
        const bool strange = free > 0 && is_strange(state, rules, question, free);
        return strange ? "" : "unknown of an account that is known";
    }
    std::ostringstream said;
    said << most->raw;
    if (present == Standing::falls || free <= 0) {
        return most->raw == 0 ? "" : said.str() + " of an account that has nothing to give";
    }
    if (most->raw < 0 || most->raw > free) return said.str() + " is not free";
    if (standing(most->raw) != Standing::stands) return said.str() + " is too much";
    if (most->raw < free && standing(Exact{most->raw} + 1) == Standing::stands) {
        return said.str() + " is not all";
    }
    return "";
}

std::optional<ReferenceModel> model_of(const Rulebook& rules, const ReferenceAccount& account) {
    const std::string_view wanted = account.terms.margin.view();
    if (rules.margin_models().empty() && wanted.empty()) {
        return ReferenceModel{.rule = rules.margin_rule()};
    }
    for (const MarginModel& model : rules.margin_models()) {
        const bool fits = wanted.empty() || model.name.view() == wanted;
        if (!fits) continue;
        return ReferenceModel{.rule = model.rule,
                              .of_books = model.of_books,
                              .of_accounts = model.of_accounts,
                              .of_orders = model.of_orders};
    }
    return std::nullopt;
}

MarginAnswer ask_book(Rulebook& rules, const ReferenceModel& model, const RuleScope& scope,
                      std::uint32_t underlying, const ReferenceBook& book) {
    const BookQuestion question{.scope = scope,
                                .rule = model.rule,
                                .underlying = model.of_accounts ? no_asset : AssetId{underlying},
                                .book = book.view,
                                .positions = book.positions.data(),
                                .positions_count = static_cast<std::int32_t>(book.positions.size()),
                                .balances_count = static_cast<std::int32_t>(book.balances.size()),
                                .balances = book.balances.data(),
                                .orders = book.orders.data(),
                                .orders_count = static_cast<std::int32_t>(book.orders.size()),
                                .assets = book.assets.data(),
                                .instruments = book.instruments.data(),
                                .orders_instruments = book.orders_instruments.data()};
    MarginAnswer answer;
    rules.books({&question, 1}, {&answer, 1});
    return answer;
}

}  // namespace riskd::model
