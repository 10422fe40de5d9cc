#include "tests/model/sleeping_market.hpp"

#include <algorithm>

#include "riskd/core/activation.hpp"

namespace riskd::model {

SleepingMarket::SleepingMarket(std::uint64_t seed, const Rulebook& rules, bool extreme)
    : random_{seed ^ 0x5eed},
      events_{seed, activation_of(rules), extreme, rules.margin_models()},
      roughness_{random_.between(20, 30'000)},
      awake_too_{random_.one_in(4)} {}

// Options in coin and binary ones, for which no bound is known.
bool SleepingMarket::keeps_awake(InstrumentId instrument, const Ledger& ledger) const {
    if (!is_known(instrument) || index(instrument) >= ledger.instrument_count()) return false;
    const ContractKind kind = ledger.instrument(instrument).terms.kind;
    return kind == ContractKind::inverse_option || kind == ContractKind::binary_option;
}

Event SleepingMarket::next(const Engine& engine) {
    const Ledger& ledger = engine.ledger();
    // New rules are in force for everybody before a price comes.
    if (engine.accounts_waiting() > 0) return {.time = time_, .body = TimePassed{}};
    const bool is_open = ledger.account_count() > 0 && ledger.instrument_count() > 0;
    if (is_open && random_.percent(70)) return {.time = time_, .body = price(ledger)};
    Event event = events_.next();
    time_ = event.time;
    if (awake_too_) return event;
    const auto* fill = std::get_if<Fill>(&event.body);
    const auto* order = std::get_if<OrderRequest>(&event.body);
    if ((fill != nullptr && keeps_awake(fill->instrument, ledger)) ||
        (order != nullptr && keeps_awake(order->instrument, ledger))) {
        event.body = TimePassed{};
    }
    return event;
}

EventBody SleepingMarket::price(const Ledger& ledger) {
    const auto count = static_cast<std::int64_t>(ledger.instrument_count());
    const InstrumentId id{static_cast<std::uint32_t>(random_.between(0, count - 1))};
    const Price mark = ledger.instrument(id).prices.mark;
    if (mark.raw <= 0) return TimePassed{};
    std::int64_t millionths = random_.between(-roughness_, roughness_);
    if (random_.one_in(40)) millionths = random_.between(-400'000, 400'000);
    const Wide moved = Wide{mark.raw} * (1'000'000 + millionths) / 1'000'000;
    PriceUpdate update{.instrument = id, .as_of = time_};
    update.mark = {static_cast<std::int64_t>(std::clamp<Wide>(moved, 1, raw_max / 4))};
    return update;
}

}  // namespace riskd::model
