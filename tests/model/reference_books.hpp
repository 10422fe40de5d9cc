// All that an account has on one underlying, revalued by hand in each scenario: written from the
// comments of riskd/core/portfolio.hpp and not from its code. Few sides of open orders are tried in
// every combination. One thread.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "riskd/core/rulebook.hpp"
#include "tests/model/reference_state.hpp"

namespace riskd::model {

struct ReferenceSide {
    Exact quantity;
    Exact notional;
    Exact fee;
};

struct ReferenceBookLine {
    std::uint32_t instrument{};
    Exact quantity;  // signed
    Exact value;     // what is at risk, in the settlement asset
    ReferenceSide buys;
    ReferenceSide sells;
};

// The model of an account; nothing when the ruleset has no such rule.
struct ReferenceModel {
    RuleId rule{no_rule};
    bool of_books{};
};
std::optional<ReferenceModel> model_of(const Rulebook& rules, const ReferenceAccount& account);

struct ReferenceBook {
    BookView view;
    std::vector<PositionView> positions;
};
// Nothing when a price is unknown or a figure does not fit. REQUIRES: lines of one underlying.
std::optional<ReferenceBook> book_of(const ReferenceState& state, const Rulebook& rules,
                                     RuleId rule, std::uint32_t currency,
                                     std::vector<ReferenceBookLine> lines, Timestamp now);

// What the rule asks for the book.
MarginAnswer ask_book(Rulebook& rules, const ReferenceModel& model, const RuleScope& scope,
                      std::uint32_t underlying, const ReferenceBook& book);

}  // namespace riskd::model
