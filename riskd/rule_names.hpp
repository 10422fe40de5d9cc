// Tells the rulebook which name each dense id has, as the ledger gave them, so that parameters set
// by name are found. Core thread, or before it starts.
#pragma once

#include "dsl/host.hpp"
#include "riskd/core/event.hpp"
#include "riskd/core/ledger.hpp"

namespace riskd::verbs {

void define_all_names(dsl::LuaRulebook& rulebook, const Ledger& ledger);
// What a definition that was just applied changed; any other event changes nothing.
void define_name(dsl::LuaRulebook& rulebook, const Ledger& ledger, const EventBody& body);

}  // namespace riskd::verbs
