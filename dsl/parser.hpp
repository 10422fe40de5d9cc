// Reads tokens into a tree. Parses all of Lua's statements and refuses by name those that the
// language does not have; stops at the first place where it cannot go on. Load time only.
#pragma once

#include <string_view>

#include "dsl/ast.hpp"
#include "dsl/source.hpp"

namespace riskd::dsl {

inline constexpr int depth_max = 24;     // of parentheses and of blocks in each other
inline constexpr int weight_max = 32;    // of an expression: about the registers it holds at once
inline constexpr int nodes_max = 4'000;  // expressions and statements of a file
inline constexpr int arguments_max = 8;  // of one call, and parameters of one function

// With a fault in `diagnostics` the tree may be incomplete and must not be emitted.
File parse(std::string_view source, Diagnostics& diagnostics);

}  // namespace riskd::dsl
