// A decision in words, for those who compare decisions. Pure functions; any thread.
// Names only: limits and figures are for whoever shows the decision itself.
#pragma once

#include <string>

#include "riskd/core/outcome.hpp"

namespace riskd::rulesets {

// "accept", or "reject price_exceeds_current_price_band by check/price_collar".
std::string verdict(const Decision& decision);

// The rule that refused, or the reason where none did. REQUIRES: it was not accepted.
std::string refused_by(const Decision& decision);

}  // namespace riskd::rulesets
