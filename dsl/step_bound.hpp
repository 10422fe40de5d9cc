// The most steps, and about the most time, that one call of a rule may take, worked out from its
// tree at load: every branch at its dearest, every loop with all its turns. What a rule about books
// walks is known to the host only, so its bound is a sum of terms: so much, so much more for each
// position, balance and order. Never below what the emitted counter takes. Load time only.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "dsl/checker.hpp"
#include "dsl/source.hpp"

namespace riskd::dsl {

struct BookSize {
    double positions{};
    double balances{};
    double orders{};
};
// A rule about books must answer for a book of this size within its budget. Larger books may need
// more: for them it is the counter that stops the rule.
inline constexpr BookSize reference_book{.positions = 16, .balances = 8, .orders = 8};

struct Work {
    double steps{};
    double ns{};  // compiled; an estimate, see the figures in step_bound.cpp
};

class StepBound {
public:
    StepBound() = default;
    explicit StepBound(Work work) { terms_[{}] = work; }

    StepBound& operator+=(const StepBound& other);
    // The larger of both, term by term.
    void raise_to(const StepBound& other);
    void repeat(double turns);
    void repeat_for_each(std::string_view collection);

    Work at(const BookSize& book) const noexcept;
    // "12 + 7 per position + 2 per position per order": steps.
    std::string text() const;

private:
    // How often each of positions, balances and orders is a factor.
    std::map<std::array<std::uint8_t, 3>, Work> terms_;
};

struct RuleBound {
    StepBound of;
    Span worst;  // the loop, or the function, that most of the steps are in
    bool worst_is_loop{};
    double worst_steps{};  // at the reference book
};

// REQUIRES: the rule passed the checker. A liquidation rule's two functions share one budget.
RuleBound bound_of(const CheckedRule& rule);

// Steps that one call may take: all of `steps_max` (rules.steps_max) about books, a tenth of it
// otherwise, since those are asked for each order, or for each position of everyone. The counter
// of the emitted code begins with as many.
std::int32_t step_budget(bool of_books, std::int64_t steps_max) noexcept;

// The fault of a rule whose bound is above its budget.
std::optional<Diagnostic> over_budget(const CheckedRule& rule, std::int64_t steps_max);

}  // namespace riskd::dsl
