#include "feeds/codec_answers.hpp"

#include <algorithm>

#include "feeds/codec_parts.hpp"
#include "feeds/json_writer.hpp"
#include "riskd/core/contracts/contract.hpp"

namespace riskd::feeds {

namespace {

struct Held {
    Quantity quantity;
    Rounding rounding;
};

void write_notional(JsonWriter& json, const Ledger& ledger, const Instrument& instrument,
                    Held held) {
    const auto worth =
        instrument.prices.mark.raw > 0
            ? notional_of(instrument, held.quantity, instrument.prices.mark, held.rounding)
            : std::nullopt;
    if (worth) {
        json.decimal(in_asset(ledger, instrument.settle, *worth));
    } else {
        json.null();
    }
}

void write_instrument(JsonWriter& json, const Ledger& ledger, const Instrument& instrument,
                      Timestamp now) {
    const Quantity net = instrument.long_quantity - instrument.short_quantity;
    json.begin_object();
    json.key("instrument").string(instrument.terms.name.view());
    json.key("status").string(name(instrument.terms.status));
    json.key("settle").string(asset_name(ledger, instrument.settle));
    json.key("mark_price");
    if (instrument.prices.mark.raw > 0) {
        json.decimal(as_price(instrument, instrument.prices.mark));
    } else {
        json.null();
    }
    json.key("mark_fresh").boolean(fresh_mark(instrument, now).has_value());
    if (in_doubt(instrument.prices)) json.key("mark_in_doubt").boolean(true);
    json.key("mark_time").integer(instrument.prices.as_of.ns);
    json.key("long_quantity").decimal(as_quantity(instrument, instrument.long_quantity));
    json.key("short_quantity").decimal(as_quantity(instrument, instrument.short_quantity));
    json.key("net_quantity").decimal(as_quantity(instrument, net));
    json.key("long_notional");
    write_notional(json, ledger, instrument, {instrument.long_quantity, Rounding::toward_plus});
    json.key("short_notional");
    write_notional(json, ledger, instrument, {instrument.short_quantity, Rounding::toward_plus});
    json.key("net_notional");
    write_notional(json, ledger, instrument, {net, Rounding::toward_minus});
    json.end_object();
}

template <std::size_t count>
void write_counts(JsonWriter& json, std::string_view key,
                  const std::array<std::string_view, count>& names,
                  const std::array<std::uint64_t, count>& values) {
    json.key(key).begin_object();
    for (std::size_t i = 0; i < count; ++i) {
        if (values[i] != 0) json.key(names[i]).unsigned_integer(values[i]);
    }
    json.end_object();
}

void write_counters(JsonWriter& json, const EngineCounters& counters, const StatusFacts& facts) {
    json.begin_object();
    json.key("events").unsigned_integer(counters.events_applied);
    json.key("accepted").unsigned_integer(counters.orders_accepted);
    json.key("repeated").unsigned_integer(counters.orders_repeated);
    write_counts(json, "rejected", reject_reason_names, counters.orders_rejected);
    json.key("malformed").unsigned_integer(facts.malformed);
    json.key("overloaded").unsigned_integer(facts.overloaded);
    json.key("unknown_fields").unsigned_integer(facts.unknown_fields);
    json.key("facts_repeated").unsigned_integer(counters.facts_repeated);
    write_counts(json, "stages", stage_names, counters.stage_changes);
    write_counts(json, "alerts", alert_kind_names, counters.alerts);
    json.end_object();
}

}  // namespace

void encode_unknown(RejectReason reason, std::string_view name_text, std::string& into) {
    JsonWriter json{into};
    json.begin_object();
    json.key("error").string(name(reason));
    json.key("name").string(name_text);
    json.end_object();
}

void encode_exposure(const EncodeScope& scope, const ExposureQuestion& question,
                     std::string& into) {
    const Ledger& ledger = scope.ledger;
    JsonWriter json{into};
    json.begin_object();
    json.key("instruments").begin_array();
    for (std::uint32_t raw = 0; raw < ledger.instrument_count(); ++raw) {
        const InstrumentId id{raw};
        if (is_known(question.instrument) && question.instrument != id) continue;
        write_instrument(json, ledger, ledger.instrument(id), question.now);
    }
    json.end_array();
    json.key("nearest").begin_array();
    for (const AccountStanding& standing : question.nearest) {
        AccountMargin margin = standing.figures.margin;
        margin.complete = margin.complete && !standing.stale;
        json.begin_object();
        write_standing(json, ledger, ledger.account(standing.account), margin);
        json.key("isolated").boolean(is_known(standing.isolated));
        json.end_object();
    }
    json.end_array();
    json.key("sequence").unsigned_integer(question.sequence.raw);
    json.key("time").integer(question.now.ns);
    json.key("ruleset").string(scope.ruleset);
    json.end_object();
}

void encode_status(const EncodeScope& scope, const Engine& engine, const StatusFacts& facts,
                   std::string& into) {
    const std::uint64_t applied = engine.stream_sequence();
    JsonWriter json{into};
    json.begin_object();
    json.key("version").string(facts.version);
    json.key("ruleset").string(scope.ruleset);
    json.key("sequence").unsigned_integer(engine.sequence().raw);
    json.key("digest");
    if (facts.digest.empty()) {
        json.null();
    } else {
        json.string(facts.digest);
    }
    json.key("role").string(facts.role);
    json.key("ready").boolean(facts.ready);
    if (!facts.ready) json.key("not_ready_because").string(facts.not_ready_because);
    json.key("lag").unsigned_integer(facts.stream_last > applied ? facts.stream_last - applied : 0);
    json.key("stream_sequence").unsigned_integer(applied);
    json.key("started").integer(facts.started.ns);
    json.key("time").integer(facts.now.ns);
    json.key("accounts").unsigned_integer(scope.ledger.account_count());
    json.key("instruments").unsigned_integer(scope.ledger.instrument_count());
    json.key("open_orders").unsigned_integer(scope.ledger.orders().size());
    json.key("journal_bytes").unsigned_integer(facts.journal_bytes);
    json.key("overrides").unsigned_integer(facts.overrides);
    if (facts.overrides > 0) json.key("override_ends").integer(facts.override_ends.ns);
    json.key("counters");
    write_counters(json, engine.counters(), facts);
    json.end_object();
}

}  // namespace riskd::feeds
