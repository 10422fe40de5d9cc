// The tables of docs/RULES.md, made from the schema and from the loaded rules, so that the manual
// cannot say what the language does not have. Markdown; pure.
#pragma once

#include <span>
#include <string>

#include "dsl/host.hpp"

namespace riskd::dsl {

// Every view with its fields, the enumerations and the functions of the language.
std::string language_tables();

// What each rule does, its reason, and its parameters with default, bounds and direction.
std::string rule_tables(std::span<const RuleDescription> rules);

}  // namespace riskd::dsl
