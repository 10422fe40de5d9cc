#include <algorithm>
#include <array>

#include "feeds/codec_decode.hpp"
#include "feeds/codec_fields.hpp"
#include "riskd/core/contracts/contract.hpp"

// The facts of the input stream. A name that nobody defined makes a fact undecodable here (unlike a
// check, which is answered): there is nobody to apply it to.
namespace riskd::feeds {

namespace {

constexpr Words order_event_words{order_event_names,
                                  "must be open, replaced, cancelled, rejected, expired or done"};
constexpr Words balance_kind_words{balance_kind_names,
                                   "must be deposit, withdrawal, adjustment, interest or rebate"};

constexpr Words margin_mode_words{margin_mode_names, "must be cross or isolated"};

enum class Liquidity : std::uint8_t { maker, taker };
constexpr std::array<std::string_view, 2> liquidity_names{"maker", "taker"};
constexpr Words liquidity_words{liquidity_names, "must be maker or taker"};

constexpr std::string_view undefined = "nobody defined it";

template <std::size_t count>
class FactReader {
public:
    using Names = std::array<std::string_view, count>;

    FactReader(JsonReader& reader, std::string_view message, const Names& names) noexcept
        : unreadable_(reader.read(message, names, values_)), fields(names, values_) {}

    bool readable() const noexcept { return !unreadable_.has_value(); }
    std::optional<DecodeError> fault() const noexcept {
        return unreadable_ ? unreadable_ : fields.fault();
    }

    // Every fact may say when it happened and whom it is about; both must be well formed.
    void check_frame(std::size_t time, std::size_t about, std::string_view token) noexcept {
        Timestamp ignored;
        fields.time(time, Need::optional, ignored);
        const std::string_view named = fields.id(about, Need::optional);
        if (!named.empty() && named != token) fields.fail(about, "is not that of the subject");
    }

private:
    std::array<JsonValue, count> values_;
    std::optional<DecodeError> unreadable_;

public:
    FieldReader fields;
};

AccountId read_account(FieldReader& fields, std::size_t field, const Ledger& ledger) noexcept {
    const std::string_view text = fields.id(field, Need::required);
    const AccountId found = text.empty() ? no_account : ledger.find_account(text);
    if (!is_known(found)) fields.fail(field, undefined);
    return found;
}

AssetId read_asset(FieldReader& fields, std::size_t field, Need need,
                   const Ledger& ledger) noexcept {
    const std::string_view text = fields.id(field, need);
    if (text.empty()) return no_asset;
    const AssetId found = ledger.find_asset(text);
    if (!is_known(found)) fields.fail(field, undefined);
    return found;
}

InstrumentId read_instrument(FieldReader& fields, std::size_t field,
                             const Ledger& ledger) noexcept {
    const std::string_view text = fields.id(field, Need::required);
    const InstrumentId found = text.empty() ? no_instrument : ledger.find_instrument(text);
    if (!is_known(found)) fields.fail(field, undefined);
    return found;
}

void read_money(FieldReader& fields, std::size_t field, Sign sign, AssetId asset,
                const Ledger& ledger, Money& into) noexcept {
    if (!is_known(asset)) return;
    fields.decimal(field, Need::required, ledger.asset(asset).terms.decimals, sign, into.raw);
}

}  // namespace

std::optional<DecodeError> Decoder::decode_update(std::string_view account,
                                                  std::string_view message, const Ledger& ledger,
                                                  EventBody& into) noexcept {
    enum : std::size_t { id, order, event, remaining, time, about, count };
    static constexpr std::array<std::string_view, count> names{"id",        "order", "event",
                                                               "remaining", "time",  "account"};
    FactReader<count> fact{reader_, message, names};
    if (!fact.readable()) return fact.fault();
    OrderUpdate update;
    update.account = ledger.find_account(account);
    if (!is_known(update.account)) fact.fields.fail(about, undefined);
    fact.fields.id(id, Need::required, update.id);
    fact.fields.id(order, Need::required, update.order);
    fact.fields.word(event, Need::required, order_event_words, update.event);
    // The decimals are those of the order's instrument: of an order that is not open, nobody knows.
    const OpenOrder* open =
        is_known(update.account) ? ledger.find_order(update.account, update.order) : nullptr;
    if (open == nullptr) {
        fact.fields.decimal_form(remaining, Need::optional, Sign::not_negative);
    } else {
        update.has_remaining = fact.fields.decimal(
            remaining, Need::optional, ledger.instrument(open->instrument).terms.quantity_decimals,
            Sign::not_negative, update.remaining.raw);
    }
    fact.check_frame(time, about, account);
    into = update;
    return fact.fault();
}

std::optional<DecodeError> Decoder::decode_fill(std::string_view account, std::string_view message,
                                                const Ledger& ledger, EventBody& into) noexcept {
    enum : std::size_t {
        fill,
        order,
        instrument,
        side,
        price,
        quantity,
        fee,
        fee_asset,
        liquidity,
        position_side,
        time,
        about,
        count
    };
    static constexpr std::array<std::string_view, count> names{
        "fill", "order",     "instrument", "side",          "price", "quantity",
        "fee",  "fee_asset", "liquidity",  "position_side", "time",  "account"};
    FactReader<count> fact{reader_, message, names};
    if (!fact.readable()) return fact.fault();
    FieldReader& fields = fact.fields;
    Fill made;
    made.account = ledger.find_account(account);
    if (!is_known(made.account)) fields.fail(about, undefined);
    fields.id(fill, Need::required, made.fill);
    fields.id(order, Need::required, made.order);
    made.instrument = read_instrument(fields, instrument, ledger);
    fields.word(side, Need::required, side_words, made.side);
    fields.word(position_side, Need::optional, position_side_words, made.position_side);
    if (is_known(made.instrument)) {
        const InstrumentDefinition& terms = ledger.instrument(made.instrument).terms;
        fields.decimal(price, Need::required, terms.price_decimals, Sign::positive, made.price.raw);
        fields.decimal(quantity, Need::required, terms.quantity_decimals, Sign::positive,
                       made.quantity.raw);
    }
    if (fields.given(fee) || fields.given(fee_asset)) {
        made.fee_asset = read_asset(fields, fee_asset, Need::required, ledger);
        read_money(fields, fee, Sign::any, made.fee_asset, ledger, made.fee);
    }
    Liquidity ignored{};
    fields.word(liquidity, Need::optional, liquidity_words, ignored);
    fact.check_frame(time, about, account);
    into = made;
    return fact.fault();
}

std::optional<DecodeError> Decoder::decode_balance(std::string_view account,
                                                   std::string_view message, const Ledger& ledger,
                                                   EventBody& into) noexcept {
    enum : std::size_t { id, asset, amount, kind, time, about, count };
    static constexpr std::array<std::string_view, count> names{"id",   "asset", "amount",
                                                               "kind", "time",  "account"};
    FactReader<count> fact{reader_, message, names};
    if (!fact.readable()) return fact.fault();
    BalanceChange change;
    change.account = ledger.find_account(account);
    if (!is_known(change.account)) fact.fields.fail(about, undefined);
    fact.fields.id(id, Need::required, change.id);
    change.asset = read_asset(fact.fields, asset, Need::required, ledger);
    fact.fields.word(kind, Need::required, balance_kind_words, change.kind);
    const bool moved =
        change.kind == BalanceKind::deposit || change.kind == BalanceKind::withdrawal;
    read_money(fact.fields, amount, moved ? Sign::positive : Sign::any, change.asset, ledger,
               change.amount);
    if (change.kind == BalanceKind::withdrawal) change.amount = -change.amount;
    fact.check_frame(time, about, account);
    into = change;
    return fact.fault();
}

std::optional<DecodeError> Decoder::decode_transfer(std::string_view message, const Ledger& ledger,
                                                    EventBody& into) noexcept {
    enum : std::size_t { id, from, to, asset, amount, time, count };
    static constexpr std::array<std::string_view, count> names{"id",    "from",   "to",
                                                               "asset", "amount", "time"};
    FactReader<count> fact{reader_, message, names};
    if (!fact.readable()) return fact.fault();
    Transfer transfer;
    fact.fields.id(id, Need::required, transfer.id);
    transfer.from = read_account(fact.fields, from, ledger);
    transfer.to = read_account(fact.fields, to, ledger);
    if (transfer.from == transfer.to) fact.fields.fail(to, "is the account it comes from");
    transfer.asset = read_asset(fact.fields, asset, Need::required, ledger);
    read_money(fact.fields, amount, Sign::positive, transfer.asset, ledger, transfer.amount);
    Timestamp ignored;
    fact.fields.time(time, Need::optional, ignored);
    into = transfer;
    return fact.fault();
}

std::optional<DecodeError> Decoder::decode_funding(std::string_view instrument,
                                                   std::string_view message, const Ledger& ledger,
                                                   EventBody& into) noexcept {
    enum : std::size_t { id, rate, period, price, time, about, count };
    static constexpr std::array<std::string_view, count> names{"id",    "rate", "period",
                                                               "price", "time", "instrument"};
    FactReader<count> fact{reader_, message, names};
    if (!fact.readable()) return fact.fault();
    Funding funding;
    funding.instrument = ledger.find_instrument(instrument);
    fact.fields.id(id, Need::required, funding.id);
    if (!is_known(funding.instrument)) {
        fact.fields.fail(about, undefined);
        fact.fields.decimal(rate, Need::optional, rate_decimals, Sign::any, funding.rate);
    } else {
        const Instrument& row = ledger.instrument(funding.instrument);
        if (row.terms.kind == ContractKind::perpetual_option) {
            fact.fields.duration(period, Need::required, funding.period);
        } else {
            fact.fields.decimal(rate, Need::required, rate_decimals, Sign::any, funding.rate);
        }
        fact.fields.decimal(price, Need::required, row.final_price_decimals, Sign::positive,
                            funding.price.raw);
    }
    fact.check_frame(time, about, instrument);
    into = funding;
    return fact.fault();
}

std::optional<DecodeError> Decoder::decode_funding_index(std::string_view instrument,
                                                         std::string_view message,
                                                         const Ledger& ledger,
                                                         EventBody& into) noexcept {
    enum : std::size_t { id, index, paid, time, about, count };
    static constexpr std::array<std::string_view, count> names{"id", "index", "paid", "time",
                                                               "instrument"};
    FactReader<count> fact{reader_, message, names};
    if (!fact.readable()) return fact.fault();
    FundingIndex update;
    update.instrument = ledger.find_instrument(instrument);
    fact.fields.id(id, Need::required, update.id);
    if (!is_known(update.instrument)) {
        fact.fields.fail(about, undefined);
    } else {
        const int decimals = funding_index_decimals(ledger.instrument(update.instrument).terms);
        fact.fields.decimal(index, Need::required, decimals, Sign::any, update.index);
    }
    fact.fields.boolean(paid, update.is_paid);
    fact.check_frame(time, about, instrument);
    into = update;
    return fact.fault();
}

std::optional<DecodeError> Decoder::decode_settlement(std::string_view instrument,
                                                      std::string_view message,
                                                      const Ledger& ledger,
                                                      EventBody& into) noexcept {
    enum : std::size_t { id, price, time, about, count };
    static constexpr std::array<std::string_view, count> names{"id", "price", "time", "instrument"};
    FactReader<count> fact{reader_, message, names};
    if (!fact.readable()) return fact.fault();
    Settlement settlement;
    settlement.instrument = ledger.find_instrument(instrument);
    fact.fields.id(id, Need::required, settlement.id);
    if (!is_known(settlement.instrument)) {
        fact.fields.fail(about, undefined);
    } else {
        fact.fields.decimal(price, Need::required,
                            ledger.instrument(settlement.instrument).final_price_decimals,
                            Sign::positive, settlement.price.raw);
    }
    fact.check_frame(time, about, instrument);
    into = settlement;
    return fact.fault();
}

std::optional<DecodeError> Decoder::decode_leverage(std::string_view account,
                                                    std::string_view message, const Ledger& ledger,
                                                    EventBody& into) noexcept {
    enum : std::size_t { id, instrument, leverage, position_side, time, about, count };
    static constexpr std::array<std::string_view, count> names{
        "id", "instrument", "leverage", "position_side", "time", "account"};
    FactReader<count> fact{reader_, message, names};
    if (!fact.readable()) return fact.fault();
    LeverageChange change;
    change.account = ledger.find_account(account);
    if (!is_known(change.account)) fact.fields.fail(about, undefined);
    fact.fields.id(id, Need::required, change.id);
    change.instrument = read_instrument(fact.fields, instrument, ledger);
    fact.fields.word(position_side, Need::optional, position_side_words, change.position_side);
    std::int64_t chosen{};
    const bool given = fact.fields.decimal(leverage, Need::required, 0, Sign::not_negative, chosen);
    if (given && chosen > leverage_limit) fact.fields.fail(leverage, "must be 0 to 1000");
    change.leverage = static_cast<std::uint32_t>(std::min(chosen, leverage_limit));
    fact.check_frame(time, about, account);
    into = change;
    return fact.fault();
}

// One of `mode` and `amount`, so that a refusal is of the whole message.
std::optional<DecodeError> Decoder::decode_margin(std::string_view account,
                                                  std::string_view message, const Ledger& ledger,
                                                  EventBody& into) noexcept {
    enum : std::size_t { id, instrument, mode, amount, position_side, time, about, count };
    static constexpr std::array<std::string_view, count> names{
        "id", "instrument", "mode", "amount", "position_side", "time", "account"};
    FactReader<count> fact{reader_, message, names};
    if (!fact.readable()) return fact.fault();
    MarginChange change;
    change.account = ledger.find_account(account);
    if (!is_known(change.account)) fact.fields.fail(about, undefined);
    fact.fields.id(id, Need::required, change.id);
    change.instrument = read_instrument(fact.fields, instrument, ledger);
    fact.fields.word(position_side, Need::optional, position_side_words, change.position_side);
    change.has_mode = fact.fields.given(mode);
    if (change.has_mode) {
        fact.fields.word(mode, Need::required, margin_mode_words, change.mode);
        if (fact.fields.given(amount)) fact.fields.fail(amount, "not together with mode");
    } else if (is_known(change.instrument)) {
        const AssetId settle = ledger.instrument(change.instrument).settle;
        read_money(fact.fields, amount, Sign::any, settle, ledger, change.amount);
    }
    fact.check_frame(time, about, account);
    into = change;
    return fact.fault();
}

std::optional<DecodeError> Decoder::decode_known_fact(const Subject& subject,
                                                      std::string_view message,
                                                      const Ledger& ledger,
                                                      EventBody& into) noexcept {
    const std::string_view token = subject.token;
    switch (subject.topic) {
        case Topic::in_order: return decode_update(token, message, ledger, into);
        case Topic::in_fill: return decode_fill(token, message, ledger, into);
        case Topic::in_balance: return decode_balance(token, message, ledger, into);
        case Topic::in_transfer: return decode_transfer(message, ledger, into);
        case Topic::in_funding: return decode_funding(token, message, ledger, into);
        case Topic::in_funding_index: return decode_funding_index(token, message, ledger, into);
        case Topic::in_settlement: return decode_settlement(token, message, ledger, into);
        case Topic::in_leverage: return decode_leverage(token, message, ledger, into);
        case Topic::in_margin: return decode_margin(token, message, ledger, into);
        case Topic::in_instrument: return decode_instrument(token, message, into);
        case Topic::in_account: return decode_account(token, message, into);
        case Topic::in_group: return decode_group(token, message, into);
        default: return DecodeError{"subject", "is not that of a fact"};
    }
}

void Decoder::decode_fact(std::string_view subject, const std::optional<Subject>& parsed,
                          std::string_view message, const Ledger& ledger,
                          EventBody& into) noexcept {
    const auto fault =
        counted(parsed ? decode_known_fact(*parsed, message, ledger, into)
                       : std::optional{DecodeError{"subject", "is not that of a fact"}});
    if (fault) into = refused_fact(subject, *fault);
}

}  // namespace riskd::feeds
