#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "riskd/core/decimal.hpp"
#include "riskd/core/reference_fields.hpp"
#include "riskd/verbs/demo_clients.hpp"

// What becomes of accepted orders, and the liquidation executor.
namespace riskd::verbs {

namespace {

using feeds::Arrival;
using feeds::Topic;
using feeds::Tree;

constexpr double fee_rate = 0.0005;

}  // namespace

bool DemoClients::is_crossed(const Order& order) const noexcept {
    const std::int64_t mark = market_.instruments()[order.instrument].mark;
    return order.side == Side::buy ? mark <= order.price : mark >= order.price;
}

void DemoClients::work(std::int64_t now_ns) {
    for (std::size_t i = 0; i < working_.size();) {
        const Order& order = working_[i];
        const bool is_market = order.type == OrderType::market;
        const bool is_filled = is_market ? order.due_ns <= now_ns : is_crossed(order);
        if (!is_filled && order.due_ns > now_ns) {
            ++i;
            continue;
        }
        if (is_filled) {
            fill(order);
        } else {
            cancel(order);
        }
        working_[i] = std::move(working_.back());
        working_.pop_back();
    }
}

void DemoClients::fill(const Order& order) {
    const MarketInstrument& instrument = market_.instruments()[order.instrument];
    Trader& trader = traders_[order.account];
    const bool is_market = order.type == OrderType::market;
    const DecimalText price{is_market ? instrument.mark : order.price,
                            instrument.terms.price_decimals};
    const DecimalText quantity{order.quantity, instrument.terms.quantity_decimals};
    char fee[40];
    std::snprintf(fee, sizeof fee, "%.6f", notional(order) * fee_rate);
    const std::string id = next_id("f");
    const feeds::FieldText fields[] = {{"fill", id},
                                       {"order", order.id},
                                       {"instrument", instrument.terms.name.view()},
                                       {"side", name(order.side)},
                                       {"price", price.view()},
                                       {"quantity", quantity.view()},
                                       {"fee", fee},
                                       {"fee_asset", "USDT"},
                                       {"liquidity", is_market ? "taker" : "maker"}};
    std::string payload;
    feeds::encode_fields(fields, payload);
    feeds::SubjectBuffer buffer;
    client_.publish_fact(client_.subjects().format(Topic::in_fill, trader.name, buffer), payload);
    trader.positions[order.instrument] +=
        order.side == Side::buy ? order.quantity : -order.quantity;
    ++counters_.fills;
}

void DemoClients::cancel(const Order& order) {
    const std::string id = next_id("u");
    const feeds::FieldText fields[] = {{"id", id}, {"order", order.id}, {"event", "cancelled"}};
    std::string payload;
    feeds::encode_fields(fields, payload);
    feeds::SubjectBuffer buffer;
    client_.publish_fact(
        client_.subjects().format(Topic::in_order, traders_[order.account].name, buffer), payload);
    ++counters_.cancels;
}

void DemoClients::cancel_all(std::size_t account) {
    for (std::size_t i = 0; i < working_.size();) {
        if (working_[i].account != account || working_[i].is_liquidation) {
            ++i;
            continue;
        }
        cancel(working_[i]);
        working_[i] = std::move(working_.back());
        working_.pop_back();
    }
}

void DemoClients::take(const Arrival& arrival, std::int64_t now_ns) {
    if (arrival.kind == Arrival::Kind::message) {
        const auto subject = client_.subjects().parse(arrival.subject);
        if (!subject || subject->topic != Topic::out_liquidation) return;
        const auto trigger = Tree::parse(arrival.payload);
        if (trigger) take_trigger(*trigger, subject->token, now_ns);
        return;
    }
    auto asked = asked_.find(arrival.number);
    const auto answer =
        arrival.kind == Arrival::Kind::answer ? Tree::parse(arrival.payload) : std::nullopt;
    const std::string_view decision = answer ? (*answer)["decision"].text() : std::string_view{};
    if (decision == "accept") {
        ++counters_.accepts;
        if (asked != asked_.end()) {
            Order order = std::move(asked->second);
            const std::int64_t patience =
                order.type == OrderType::market ? 200 * ms : 8 * one_second;
            order.due_ns = now_ns + static_cast<std::int64_t>((0.3 + uniform()) *
                                                              static_cast<double>(patience));
            working_.push_back(std::move(order));
        }
    } else if (decision == "reject") {
        ++counters_.rejects;
        if (asked != asked_.end()) ask_smaller(asked->second, *answer, now_ns);
    } else if (decision == "malformed") {
        ++counters_.malformed;
    } else {
        ++counters_.unanswered;
    }
    if (asked != asked_.end()) asked_.erase(asked);
}

// A close too large for one order goes in parts, as large as the answer says.
void DemoClients::ask_smaller(const Order& order, const Tree& answer, std::int64_t now_ns) {
    if (!order.is_liquidation) return;
    const InstrumentDefinition& terms = market_.instruments()[order.instrument].terms;
    const DecimalRead largest =
        parse_decimal(answer["largest_quantity"].text(), terms.quantity_decimals);
    if (largest.fault != DecimalFault::none || largest.raw <= 0) return;
    Order part = order;
    part.quantity = largest.raw;
    part.due_ns = now_ns;
    part.id = next_id("liq");
    closing_.push_back(std::move(part));
}

void DemoClients::take_trigger(const Tree& trigger, std::string_view account, std::int64_t now_ns) {
    const auto found = by_name_.find(std::string{account});
    if (found == by_name_.end()) return;
    const std::string_view stage = trigger["stage"].text();
    if (stage == "margin_call") {
        ++counters_.margin_calls;
        return;
    }
    if (stage == "closed") {
        ++counters_.closed;
        liquidating_.erase(found->second);
        refills_.push_back({.due_ns = now_ns + 15 * one_second, .account = found->second});
        return;
    }
    if (stage == "reduce") ++counters_.reductions;
    if (stage == "liquidate") {
        ++counters_.liquidations;
        liquidating_[found->second] = now_ns + one_second;
    }
    cancel_all(found->second);
    for (const Tree& leg : trigger["close"].elements())
        close_leg(found->second, leg, now_ns);
}

// Asked a moment later, when the cancels have arrived, as any order is: with a check.
void DemoClients::close_leg(std::size_t account, const Tree& leg, std::int64_t now_ns) {
    Order order;
    order.account = account;
    order.instrument = find_instrument(leg["instrument"].text());
    if (order.instrument == market_.instruments().size()) return;
    const InstrumentDefinition& terms = market_.instruments()[order.instrument].terms;
    const DecimalRead quantity = parse_decimal(leg["quantity"].text(), terms.quantity_decimals);
    if (quantity.fault != DecimalFault::none || quantity.raw <= 0) return;
    order.side = leg["side"].text() == "buy" ? Side::buy : Side::sell;
    order.type = OrderType::market;
    order.is_liquidation = true;
    order.quantity = quantity.raw;
    order.due_ns = now_ns + 100 * ms;
    order.id = next_id("liq");
    closing_.push_back(std::move(order));
}

bool DemoClients::is_closing(std::size_t account) const noexcept {
    const auto is_of_account = [account](const Order& order) {
        return order.is_liquidation && order.account == account;
    };
    return std::any_of(closing_.begin(), closing_.end(), is_of_account) ||
           std::any_of(working_.begin(), working_.end(), is_of_account) ||
           std::any_of(asked_.begin(), asked_.end(),
                       [&](const auto& row) { return is_of_account(row.second); });
}

void DemoClients::close_position(std::size_t account, std::size_t instrument, std::int64_t due_ns) {
    const std::int64_t held = traders_[account].positions[instrument];
    Order order;
    order.account = account;
    order.instrument = instrument;
    order.side = held > 0 ? Side::sell : Side::buy;
    order.type = OrderType::market;
    order.is_liquidation = true;
    order.quantity = std::abs(held);
    order.due_ns = due_ns;
    order.id = next_id("liq");
    closing_.push_back(std::move(order));
}

// A trigger comes once: what was refused or filled in between is for the executor to see to.
void DemoClients::follow_up(std::int64_t now_ns) {
    for (auto& [account, look_ns] : liquidating_) {
        if (now_ns < look_ns) continue;
        look_ns = now_ns + one_second;
        if (is_closing(account)) continue;
        cancel_all(account);
        for (std::size_t i = 0; i < market_.instruments().size(); ++i) {
            const bool is_held = traders_[account].positions[i] != 0;
            if (is_held && !market_.instruments()[i].is_spot()) {
                close_position(account, i, now_ns + 100 * ms);
            }
        }
    }
}

}  // namespace riskd::verbs
