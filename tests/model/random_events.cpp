#include "tests/model/random_events.hpp"

#include <algorithm>
#include <cmath>

namespace riskd::model {

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::size_t remembered = 64;

template <typename Item>
void keep(std::vector<Item>& items, const Item& item) {
    if (items.size() == remembered) items.erase(items.begin());
    items.push_back(item);
}

InstrumentDefinition terms_of(std::string_view name, ContractKind kind, std::string_view base,
                              std::string_view quote, int price_decimals, int quantity_decimals) {
    InstrumentDefinition terms;
    terms.name = Name{name};
    terms.kind = kind;
    terms.base = Name{base};
    terms.quote = Name{quote};
    terms.settle = Name{quote};
    terms.price_decimals = static_cast<std::uint8_t>(price_decimals);
    terms.quantity_decimals = static_cast<std::uint8_t>(quantity_decimals);
    terms.quantity_max = Quantity{1'000'000'000};
    terms.mark_age_max = Duration{60 * second};
    terms.leverage_max = 20;
    terms.market_price_band = 5'000'000;
    terms.taker_fee_rate = 50'000;
    terms.maker_fee_rate = -10'000;
    return terms;
}

}  // namespace

LedgerLimits small_limits() {
    return {.accounts_max = 9,
            .instruments_max = 17,
            .open_orders_max = 40,
            .open_orders_per_account_max = 9,
            .orders_remembered_max = 300,
            .ids_remembered_max = 400};
}

RandomEvents::RandomEvents(std::uint64_t seed, const RulesetActivation& activation, bool extreme,
                           std::span<const MarginModel> margins)
    : random_{seed}, activation_{activation}, extreme_{extreme} {
    for (const MarginModel& model : margins)
        margins_.push_back(model.name);
    time_.ns = 1'770'000'000 * second + random_.between(0, 86'400 * second);
    define_world();
}

void RandomEvents::add_asset(std::string_view name, int decimals, std::string_view priced_by) {
    AssetDefinition definition{.name = Name{name},
                               .decimals = static_cast<std::uint8_t>(decimals),
                               .priced_by = Name{priced_by}};
    assets_.push_back(definition);
    opening_.emplace_back(definition);
}

void RandomEvents::add_instrument(InstrumentDefinition terms, std::int64_t level) {
    if (random_.one_in(3)) guard(terms);
    instruments_.push_back({.terms = terms, .level = level});
    opening_.emplace_back(terms);
}

void RandomEvents::add_account(std::string_view name, std::string_view group,
                               std::string_view currency, std::uint32_t leverage) {
    AccountDefinition definition{.name = Name{name},
                                 .group = Name{group},
                                 .currency = Name{currency},
                                 .status = AccountStatus::active,
                                 .leverage = leverage,
                                 .borrow = name == "A2" || name == "A4",
                                 .margin = random_.one_in(2) ? any_margin() : Name{}};
    // Some hedge from the beginning, some change to it before they trade.
    opening_.emplace_back(definition);
    if (random_.one_in(2)) {
        definition.position_mode = PositionMode::hedge;
        opening_.emplace_back(definition);
    }
    accounts_.push_back(definition);
}

void RandomEvents::define_instruments() {
    add_instrument(terms_of("BTC-USDT", ContractKind::spot, "BTC", "USDT", 2, 5), 5'000'000);
    add_instrument(terms_of("ETH-USDT", ContractKind::spot, "ETH", "USDT", 2, 4), 300'000);
    add_instrument(terms_of("USDC-USDT", ContractKind::spot, "USDC", "USDT", 4, 2), 10'000);
    add_instrument(terms_of("ETH-BTC", ContractKind::spot, "ETH", "BTC", 6, 3), 60'000);
    InstrumentDefinition btc =
        terms_of("BTC-PERP", ContractKind::linear_perpetual, "BTC", "USDT", 1, 3);
    btc.tick = Price{5};
    if (extreme_) btc.quantity_max = Quantity{raw_max};
    add_instrument(btc, 500'000);
    InstrumentDefinition eth =
        terms_of("ETH-PERP", ContractKind::linear_perpetual, "ETH", "USDT", 2, 0);
    eth.contract_size = 1;
    eth.contract_size_decimals = 2;
    eth.lot = Quantity{3};
    eth.quantity_min = Quantity{6};
    add_instrument(eth, 300'000);
    InstrumentDefinition dated =
        terms_of("BTC-Q1", ContractKind::linear_future, "BTC", "USDC", 0, 4);
    dated.expiry = Timestamp{time_.ns + 20 * 86'400 * second};
    add_instrument(dated, 50'500);
    add_instrument(terms_of("ETH-BTC-PERP", ContractKind::linear_perpetual, "ETH", "BTC", 7, 2),
                   600'000);
    InstrumentDefinition inverse =
        terms_of("BTC-INV", ContractKind::inverse_perpetual, "BTC", "USDT", 1, 0);
    inverse.settle = Name{"BTC"};
    inverse.contract_size = 100;
    inverse.tick = Price{5};
    add_instrument(inverse, 500'000);
    InstrumentDefinition quanto =
        terms_of("ETH-QUANTO", ContractKind::quanto_perpetual, "ETH", "USDT", 2, 0);
    quanto.settle = Name{"BTC"};
    quanto.contract_size = 1;
    quanto.contract_size_decimals = 6;
    add_instrument(quanto, 300'000);
    InstrumentDefinition inverse_dated =
        terms_of("ETH-INV-Q1", ContractKind::inverse_future, "ETH", "USDC", 1, 1);
    inverse_dated.settle = Name{"ETH"};
    inverse_dated.contract_size = 10;
    inverse_dated.expiry = Timestamp{time_.ns + 10 * 86'400 * second};
    add_instrument(inverse_dated, 30'000);
    define_options();
}

// Of each kind one; their prices move as they please, whatever the underlying does.
void RandomEvents::define_options() {
    const auto on = [&](InstrumentDefinition terms, std::string_view underlying) {
        terms.underlying = Name{underlying};
        terms.right = random_.one_in(2) ? OptionRight::call : OptionRight::put;
        terms.leverage_max = 1;
        if (terms.kind != ContractKind::perpetual_option) {
            terms.expiry.ns = time_.ns + random_.between(1, 10) * 86'400 * second;
        }
        return terms;
    };
    InstrumentDefinition linear =
        on(terms_of("BTC-OPT", ContractKind::linear_option, "BTC", "USDT", 1, 1), "BTC-PERP");
    linear.contract_size = 1;
    linear.contract_size_decimals = 2;
    linear.strike = random_.between(40, 60) * 1'000;
    add_instrument(linear, 20'000);
    InstrumentDefinition inverse =
        on(terms_of("BTC-OPT-INV", ContractKind::inverse_option, "BTC", "BTC", 5, 2), "BTC-INV");
    inverse.strike = random_.between(400'000, 600'000);
    inverse.strike_decimals = 1;
    inverse.tick = Price{5};
    add_instrument(inverse, 4'000);
    InstrumentDefinition everlasting =
        on(terms_of("ETH-EVER", ContractKind::perpetual_option, "ETH", "USDT", 2, 1), "ETH-PERP");
    everlasting.contract_size = 1;
    everlasting.contract_size_decimals = 1;
    everlasting.strike = random_.between(2'000, 4'000);
    everlasting.funding_interval.ns = 86'400 * second;
    add_instrument(everlasting, 30'000);
    InstrumentDefinition binary =
        on(terms_of("BTC-OVER", ContractKind::binary_option, "BTC", "USDC", 4, 0), "BTC-USDT");
    binary.strike = 5'000'001;
    binary.strike_decimals = 2;
    binary.payout = Price{10'000};
    add_instrument(binary, 5'000);
}

void RandomEvents::define_world() {
    add_asset("USDT", static_cast<int>(random_.between(2, 8)), "");
    add_asset("BTC", 8, "BTC-USDT");
    add_asset("ETH", static_cast<int>(random_.between(6, 9)), "ETH-USDT");
    add_asset("USDC", 6, "USDC-USDT");
    opening_.emplace_back(GroupDefinition{.name = Name{"firm"}});
    opening_.emplace_back(GroupDefinition{.name = Name{"makers"}, .parent = Name{"firm"}});
    opening_.emplace_back(GroupDefinition{.name = Name{"takers"}, .parent = Name{"firm"}});
    opening_.emplace_back(GroupDefinition{.name = Name{"desk"}, .parent = Name{"makers"}});
    define_instruments();
    add_account("A1", "makers", "USDT", 0);
    add_account("A2", "desk", "USDT", 10);
    add_account("A3", "takers", "USDC", 3);
    add_account("A4", "takers", "BTC", 0);
    add_account("A5", "", "USDT", 50);
    add_account("A6", "", "USDT", 1);
    opening_.emplace_back(activation_);
    for (std::uint32_t i = 0; i < accounts_.size() * instruments_.size(); ++i) {
        if (!random_.percent(25)) continue;
        const auto account = static_cast<std::uint32_t>(i % accounts_.size());
        const auto instrument = static_cast<std::uint32_t>(i / accounts_.size());
        opening_.emplace_back(
            MarginChange{.account = AccountId{account},
                         .instrument = InstrumentId{instrument},
                         .position_side = any_side(AccountId{account}, InstrumentId{instrument}),
                         .id = new_id('m'),
                         .has_mode = true,
                         .mode = MarginMode::isolated});
    }
    const std::vector<EventBody> definitions = opening_;
    for (std::uint32_t i = 0; i < instruments_.size(); ++i) {
        if (random_.percent(90)) {
            opening_.emplace_back(PriceUpdate{.instrument = InstrumentId{i},
                                              .mark = Price{instruments_[i].level},
                                              .as_of = time_});
        }
    }
    for (std::uint32_t i = 0; i < accounts_.size(); ++i) {
        for (std::uint32_t j = 0; j < assets_.size(); ++j) {
            if (!random_.percent(j == 0 ? 95 : 40)) continue;
            const std::int64_t amount = 1 + amount_of(AssetId{j}, j == 0 ? 20 : 10);
            opening_.emplace_back(BalanceChange{.account = AccountId{i},
                                                .id = new_id('d'),
                                                .asset = AssetId{j},
                                                .amount = Money{amount},
                                                .kind = BalanceKind::deposit});
        }
    }
}

void RandomEvents::pass_time() {
    const Timestamp before = time_;
    switch (random_.weighted({700, 260, 36, 3, 1})) {
        case 0: time_.ns += random_.between(0, second / 20); break;
        case 1: time_.ns += random_.between(0, 3 * second); break;
        case 2: time_.ns += random_.between(0, 70 * second); break;
        case 3: time_.ns += random_.between(0, 7'200 * second); break;
        default: time_.ns += random_.between(0, 30 * 3'600 * second); break;
    }
    if (time_.ns - before.ns < 20 * second) return;
    // A market that has been quiet comes back, not always with every price.
    for (std::uint32_t i = 0; i < instruments_.size(); ++i) {
        if (random_.one_in(8)) continue;
        queued_.emplace_back(PriceUpdate{
            .instrument = InstrumentId{i}, .mark = Price{instruments_[i].level}, .as_of = time_});
    }
}

Id RandomEvents::new_id(char kind) {
    return Id{std::string(1, kind) + std::to_string(++ids_)};
}

std::int64_t RandomEvents::price_near(const Traded& traded, std::int64_t spread_bp) {
    const std::int64_t tick = traded.terms.tick.raw;
    const std::int64_t offset = traded.level / 10'000 * random_.between(-spread_bp, spread_bp) +
                                traded.level % 10'000 * random_.between(-1, 1) / 100;
    const std::int64_t price = (traded.level + offset) / tick * tick;
    return std::max(price, tick);
}

std::int64_t RandomEvents::quantity_of(const Traded& traded) {
    // From one lot to about a hundred thousand times the price of one unit, evenly in the
    // logarithm.
    const std::int64_t lot = traded.terms.lot.raw;
    const double lots = std::exp(random_.unit() * 9.0);
    const std::int64_t quantity = static_cast<std::int64_t>(lots) * lot;
    return std::max(quantity, traded.terms.quantity_min.raw);
}

Event RandomEvents::next() {
    Event event;
    if (opened_ < opening_.size()) {
        event.time = time_;
        event.body = opening_[opened_++];
        return event;
    }
    if (queued_.empty()) pass_time();
    event.time = time_;
    if (!queued_.empty()) {
        event.body = queued_.back();
        queued_.pop_back();
        return event;
    }
    event.body = random_body();
    const bool is_fact = !std::holds_alternative<OrderRequest>(event.body);
    if (is_fact && !facts_.empty() && random_.one_in(40)) {
        event.body = random_.pick(std::span<const EventBody>(facts_));
    } else if (is_fact) {
        keep(facts_, event.body);
    }
    return event;
}

// The same rules for some, or for nobody: that it makes no difference is what is asked.
EventBody RandomEvents::canary() {
    if (random_.between(0, 2) == 0) return CanaryChange{};
    return CanaryChange{.hash = Text<64>{"c"},
                        .rules = {},
                        .share = static_cast<std::uint32_t>(random_.between(0, canary_whole)),
                        .accounts = {}};
}

EventBody RandomEvents::random_body() {
    switch (random_.weighted(
        {4000, 2000, 1300, 2100, 250, 150, 90, 8, 60, 80, 150, 30, 60, 120, 200, 20, 20})) {
        case 0: return order();
        case 1: return fill();
        case 2: return order_update();
        case 3: return price();
        case 4: return balance_change();
        case 5: return transfer();
        case 6: return funding();
        case 7: return settlement();
        case 8: return definition();
        case 9: return control();
        case 10: return TimePassed{};
        case 11:
            return RefusedFact{.subject = Text<64>{"risk.in.fill.A1"},
                               .field = Text<64>{"quantity"},
                               .reason = Text<64>{"not a decimal"}};
        case 12: return leverage();
        case 13: return funding_index();
        case 14: return margin();
        case 15: return canary();
        default: return activation_;
    }
}

// Another system closes what is to be closed, or somebody pays in.
void RandomEvents::follow(const StageChange& change) {
    if (change.stage != Stage::healthy && random_.one_in(4)) {
        queued_.emplace_back(BalanceChange{
            .account = change.account,
            .id = new_id('d'),
            .asset = AssetId{0},
            .amount = Money{power_of_ten(assets_[0].decimals) * random_.between(1, 30'000)},
            .kind = BalanceKind::deposit});
    }
    for (const CloseLeg& leg : change.close) {
        if (random_.one_in(4)) continue;
        queued_.emplace_back(
            Fill{.account = change.account,
                 .instrument = leg.instrument,
                 .fill = new_id('f'),
                 .order = Id{"close"},
                 .side = leg.side,
                 .position_side = leg.position_side,
                 .price = Price{price_near(instruments_[index(leg.instrument)], 20)},
                 .quantity = leg.quantity});
    }
}

void RandomEvents::observe(const Event& event, const Outcome& outcome) {
    for (const Output& output : outcome.outputs) {
        if (const auto* change = std::get_if<StageChange>(&output)) follow(*change);
    }
    if (const auto* filled = std::get_if<Fill>(&event.body)) {
        for (Working& working : working_) {
            if (working.request.order == filled->order) working.remaining -= filled->quantity.raw;
        }
        std::erase_if(working_, [](const Working& working) { return working.remaining <= 0; });
    }
    if (const auto* update = std::get_if<OrderUpdate>(&event.body)) {
        const bool ends = update->event != OrderEvent::open;
        std::erase_if(working_, [&](const Working& working) {
            return ends && working.request.order == update->order;
        });
    }
    const auto* request = std::get_if<OrderRequest>(&event.body);
    if (request == nullptr) return;
    keep(asked_, *request);
    for (const Output& output : outcome.outputs) {
        const auto* decision = std::get_if<Decision>(&output);
        if (decision == nullptr || decision->repeated) continue;
        if (decision->accepted) {
            std::erase_if(working_, [&](const Working& working) {
                return working.request.order == request->replaces;
            });
            keep(working_, Working{.request = *request, .remaining = request->quantity.raw});
        }
        if (!decision->has_largest_quantity || decision->largest_quantity.raw <= 0) continue;
        OrderRequest largest = *request;
        largest.quantity = decision->largest_quantity;
        largest.order = new_id('o');
        to_try_.push_back(largest);
        if (random_.one_in(2)) {
            const Traded& traded = instruments_[index(largest.instrument)];
            largest.quantity.raw += traded.terms.lot.raw;
            largest.order = new_id('o');
            to_try_.insert(to_try_.end() - 1, largest);
        }
    }
}

std::vector<Event> RandomEvents::end_all_orders(const Ledger& ledger) {
    std::vector<Event> events;
    for (const OpenOrder& order : ledger.orders().get<by_account>()) {
        events.push_back({.sequence = {},
                          .time = time_,
                          .body = OrderUpdate{.account = order.account,
                                              .id = new_id('u'),
                                              .order = order.id,
                                              .event = OrderEvent::cancelled}});
    }
    return events;
}

}  // namespace riskd::model
