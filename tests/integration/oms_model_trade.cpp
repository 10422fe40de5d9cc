// The random business of the order management system: orders, fills, money and prices.
#include <algorithm>

#include "tests/integration/oms_model.hpp"

namespace riskd::tests {
namespace {

constexpr std::size_t questions_max = 48;  // in flight
constexpr std::size_t facts_max = 256;     // not confirmed

std::string quoted(const std::string& name, const std::string& value) {
    return "\"" + name + "\":\"" + value + "\"";
}

}  // namespace

std::int64_t Oms::pick(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
}

void Oms::trade(int actions) {
    for (int i = 0; i < actions && nats_.connected(); ++i) {
        if (in_flight_ >= questions_max || waiting_.size() >= facts_max) break;
        act();
    }
    pump(1);
}

void Oms::trade_unheard(int actions) {
    for (int i = 0; i < actions; ++i)
        act();
    nats_.send();
}

void Oms::act() {
    const std::int64_t roll = pick(1, 1000);
    if (roll <= 380) return ask_new_order();
    if (roll <= 430) return ask_replacement();
    if (roll <= 660) return fill_some();
    if (roll <= 740) return end_some();
    if (roll <= 780) return shrink_some();
    if (roll <= 840) return change_balance();
    if (roll <= 870) return transfer();
    if (roll <= 874) return fund();
    if (roll <= 885) return fill_without_order();
    if (roll <= 915) return repeat_question();
    if (roll <= 930) return repeat_fact();
    send_prices();
}

// A walk that is drawn back to where it began and now and then jumps: some accounts fall.
void Oms::move_marks() {
    for (std::size_t i = 0; i < listings.size(); ++i) {
        const std::int64_t start = listings[i].start_price;
        const std::int64_t step = chance(5) ? start / 20 : start / 400;
        marks_[i] += pick(-step, step) + (start - marks_[i]) / 40;
        marks_[i] = std::clamp(marks_[i], start * 88 / 100, start * 112 / 100);
    }
}

void Oms::send_prices() {
    move_marks();
    for (std::size_t i = 0; i < listings.size(); ++i) {
        const std::string mark = decimal_text(marks_[i], listings[i].price_decimals);
        nats_.publish("risk.in.price." + std::string(listings[i].name),
                      "{" + quoted("mark", mark) + "," + quoted("index", mark) + "}");
    }
    nats_.publish("risk.in.price.ETH-USDT", R"({"mark":"2000"})");
    ++counters_.prices;
}

std::size_t Oms::place(AcceptedOrder terms, bool market, bool reduce_only) {
    const std::size_t number = orders_.size();
    const Listing& listing = listings[terms.listing];
    terms.id = "o-" + std::to_string(number);
    OmsOrder order;
    order.question = "{" + quoted("order", terms.id) + "," +
                     quoted("instrument", std::string(listing.name)) + "," +
                     quoted("side", terms.buys ? "buy" : "sell") + "," +
                     quoted("type", market ? "market" : "limit") + "," +
                     quoted("quantity", decimal_text(terms.quantity, listing.quantity_decimals));
    if (!market) {
        order.question += "," + quoted("price", decimal_text(terms.price, listing.price_decimals));
    }
    if (!terms.replaces.empty()) order.question += "," + quoted("replaces", terms.replaces);
    if (reduce_only) order.question += ",\"reduce_only\":true";
    order.question += "}";
    order.terms = std::move(terms);
    orders_.push_back(std::move(order));
    ask(number);
    return number;
}

void Oms::ask_new_order() {
    AcceptedOrder terms;
    terms.account = accounts_[static_cast<std::size_t>(
        pick(0, static_cast<std::int64_t>(accounts_.size()) - 1))];
    terms.listing = static_cast<std::size_t>(pick(0, 9) < 8 ? pick(0, 1) : 2);
    const Listing& listing = listings[terms.listing];
    terms.buys = chance(50);
    terms.quantity = pick(1, listing.order_quantity) * (chance(4) ? 25 : 1);
    const bool market = !listing.spot && chance(15);
    const std::int64_t mark = marks_[terms.listing];
    if (!market) terms.price = mark + pick(-mark / 50, mark / 50);
    place(std::move(terms), market, chance(3));
}

OmsOrder* Oms::pick_working() {
    for (int attempt = 0; attempt < 4 && !working_.empty(); ++attempt) {
        const auto at =
            static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(working_.size()) - 1));
        OmsOrder& order = orders_[working_[at]];
        if (!order.ended && !order.busy) return &order;
        if (order.ended) {
            working_[at] = working_.back();
            working_.pop_back();
        }
    }
    return nullptr;
}

void Oms::ask_replacement() {
    OmsOrder* replaced = pick_working();
    if (replaced == nullptr) return;
    replaced->busy = true;
    AcceptedOrder terms = replaced->terms;
    const Listing& listing = listings[terms.listing];
    terms.replaces = replaced->terms.id;
    terms.quantity = pick(1, listing.order_quantity);
    const std::int64_t mark = marks_[terms.listing];
    terms.price = mark + pick(-mark / 50, mark / 50);
    place(std::move(terms), false, false);
}

void Oms::publish_fill(OmsOrder& order, std::int64_t quantity) {
    const Listing& listing = listings[order.terms.listing];
    Fact fact{.kind = FactKind::fill, .account = order.terms.account, .order = order.terms.id};
    fact.id = "f-" + std::to_string(facts_numbered_ + 1);
    fact.listing = order.terms.listing;
    fact.buys = order.terms.buys;
    fact.price = order.terms.price > 0 ? order.terms.price : marks_[order.terms.listing];
    fact.quantity = quantity;
    fact.amount = pick(-20'000'000, 200'000'000);
    fact.subject = "risk.in.fill." + fact.account;
    fact.payload = "{" + quoted("fill", fact.id) + "," + quoted("order", fact.order) + "," +
                   quoted("instrument", std::string(listing.name)) + "," +
                   quoted("side", fact.buys ? "buy" : "sell") + "," +
                   quoted("price", decimal_text(fact.price, listing.price_decimals)) + "," +
                   quoted("quantity", decimal_text(quantity, listing.quantity_decimals)) + "," +
                   quoted("fee", decimal_text(fact.amount, money_decimals)) + "," +
                   quoted("fee_asset", "USDT") + "}";
    order.remaining -= quantity;
    if (order.remaining <= 0) order.ended = true;
    publish(std::move(fact));
}

void Oms::fill_some() {
    OmsOrder* order = pick_working();
    if (order == nullptr) return ask_new_order();
    const std::int64_t beyond = chance(2) ? 3 : 0;
    publish_fill(*order, chance(50) ? order->remaining + beyond : pick(1, order->remaining));
}

// A fill is a fact, whatever riskd knows of its order.
void Oms::fill_without_order() {
    OmsOrder order;
    order.terms.account = accounts_[static_cast<std::size_t>(
        pick(0, static_cast<std::int64_t>(accounts_.size()) - 1))];
    order.terms.id = "never-asked-" + std::to_string(facts_numbered_);
    order.terms.listing = static_cast<std::size_t>(pick(0, 1));
    order.terms.buys = chance(50);
    order.terms.price = marks_[order.terms.listing];
    publish_fill(order, pick(1, 2 * listings[order.terms.listing].order_quantity));
}

void Oms::end_some() {
    OmsOrder* order = pick_working();
    if (order == nullptr) return;
    static constexpr std::array<const char*, 4> words{"cancelled", "expired", "done", "rejected"};
    Fact fact{
        .kind = FactKind::order_ended, .account = order->terms.account, .order = order->terms.id};
    fact.id = "u-" + std::to_string(facts_numbered_ + 1);
    fact.subject = "risk.in.order." + fact.account;
    fact.payload = "{" + quoted("id", fact.id) + "," + quoted("order", fact.order) + "," +
                   quoted("event", words[static_cast<std::size_t>(pick(0, 3))]) + "}";
    order->ended = true;
    publish(std::move(fact));
}

void Oms::shrink_some() {
    OmsOrder* order = pick_working();
    if (order == nullptr || order->remaining < 2) return;
    const Listing& listing = listings[order->terms.listing];
    Fact fact{
        .kind = FactKind::order_shrunk, .account = order->terms.account, .order = order->terms.id};
    fact.id = "u-" + std::to_string(facts_numbered_ + 1);
    fact.quantity = pick(1, order->remaining);
    fact.subject = "risk.in.order." + fact.account;
    fact.payload = "{" + quoted("id", fact.id) + "," + quoted("order", fact.order) + "," +
                   quoted("event", "open") + "," +
                   quoted("remaining", decimal_text(fact.quantity, listing.quantity_decimals)) +
                   "}";
    order->remaining = fact.quantity;
    publish(std::move(fact));
}

void Oms::deposit(const std::string& account, std::int64_t amount) {
    Fact fact{.kind = FactKind::balance, .account = account, .asset = "USDT", .amount = amount};
    fact.id = "d-" + std::to_string(facts_numbered_ + 1);
    fact.subject = "risk.in.balance." + account;
    fact.payload = "{" + quoted("id", fact.id) + "," + quoted("asset", "USDT") + "," +
                   quoted("amount", decimal_text(amount, money_decimals)) + "," +
                   quoted("kind", "deposit") + "}";
    publish(std::move(fact));
}

void Oms::change_balance() {
    struct Kind {
        const char* word;
        int sign;       // of what is written
        bool subtract;  // a withdrawal is written positive
    };
    static constexpr std::array<Kind, 6> kinds{{{"deposit", 1, false},
                                                {"deposit", 1, false},
                                                {"withdrawal", 1, true},
                                                {"adjustment", -1, false},
                                                {"interest", 1, false},
                                                {"rebate", 1, false}}};
    const Kind& kind = kinds[static_cast<std::size_t>(pick(0, 5))];
    const bool btc = chance(20);
    const std::int64_t amount = pick(1, btc ? 2'000'000 : 6'000'000'000) * kind.sign;
    Fact fact{.kind = FactKind::balance};
    fact.account = accounts_[static_cast<std::size_t>(
        pick(0, static_cast<std::int64_t>(accounts_.size()) - 1))];
    fact.asset = btc ? "BTC" : "USDT";
    fact.amount = kind.subtract ? -amount : amount;
    fact.id = "d-" + std::to_string(facts_numbered_ + 1);
    fact.subject = "risk.in.balance." + fact.account;
    fact.payload = "{" + quoted("id", fact.id) + "," + quoted("asset", fact.asset) + "," +
                   quoted("amount", decimal_text(amount, money_decimals)) + "," +
                   quoted("kind", kind.word) + "}";
    publish(std::move(fact));
}

void Oms::transfer() {
    const auto count = static_cast<std::int64_t>(accounts_.size());
    const std::int64_t from = pick(0, count - 1);
    const std::int64_t to = (from + pick(1, count - 1)) % count;
    Fact fact{.kind = FactKind::transfer, .asset = "USDT"};
    fact.account = accounts_[static_cast<std::size_t>(from)];
    fact.to = accounts_[static_cast<std::size_t>(to)];
    fact.amount = pick(1, 10'000'000'000);
    fact.id = "t-" + std::to_string(facts_numbered_ + 1);
    fact.subject = "risk.in.transfer";
    fact.payload = "{" + quoted("id", fact.id) + "," + quoted("from", fact.account) + "," +
                   quoted("to", fact.to) + "," + quoted("asset", "USDT") + "," +
                   quoted("amount", decimal_text(fact.amount, money_decimals)) + "}";
    publish(std::move(fact));
}

void Oms::fund() {
    Fact fact{.kind = FactKind::funding};
    fact.listing = static_cast<std::size_t>(pick(0, 1));
    fact.amount = pick(-30'000, 30'000);
    fact.price = marks_[fact.listing];
    fact.id = "n-" + std::to_string(facts_numbered_ + 1);
    fact.subject = "risk.in.funding." + std::string(listings[fact.listing].name);
    fact.payload =
        "{" + quoted("id", fact.id) + "," + quoted("rate", decimal_text(fact.amount, 8)) + "," +
        quoted("price", decimal_text(fact.price, listings[fact.listing].price_decimals)) + "}";
    publish(std::move(fact));
}

void Oms::open_account(const std::string& account) {
    Fact fact{.kind = FactKind::account, .account = account};
    fact.subject = "risk.in.account." + account;
    fact.payload = R"({"group":"retail","currency":"USDT","leverage":20})";
    publish(std::move(fact));
}

void Oms::repeat_question() {
    if (orders_.empty()) return;
    const auto count = static_cast<std::int64_t>(orders_.size());
    const auto order =
        static_cast<std::size_t>(pick(std::max<std::int64_t>(0, count - 200), count - 1));
    ask(order);
}

void Oms::repeat_fact() {
    if (recent_.empty()) return;
    const auto count = static_cast<std::int64_t>(recent_.size());
    publish(recent_[static_cast<std::size_t>(pick(0, count - 1))], false);
}

}  // namespace riskd::tests
