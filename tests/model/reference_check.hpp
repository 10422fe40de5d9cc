// May this order be sent? The rungs of RejectReason from the first to the last, each asked in full
// from the state. One thread.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "riskd/core/rulebook.hpp"
#include "tests/model/reference_figures.hpp"
#include "tests/model/reference_state.hpp"

namespace riskd::model {

struct ReferenceVerdict {
    Decision decision;
    std::vector<std::pair<RuleId, RuleFault>> faults;  // of the order itself
    std::vector<RuleAnswer> answers;                   // the same
    ReferenceOrder order;                              // what an accept puts to work
};

ReferenceVerdict check_order(const ReferenceState& state, Rulebook& rules,
                             const OrderRequest& request, Timestamp now);

}  // namespace riskd::model
