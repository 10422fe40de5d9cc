#include "dsl/step_bound.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace riskd::dsl {
namespace {

using ExpressionKind = Expression::Kind;
using StatementKind = Statement::Kind;

// Beyond it a number of steps says nothing more; it keeps products finite.
constexpr double steps_beyond = 1e30;

// Nanoseconds, compiled, each rounded up: what a turn of a loop of a thousand takes longer with one
// of it more (AMD EPYC of the machine that docs/PERFORMANCE.md is of). Interpreted, a turn takes a
// hundred times as long, which is why rules are warmed.
constexpr double ns_call = 40;  // from the host into a rule and back
constexpr double ns_step = 1.5;
constexpr double ns_field = 1;
constexpr double ns_operation = 1;
constexpr double ns_comparison = 3;  // its operands are looked at, and a branch is guessed wrong
constexpr double ns_division = 2.5;
constexpr double ns_row = 12;  // a call of C that walks the rows
constexpr double ns_root = 3;
constexpr double ns_exponential = 12;
constexpr double ns_power = 25;
constexpr double ns_option = 75;

double limited(double value) noexcept {
    return std::min(value, steps_beyond);
}

Work sum(const Work& a, const Work& b) noexcept {
    return {limited(a.steps + b.steps), limited(a.ns + b.ns)};
}

std::string digits(double value) {
    if (value >= 1e15) return "more than 10^15";
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.0f", value);
    return text.data();
}

double ns_of_call(const Expression& e) {
    const std::string& name = e.items[0]->text;
    if (e.meaning == Meaning::function) return 0;
    if (name == "option_price") return ns_option;
    if (name == "power") return ns_power;
    if (name == "log" || name == "exp") return ns_exponential;
    return name == "sqrt" ? ns_root : ns_operation;
}

bool compares(Token op) noexcept {
    return op == Token::less || op == Token::greater || op == Token::less_equal ||
           op == Token::greater_equal || op == Token::equal || op == Token::not_equal;
}

// The time of an expression without its parts.
double ns_of(const Expression& e) {
    switch (e.kind) {
        case ExpressionKind::field:
            if (e.meaning == Meaning::spread_column) return ns_row;
            return e.meaning == Meaning::enumerator ? 0 : ns_field;
        case ExpressionKind::method: return ns_row;
        case ExpressionKind::call: return ns_of_call(e);
        case ExpressionKind::binary:
            if (e.op == Token::slash) return ns_division;
            return compares(e.op) ? ns_comparison : ns_operation;
        case ExpressionKind::unary: return ns_operation;
        default: return 0;
    }
}

class BoundPass {
public:
    explicit BoundPass(const CheckedRule& rule) : rule_(rule) {}

    RuleBound run() {
        RuleBound result{.of = StepBound{{.steps = 0, .ns = ns_call}}};
        for (const auto& each : rule_.file.body) {
            if (each->kind != StatementKind::local_function) continue;
            const StepBound made = function(*each->function);
            functions_.emplace(each->names[0].text, made);
        }
        for (const RuleDeclaration::Role& role : rule_.declaration.functions)
            result.of += function(*role.function);
        result.worst = worst_at_;
        result.worst_is_loop = worst_is_loop_;
        result.worst_steps = worst_steps_;
        return result;
    }

private:
    StepBound function(const Function& of) {
        StepBound made{{.steps = 1, .ns = ns_step}};
        made += block(of.body);
        if (!worst_is_loop_) keep_worst(made, of.at, false);
        return made;
    }

    StepBound block(const Block& statements) {
        StepBound made;
        for (const auto& each : statements)
            made += statement(*each);
        return made;
    }

    StepBound statement(const Statement& each) {
        switch (each.kind) {
            case StatementKind::branch: return branch(each);
            case StatementKind::loop:
            case StatementKind::each: return loop(each);
            case StatementKind::block: return block(each.body);
            default: break;
        }
        StepBound made;
        for (const ExpressionPtr& value : each.values)
            made += expression(*value);
        return made;
    }

    // Every condition may be asked, and one of the bodies is run.
    StepBound branch(const Statement& each) {
        StepBound conditions;
        StepBound dearest;
        for (const Branch& part : each.branches) {
            if (part.condition != nullptr) conditions += expression(*part.condition);
            dearest.raise_to(block(part.body));
        }
        conditions += dearest;
        return conditions;
    }

    StepBound loop(const Statement& each) {
        StepBound turn{{.steps = 1, .ns = ns_step}};
        turn += block(each.body);
        if (each.kind == StatementKind::loop) {
            turn.repeat(each.turns);
        } else if (const Expression& walked = *each.values[0]; walked.meaning == Meaning::row) {
            const auto place = static_cast<std::size_t>(walked.meaning_number);
            turn.repeat(static_cast<double>(rule_.declaration.parameters[place].rows_max()));
        } else {
            turn.repeat_for_each(walked.text);
        }
        keep_worst(turn, each.at, true);
        return turn;
    }

    StepBound expression(const Expression& e) {
        StepBound made{{.steps = 0, .ns = ns_of(e)}};
        for (const ExpressionPtr& part : e.items)
            made += expression(*part);
        if (e.kind == ExpressionKind::call && e.meaning == Meaning::function) {
            made += functions_.at(e.items[0]->text);
        }
        return made;
    }

    // The first loop of the most steps, which is the outermost of a nest; without a loop, the
    // function.
    void keep_worst(const StepBound& bound, Span at, bool is_loop) {
        const double steps = bound.at(reference_book).steps;
        if (worst_is_loop_ == is_loop && steps < worst_steps_) return;
        worst_at_ = at;
        worst_is_loop_ = is_loop;
        worst_steps_ = steps;
    }

    const CheckedRule& rule_;
    std::map<std::string, StepBound> functions_;
    Span worst_at_;
    bool worst_is_loop_{};
    double worst_steps_{};
};

}  // namespace

StepBound& StepBound::operator+=(const StepBound& other) {
    for (const auto& [factors, work] : other.terms_)
        terms_[factors] = sum(terms_[factors], work);
    return *this;
}

void StepBound::raise_to(const StepBound& other) {
    for (const auto& [factors, work] : other.terms_) {
        Work& mine = terms_[factors];
        mine = {std::max(mine.steps, work.steps), std::max(mine.ns, work.ns)};
    }
}

void StepBound::repeat(double turns) {
    for (auto& [factors, work] : terms_)
        work = {limited(work.steps * turns), limited(work.ns * turns)};
}

void StepBound::repeat_for_each(std::string_view collection) {
    const std::size_t factor = collection == book_positions.name  ? 0
                               : collection == book_balances.name ? 1
                                                                  : 2;
    std::map<std::array<std::uint8_t, 3>, Work> made;
    for (const auto& [factors, work] : terms_) {
        auto more = factors;
        ++more[factor];
        made[more] = work;
    }
    terms_ = std::move(made);
}

Work StepBound::at(const BookSize& book) const noexcept {
    Work all;
    for (const auto& [factors, work] : terms_) {
        const double times = std::pow(book.positions, factors[0]) *
                             std::pow(book.balances, factors[1]) *
                             std::pow(book.orders, factors[2]);
        all = sum(all, {limited(work.steps * times), limited(work.ns * times)});
    }
    return all;
}

std::string StepBound::text() const {
    constexpr std::array<std::string_view, 3> names{" per position", " per balance", " per order"};
    std::string out;
    for (const auto& [factors, work] : terms_) {
        if (work.steps == 0) continue;
        out += (out.empty() ? "" : " + ") + digits(work.steps);
        for (std::size_t i = 0; i < names.size(); ++i) {
            for (std::uint8_t times = 0; times < factors[i]; ++times)
                out += names[i];
        }
    }
    return out.empty() ? "0" : out;
}

RuleBound bound_of(const CheckedRule& rule) {
    return BoundPass{rule}.run();
}

std::int32_t step_budget(bool of_books, std::int64_t steps_max) noexcept {
    constexpr std::int64_t most = 1'000'000'000;
    const std::int64_t wanted = of_books ? steps_max : steps_max / 10;
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(wanted, 1, most));
}

std::optional<Diagnostic> over_budget(const CheckedRule& rule, std::int64_t steps_max) {
    const bool of_books = is_about_books(rule.declaration);
    const RuleBound bound = bound_of(rule);
    const double steps = bound.of.at(reference_book).steps;
    const std::int32_t budget = step_budget(of_books, steps_max);
    if (steps <= budget) return std::nullopt;
    const std::string kind{riskd::name(rule.declaration.kind)};
    std::string message = "`" + rule.declaration.name + "` may take " + digits(steps) + " steps";
    if (of_books) {
        message += " for a book of " + digits(reference_book.positions) + " positions, " +
                   digits(reference_book.balances) + " balances and " +
                   digits(reference_book.orders) + " orders";
    }
    message += bound.worst_is_loop ? ", this loop " + digits(bound.worst_steps) + " of them" : "";
    message += "; the budget of a " + kind + " rule" + (of_books ? " about books" : "") + " is " +
               std::to_string(budget) +
               (of_books ? " (rules.steps_max)" : ", a tenth of rules.steps_max");
    return Diagnostic{.at = bound.worst, .message = std::move(message)};
}

}  // namespace riskd::dsl
