#include "tests/integration/oms_model_books.hpp"

#include <algorithm>

namespace riskd::tests {
namespace {

__extension__ using Int128 = __int128;

std::int64_t divide_down(Int128 a, Int128 b) {
    const Int128 quotient = a / b;
    return static_cast<std::int64_t>(a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient);
}
std::int64_t divide_up(Int128 a, Int128 b) {
    return -divide_down(-a, b);
}

std::string key_of(const Fact& fact) {
    // Ids are unique in the account for fills and balance changes, everywhere for transfers and in
    // the instrument for funding.
    switch (fact.kind) {
        case FactKind::balance: return "b/" + fact.account + "/" + fact.id;
        case FactKind::transfer: return "t/" + fact.id;
        case FactKind::fill: return "f/" + fact.account + "/" + fact.id;
        case FactKind::funding: return "n/" + std::to_string(fact.listing) + "/" + fact.id;
        case FactKind::account:
        case FactKind::order_ended:
        case FactKind::order_shrunk: return "";
    }
    return "";
}

}  // namespace

void Books::book(const std::vector<AcceptedOrder>& orders, std::vector<Fact> facts) {
    for (const AcceptedOrder& order : orders) {
        accounts_[order.account].working[order.id] = {order, order.quantity};
    }
    std::sort(facts.begin(), facts.end(), [](const Fact& left, const Fact& right) {
        return left.stream_sequence < right.stream_sequence;
    });
    for (const Fact& fact : facts) {
        const std::string key = key_of(fact);
        if (key.empty() || seen_.insert(key).second) book_fact(fact);
    }
    for (const AcceptedOrder& order : orders) {
        if (!order.replaces.empty()) accounts_[order.account].working.erase(order.replaces);
    }
}

void Books::book_fact(const Fact& fact) {
    switch (fact.kind) {
        case FactKind::account: return open(fact.account);
        case FactKind::balance: accounts_[fact.account].balances[fact.asset] += fact.amount; return;
        case FactKind::transfer:
            accounts_[fact.account].balances[fact.asset] -= fact.amount;
            accounts_[fact.to].balances[fact.asset] += fact.amount;
            return;
        case FactKind::fill: return book_fill(fact);
        case FactKind::order_ended: return shrink(fact, 0);
        case FactKind::order_shrunk: return shrink(fact, fact.quantity);
        case FactKind::funding: return book_funding(fact);
    }
}

void Books::shrink(const Fact& fact, std::int64_t remaining) {
    auto& working = accounts_[fact.account].working;
    const auto row = working.find(fact.order);
    if (row == working.end()) return;
    row->second.remaining = std::min(row->second.remaining, remaining);
    if (row->second.remaining <= 0) working.erase(row);
}

void Books::book_fill(const Fact& fact) {
    BookedAccount& account = accounts_[fact.account];
    const auto row = account.working.find(fact.order);
    if (row != account.working.end()) shrink(fact, row->second.remaining - fact.quantity);
    const Listing& listing = listings[fact.listing];
    if (listing.spot) return book_spot_fill(fact);

    BookedPosition& position = account.positions[fact.listing];
    const std::int64_t signed_quantity = fact.buys ? fact.quantity : -fact.quantity;
    const std::int64_t cost = signed_quantity * fact.price * listing.value_scale;
    const bool closes = position.quantity != 0 && (position.quantity > 0) != (signed_quantity > 0);
    std::int64_t realized = 0;
    if (closes) {
        const std::int64_t held = std::abs(position.quantity);
        const std::int64_t closed = std::min(held, fact.quantity);
        // Each closed share is rounded up, against the customer; what is left keeps the rest.
        const std::int64_t entry = divide_up(Int128{position.entry_value} * closed, held);
        const std::int64_t spent = divide_up(Int128{cost} * closed, fact.quantity);
        realized = -(entry + spent);
        position.entry_value += cost - entry - spent;
    } else {
        position.entry_value += cost;
    }
    position.quantity += signed_quantity;
    position.realized += realized;
    account.balances["USDT"] += realized - fact.amount;
}

void Books::book_spot_fill(const Fact& fact) {
    BookedAccount& account = accounts_[fact.account];
    const Listing& listing = listings[fact.listing];
    const std::int64_t base = fact.quantity * base_scale;
    const std::int64_t quote = fact.quantity * fact.price * listing.value_scale;
    account.balances[std::string(listing.base)] += fact.buys ? base : -base;
    account.balances["USDT"] += (fact.buys ? -quote : quote) - fact.amount;
}

void Books::book_funding(const Fact& fact) {
    const Listing& listing = listings[fact.listing];
    for (auto& [name, account] : accounts_) {
        const auto row = account.positions.find(fact.listing);
        if (row == account.positions.end() || row->second.quantity == 0) continue;
        const std::int64_t worth = row->second.quantity * fact.price * listing.value_scale;
        const std::int64_t payment = divide_down(-Int128{worth} * fact.amount, 100'000'000);
        row->second.realized += payment;
        account.balances["USDT"] += payment;
    }
}

}  // namespace riskd::tests
