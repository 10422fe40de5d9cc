// What check rules see of an order and its surroundings.
#include <algorithm>

#include "riskd/core/order_check.hpp"
#include "riskd/core/position_change.hpp"

namespace riskd {

namespace {

double number(Price price, const Instrument& instrument) noexcept {
    return price.raw > 0 ? static_cast<double>(price.raw) / instrument.price_unit : absent;
}

double number(Quantity quantity, const Instrument& instrument) noexcept {
    return static_cast<double>(quantity.raw) / instrument.quantity_unit;
}

// An amount of the settlement asset, in the account's currency.
class InCurrency {
public:
    InCurrency(const Ledger& ledger, const OrderFacts& facts, Timestamp now) noexcept
        : marks_{ledger, now},
          conversion_{.from = facts.instrument->settle,
                      .to = facts.account->currency,
                      .rounding = Rounding::toward_plus},
          unit_{ledger.asset(facts.account->currency).unit} {}

    double operator()(Money amount) const noexcept {
        const auto converted = convert(marks_, amount, conversion_);
        return converted ? static_cast<double>(converted->raw) / unit_ : absent;
    }

private:
    Marks marks_;
    Conversion conversion_;
    double unit_;
};

// The base balance of a spot instrument, in its quantity.
Quantity spot_position(const Ledger& ledger, const OrderFacts& facts) noexcept {
    const Balance* balance = ledger.find_balance(facts.account->id, facts.instrument->base);
    if (balance == nullptr) return {};
    return Quantity{static_cast<std::int64_t>(divide(
        balance->amount.raw, facts.instrument->base_scale.numerator, Rounding::toward_minus))};
}

// At mark, in the account's currency.
double borrowed_after(const Ledger& ledger, const OrderFacts& facts, Timestamp now) noexcept {
    if (!is_spot(*facts.instrument) || !facts.amounts) return 0.0;
    const Balance* balance = ledger.find_balance(facts.account->id, facts.hold_asset);
    const OpenOrder* replaced = facts.replaced;
    Wide owed = facts.amounts->spot_hold.raw;
    if (balance != nullptr) owed += balance->hold.raw - Wide{shared_amount(*balance).raw};
    if (replaced != nullptr && replaced->hold_asset == facts.hold_asset) {
        owed -= replaced->spot_hold.raw;
    }
    if (owed <= 0) return 0.0;
    const auto fitted = narrow(owed);
    const auto converted = fitted ? convert(Marks{ledger, now}, Money{*fitted},
                                            {.from = facts.hold_asset,
                                             .to = facts.account->currency,
                                             .rounding = Rounding::toward_plus})
                                  : std::nullopt;
    if (!converted) return absent;
    return static_cast<double>(converted->raw) / ledger.asset(facts.account->currency).unit;
}

OrderView order_view(const Ledger& ledger, const OrderFacts& facts, const InCurrency& in_currency,
                     Timestamp now) noexcept {
    const OrderRequest& request = *facts.request;
    return {.quantity = number(facts.quantity, *facts.instrument),
            .price = number(facts.hold_price.value_or(Price{}), *facts.instrument),
            .notional = facts.amounts ? in_currency(facts.amounts->notional) : absent,
            .side = static_cast<std::int32_t>(request.side),
            .type = static_cast<std::int32_t>(request.type),
            .time_in_force = static_cast<std::int32_t>(request.time_in_force),
            .reduce_only = request.reduce_only,
            .post_only = request.post_only,
            .reduces = facts.reduces,
            .borrowed_after = borrowed_after(ledger, facts, now)};
}

InstrumentView instrument_view(const Ledger& ledger, const Instrument& instrument,
                               Timestamp now) noexcept {
    const Prices& prices = instrument.prices;
    const InstrumentDefinition& terms = instrument.terms;
    constexpr double second = 1e9;
    const bool option = is_option(terms.kind);
    double underlying_price = absent;
    if (option) {
        const Instrument& underlying = ledger.instrument(instrument.underlying);
        underlying_price = number(fresh_mark(underlying, now).value_or(Price{}), underlying);
    }
    return {.mark_price = number(fresh_mark(instrument, now).value_or(Price{}), instrument),
            .index_price = number(prices.index, instrument),
            .bid = number(prices.bid, instrument),
            .ask = number(prices.ask, instrument),
            .mark_age = prices.mark.raw > 0 ? static_cast<double>((now - prices.as_of).ns) / second
                                            : absent,
            .tick = number(terms.tick, instrument),
            .lot = number(terms.lot, instrument),
            .contract_size = instrument.contract_size,
            .leverage_max = static_cast<double>(terms.leverage_max),
            .kind = static_cast<std::int32_t>(terms.kind),
            .right = option ? right_seen(terms.right) : no_right,
            .strike = option ? strike_number(terms) : absent,
            .underlying_price = underlying_price,
            .seconds_to_expiry = terms.expiry.ns != 0 ? seconds_to_expiry(instrument, now) : absent,
            .long_quantity = number(instrument.long_quantity, instrument),
            .short_quantity = number(instrument.short_quantity, instrument)};
}

ExposureView exposure_view(const Ledger& ledger, const OrderFacts& facts,
                           const InCurrency& in_currency) noexcept {
    const Instrument& instrument = *facts.instrument;
    const Position empty{.instrument = facts.request->instrument,
                         .side = facts.request->position_side};
    const Position& position = facts.position == nullptr ? empty : *facts.position;
    const Quantity quantity =
        is_spot(instrument) ? spot_position(ledger, facts) : position.quantity;
    const auto worth = quantity.raw == 0 ? std::optional{Money{}}
                                         : value(instrument, quantity, instrument.prices.mark,
                                                 Rounding::toward_minus);
    const Money marked = exposure_of(instrument, worth.value_or(Money{}));
    const OrderDelta delta{.instrument = facts.request->instrument,
                           .position_side = facts.request->position_side,
                           .side = facts.request->side,
                           .quantity = facts.quantity,
                           .amounts = facts.amounts.value_or(OrderAmounts{}),
                           .replaced = facts.replaced};
    InstrumentExposure exposure = exposure_with(&position, marked, &delta);
    exposure.quantity = quantity;
    const WorstCase worst = worst_case(exposure);
    const bool is_flat = position.quantity.raw == 0;
    const auto pnl = is_flat ? std::optional{Money{}}
                             : unrealized_pnl(instrument, position, worth.value_or(Money{}));
    return {.quantity = number(quantity, instrument),
            .notional = in_currency(magnitude(marked)),
            .entry_price = entry_price_number(instrument, position.quantity, position.entry_value),
            .unrealized_pnl = pnl ? in_currency(*pnl) : absent,
            .open_buy_quantity = number(position.open_buy, instrument),
            .open_sell_quantity = number(position.open_sell, instrument),
            .open_orders = static_cast<double>(position.open_orders),
            .worst_case_quantity_after = number(magnitude(worst.quantity), instrument),
            .worst_case_notional_after = in_currency(worst.notional),
            .leverage = static_cast<double>(leverage_of(*facts.account, &position, instrument))};
}

}  // namespace

void OrderCheck::append_answers(std::vector<RuleAnswer>& answers) const {
    const auto rules = rulebook_.check_rules();
    for (std::size_t i = 0; i < answers_.size(); ++i) {
        const CheckAnswer& answer = answers_[i];
        if (answer.outcome == CheckOutcome::not_applicable) continue;
        RuleAnswer& said = answers.emplace_back();
        said.rule = rules[i];
        said.group = answer.group;
        said.fault = answer.fault;
        if (answer.outcome != CheckOutcome::limit) continue;
        said.used = answer.used;
        said.allowed = answer.allowed;
    }
}

const Verdict& OrderCheck::ask_rules_alone(const OrderRequest& request, Timestamp now,
                                           bool reads_figures) {
    begin();
    facts_ = gather(request, request.quantity);
    if (reads_figures || facts_.reduces) figure(facts_, now, verdict_);
    check_rules(facts_, now, verdict_);
    return verdict_;
}

void OrderCheck::ask_rules(const OrderFacts& facts, Timestamp now, const Verdict& verdict) {
    const InCurrency in_currency{ledger_, facts, now};
    question_.scope = {.account = facts.account->id,
                       .group = facts.account->group,
                       .instrument = facts.request->instrument};
    question_.mark_fresh =
        fresh_mark(*facts.instrument, now).has_value() && verdict.before.margin.complete;
    question_.order = order_view(ledger_, facts, in_currency, now);
    question_.account = account_view(ledger_, *facts.account, verdict.before);
    question_.account.gross_exposure_after =
        static_cast<double>(verdict.after.gross_exposure_after.raw) /
        ledger_.asset(facts.account->currency).unit;
    question_.instrument = instrument_view(ledger_, *facts.instrument, now);
    question_.exposure = exposure_view(ledger_, facts, in_currency);
    windows_.view(ledger_, *facts.account, verdict.before.net_pnl, now, question_.history);
    rulebook_.check(question_, answers_);
}

}  // namespace riskd
