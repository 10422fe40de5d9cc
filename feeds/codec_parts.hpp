// Pieces that several messages share: names by id, amounts in the decimals they belong to, the
// margin object. Used by the encoders only; their thread.
#pragma once

#include <string_view>

#include "feeds/codec_encode.hpp"
#include "feeds/json_writer.hpp"
#include "riskd/core/margin.hpp"

namespace riskd::feeds {

inline std::string_view account_name(const Ledger& ledger, AccountId id) noexcept {
    return is_known(id) ? ledger.account(id).terms.name.view() : std::string_view{};
}
inline std::string_view instrument_name(const Ledger& ledger, InstrumentId id) noexcept {
    return is_known(id) ? ledger.instrument(id).terms.name.view() : std::string_view{};
}
inline std::string_view asset_name(const Ledger& ledger, AssetId id) noexcept {
    return is_known(id) ? ledger.asset(id).terms.name.view() : std::string_view{};
}

inline Decimal in_asset(const Ledger& ledger, AssetId asset, Money amount) noexcept {
    const std::uint8_t decimals = is_known(asset) ? ledger.asset(asset).terms.decimals : 0;
    return {.raw = amount.raw, .decimals = decimals};
}
inline Decimal as_price(const Instrument& instrument, Price price) noexcept {
    return {.raw = price.raw, .decimals = instrument.terms.price_decimals};
}
inline Decimal as_quantity(const Instrument& instrument, Quantity quantity) noexcept {
    return {.raw = quantity.raw, .decimals = instrument.terms.quantity_decimals};
}

// Only in hedge mode is there more than one position of an instrument.
inline void write_position_side(JsonWriter& json, PositionSide side) {
    if (side != PositionSide::net) json.key("position_side").string(name(side));
}

struct WriteMargin {
    const Ledger& ledger;
    AssetId currency{no_asset};
};

// equity, initial_margin, maintenance_margin, available_margin, and `complete` only when false.
inline void write_margin(JsonWriter& json, const WriteMargin& in, const AccountMargin& margin) {
    json.begin_object();
    json.key("equity").decimal(in_asset(in.ledger, in.currency, margin.equity));
    json.key("initial_margin").decimal(in_asset(in.ledger, in.currency, margin.initial_margin));
    json.key("maintenance_margin")
        .decimal(in_asset(in.ledger, in.currency, margin.maintenance_margin));
    json.key("available_margin")
        .decimal(in_asset(in.ledger, in.currency, margin.equity - margin.initial_margin));
    if (!margin.complete) json.key("complete").boolean(false);
    json.end_object();
}

inline void write_amount(JsonWriter& json, const Ledger& ledger, AssetId asset, Money amount) {
    json.begin_object();
    json.key("asset").string(asset_name(ledger, asset));
    json.key("amount").decimal(in_asset(ledger, asset, amount));
    json.end_object();
}

// Where an account stands. `margin` is its state now or at its latest evaluation.
inline void write_standing(JsonWriter& json, const Ledger& ledger, const Account& account,
                           const AccountMargin& margin) {
    const auto amount = [&](Money money) { return in_asset(ledger, account.currency, money); };
    json.key("account").string(account.terms.name.view());
    json.key("group").string(ledger.group_name(account.group));
    json.key("status").string(name(account.status));
    json.key("stage").string(name(account.stage));
    json.key("currency").string(asset_name(ledger, account.currency));
    json.key("equity").decimal(amount(margin.equity));
    json.key("initial_margin").decimal(amount(margin.initial_margin));
    json.key("maintenance_margin").decimal(amount(margin.maintenance_margin));
    json.key("available_margin").decimal(amount(margin.equity - margin.initial_margin));
    json.key("headroom").decimal(amount(margin.equity - margin.maintenance_margin));
    json.key("margin_ratio").decimal(decimal_from_double(margin_ratio(margin)));
    json.key("complete").boolean(margin.complete);
}

}  // namespace riskd::feeds
