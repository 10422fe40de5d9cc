// `riskd rules schema`: the whole rule language, for programs and for editors, made from the schema
// that the checker reads. Main thread; reads nothing, writes to standard output.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view rules_schema_examples =
    "  riskd rules schema                       # JSON\n"
    "  riskd rules schema --lua > rules/riskd.meta.lua\n"
    "The second is read by the Lua language server, which then completes and explains names.\n";

VerbBody declare_rules_schema(CLI::App& command);

}  // namespace riskd::verbs
