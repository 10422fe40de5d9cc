// Working orders, remembered answers, ids already taken.
#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/ledger.hpp"

namespace riskd {

namespace {

// The open figures of a position that an order of its side adds to.
struct OpenSide {
    Quantity& quantity;
    Money& notional;
    Money& fee;
};

OpenSide open_side(Position& position, Side side) noexcept {
    if (side == Side::buy) {
        return {position.open_buy, position.open_buy_notional, position.open_buy_fee};
    }
    return {position.open_sell, position.open_sell_notional, position.open_sell_fee};
}

}  // namespace

bool Ledger::has_room_for_order(AccountId account) const noexcept {
    return orders_.size() < limits_.open_orders_max &&
           accounts_[index(account)].open_orders < limits_.open_orders_per_account_max;
}

void Ledger::place_order(const OpenOrder& order) {
    RISKD_CHECK(order.remaining.raw > 0);
    const bool inserted = orders_.insert(order).second;
    RISKD_CHECK(inserted);
    Position& position = position_of(order.account, order.instrument, order.position_side);
    const GroupExposure share = share_of(position);
    const OpenSide open = open_side(position, order.side);
    open.quantity = open.quantity + order.remaining;
    open.notional = open.notional + order.notional;
    open.fee = open.fee + order.fee;
    ++position.open_orders;
    Account& account = accounts_[index(order.account)];
    ++account.open_orders;
    track_groups(account.group, share, share_of(position));
    if (order.spot_hold.raw != 0) {
        Balance& balance = balance_of(order.account, order.hold_asset);
        balance.hold = balance.hold + order.spot_hold;
    }
}

void Ledger::shrink_order(const OpenOrder& order, Quantity remaining) noexcept {
    RISKD_CHECK(remaining.raw >= 0);
    RISKD_CHECK(remaining <= order.remaining);
    OrderAmounts left{};
    if (remaining.raw > 0) {
        const Instrument& instrument = instruments_[index(order.instrument)];
        const auto amounts = order_amounts(instrument, {.side = order.side,
                                                        .quantity = remaining,
                                                        .hold_price = order.hold_price,
                                                        .taker_fee_rate = order.taker_fee_rate});
        RISKD_CHECK(amounts.has_value());
        left = *amounts;
    }
    Position& position = position_of(order.account, order.instrument, order.position_side);
    const GroupExposure share = share_of(position);
    const OpenSide open = open_side(position, order.side);
    open.quantity = open.quantity - order.remaining + remaining;
    track_groups(accounts_[index(order.account)].group, share, share_of(position));
    open.notional = open.notional - order.notional + left.notional;
    open.fee = open.fee - order.fee + left.fee;
    if (order.spot_hold.raw != 0) {
        Balance& balance = balance_of(order.account, order.hold_asset);
        balance.hold = balance.hold - order.spot_hold + left.spot_hold;
        RISKD_CHECK(balance.hold.raw >= 0);
    }
    RISKD_CHECK(open.quantity.raw >= 0);
    RISKD_CHECK(open.notional.raw >= 0);
    order.remaining = remaining;
    order.notional = left.notional;
    order.fee = left.fee;
    order.spot_hold = left.spot_hold;
}

void Ledger::release_order(AccountId account, const Id& order) noexcept {
    auto& rows = orders_.get<by_id>();
    const auto row = rows.find(OrderKey{.account = account, .id = order});
    RISKD_CHECK(row != rows.end());
    shrink_order(*row, Quantity{});
    Position& position = position_of(account, row->instrument, row->position_side);
    RISKD_CHECK(position.open_orders > 0);
    --position.open_orders;
    --accounts_[index(account)].open_orders;
    rows.erase(row);
}

void Ledger::remember(const Decision& decision) {
    const auto hash = OrderKeyHash{}(OrderKeyOf{}(decision));
    const auto [row, inserted] = decisions_.get<by_id>().insert(decision);
    static_cast<void>(row);
    if (!inserted) return;
    remembered_digest_ += hash;
    if (decisions_.size() > limits_.orders_remembered_max) {
        auto& oldest_first = decisions_.get<by_age>();
        remembered_digest_ -= OrderKeyHash{}(OrderKeyOf{}(oldest_first.front()));
        oldest_first.pop_front();
    }
}

bool Ledger::remember_id(char kind, AccountId account, const Id& id) {
    const std::uint64_t seed =
        (static_cast<std::uint64_t>(account.raw) << 8) | static_cast<unsigned char>(kind);
    const Fingerprint print{.high = hash_text(id.view(), ~seed), .low = hash_text(id.view(), seed)};
    if (!seen_.get<by_id>().insert(print).second) return false;
    remembered_digest_ += print.low;
    if (seen_.size() > limits_.ids_remembered_max) {
        auto& oldest_first = seen_.get<by_age>();
        remembered_digest_ -= oldest_first.front().low;
        oldest_first.pop_front();
    }
    return true;
}

}  // namespace riskd
