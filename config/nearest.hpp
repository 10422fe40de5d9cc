// The right name nearest to a misspelt one, for messages to the person who wrote it.
// Any thread; pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace riskd::config {

// Nothing near enough: empty. Near is at most a quarter of the letters changed,
// and one letter of a short word.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// "; did you mean `url`?", or nothing when no candidate is near.
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace riskd::config
