#include "riskd/verbs/demo_clients.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "riskd/core/decimal.hpp"
#include "riskd/core/units.hpp"
#include "riskd/verbs/progress.hpp"

namespace riskd::verbs {

namespace {

using feeds::Topic;
using feeds::Tree;

constexpr std::size_t asked_max = 4'096;

std::int64_t whole_lots(double quantity, const InstrumentDefinition& terms) noexcept {
    const double raw = quantity * static_cast<double>(power_of_ten(terms.quantity_decimals));
    const double bounded = std::min(raw, static_cast<double>(terms.quantity_max.raw) * 1.5);
    const auto lots = static_cast<std::int64_t>(bounded) / terms.lot.raw;
    return std::max(lots, std::int64_t{1}) * terms.lot.raw;
}

}  // namespace

DemoClients::DemoClients(feeds::WireClient& client, const DemoMarket& market,
                         const DemoClientsPlan& plan)
    : client_(client), market_(market), plan_(plan), random_(plan.seed) {
    run_ = std::to_string(wall_ns() / one_second % 1'000'000);
    for (std::size_t i = 0; i < plan.accounts; ++i) {
        Trader trader;
        const double kind = uniform();
        trader.group = kind < 0.85 ? "retail" : kind < 0.95 ? "prime" : "market_makers";
        char name[32];
        std::snprintf(name, sizeof name, "%c-%04zu", trader.group.front(), i + 1);
        trader.name = name;
        const double size = trader.group == "retail" ? 1 : 20;
        trader.deposit = std::round(1'000 * size * std::exp(2 * uniform()));
        trader.leverage = trader.group == "retail"
                              ? 2 + static_cast<int>(38 * uniform() * uniform())
                              : 2 + static_cast<int>(6 * uniform());
        trader.long_bias = trader.group == "market_makers" ? 0.25 : 0.8;
        trader.positions.assign(market.instruments().size(), 0);
        by_name_.emplace(trader.name, traders_.size());
        traders_.push_back(std::move(trader));
    }
}

std::string DemoClients::next_id(const char* kind) {
    return kind + run_ + "-" + std::to_string(++ids_);
}

void DemoClients::open_accounts() {
    feeds::SubjectBuffer buffer;
    std::string payload;
    for (const Trader& trader : traders_) {
        payload.clear();
        const feeds::FieldText fields[] = {{"group", trader.group}, {"currency", "USDT"}};
        feeds::encode_fields(fields, payload);
        client_.publish_fact(client_.subjects().format(Topic::in_account, trader.name, buffer),
                             payload);
    }
}

void DemoClients::publish_money(std::size_t account, std::string_view asset, double amount) {
    char text[40];
    std::snprintf(text, sizeof text, "%.6f", amount);
    const std::string id = next_id("d");
    const feeds::FieldText fields[] = {
        {"id", id}, {"asset", asset}, {"amount", text}, {"kind", "deposit"}};
    std::string payload;
    feeds::encode_fields(fields, payload);
    feeds::SubjectBuffer buffer;
    client_.publish_fact(
        client_.subjects().format(Topic::in_balance, traders_[account].name, buffer), payload);
}

void DemoClients::deposit() {
    for (std::size_t i = 0; i < traders_.size(); ++i) {
        publish_money(i, "USDT", traders_[i].deposit);
        // Some bring a coin as collateral, too.
        if (uniform() < 0.2) publish_money(i, "BTC", traders_[i].deposit * 0.3 / 43'000);
    }
}

double DemoClients::notional(const Order& order) const noexcept {
    const MarketInstrument& instrument = market_.instruments()[order.instrument];
    return static_cast<double>(order.quantity) /
           static_cast<double>(power_of_ten(instrument.terms.quantity_decimals)) * instrument.price;
}

std::size_t DemoClients::find_instrument(std::string_view name) const noexcept {
    const auto& all = market_.instruments();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].terms.name.view() == name) return i;
    }
    return all.size();
}

DemoClients::Order DemoClients::draw_order() {
    Order order;
    order.account = random_() % traders_.size();
    order.instrument = random_() % market_.instruments().size();
    const MarketInstrument& instrument = market_.instruments()[order.instrument];
    const Trader& trader = traders_[order.account];
    const std::int64_t held = trader.positions[order.instrument];
    // Most go their way; some take off what they have.
    const bool closes = held != 0 && uniform() < 0.2;
    order.side = uniform() < trader.long_bias ? Side::buy : Side::sell;
    if (instrument.is_spot()) order.side = held > 0 && uniform() < 0.5 ? Side::sell : Side::buy;
    const double appetite =
        instrument.is_spot() ? 0.1 : trader.leverage * (0.05 + 0.35 * uniform());
    order.quantity = whole_lots(trader.deposit * appetite / instrument.price, instrument.terms);
    if (closes) {
        order.side = held > 0 ? Side::sell : Side::buy;
        order.quantity = std::abs(held);
    } else if (instrument.is_spot() && order.side == Side::sell) {
        order.quantity = std::min(order.quantity, held);
    }
    order.type = uniform() < 0.5 ? OrderType::market : OrderType::limit;
    if (order.type == OrderType::limit) {
        const double away = (uniform() - 0.3) * 0.004 * (order.side == Side::buy ? -1 : 1);
        const std::int64_t tick = instrument.terms.tick.raw;
        const auto raw =
            static_cast<std::int64_t>(static_cast<double>(instrument.mark) * (1 + away));
        order.price = std::max(raw / tick, std::int64_t{1}) * tick;
    }
    return order;
}

// A finger too thick, a price from another screen.
void DemoClients::mistake(Order& order) {
    const InstrumentDefinition& terms = market_.instruments()[order.instrument].terms;
    const double kind = uniform();
    if (kind < 0.4) {
        order.quantity = std::min(order.quantity * 200, terms.quantity_max.raw * 3);
    } else if (kind < 0.8 && order.type == OrderType::limit) {
        order.price = order.price * 13 / 10 / terms.tick.raw * terms.tick.raw;
    } else {
        order.quantity = terms.quantity_max.raw * 2;
    }
}

void DemoClients::ask(Order order) {
    if (asked_.size() >= asked_max) return;
    const MarketInstrument& instrument = market_.instruments()[order.instrument];
    const DecimalText quantity{order.quantity, instrument.terms.quantity_decimals};
    const DecimalText price{order.price, instrument.terms.price_decimals};
    const bool is_limit = order.type == OrderType::limit;
    const feeds::FieldText fields[] = {{"order", order.id},
                                       {"instrument", instrument.terms.name.view()},
                                       {"side", name(order.side)},
                                       {"type", name(order.type)},
                                       {"price", is_limit ? price.view() : std::string_view{}},
                                       {"quantity", quantity.view()},
                                       {"time_in_force", is_limit ? "gtc" : "ioc"},
                                       {"reduce_only", order.is_liquidation ? "true" : ""}};
    std::string payload;
    feeds::encode_fields(fields, payload);
    feeds::SubjectBuffer buffer;
    const std::string_view subject =
        client_.subjects().format(Topic::check, traders_[order.account].name, buffer);
    if (!client_.request(subject, payload, ++asked_number_)) return;
    ++counters_.checks;
    asked_.emplace(asked_number_, std::move(order));
}

// What a broken client sends.
void DemoClients::ask_nonsense() {
    feeds::SubjectBuffer buffer;
    const Trader& trader = traders_[random_() % traders_.size()];
    const std::string_view payload =
        uniform() < 0.5
            ? R"({"order":"x1","instrument":"BTC-PERP","side":"buy","type":"limit","price":"1",)"
              R"("quantity":"ten"})"
            : R"({"order":"x2","instrument":"GOLD-PERP","side":"buy","type":"market",)"
              R"("quantity":"1"})";
    if (client_.request(client_.subjects().format(Topic::check, trader.name, buffer), payload, 0)) {
        ++counters_.checks;
    }
}

void DemoClients::tick(std::int64_t now_ns) {
    if (last_ns_ == 0) last_ns_ = now_ns;
    owed_checks_ += static_cast<double>(now_ns - last_ns_) / 1e9 * plan_.checks_per_second;
    owed_checks_ = std::min(owed_checks_, plan_.checks_per_second);
    last_ns_ = now_ns;
    for (; owed_checks_ >= 1; owed_checks_ -= 1) {
        if (uniform() < 0.005) {
            ask_nonsense();
            continue;
        }
        Order order = draw_order();
        order.id = next_id("o");
        if (uniform() < 0.03) mistake(order);
        ask(std::move(order));
    }
    while (!closing_.empty() && closing_.front().due_ns <= now_ns) {
        ask(std::move(closing_.front()));
        closing_.pop_front();
    }
    while (!refills_.empty() && refills_.front().due_ns <= now_ns) {
        publish_money(refills_.front().account, "USDT",
                      traders_[refills_.front().account].deposit * 0.6);
        refills_.pop_front();
    }
    work(now_ns);
    follow_up(now_ns);
}

}  // namespace riskd::verbs
