// Equity, margins and exposures of one account, summed from its balances, positions and orders each
// time, by the formulas at the top of riskd/core/margin.hpp. One thread.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "riskd/core/rulebook.hpp"
#include "tests/model/reference_state.hpp"

namespace riskd::model {

struct ReferenceFigures {
    Exact equity;
    Exact initial_margin;
    Exact maintenance_margin;
    Exact owed;
    Exact net_pnl;
    Exact gross_exposure;
    Exact net_exposure;
    Exact gross_exposure_after;
    bool complete{true};
    RuleFault fault{};
    RuleId rule{no_rule};

    AccountMargin margin() const;
};

// What if: the account without one of its orders, with another one.
struct ReferenceChange {
    const ReferenceOrder* without{};
    const ReferenceOrder* with{};
};

ReferenceFigures figures_of(const ReferenceState& state, Rulebook& rules, std::uint32_t account,
                            Timestamp now, const ReferenceChange& change = {});

// What a margin rule is asked about.
struct ReferenceAsked {
    Exact quantity;  // signed
    Exact notional;
    Exact entry;  // what it cost, without its sign
    // The orders that would lead there, if any.
    Exact open;
    Exact open_notional;
    bool is_bought{};
};

// One position of an account with its orders: what the worse side would leave.
struct ReferenceWorst {
    Exact notional;
    Exact quantity;                               // signed
    Exact fee;                                    // the larger of the two sides
    std::vector<ReferenceAsked> asked;            // of each side with orders
    std::vector<std::pair<Exact, Exact>> opened;  // notional that closes nothing, as a fraction
};
ReferenceWorst worst_of(const ReferenceState& state, std::uint32_t account, ReferencePlace place,
                        const Exact& quantity, const Exact& value, const ReferenceChange& change);

MarginView margin_view(const ReferenceState& state, std::uint32_t account, ReferencePlace place,
                       const ReferenceAsked& asked, Timestamp now);

// The price at which a quantity costs what it did, as rules see it.
double entry_price_of(const ReferenceState& state, std::uint32_t instrument, const Exact& quantity,
                      const Exact& cost);

// What was chosen for the instrument, else for the account, else the highest; never above that.
std::uint32_t leverage_of(const ReferenceState& state, std::uint32_t account, ReferencePlace place);

// Until expiry, never below zero; NaN when it has none.
double seconds_left(const InstrumentDefinition& terms, Timestamp now);
// From which margin counts it.
Timestamp minute_start(Timestamp now);

// A rule's number as raw money: the nearest quantum when within double rounding, else against the
// customer.
std::optional<Exact> money_of(double number, double unit, bool up);

double reference_ratio(const AccountMargin& margin);
AccountView reference_account_view(const ReferenceState& state, std::uint32_t account,
                                   const ReferenceFigures& figures);

// balances without haircut + what positions add - net deposits, piece by piece, by these marks.
Exact net_pnl_by_marks(const ReferenceState& state, std::uint32_t account);

}  // namespace riskd::model
