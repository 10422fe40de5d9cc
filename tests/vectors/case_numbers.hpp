// The numbers of a published case, read from their text without floating point on the way:
// "1456.84", "1e-06", "10/3". Test code; any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "riskd/core/decimal.hpp"
#include "riskd/core/units.hpp"

namespace riskd::vectors {

// text x 10^decimals. A quotient is rounded to the nearest; anything else must fit exactly, or the
// test fails.
std::int64_t raw_of(std::string_view text, int decimals);

// The nearest double, as a parameter set in YAML would be.
double number_of(std::string_view text);

// value x 10^decimals, to the nearest.
std::int64_t nearest_raw(double value, int decimals = 8);

inline long double real(Decimal figure) {
    return static_cast<long double>(figure.raw) /
           static_cast<long double>(power_of_ten(figure.decimals));
}

}  // namespace riskd::vectors
