// An accepted order that still works, and the key it is found by: its account and its id.
// Core thread only. Fields that are keys of a table do not change while the order is in it.
#pragma once

#include "riskd/core/event.hpp"
#include "riskd/core/outcome.hpp"

namespace riskd {

struct OpenOrder {
    AccountId account{no_account};
    InstrumentId instrument{no_instrument};
    Id id;
    Side side{};
    OrderType type{};
    TimeInForce time_in_force{};
    bool reduce_only{};
    PositionSide position_side{};
    Quantity quantity;              // as accepted
    mutable Quantity remaining;     // not a key of the order table, so it changes in place
    Price price;                    // limit price; zero for market orders
    Price hold_price;               // the price the hold is computed at
    std::int64_t taker_fee_rate{};  // as it was when accepted; a later change is not for this order
    mutable Money notional;         // of `remaining` at hold_price, in the settlement asset
    mutable Money fee;              // taker fee on it
    mutable Money spot_hold;        // part of the balance set aside; zero for derivatives
    AssetId hold_asset{no_asset};
    Money hold;  // as answered
    Timestamp expires;
    Sequence sequence;  // of the accept
};

// Whether the order works on a position.
constexpr bool is_on(const OpenOrder& order, InstrumentId instrument, PositionSide side) noexcept {
    return order.instrument == instrument && order.position_side == side;
}

struct OrderKey {
    AccountId account{no_account};
    Id id;
    friend bool operator==(const OrderKey&, const OrderKey&) = default;
};

struct OrderKeyHash {
    std::size_t operator()(const OrderKey& key) const noexcept {
        return hash_text(key.id.view(), key.account.raw + 1ULL);
    }
};

}  // namespace riskd
