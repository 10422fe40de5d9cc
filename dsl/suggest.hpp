// The known name nearest to a misspelt one, for "did you mean". Pure; load time.
// It only suggests: a name that is not known is refused, however near it is to another.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace riskd::dsl {

// Insertions, deletions, replacements and swaps of neighbours between two texts.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of `known`, or empty when none is near (a third of the length, at least one).
std::string_view nearest(std::string_view name, std::span<const std::string_view> known);

// "; did you mean `x`?" or nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

}  // namespace riskd::dsl
