// The lowest rungs: is the order well formed, for an instrument that trades?
// Pure functions of the request and the terms; no price, no rule, no margin. Any thread.
#pragma once

#include <optional>

#include "riskd/core/event.hpp"
#include "riskd/core/instrument.hpp"
#include "riskd/core/reasons.hpp"

namespace riskd {

std::optional<RejectReason> check_terms(const OrderRequest& request, const Instrument& instrument,
                                        Quantity quantity, Timestamp now) noexcept;

// A pure reduction: smaller than before and never through zero, whatever else of the same side
// fills first. `open` is what already works on the order's side.
struct ExposureChange {
    Quantity position;  // signed
    Side side{};
    Quantity open;
    Quantity quantity;
};
constexpr bool reduces_exposure(const ExposureChange& change) noexcept {
    const bool opposite =
        change.side == Side::buy ? change.position.raw < 0 : change.position.raw > 0;
    return opposite && Wide{change.open.raw} + Wide{change.quantity.raw} <=
                           Wide{magnitude(change.position).raw};
}
static_assert(reduces_exposure({Quantity{+5}, Side::sell, Quantity{0}, Quantity{5}}));
static_assert(!reduces_exposure({Quantity{+5}, Side::sell, Quantity{1}, Quantity{5}}));  // flips
static_assert(!reduces_exposure({Quantity{0}, Side::buy, Quantity{0}, Quantity{1}}));

}  // namespace riskd
