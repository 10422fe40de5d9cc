// One layout for rule files: two blanks a level, one statement or table entry a line where it does
// not fit, aligned names, blank lines at most one, comments kept. Formatting what is formatted
// changes nothing, and the tree of the rule is never changed. Pure; load time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dsl/ast.hpp"
#include "dsl/source.hpp"

namespace riskd::dsl {

// Nothing when the text does not parse; the faults are in `diagnostics`. What the checker alone
// would refuse is formatted all the same.
std::optional<std::string> format(std::string_view source, Diagnostics& diagnostics);

// Whether two files say the same, wherever it stands in them.
bool same_tree(const File& a, const File& b);

}  // namespace riskd::dsl
