#include "tests/bench/market_day.hpp"

#include <algorithm>
#include <string>

namespace riskd::bench {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t event_ns = 3'500'000;  // so that 200 prices come once a second
constexpr std::int64_t day_begins_ns = 1'700'006'400 * second_ns;
constexpr std::int64_t whole = 100'000'000;  // of USDT and BTC, both with 8 decimals

std::vector<double> ranks(std::size_t count) {
    std::vector<double> sums;
    double sum = 0;
    for (std::size_t rank = 1; rank <= count; ++rank)
        sums.push_back(sum += 1.0 / static_cast<double>(rank));
    return sums;
}

std::uint64_t key_of(AccountId account, InstrumentId instrument) {
    return std::uint64_t{account.raw} << 32 | instrument.raw;
}

}  // namespace

MarketDay::MarketDay(std::uint64_t seed, const DayTerms& terms, const Ledger& ledger,
                     const RulesetActivation& activation)
    : random_{seed},
      terms_{terms},
      ledger_{ledger},
      popularity_{ranks(terms.instruments)},
      activity_{ranks(terms.accounts)},
      time_{day_begins_ns} {
    define_world(activation);
}

// Prices from 50,000.0 downwards by rank, so quantities differ by more than a thousand times.
void MarketDay::define_world(const RulesetActivation& activation) {
    opening_.push_back(AssetDefinition{.name = Name{"USDT"}});
    for (std::uint32_t i = 0; i < terms_.instruments; ++i) {
        opening_.push_back(InstrumentDefinition{.name = Name{"P" + std::to_string(i) + "-PERP"},
                                                .kind = ContractKind::linear_perpetual,
                                                .base = Name{"USDT"},
                                                .quote = Name{"USDT"},
                                                .settle = Name{"USDT"},
                                                .price_decimals = 4,
                                                .quantity_decimals = 3,
                                                .quantity_max = Quantity{1'000'000'000},
                                                .maker_fee_rate = 20'000,
                                                .taker_fee_rate = 50'000,
                                                .market_price_band = 1'000'000,
                                                .leverage_max = 20,
                                                .mark_age_max = {60 * second_ns}});
        marks_.push_back(500'000'000 / (i + 1) + 1'000);
    }
    opening_.push_back(AssetDefinition{.name = Name{"BTC"}, .priced_by = Name{"P0-PERP"}});
    opening_.push_back(activation);
    for (std::uint32_t i = 0; i < terms_.instruments; ++i)
        opening_.push_back(
            PriceUpdate{.instrument = InstrumentId{i}, .mark = Price{marks_[i]}, .as_of = time_});
    for (std::uint32_t a = 0; a < terms_.accounts; ++a) {
        opening_.push_back(AccountDefinition{.name = Name{"A" + std::to_string(a)},
                                             .currency = Name{"USDT"},
                                             .leverage = random_.percent(30) ? 0U : 10U});
        const std::int64_t deposit = random_.between(500, 20'000) * (a < 100 ? 1'000 : 1);
        opening_.push_back(BalanceChange{.account = AccountId{a},
                                         .id = new_id('d'),
                                         .asset = AssetId{0},
                                         .amount = Money{deposit * whole}});
        if (!random_.percent(5)) continue;
        opening_.push_back(BalanceChange{.account = AccountId{a},
                                         .id = new_id('d'),
                                         .asset = AssetId{1},
                                         .amount = Money{random_.between(1, 200) * whole / 100}});
    }
}

Event MarketDay::next() {
    if (!opening_.empty()) {
        Event event{.time = time_, .body = std::move(opening_.front())};
        opening_.pop_front();
        return event;
    }
    time_.ns += event_ns;
    if (time_.ns / second_ns != second_) {
        second_ = time_.ns / second_ns;
        return {.time = time_, .body = TimePassed{}};
    }
    const std::uint64_t dice = random_.below(10'000);
    if (dice < 7'000) return {.time = time_, .body = price()};
    if (dice < 7'050) return {.time = time_, .body = transfer()};
    if (dice < 7'080) return {.time = time_, .body = balance_change()};
    if (dice < 7'082) return {.time = time_, .body = funding()};
    return {.time = time_, .body = life_of_orders()};
}

EventBody MarketDay::life_of_orders() {
    if (!answered_.empty()) return acknowledgement();
    if (working_.size() > terms_.resting) return fill_or_cancel();
    return order();
}

EventBody MarketDay::order() {
    if (!to_close_.empty()) {
        const Traded what = to_close_.front();
        to_close_.pop_front();
        return closing_order(what);
    }
    while (held_.size() > terms_.positions) {
        Traded& chosen = held_[random_.below(held_.size())];
        const Traded what = chosen;
        const Position* position = ledger_.find_position(what.account, what.instrument);
        if (position != nullptr && position->quantity.raw != 0) return closing_order(what);
        chosen = held_.back();
        held_.pop_back();
        held_keys_.erase(key_of(what.account, what.instrument));
    }
    OrderRequest request = request_of(
        {.account = AccountId{ranked(activity_)}, .instrument = InstrumentId{ranked(popularity_)}});
    const std::int64_t mark = marks_[request.instrument.raw];
    const bool is_large = request.account.raw < 100 || random_.percent(20);
    const std::int64_t worth = random_.between(50, 2'500) * (is_large ? 20 : 1);
    request.side = random_.percent(50) ? Side::buy : Side::sell;
    request.price = Price{around(request.instrument.raw, 50)};
    request.quantity = Quantity{std::max<std::int64_t>(worth * 10'000'000 / mark, 1)};
    spoil(request);
    return request;
}

EventBody MarketDay::closing_order(Traded what) {
    const Position* position = ledger_.find_position(what.account, what.instrument);
    OrderRequest request = request_of(what);
    const std::int64_t held = position == nullptr ? 0 : position->quantity.raw;
    request.side = held < 0 ? Side::buy : Side::sell;
    request.price = Price{around(what.instrument.raw, 20)};
    request.quantity = Quantity{std::max<std::int64_t>(std::abs(held), 1)};
    return request;
}

OrderRequest MarketDay::request_of(Traded what) {
    return {.account = what.account,
            .instrument = what.instrument,
            .order = new_id('o'),
            .type = OrderType::limit,
            .trader = Name{"t" + std::to_string(what.account.raw % 7)}};
}

void MarketDay::spoil(OrderRequest& request) {
    const std::uint64_t dice = random_.below(100);
    if (dice < 2) {
        const std::int64_t far = random_.between(400, 1'200);
        const std::int64_t sign = request.side == Side::buy ? 1 : -1;
        request.price.raw += request.price.raw * sign * far / 10'000;
    } else if (dice < 3) {
        request.quantity.raw *= 500;
    }
}

EventBody MarketDay::acknowledgement() {
    working_.push_back(answered_.front());
    answered_.pop_front();
    const OrderRequest& request = working_.back();
    return OrderUpdate{.account = request.account,
                       .id = new_id('u'),
                       .order = request.order,
                       .event = OrderEvent::open};
}

EventBody MarketDay::fill_or_cancel() {
    OrderRequest& chosen = working_[random_.below(working_.size())];
    const OrderRequest request = chosen;
    chosen = working_.back();
    working_.pop_back();
    if (!random_.percent(45)) {
        return OrderUpdate{.account = request.account,
                           .id = new_id('u'),
                           .order = request.order,
                           .event = OrderEvent::cancelled};
    }
    const Money fee{request.quantity.raw * request.price.raw / 10'000'000 * whole / 5'000};
    return Fill{.account = request.account,
                .instrument = request.instrument,
                .fill = new_id('f'),
                .order = request.order,
                .side = request.side,
                .price = request.price,
                .quantity = request.quantity,
                .fee_asset = AssetId{0},
                .fee = fee};
}

// A random walk of about 6 % a day.
EventBody MarketDay::price() {
    const auto instrument = static_cast<std::uint32_t>(random_.below(terms_.instruments));
    std::int64_t& mark = marks_[instrument];
    const std::int64_t step = mark * random_.between(-60, 60) / 100'000;
    mark = std::max<std::int64_t>(mark + step, 100);
    return PriceUpdate{.instrument = InstrumentId{instrument},
                       .mark = Price{mark},
                       .index = Price{mark + mark / 10'000},
                       .bid = Price{mark - mark / 20'000},
                       .ask = Price{mark + mark / 20'000},
                       .as_of = time_};
}

EventBody MarketDay::transfer() {
    return Transfer{.id = new_id('t'),
                    .from = AccountId{ranked(activity_)},
                    .to = AccountId{ranked(activity_)},
                    .asset = AssetId{0},
                    .amount = Money{random_.between(1, 100) * whole}};
}

EventBody MarketDay::balance_change() {
    const std::int64_t amount = random_.between(-100, 300) * whole;
    return BalanceChange{.account = AccountId{ranked(activity_)},
                         .id = new_id('d'),
                         .asset = AssetId{0},
                         .amount = Money{amount == 0 ? whole : amount},
                         .kind = amount < 0 ? BalanceKind::withdrawal : BalanceKind::deposit};
}

EventBody MarketDay::funding() {
    const auto instrument = static_cast<std::uint32_t>(random_.below(terms_.instruments));
    return Funding{.instrument = InstrumentId{instrument},
                   .id = new_id('n'),
                   .rate = random_.between(-5'000, 10'000),
                   .price = Price{marks_[instrument]}};
}

void MarketDay::observe(const Event& event, const Outcome& outcome) {
    if (const auto* request = std::get_if<OrderRequest>(&event.body)) {
        const auto& decision = std::get<Decision>(outcome.outputs.front());
        if (decision.accepted) answered_.push_back(*request);
    } else if (const auto* fill = std::get_if<Fill>(&event.body)) {
        note_position({.account = fill->account, .instrument = fill->instrument});
    }
    for (const Output& output : outcome.outputs) {
        const auto* change = std::get_if<StageChange>(&output);
        if (change == nullptr) continue;
        for (const CloseLeg& leg : change->close)
            to_close_.push_back({.account = change->account, .instrument = leg.instrument});
    }
}

void MarketDay::note_position(Traded what) {
    const Position* position = ledger_.find_position(what.account, what.instrument);
    if (position == nullptr || position->quantity.raw == 0) return;
    if (held_keys_.insert(key_of(what.account, what.instrument)).second) held_.push_back(what);
}

std::uint32_t MarketDay::ranked(const std::vector<double>& sums) {
    const double at = random_.unit() * sums.back();
    const auto found = std::upper_bound(sums.begin(), sums.end() - 1, at);
    return static_cast<std::uint32_t>(found - sums.begin());
}

std::int64_t MarketDay::around(std::uint32_t instrument, std::int64_t spread_bp) {
    const std::int64_t mark = marks_[instrument];
    return std::max<std::int64_t>(mark + mark * random_.between(-spread_bp, spread_bp) / 10'000, 1);
}

Id MarketDay::new_id(char kind) {
    return Id{std::string(1, kind) + "-" + std::to_string(++ids_)};
}

}  // namespace riskd::bench
