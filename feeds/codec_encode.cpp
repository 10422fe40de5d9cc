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

void write_mark(JsonWriter& json, const Instrument& instrument) {
    json.begin_object();
    json.key("price");
    if (instrument.prices.mark.raw == 0) {
        json.null();
    } else {
        json.decimal(as_price(instrument, instrument.prices.mark));
    }
    json.key("time").integer(instrument.prices.as_of.ns);
    json.end_object();
}

}  // namespace

void encode_decision(const EncodeScope& scope, const Decision& decision, std::string_view account,
                     std::string& into) {
    JsonWriter json{into};
    json.begin_object();
    write_decision(json, scope, decision, account);
    json.end_object();
}

void encode_decision_record(const EncodeScope& scope, const Decision& decision,
                            const OrderRequest& request, std::string_view account,
                            std::string& into) {
    JsonWriter json{into};
    json.begin_object();
    write_decision(json, scope, decision, account);
    json.key("request");
    write_request(json, scope, request);
    if (is_known(request.instrument)) {
        json.key("mark");
        write_mark(json, scope.ledger.instrument(request.instrument));
    }
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
    json.key("limits").begin_array();
    std::size_t at = 0;
    for (const RuleInfo& rule : scope.rules) {
        if (rule.kind != RuleKind::check || at == preview.limits.size()) continue;
        const CheckAnswer& answer = preview.limits[at++];
        if (answer.outcome == CheckOutcome::not_applicable) continue;
        json.begin_object();
        json.key("rule").string(rule.name.view());
        write_optional_text(json, "group", scope.ledger.group_name(answer.group));
        if (answer.outcome == CheckOutcome::fault) {
            json.key("fault").string(name(answer.fault));
        } else {
            json.key("limit").decimal(decimal_from_double(answer.allowed));
            json.key("used").decimal(decimal_from_double(answer.used));
        }
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

}  // namespace riskd::feeds
