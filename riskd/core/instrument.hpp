// An instrument as the ledger keeps it: its terms, its names resolved to ids, its scales resolved
// to factors, its newest prices and the open interest riskd sees. Core thread only.
#pragma once

#include <optional>
#include <vector>

#include "riskd/core/definitions.hpp"
#include "riskd/core/ids.hpp"
#include "riskd/core/prices.hpp"
#include "riskd/core/units.hpp"

namespace riskd {

struct Instrument {
    InstrumentDefinition terms;
    InstrumentId id{no_instrument};
    AssetId base{no_asset};
    AssetId quote{no_asset};
    AssetId settle{no_asset};
    // Raw price x raw quantity x this = raw Money of the settlement asset. Inverse contracts: raw
    // quantity x this / raw price.
    Ratio value_scale;
    Ratio base_scale;         // raw quantity x this = raw Money of the base asset (spot)
    double price_unit{1};     // 10^price_decimals: raw / unit is what a rule sees
    double quantity_unit{1};  // 10^quantity_decimals
    double settle_unit{1};    // 10^decimals of the settlement asset
    double contract_size{1};
    InstrumentId underlying{no_instrument};  // options only
    // Decimals of the price that settlement and funding are told: the instrument's own; of an
    // option they are of its underlying, with four figures more than its prices have.
    std::uint8_t final_price_decimals{};
    std::vector<InstrumentId> options;  // that have this one as their underlying
    Prices prices;
    std::int64_t funding_index{};  // cumulative, in funding_index_decimals(); contract.hpp
    bool has_funding_index{};
    bool stale_reported{};  // an alert for the present spell of staleness is out
    Quantity long_quantity;
    Quantity short_quantity;  // positive
};

// Known, but older than mark_age_max. `now` is the event's time.
inline bool is_stale(const Instrument& instrument, Timestamp now) noexcept {
    return instrument.prices.mark.raw > 0 &&
           now - instrument.prices.as_of > instrument.terms.mark_age_max;
}

// Old or in doubt, if there is one.
inline std::optional<Price> known_mark(const Instrument& instrument) noexcept {
    if (instrument.prices.mark.raw <= 0) return std::nullopt;
    return instrument.prices.mark;
}

// The mark, or nothing when unknown, stale or in doubt.
inline std::optional<Price> fresh_mark(const Instrument& instrument, Timestamp now) noexcept {
    if (instrument.prices.mark.raw <= 0) return std::nullopt;
    if (is_stale(instrument, now) || in_doubt(instrument.prices)) return std::nullopt;
    return instrument.prices.mark;
}

// The strike of an option as rules see it; 10^strike_decimals is exact.
inline double strike_number(const InstrumentDefinition& terms) noexcept {
    return static_cast<double>(terms.strike) /
           static_cast<double>(power_of_ten(terms.strike_decimals));
}

// Until expiry, never below zero. REQUIRES: it has one.
inline double seconds_to_expiry(const Instrument& instrument, Timestamp now) noexcept {
    const std::int64_t left = (instrument.terms.expiry - now).ns;
    return left > 0 ? static_cast<double>(left) / 1e9 : 0.0;
}

struct Asset {
    AssetDefinition terms;
    InstrumentId priced_by{no_instrument};
    bool is_reference{};  // has the value one
    double unit{1};       // 10^decimals
    // Settled in another, but seen by the margin rules of books at prices in this one.
    std::vector<InstrumentId> quoted;
};

}  // namespace riskd
