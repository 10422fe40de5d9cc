#include "riskd/core/order_terms.hpp"

namespace riskd {

namespace {

bool is_limit(OrderType type) noexcept {
    return type == OrderType::limit || type == OrderType::stop_limit;
}

bool is_stop(OrderType type) noexcept {
    return type == OrderType::stop_limit || type == OrderType::stop_market;
}

bool on_tick(Price price, const Instrument& instrument) noexcept {
    return price.raw > 0 && price.raw % instrument.terms.tick.raw == 0;
}

bool is_expired(const Instrument& instrument, Timestamp now) noexcept {
    return instrument.terms.expiry.ns != 0 && now >= instrument.terms.expiry;
}

bool terms_agree(const OrderRequest& request, Timestamp now) noexcept {
    const bool immediate =
        request.time_in_force == TimeInForce::ioc || request.time_in_force == TimeInForce::fok;
    if (request.post_only && (immediate || !is_limit(request.type))) return false;
    if (request.time_in_force == TimeInForce::gtd && request.expires <= now) return false;
    return true;
}

}  // namespace

std::optional<RejectReason> check_terms(const OrderRequest& request, const Instrument& instrument,
                                        Quantity quantity, Timestamp now) noexcept {
    const InstrumentDefinition& terms = instrument.terms;
    if (terms.status == InstrumentStatus::halted || terms.status == InstrumentStatus::settled ||
        is_expired(instrument, now)) {
        return RejectReason::instrument_closed;
    }
    if (quantity.raw <= 0 || quantity.raw % terms.lot.raw != 0 || quantity < terms.quantity_min) {
        return RejectReason::incorrect_quantity;
    }
    if (terms.quantity_max.raw > 0 && quantity > terms.quantity_max) {
        return RejectReason::incorrect_quantity;
    }
    if (is_limit(request.type) && !on_tick(request.price, instrument)) {
        return RejectReason::invalid_price_increment;
    }
    if (is_stop(request.type) && !on_tick(request.trigger_price, instrument)) {
        return RejectReason::invalid_price_increment;
    }
    if (!terms_agree(request, now)) return RejectReason::invalid_order_terms;
    return std::nullopt;
}

}  // namespace riskd
