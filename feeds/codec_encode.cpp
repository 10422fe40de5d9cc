#include "feeds/codec_encode.hpp"

#include "feeds/codec_parts.hpp"
#include "feeds/json_writer.hpp"

namespace riskd::feeds {

namespace {

void write_figures(JsonWriter& json, const EncodeScope& scope, const Decision& decision) {
    if (!decision.rule_name.empty()) json.key("rule").string(decision.rule_name.view());
    if (!decision.group_name.empty()) json.key("group").string(decision.group_name.view());
    if (decision.has_limit) {
        json.key("limit").decimal(decision.limit);
        json.key("used").decimal(decision.used);
        json.key("would_be").decimal(decision.would_be);
        json.key("headroom").decimal(decision.headroom);
    }
    if (decision.has_largest_quantity && is_known(decision.instrument)) {
        const Instrument& instrument = scope.ledger.instrument(decision.instrument);
        json.key("largest_quantity").decimal(as_quantity(instrument, decision.largest_quantity));
    }
}

// The members of an answer, without the braces, so that a preview and a record can add theirs.
void write_decision(JsonWriter& json, const EncodeScope& scope, const Decision& decision,
                    std::string_view account) {
    json.key("decision").string(decision.accepted ? "accept" : "reject");
    json.key("order").string(decision.order.view());
    json.key("account").string(account);
    if (decision.accepted) {
        json.key("hold");
        write_amount(json, scope.ledger, decision.hold_asset, decision.hold);
    } else {
        json.key("reason").string(name(decision.reason));
        write_figures(json, scope, decision);
    }
    json.key("sequence").unsigned_integer(decision.sequence.raw);
    json.key("time").integer(decision.time.ns);
    json.key("ruleset").string(scope.ruleset);
    if (decision.has_margin) {
        json.key("margin");
        write_margin(json, {scope.ledger, decision.currency}, decision.margin);
    }
}

void write_optional_text(JsonWriter& json, std::string_view key, std::string_view text) {
    if (!text.empty()) json.key(key).string(text);
}

void write_request(JsonWriter& json, const EncodeScope& scope, const OrderRequest& request) {
    json.begin_object();
    const Instrument* instrument =
        is_known(request.instrument) ? &scope.ledger.instrument(request.instrument) : nullptr;
    json.key("instrument");
    if (instrument == nullptr) {
        json.null();
    } else {
        json.string(instrument->terms.name.view());
    }
    json.key("side").string(name(request.side));
    json.key("type").string(name(request.type));
    if (instrument != nullptr) {
        if (request.price.raw != 0) json.key("price").decimal(as_price(*instrument, request.price));
        if (request.trigger_price.raw != 0) {
            json.key("trigger_price").decimal(as_price(*instrument, request.trigger_price));
        }
        json.key("quantity").decimal(as_quantity(*instrument, request.quantity));
    }
    json.key("time_in_force").string(name(request.time_in_force));
    write_position_side(json, request.position_side);
    json.key("reduce_only").boolean(request.reduce_only);
    json.key("post_only").boolean(request.post_only);
    write_optional_text(json, "trader", request.trader.view());
    write_optional_text(json, "strategy", request.strategy.view());
    write_optional_text(json, "replaces", request.replaces.view());
    if (request.expires.ns != 0) json.key("expires").integer(request.expires.ns);
    json.end_object();
}

void write_prices(JsonWriter& json, const Instrument& instrument) {
    const auto optional = [&](std::string_view key, Price price) {
        if (price.raw != 0) json.key(key).decimal(as_price(instrument, price));
    };
    json.key("mark").begin_object();
    json.key("price");
    if (instrument.prices.mark.raw == 0) {
        json.null();
    } else {
        json.decimal(as_price(instrument, instrument.prices.mark));
    }
    json.key("time").integer(instrument.prices.as_of.ns);
    optional("index", instrument.prices.index);
    optional("bid", instrument.prices.bid);
    optional("ask", instrument.prices.ask);
    json.end_object();
}

void write_position(JsonWriter& json, const EncodeScope& scope, const OrderRequest& request) {
    const Position* position =
        scope.ledger.find_position(request.account, request.instrument, request.position_side);
    if (position == nullptr) return;
    const Instrument& instrument = scope.ledger.instrument(request.instrument);
    json.key("position").begin_object();
    json.key("quantity").decimal(as_quantity(instrument, position->quantity));
    json.key("open_buy").decimal(as_quantity(instrument, position->open_buy));
    json.key("open_sell").decimal(as_quantity(instrument, position->open_sell));
    json.end_object();
}

void write_limits(JsonWriter& json, const EncodeScope& scope, std::span<const RuleAnswer> answers) {
    json.key("limits").begin_array();
    for (const RuleAnswer& answer : answers) {
        if (!is_known(answer.rule) || index(answer.rule) >= scope.rules.size()) continue;
        json.begin_object();
        json.key("rule").string(scope.rules[index(answer.rule)].view());
        write_optional_text(json, "group", scope.ledger.group_name(answer.group));
        if (answer.fault != RuleFault::none) {
            json.key("fault").string(name(answer.fault));
        } else {
            json.key("limit").decimal(decimal_from_double(answer.allowed));
            json.key("used").decimal(decimal_from_double(answer.used));
        }
        json.end_object();
    }
    json.end_array();
}

}  // namespace

void encode_decision(const EncodeScope& scope, const Decision& decision, std::string_view account,
                     std::string& into) {
    JsonWriter json{into};
    json.begin_object();
    write_decision(json, scope, decision, account);
    json.end_object();
}

void encode_decision_record(const EncodeScope& scope, const DecisionRecord& record,
                            std::string_view account, std::string& into) {
    const OrderRequest& request = record.request;
    JsonWriter json{into};
    json.begin_object();
    write_decision(json, scope, record.decision, account);
    json.key("request");
    write_request(json, scope, request);
    if (is_known(request.instrument)) {
        write_prices(json, scope.ledger.instrument(request.instrument));
        if (is_known(request.account)) write_position(json, scope, request);
    }
    write_limits(json, scope, record.answers);
    json.end_object();
}

void encode_malformed(const DecodeError& fault, std::string& into) {
    JsonWriter json{into};
    json.begin_object();
    json.key("decision").string("malformed");
    json.key("field").string(fault.field);
    json.key("error").string(fault.error);
    json.end_object();
}

void encode_refusal(const Refusal& refusal, std::string& into) {
    JsonWriter json{into};
    json.begin_object();
    json.key("decision").string("reject");
    write_optional_text(json, "order", refusal.order);
    json.key("account").string(refusal.account);
    json.key("reason").string(name(refusal.reason));
    json.key("time").integer(refusal.time.ns);
    json.end_object();
}

void encode_preview(const EncodeScope& scope, const Preview& preview, std::string_view account,
                    std::optional<Price> liquidation_price, std::string& into) {
    const Decision& decision = preview.decision;
    JsonWriter json{into};
    json.begin_object();
    write_decision(json, scope, decision, account);
    if (decision.has_margin) {
        json.key("margin_after");
        write_margin(json, {scope.ledger, decision.currency}, preview.margin_after);
    }
    json.key("liquidation_price");
    if (liquidation_price && is_known(decision.instrument)) {
        json.decimal(as_price(scope.ledger.instrument(decision.instrument), *liquidation_price));
    } else {
        json.null();
    }
    if (is_known(preview.fee_asset)) {
        json.key("fee");
        write_amount(json, scope.ledger, preview.fee_asset, preview.fee);
    }
    if (preview.isolated_margin && is_known(preview.fee_asset)) {
        const auto amount = [&](Money money) {
            return in_asset(scope.ledger, preview.fee_asset, money);
        };
        json.key("isolated_margin").begin_object();
        json.key("asset").string(asset_name(scope.ledger, preview.fee_asset));
        json.key("before").decimal(amount(preview.isolated_margin->before));
        json.key("after").decimal(amount(preview.isolated_margin->after));
        json.end_object();
    }
    write_limits(json, scope, preview.limits);
    json.end_object();
}

}  // namespace riskd::feeds
