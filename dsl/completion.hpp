// The rule language told to programs: as JSON, and as a file of declarations for the Lua language
// server, so that an editor completes and explains what a rule can name. Both are made from the
// schema that the checker reads, so they cannot drift from it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace riskd::dsl {

// Files that end so tell an editor of the language and are no rules.
inline constexpr std::string_view completion_ending = ".meta.lua";

// One JSON object: schema_version, views, enumerations, functions, kinds of rule and of parameter.
std::string language_json();

// What rules/riskd.meta.lua holds.
std::string language_completion();

}  // namespace riskd::dsl
