// Tells the rulebook which name each dense id has, as the ledger gave them, so that parameters set
// by name are found. Core thread, or before it starts.
#pragma once

#include "dsl/host.hpp"
#include "riskd/core/event.hpp"
#include "riskd/core/ledger.hpp"

namespace riskd::verbs {

// Groups, assets and instruments; then accounts, as many at once as there is time for.
void define_terms(dsl::LuaRulebook& rulebook, const Ledger& ledger);
// REQUIRES: define_terms() before; ids from begin up to end are of accounts.
void define_accounts(dsl::LuaRulebook& rulebook, const Ledger& ledger, std::uint32_t begin,
                     std::uint32_t end);
// What a definition that was just applied changed; any other event changes nothing.
void define_name(dsl::LuaRulebook& rulebook, const Ledger& ledger, const EventBody& body);

}  // namespace riskd::verbs
