// `riskd rules override`: writes one limit for one account until a time, to be signed by two and
// staged as a bundle is. Asks a running riskd what decides unless it is told. Main thread.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view rules_override_examples =
    "  riskd rules override --account A1 --parameter open_orders.orders_max --value 500 --for 4h\n"
    "                       --reason \"market maker during the auction\" -o more.override\n"
    "  riskd rules override --account A1 --instrument BTC-PERP --parameter "
    "price_collar.deviation_max\n"
    "                       --value 10% --until 2027-01-31T18:00:00Z --reason \"...\" -o "
    "wide.override\n"
    "Then two people sign it, and it is staged and activated as a bundle is. When its time is "
    "over\n"
    "riskd goes back by itself.\n";

VerbBody declare_rules_override(CLI::App& command);

}  // namespace riskd::verbs
