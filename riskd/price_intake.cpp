#include "riskd/price_intake.hpp"

namespace riskd::verbs {

void PriceIntake::take(const PriceUpdate& update) {
    const std::size_t at = index(update.instrument);
    if (at >= newest_.size()) {
        newest_.resize(at + 1);
        waiting_.resize(at + 1);
    }
    PriceUpdate& newest = newest_[at];
    if (!waiting_[at]) {
        waiting_[at] = true;
        newest = update;
        changed_.push_back(update.instrument);
        return;
    }
    ++conflated_;
    if (update.as_of < newest.as_of) return;
    const auto merge = [&](Price PriceUpdate::*field, PriceFault fault) {
        if (update.faults.has(fault)) newest.faults.add(fault);
        if ((update.*field).raw <= 0) return;
        newest.*field = update.*field;
        newest.faults.remove(fault);
    };
    merge(&PriceUpdate::index, PriceFault::index);
    merge(&PriceUpdate::bid, PriceFault::bid);
    merge(&PriceUpdate::ask, PriceFault::ask);
    if (update.implied_volatility > 0) newest.implied_volatility = update.implied_volatility;
    if (update.has_interest_rate) {
        newest.has_interest_rate = true;
        newest.interest_rate = update.interest_rate;
    }
    // as_of is when the mark was made, and confidence is the mark's.
    if (update.faults.has(PriceFault::mark)) newest.faults.add(PriceFault::mark);
    if (update.mark.raw > 0 || newest.mark.raw <= 0) {
        if (update.mark.raw > 0) newest.faults.remove(PriceFault::mark);
        newest.mark = update.mark;
        newest.confidence = update.confidence;
        newest.as_of = update.as_of;
    }
}

}  // namespace riskd::verbs
