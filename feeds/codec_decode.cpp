#include "feeds/codec_decode.hpp"

#include <algorithm>
#include <array>

#include "feeds/codec_fields.hpp"

namespace riskd::feeds {

namespace {

constexpr Words order_type_words{order_type_names,
                                 "must be limit, market, stop_limit or stop_market"};
constexpr Words time_in_force_words{time_in_force_names, "must be gtc, ioc, fok, day or gtd"};
constexpr Words account_status_words{account_status_names, "must be active, suspended or halted"};
constexpr Words instrument_status_words{instrument_status_names,
                                        "must be open, reduce_only, halted or settled"};

namespace order_field {
enum : std::size_t {
    order,
    instrument,
    side,
    type,
    price,
    quantity,
    time_in_force,
    reduce_only,
    post_only,
    trader,
    strategy,
    replaces,
    time,
    trigger_price,
    expires,
    position_side,
    account,
    count
};
constexpr std::array<std::string_view, count> names{
    "order",         "instrument",    "side",      "type",          "price",    "quantity",
    "time_in_force", "reduce_only",   "post_only", "trader",        "strategy", "replaces",
    "time",          "trigger_price", "expires",   "position_side", "account"};
}  // namespace order_field

// Prices and quantities of an order, in the decimals of the instrument when it is known.
struct OrderFigures {
    FieldReader& fields;
    const Instrument* instrument;

    void price(std::size_t field, Need need, Price& into) const noexcept {
        if (instrument == nullptr) return fields.decimal_form(field, need, Sign::positive);
        fields.decimal(field, need, instrument->terms.price_decimals, Sign::positive, into.raw);
    }
    void quantity(std::size_t field, Quantity& into) const noexcept {
        if (instrument == nullptr) {
            return fields.decimal_form(field, Need::required, Sign::positive);
        }
        fields.decimal(field, Need::required, instrument->terms.quantity_decimals, Sign::positive,
                       into.raw);
    }
};

void read_prices(FieldReader& fields, const OrderFigures& figures, OrderRequest& into) noexcept {
    namespace f = order_field;
    const bool has_limit = into.type == OrderType::limit || into.type == OrderType::stop_limit;
    const bool has_stop = into.type == OrderType::stop_limit || into.type == OrderType::stop_market;
    const bool type_known = !fields.fault();
    if (type_known && !has_limit && fields.given(f::price)) {
        fields.fail(f::price, "not with a market order");
    }
    figures.price(f::price, has_limit ? Need::required : Need::optional, into.price);
    if (type_known && !has_stop && fields.given(f::trigger_price)) {
        fields.fail(f::trigger_price, "only with a stop order");
    }
    figures.price(f::trigger_price, has_stop ? Need::required : Need::optional, into.trigger_price);
}

void read_terms(FieldReader& fields, OrderRequest& into) noexcept {
    namespace f = order_field;
    fields.word(f::time_in_force, Need::optional, time_in_force_words, into.time_in_force);
    const bool dated = into.time_in_force == TimeInForce::gtd;
    if (!fields.fault() && !dated && fields.given(f::expires)) {
        fields.fail(f::expires, "only with time_in_force gtd");
    }
    fields.time(f::expires, dated ? Need::required : Need::optional, into.expires);
    fields.word(f::position_side, Need::optional, position_side_words, into.position_side);
    fields.boolean(f::reduce_only, into.reduce_only);
    fields.boolean(f::post_only, into.post_only);
    fields.id(f::trader, Need::optional, into.trader);
    fields.id(f::strategy, Need::optional, into.strategy);
    fields.id(f::replaces, Need::optional, into.replaces);
    if (!into.replaces.empty() && into.replaces == into.order) {
        fields.fail(f::replaces, "is the order itself");
    }
    Timestamp ignored;
    fields.time(f::time, Need::optional, ignored);
}

namespace price_field {
enum : std::size_t {
    mark,
    index,
    bid,
    ask,
    implied_volatility,
    confidence,
    interest_rate,
    time,
    instrument,
    count
};
constexpr std::array<std::string_view, count> names{
    "mark",       "index",         "bid",  "ask",       "implied_volatility",
    "confidence", "interest_rate", "time", "instrument"};
}  // namespace price_field

namespace control_field {
enum : std::size_t { name, status, by, count };
constexpr std::array<std::string_view, count> account_names{"account", "status", "by"};
constexpr std::array<std::string_view, count> instrument_names{"instrument", "status", "by"};
}  // namespace control_field

// How far the mark is to be trusted, and the rate that goes with it.
void read_trust(FieldReader& fields, PriceUpdate& into) noexcept {
    namespace f = price_field;
    fields.decimal(f::confidence, Need::optional, rate_decimals, Sign::not_negative,
                   into.confidence);
    if (!fields.given(f::mark) && fields.given(f::confidence)) {
        fields.fail(f::confidence, "is of a mark, which is missing");
    }
    if (into.confidence > whole_confidence) fields.fail(f::confidence, "must be at most 1");
    into.has_interest_rate = fields.given(f::interest_rate);
    fields.decimal(f::interest_rate, Need::optional, rate_decimals, Sign::any, into.interest_rate);
}

// The start of a subject as plain text: whatever is not printable is shown as '?'.
Text<64> shown(std::string_view text) noexcept {
    Text<64> made;
    const std::size_t size = std::min(text.size(), made.bytes.size());
    for (std::size_t i = 0; i < size; ++i) {
        const char c = text[i];
        made.bytes[i] = c > ' ' && c <= '~' ? c : '?';
    }
    return made;
}

}  // namespace

RefusedFact refused_fact(std::string_view subject, const DecodeError& fault) noexcept {
    return {.subject = shown(subject),
            .field = Text<64>{fault.field.substr(0, 64)},
            .reason = Text<64>{fault.error.substr(0, 64)}};
}

std::optional<DecodeError> Decoder::counted(std::optional<DecodeError> fault) noexcept {
    ++counters_.messages;
    if (fault) ++counters_.malformed;
    return fault;
}

std::optional<DecodeError> Decoder::decode_order(std::string_view account, std::string_view message,
                                                 const Ledger& ledger,
                                                 OrderRequest& into) noexcept {
    namespace f = order_field;
    into = {};
    std::array<JsonValue, f::count> values;
    if (auto fault = reader_.read(message, f::names, values)) return counted(fault);
    FieldReader fields{f::names, values};
    fields.id(f::order, Need::required, into.order);
    into.account = ledger.find_account(account);
    const std::string_view named = fields.id(f::account, Need::optional);
    if (!named.empty() && named != account) {
        fields.fail(f::account, "is not the account of the subject");
    }
    const std::string_view instrument = fields.id(f::instrument, Need::required);
    into.instrument = instrument.empty() ? no_instrument : ledger.find_instrument(instrument);
    fields.word(f::side, Need::required, side_words, into.side);
    fields.word(f::type, Need::required, order_type_words, into.type);
    const OrderFigures figures{
        fields, is_known(into.instrument) ? &ledger.instrument(into.instrument) : nullptr};
    read_prices(fields, figures, into);
    figures.quantity(f::quantity, into.quantity);
    read_terms(fields, into);
    return counted(fields.fault());
}

std::optional<DecodeError> Decoder::decode_price(std::string_view instrument,
                                                 std::string_view message, const Ledger& ledger,
                                                 Timestamp received, PriceUpdate& into) noexcept {
    namespace f = price_field;
    into = {};
    std::array<JsonValue, f::count> values;
    if (auto fault = reader_.read(message, f::names, values)) return counted(fault);
    into.instrument = ledger.find_instrument(instrument);
    if (!is_known(into.instrument)) {
        return counted(DecodeError{"instrument", "nobody defined it"});
    }
    FieldReader fields{f::names, values};
    const std::string_view named = fields.id(f::instrument, Need::optional);
    if (!named.empty() && named != instrument) {
        fields.fail(f::instrument, "is not the instrument of the subject");
    }
    const int decimals = ledger.instrument(into.instrument).terms.price_decimals;
    const bool any = fields.given(f::mark) || fields.given(f::index) || fields.given(f::bid) ||
                     fields.given(f::ask) || fields.given(f::implied_volatility) ||
                     fields.given(f::interest_rate);
    if (!any) fields.fail(f::mark, "is missing");
    const auto read = [&](std::size_t field, Price& price, PriceFault fault) {
        fields.decimal(field, Need::optional, decimals, Sign::any, price.raw);
        if (!fields.given(field) || price.raw > 0) return;
        price = {};
        into.faults.add(fault);
    };
    read(f::mark, into.mark, PriceFault::mark);
    read(f::index, into.index, PriceFault::index);
    read(f::bid, into.bid, PriceFault::bid);
    read(f::ask, into.ask, PriceFault::ask);
    fields.decimal(f::implied_volatility, Need::optional, volatility_decimals, Sign::positive,
                   into.implied_volatility);
    read_trust(fields, into);
    Timestamp made = received;
    fields.time(f::time, Need::optional, made);
    // A price from the future would stay fresh for too long.
    into.as_of = std::min(made, received);
    return counted(fields.fault());
}

std::optional<DecodeError> Decoder::decode_control(std::string_view verb, std::string_view message,
                                                   const Ledger& ledger, EventBody& into) noexcept {
    namespace f = control_field;
    if (verb != "account" && verb != "instrument") {
        return counted(DecodeError{"verb", "must be account or instrument"});
    }
    const bool of_account = verb == "account";
    const auto& names = of_account ? f::account_names : f::instrument_names;
    std::array<JsonValue, f::count> values;
    if (auto fault = reader_.read(message, names, values)) return counted(fault);
    FieldReader fields{names, values};
    const std::string_view target = fields.id(f::name, Need::required);
    if (of_account) {
        AccountControl control;
        control.account = target.empty() ? no_account : ledger.find_account(target);
        if (!is_known(control.account)) fields.fail(f::name, "nobody defined it");
        fields.word(f::status, Need::required, account_status_words, control.status);
        fields.id(f::by, Need::required, control.by);
        into = control;
    } else {
        InstrumentControl control;
        control.instrument = target.empty() ? no_instrument : ledger.find_instrument(target);
        if (!is_known(control.instrument)) fields.fail(f::name, "nobody defined it");
        fields.word(f::status, Need::required, instrument_status_words, control.status);
        fields.id(f::by, Need::required, control.by);
        into = control;
    }
    return counted(fields.fault());
}

}  // namespace riskd::feeds
