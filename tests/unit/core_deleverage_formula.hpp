// The written formula of auto-deleveraging in rational numbers that never round, taken from the
// header's words and nothing of the code. Test threads.
#pragma once

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>

#include "riskd/core/deleverage.hpp"

namespace riskd::test {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

inline cpp_int rounded_down(const cpp_rational& value) {
    const cpp_int above = numerator(value);
    const cpp_int below = denominator(value);
    cpp_int quotient = above / below;  // toward zero
    if (above < 0 && quotient * below != above) --quotient;
    return quotient;
}
inline cpp_int rounded_up(const cpp_rational& value) {
    return -rounded_down(-value);
}

inline cpp_int written_score(const cpp_rational& pnl, const cpp_rational& entry,
                             const cpp_rational& notional, const cpp_rational& equity) {
    const cpp_int most = score_max;
    if (pnl == 0 || (pnl < 0 && equity <= 0)) return 0;
    if (pnl > 0 && (entry == 0 || equity <= 0)) return most;
    if (pnl < 0 && (entry == 0 || notional == 0)) return -most;
    const cpp_rational profit = pnl / abs(entry);
    const cpp_rational leverage = notional / equity;
    const cpp_rational factor = pnl > 0 ? leverage : cpp_rational{1 / leverage};
    const cpp_rational score = profit * factor;
    const cpp_rational scaled = score * 1'000'000'000;
    const cpp_int cut = scaled < 0 ? rounded_up(scaled) : rounded_down(scaled);
    return std::clamp<cpp_int>(cut, -most, most);
}

}  // namespace riskd::test
