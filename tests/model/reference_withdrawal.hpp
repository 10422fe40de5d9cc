// What can leave an account, tried: the withdrawal is booked in a copy of the state, and the
// account summed anew. It says whether an answer is right, and finds none itself. One thread.
#pragma once

#include <optional>
#include <string>

#include "riskd/core/rulebook.hpp"
#include "tests/model/reference_state.hpp"

namespace riskd::model {

struct ReferenceWithdrawal {
    std::uint32_t account{};
    std::uint32_t asset{};
    Timestamp now;
};

// What is wrong with `most` as the largest amount that can leave; empty when nothing is.
std::string fault_of_withdrawable(const ReferenceState& state, Rulebook& rules,
                                  const ReferenceWithdrawal& question, std::optional<Money> most);

}  // namespace riskd::model
