// One instrument of an account with its orders, each side filled in turn.
#include <algorithm>
#include <array>

#include "tests/model/reference_figures.hpp"

namespace riskd::model {

std::uint32_t leverage_of(const ReferenceState& state, std::uint32_t account,
                          ReferencePlace place) {
    const auto& positions = state.accounts[account].positions;
    const auto found = positions.find(place);
    std::uint32_t chosen = found == positions.end() ? 0 : found->second.leverage;
    if (chosen == 0) chosen = state.accounts[account].terms.leverage;
    const std::uint32_t highest = state.instruments[place.instrument].terms.leverage_max;
    return chosen == 0 ? highest : std::min(chosen, highest);
}

namespace {

struct OrdersOfSide {
    Exact quantity, notional, fee;
};

// The working orders of the account on the position: those that buy, and those that sell.
std::array<OrdersOfSide, 2> orders_of(const ReferenceState& state, std::uint32_t account,
                                      ReferencePlace place, const ReferenceChange& change) {
    std::array<OrdersOfSide, 2> side;
    const auto add = [&](const ReferenceOrder& order) {
        const bool here = order.place() == place && order.request.account.raw == account &&
                          &order != change.without;
        if (!here) return;
        const auto made = state.amounts(order);
        auto& sums = side[order.request.side == Side::buy ? 0 : 1];
        sums.quantity += order.remaining;
        sums.notional += made.notional;
        sums.fee += made.fee;
    };
    for (const ReferenceOrder& order : state.orders)
        add(order);
    if (change.with != nullptr) add(*change.with);
    return side;
}

}  // namespace

ReferenceWorst worst_of(const ReferenceState& state, std::uint32_t account, ReferencePlace place,
                        const Exact& quantity, const Exact& value, const ReferenceChange& change) {
    const auto side = orders_of(state, account, place, change);
    // A side that can only reduce the position, all of it filled, is not asked.
    const auto held = state.accounts[account].positions.find(place);
    const Exact entry = held == state.accounts[account].positions.end()
                            ? Exact{}
                            : absolute(held->second.entry_value);
    const auto cost_of = [&](const auto& orders, bool against) -> Exact {
        if (!against) return entry + orders.notional;
        const Exact opens = orders.quantity - absolute(quantity);
        return ceiling_of(orders.notional * opens, orders.quantity);
    };
    const bool buys_reduce = quantity < 0 && quantity + side[0].quantity <= 0;
    const bool sells_reduce = quantity > 0 && quantity - side[1].quantity >= 0;
    const Exact if_bought = buys_reduce ? Exact{} : absolute(value + side[0].notional);
    const Exact if_sold = sells_reduce ? Exact{} : absolute(value - side[1].notional);
    const Exact fee =
        std::max(buys_reduce ? Exact{} : side[0].fee, sells_reduce ? Exact{} : side[1].fee);
    ReferenceWorst worst{.notional = if_bought,
                         .quantity = quantity + side[0].quantity,
                         .fee = fee,
                         .asked = {},
                         .opened = {}};
    for (std::size_t i = 0; i < side.size(); ++i) {
        const Exact against = i == 0 ? Exact{-quantity} : quantity;  // what the side can close
        const Exact opens = side[i].quantity - std::max(against, Exact{0});
        if (opens > 0) worst.opened.emplace_back(side[i].notional * opens, side[i].quantity);
    }
    if (if_sold > if_bought) {
        worst.notional = if_sold;
        worst.quantity = quantity - side[1].quantity;
    }
    if (!buys_reduce && side[0].quantity != 0) {
        worst.asked.push_back({.quantity = quantity + side[0].quantity,
                               .notional = if_bought,
                               .entry = cost_of(side[0], quantity < 0),
                               .open = side[0].quantity,
                               .open_notional = side[0].notional,
                               .is_bought = true});
    }
    if (!sells_reduce && side[1].quantity != 0) {
        worst.asked.push_back({.quantity = quantity - side[1].quantity,
                               .notional = if_sold,
                               .entry = cost_of(side[1], quantity > 0),
                               .open = side[1].quantity,
                               .open_notional = side[1].notional,
                               .is_bought = false});
    }
    return worst;
}

}  // namespace riskd::model
