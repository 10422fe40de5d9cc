// The lines of a scenario as events: prices and quantities in the decimals of their instrument,
// amounts in those of their asset.
#include "dsl/scenario_values.hpp"
#include "dsl/scenario_world.hpp"
#include "riskd/core/contracts/contract.hpp"

namespace riskd::dsl {

std::int64_t ScenarioWorld::raw(const Word& word, int decimals) {
    const DecimalRead read = parse_decimal(canonical_number(word.text), decimals);
    if (read.fault != DecimalFault::none) {
        fail(word, "`" + word.text + "`: " + std::string{name(read.fault)});
    }
    return read.raw;
}

Price ScenarioWorld::price_of(const Clause& clause, std::string_view name,
                              InstrumentId instrument) {
    const Part* part = clause.find(name);
    if (part == nullptr) return {};
    const int decimals =
        is_known(instrument) ? ledger().instrument(instrument).terms.price_decimals : decimals_max;
    return Price{raw(part->words.front(), decimals)};
}

Price ScenarioWorld::final_price_of(const Clause& clause, InstrumentId instrument) {
    const Part* part = clause.find("price");
    if (part == nullptr) return {};
    const int decimals =
        is_known(instrument) ? ledger().instrument(instrument).final_price_decimals : decimals_max;
    return Price{raw(part->words.front(), decimals)};
}

Quantity ScenarioWorld::quantity_of(const Clause& clause, std::string_view name,
                                    InstrumentId instrument) {
    const Part* part = clause.find(name);
    if (part == nullptr) return {};
    const int decimals = is_known(instrument)
                             ? ledger().instrument(instrument).terms.quantity_decimals
                             : decimals_max;
    return Quantity{raw(part->words.front(), decimals)};
}

ScenarioWorld::Place ScenarioWorld::place_of(const Word& word) const noexcept {
    const auto said = position_word(word.text);
    if (!said) return {};
    return {.instrument = ledger().find_instrument(said->instrument), .side = said->side};
}

ScenarioWorld::Amount ScenarioWorld::amount_of(const Clause& clause, std::string_view name,
                                               AssetId usual) {
    const Part* part = clause.find(name);
    if (part == nullptr) return {.asset = usual};
    const std::string& asset = part->words[1].text;
    Amount amount{.asset = asset.empty() ? usual : ledger().find_asset(asset)};
    const int decimals =
        is_known(amount.asset) ? ledger().asset(amount.asset).terms.decimals : decimals_max;
    amount.amount = Money{raw(part->words[0], decimals)};
    return amount;
}

Id ScenarioWorld::id_of(const ScenarioLine& line, std::string_view kind) const {
    if (const Part* part = line.event.find("id")) return Id{part->words.front().text};
    return Id{std::string{kind} + "-" + std::to_string(line.event.head.line)};
}

std::optional<EventBody> ScenarioWorld::order(const ScenarioLine& line) {
    const Clause& said = line.event;
    OrderRequest request;
    request.account = account_of(said.word("account"));
    const Place place = place_of(said.word("instrument"));
    request.instrument = place.instrument;
    request.position_side = place.side;
    request.order = Id{said.word("order").text};
    request.side = said.word("side").text == "buy" ? Side::buy : Side::sell;
    request.quantity = quantity_of(said, "quantity", request.instrument);
    request.price = price_of(said, "price", request.instrument);
    request.trigger_price = price_of(said, "stop", request.instrument);
    const bool limited = said.has("price");
    if (said.has("stop")) {
        request.type = limited ? OrderType::stop_limit : OrderType::stop_market;
    } else {
        request.type = said.has("market") ? OrderType::market : OrderType::limit;
        if (limited == said.has("market")) {
            fail(said.head, "expected either `@ PRICE` or `market`");
            return std::nullopt;
        }
    }
    for (std::size_t i = 0; i < time_in_force_names.size(); ++i) {
        if (said.has(time_in_force_names[i])) request.time_in_force = static_cast<TimeInForce>(i);
    }
    if (const Part* gtd = said.find("gtd")) {
        request.expires = now_ + Duration{parse_duration(gtd->words.front().text).raw};
    }
    request.reduce_only = said.has("reduce_only");
    request.post_only = said.has("post_only");
    if (said.has("replaces")) request.replaces = Id{said.word("replaces").text};
    if (said.has("trader")) request.trader = Name{said.word("trader").text};
    if (said.has("strategy")) request.strategy = Name{said.word("strategy").text};
    const auto named = position_word(said.word("instrument").text);
    orders_[said.word("order").text] = {.account = said.word("account").text,
                                        .instrument = std::string{named->instrument},
                                        .side = request.side,
                                        .position_side = place.side};
    return request;
}

std::optional<EventBody> ScenarioWorld::update(const ScenarioLine& line) {
    const Clause& said = line.event;
    const Word& id = said.word("order");
    const KnownOrder* known = find_order(id.text);
    const Part* account = said.find("account");
    if (known == nullptr && account == nullptr) {
        fail(id, "no order line has the id `" + id.text + "`; say `account NAME`");
        return std::nullopt;
    }
    OrderUpdate update;
    update.account =
        ledger().find_account(account != nullptr ? account->words.front().text : known->account);
    update.id = id_of(line, "update");
    update.order = Id{id.text};
    update.event = OrderEvent::cancelled;
    if (line.verb == Verb::update) {
        const Word& event = said.word("event");
        const auto found = find_enumerator<OrderEvent>(order_event_names, event.text);
        if (!found) {
            fail(event, "expected open, replaced, cancelled, rejected, expired or done");
            return std::nullopt;
        }
        update.event = *found;
    }
    update.has_remaining = said.has("remaining");
    const InstrumentId instrument =
        known == nullptr ? no_instrument : ledger().find_instrument(known->instrument);
    update.remaining = quantity_of(said, "remaining", instrument);
    return update;
}

std::optional<EventBody> ScenarioWorld::fill(const ScenarioLine& line) {
    const Clause& said = line.event;
    Fill fill;
    if (!said.has("price")) {
        fail(said.head, "expected `@ PRICE`");
        return std::nullopt;
    }
    if (line.verb == Verb::fill) {
        const Word& id = said.word("order");
        const KnownOrder* known = find_order(id.text);
        if (known == nullptr) {
            fail(id, "no order line has the id `" + id.text + "`");
            return std::nullopt;
        }
        fill.account = ledger().find_account(known->account);
        fill.instrument = ledger().find_instrument(known->instrument);
        fill.side = known->side;
        fill.position_side = known->position_side;
        fill.order = Id{id.text};
        fill.fill = id_of(line, "fill");
    } else {
        fill.account = account_of(said.word("account"));
        const Place place = place_of(said.word("instrument"));
        fill.instrument = place.instrument;
        fill.position_side = place.side;
        fill.side = said.word("side").text == "buy" ? Side::buy : Side::sell;
        fill.fill = Id{said.word("id").text};
        fill.order = Id{said.has("order") ? said.word("order").text : said.word("id").text};
    }
    fill.quantity = quantity_of(said, "quantity", fill.instrument);
    if (fill.quantity.raw <= 0) fail(said.word("quantity"), "expected a positive quantity");
    fill.price = price_of(said, "price", fill.instrument);
    const AssetId settle =
        is_known(fill.instrument) ? ledger().instrument(fill.instrument).settle : no_asset;
    const Amount fee = amount_of(said, "fee", settle);
    fill.fee_asset = fee.asset;
    fill.fee = fee.amount;
    return fill;
}

std::optional<EventBody> ScenarioWorld::balance(const ScenarioLine& line) {
    const Clause& said = line.event;
    BalanceChange change;
    change.account = account_of(said.word("account"));
    change.id = id_of(line, said.head.text);
    const Amount amount = amount_of(said, "amount", currency_of(change.account));
    change.asset = amount.asset;
    change.amount = amount.amount;
    change.kind = said.head.text == "deposit"    ? BalanceKind::deposit
                  : said.head.text == "withdraw" ? BalanceKind::withdrawal
                  : said.head.text == "adjust"   ? BalanceKind::adjustment
                  : said.head.text == "interest" ? BalanceKind::interest
                                                 : BalanceKind::rebate;
    if (change.kind == BalanceKind::withdrawal) change.amount = -change.amount;
    return change;
}

std::optional<EventBody> ScenarioWorld::transfer(const ScenarioLine& line) {
    Transfer transfer;
    transfer.id = id_of(line, "transfer");
    transfer.from = account_of(line.event.word("from"));
    transfer.to = account_of(line.event.word("to"));
    const Amount amount = amount_of(line.event, "amount", currency_of(transfer.from));
    transfer.asset = amount.asset;
    transfer.amount = amount.amount;
    return transfer;
}

std::optional<EventBody> ScenarioWorld::price(const ScenarioLine& line) {
    const Clause& said = line.event;
    PriceUpdate update;
    update.instrument = instrument_of(said.word("instrument"));
    const auto take = [&](std::string_view field, PriceFault fault) {
        const Price price = price_of(said, field, update.instrument);
        if (said.find(field) != nullptr && price.raw <= 0) update.faults.add(fault);
        return price;
    };
    update.mark = take("mark", PriceFault::mark);
    update.index = take("index", PriceFault::index);
    update.bid = take("bid", PriceFault::bid);
    update.ask = take("ask", PriceFault::ask);
    if (const Part* volatility = said.find("implied_volatility")) {
        update.implied_volatility = raw(volatility->words.front(), volatility_decimals);
    }
    if (const Part* confidence = said.find("confidence")) {
        update.confidence = raw(confidence->words.front(), rate_decimals);
    }
    if (const Part* interest = said.find("interest_rate")) {
        update.has_interest_rate = true;
        update.interest_rate = raw(interest->words.front(), rate_decimals);
    }
    update.as_of = now_;
    if (const Part* age = said.find("age")) {
        update.as_of.ns -= parse_duration(age->words.front().text).raw;
    }
    return update;
}

std::optional<EventBody> ScenarioWorld::leverage(const ScenarioLine& line) {
    const Word& chosen = line.event.word("leverage");
    LeverageChange change;
    change.account = account_of(line.event.word("account"));
    const Place place = place_of(line.event.word("instrument"));
    change.instrument = place.instrument;
    change.position_side = place.side;
    change.id = id_of(line, "leverage");
    const std::int64_t leverage = raw(chosen, 0);
    if (leverage < 0 || leverage > leverage_limit) {
        fail(chosen, "expected 0 to " + std::to_string(leverage_limit));
        return std::nullopt;
    }
    change.leverage = static_cast<std::uint32_t>(leverage);
    return change;
}

// A mode, or an amount of the settlement asset.
std::optional<EventBody> ScenarioWorld::margin(const ScenarioLine& line) {
    const Word& said = line.event.word("change");
    MarginChange change;
    change.account = account_of(line.event.word("account"));
    const Place place = place_of(line.event.word("instrument"));
    change.instrument = place.instrument;
    change.position_side = place.side;
    change.id = id_of(line, "margin");
    if (const auto mode = find_enumerator<MarginMode>(margin_mode_names, said.text)) {
        change.has_mode = true;
        change.mode = *mode;
    } else if (is_known(change.instrument)) {
        const AssetId settle = ledger().instrument(change.instrument).settle;
        change.amount.raw = raw(said, ledger().asset(settle).terms.decimals);
    }
    return change;
}

std::optional<EventBody> ScenarioWorld::funding(const ScenarioLine& line) {
    Funding funding;
    funding.instrument = instrument_of(line.event.word("instrument"));
    funding.id = id_of(line, "funding");
    const Word& said = line.event.word("rate or period");
    const bool is_option = is_known(funding.instrument) &&
                           riskd::is_option(ledger().instrument(funding.instrument).terms.kind);
    if (is_option) {
        const DecimalRead period = parse_duration(said.text);
        if (period.fault != DecimalFault::none) fail(said, "expected a period such as 1h");
        funding.period.ns = period.raw;
    } else {
        funding.rate = raw(said, rate_decimals);
    }
    funding.price = final_price_of(line.event, funding.instrument);
    return funding;
}

std::optional<EventBody> ScenarioWorld::funding_index(const ScenarioLine& line) {
    FundingIndex update;
    update.instrument = instrument_of(line.event.word("instrument"));
    update.id = id_of(line, "funding_index");
    const int decimals = is_known(update.instrument)
                             ? funding_index_decimals(ledger().instrument(update.instrument).terms)
                             : decimals_max;
    update.index = raw(line.event.word("index"), decimals);
    update.is_paid = line.event.has("paid");
    return update;
}

std::optional<EventBody> ScenarioWorld::settlement(const ScenarioLine& line) {
    Settlement settlement;
    settlement.instrument = instrument_of(line.event.word("instrument"));
    settlement.id = id_of(line, "settlement");
    settlement.price = final_price_of(line.event, settlement.instrument);
    if (settlement.price.raw <= 0) {
        fail(line.event.head, "expected `@ PRICE`");
        return std::nullopt;
    }
    return settlement;
}

// suspend, halt and resume an account; halt, reduce_only and resume an instrument.
std::optional<EventBody> ScenarioWorld::status(const ScenarioLine& line) {
    const std::string& verb = line.event.head.text;
    const Word& name = line.event.word("name");
    const InstrumentId instrument = instrument_of(name);
    const AccountId account = account_of(name);
    const Name by{"scenario"};
    if (is_known(instrument) && verb != "suspend") {
        const auto next = verb == "halt"     ? InstrumentStatus::halted
                          : verb == "resume" ? InstrumentStatus::open
                                             : InstrumentStatus::reduce_only;
        return InstrumentControl{.instrument = instrument, .status = next, .by = by};
    }
    if (is_known(account) && verb != "reduce_only") {
        const auto next = verb == "halt"     ? AccountStatus::halted
                          : verb == "resume" ? AccountStatus::active
                                             : AccountStatus::suspended;
        return AccountControl{.account = account, .status = next, .by = by};
    }
    fail(name, "`" + name.text + "` cannot be told to " + verb);
    return std::nullopt;
}

}  // namespace riskd::dsl
