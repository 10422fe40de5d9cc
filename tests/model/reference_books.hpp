// All that an account has on one underlying, revalued by hand in each scenario: written from the
// comments of riskd/core/portfolio.hpp and not from its code. Few sides of open orders are tried in
// every combination. One thread.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
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
    Exact added;     // to the equity, the same; of a position alone nothing
    ReferenceSide buys;
    ReferenceSide sells;
};

// The model of an account; nothing when the ruleset has no such rule.
struct ReferenceModel {
    RuleId rule{no_rule};
    bool of_books{};
    bool of_accounts{};
    bool of_orders{};
    // Orders for spot are then the rule's to count, not their holds.
    bool answers_for_spot() const { return of_accounts && of_orders; }
};
std::optional<ReferenceModel> model_of(const Rulebook& rules, const ReferenceAccount& account);

struct ReferenceBook {
    BookView view;
    std::vector<PositionView> positions;
    std::vector<InstrumentId> instruments;  // of each position
    std::vector<BalanceView> balances;
    std::vector<AssetId> assets;  // of each balance
    std::vector<BookOrderView> orders;
    std::vector<InstrumentId> orders_instruments;  // of each order
};
// Nothing when a price is unknown or a figure does not fit. REQUIRES: lines of one underlying.
std::optional<ReferenceBook> book_of(const ReferenceState& state, const Rulebook& rules,
                                     RuleId rule, std::uint32_t currency,
                                     std::vector<ReferenceBookLine> lines, Timestamp now);

// What a rule sees of a position, but for what only options have.
PositionView position_view(const ReferenceState& state, std::uint32_t currency,
                           const ReferenceBookLine& line, Timestamp now);
double confidence_of(const ReferenceState& state, std::uint32_t instrument);

// Adds what the rule sees of the account besides positions: balances of whole accounts, and orders
// when it looks at them. `asset_holds` are the spot holds by asset. Says whether prices were there.
struct ReferenceAround {
    std::uint32_t account{};
    const ReferenceOrder* without{};
    const ReferenceOrder* with{};
    std::map<std::uint32_t, Exact> balances;  // but for isolated margins
    std::map<std::uint32_t, Exact> holds;
    std::set<std::uint32_t> instruments;  // with a line in the book
};
bool add_around(const ReferenceState& state, const ReferenceModel& model,
                const ReferenceAround& around, Timestamp now, ReferenceBook& book);

// What the rule asks for the book.
MarginAnswer ask_book(Rulebook& rules, const ReferenceModel& model, const RuleScope& scope,
                      std::uint32_t underlying, const ReferenceBook& book);

}  // namespace riskd::model
