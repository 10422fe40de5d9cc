// How far a forward, or an index, is from a strike: the one input that every option formula shares.
// Pure function of doubles; any thread.
#pragma once

#include <algorithm>
#include <cmath>

namespace riskd {

struct Moneyness {
    double low{};       // the lower of both
    double high{};      // the higher
    double distance{};  // |ln(price / strike)|, to the last digits however close they are
};

// REQUIRES: both above zero and finite.
struct PriceAndStrike {
    double price{};
    double strike{};
};
inline Moneyness moneyness(PriceAndStrike pair) noexcept {
    Moneyness result{.low = std::min(pair.price, pair.strike),
                     .high = std::max(pair.price, pair.strike)};
    const double above = (result.high - result.low) / result.low;
    if (above < 1) {
        result.distance = std::log1p(above);
    } else if (std::isfinite(above)) {
        result.distance = std::log(result.high / result.low);
    } else {
        result.distance = std::log(result.high) - std::log(result.low);
    }
    return result;
}

}  // namespace riskd
