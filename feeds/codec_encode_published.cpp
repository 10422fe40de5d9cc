#include <charconv>

#include "feeds/codec_encode.hpp"
#include "feeds/codec_parts.hpp"
#include "feeds/json_writer.hpp"

// What nobody asked for: liquidation triggers and alerts.
namespace riskd::feeds {

namespace {

// "A1-17": the account and the number of its episode.
class EpisodeText {
public:
    EpisodeText(std::string_view account, std::uint32_t number) noexcept {
        char* at = std::copy(account.begin(), account.end(), text_.data());
        *at++ = '-';
        end_ = std::to_chars(at, text_.data() + text_.size(), number).ptr;
    }
    std::string_view view() const noexcept {
        return {text_.data(), static_cast<std::size_t>(end_ - text_.data())};
    }

private:
    std::array<char, 80> text_;  // an id, a dash, ten figures
    char* end_;
};

// The wire's word for the end of an episode is `closed`.
std::string_view stage_text(Stage stage) noexcept {
    return stage == Stage::healthy ? std::string_view{"closed"} : name(stage);
}

void write_leg(JsonWriter& json, const Ledger& ledger, const CloseLeg& leg) {
    const Instrument& instrument = ledger.instrument(leg.instrument);
    json.begin_object();
    json.key("instrument").string(instrument.terms.name.view());
    write_position_side(json, leg.position_side);
    json.key("side").string(name(leg.side));
    json.key("quantity").decimal(as_quantity(instrument, leg.quantity));
    json.key("bankruptcy_price");
    if (leg.has_bankruptcy_price) {
        json.decimal(as_price(instrument, leg.bankruptcy_price));
    } else {
        json.null();
    }
    json.end_object();
}

}  // namespace

void encode_liquidation(const EncodeScope& scope, const StageChange& change, std::string& into) {
    const std::string_view account = account_name(scope.ledger, change.account);
    const auto amount = [&](Money money) { return in_asset(scope.ledger, change.currency, money); };
    JsonWriter json{into};
    json.begin_object();
    json.key("episode").string(EpisodeText{account, change.episode}.view());
    json.key("stage").string(stage_text(change.stage));
    json.key("equity").decimal(amount(change.margin.equity));
    json.key("maintenance_margin").decimal(amount(change.margin.maintenance_margin));
    json.key("close").begin_array();
    for (const CloseLeg& leg : change.close)
        write_leg(json, scope.ledger, leg);
    json.end_array();
    json.key("prices").begin_object();
    for (const PriceUsed& used : change.prices) {
        const Instrument& instrument = scope.ledger.instrument(used.instrument);
        json.key(instrument.terms.name.view()).decimal(as_price(instrument, used.price));
    }
    json.end_object();
    json.key("ruleset").string(scope.ruleset);
    json.key("sequence").unsigned_integer(change.sequence.raw);
    json.key("time").integer(change.time.ns);
    json.key("account").string(account);
    if (is_known(change.instrument)) {
        json.key("instrument").string(instrument_name(scope.ledger, change.instrument));
        write_position_side(json, change.position_side);
    }
    json.key("currency").string(asset_name(scope.ledger, change.currency));
    json.key("initial_margin").decimal(amount(change.margin.initial_margin));
    json.key("before").string(stage_text(change.before));
    if (change.step != 0) json.key("step").unsigned_integer(change.step);
    if (change.next_step.ns != 0) json.key("next_step").integer(change.next_step.ns);
    json.end_object();
}

void encode_handover(const EncodeScope& scope, const Handover& handover, std::string& into) {
    const std::string_view of = account_name(scope.ledger, handover.of);
    JsonWriter json{into};
    json.begin_object();
    json.key("handover").string(name(handover.kind));
    json.key("account").string(account_name(scope.ledger, handover.account));
    json.key("of").string(of);
    json.key("episode").string(EpisodeText{of, handover.episode}.view());
    if (is_of_position(handover.kind)) {
        const Instrument& instrument = scope.ledger.instrument(handover.instrument);
        json.key("instrument").string(instrument.terms.name.view());
        write_position_side(json, handover.position_side);
        json.key("side").string(name(handover.side));
        json.key("quantity").decimal(as_quantity(instrument, handover.quantity));
        json.key("price").decimal(as_price(instrument, handover.price));
        if (handover.rank != 0) json.key("rank").unsigned_integer(handover.rank);
    } else {
        json.key("asset").string(asset_name(scope.ledger, handover.asset));
        json.key("amount").decimal(in_asset(scope.ledger, handover.asset, handover.amount));
    }
    json.key("ruleset").string(scope.ruleset);
    json.key("sequence").unsigned_integer(handover.sequence.raw);
    json.key("time").integer(handover.time.ns);
    json.end_object();
}

void encode_alert(const EncodeScope& scope, const Alert& alert, std::string& into) {
    JsonWriter json{into};
    json.begin_object();
    json.key("severity").string(name(alert.severity));
    json.key("kind").string(name(alert.kind));
    if (is_known(alert.account)) {
        json.key("account").string(account_name(scope.ledger, alert.account));
    }
    if (is_known(alert.instrument)) {
        json.key("instrument").string(instrument_name(scope.ledger, alert.instrument));
    }
    if (is_known(alert.rule) && index(alert.rule) < scope.rules.size()) {
        json.key("rule").string(scope.rules[index(alert.rule)].view());
    }
    if (alert.fault != RuleFault::none) json.key("fault").string(name(alert.fault));
    if (!alert.about.empty()) json.key("about").string(alert.about.view());
    if (!alert.detail.empty()) json.key("detail").string(alert.detail.view());
    json.key("sequence").unsigned_integer(alert.sequence.raw);
    json.key("time").integer(alert.time.ns);
    json.end_object();
}

}  // namespace riskd::feeds
