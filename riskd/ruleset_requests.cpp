#include "riskd/ruleset_requests.hpp"

#include <algorithm>
#include <array>

#include "feeds/codec_client.hpp"
#include "feeds/json_writer.hpp"

namespace riskd::verbs {
namespace {

using feeds::JsonWriter;

constexpr std::array<std::string_view, 5> served{
    "ruleset_stage", "ruleset_shadow", "ruleset_activate", "ruleset_rollback", "ruleset_status"};

void refuse(std::string_view verb, std::string_view reason, std::string& into) {
    JsonWriter json{into};
    json.begin_object();
    json.key("refused").string(verb);
    json.key("reason").string(reason);
    json.end_object();
}

void write_ruleset(JsonWriter& json, std::string_view key, const rulesets::Ruleset* ruleset) {
    json.key(key);
    if (ruleset == nullptr) return json.null();
    json.begin_object();
    json.key("hash").string(ruleset->bundle.hash);
    json.key("note").string(ruleset->bundle.note);
    json.key("expires").integer(ruleset->bundle.expires.ns);
    json.key("signed_by").begin_array();
    for (const std::string& name : ruleset->signed_by)
        json.string(name);
    json.end_array();
    json.end_object();
}

void write_shadow(JsonWriter& json, const rulesets::Shadow* shadow) {
    json.key("shadow");
    if (shadow == nullptr) return json.null();
    const rulesets::ShadowOrders& orders = shadow->orders();
    json.begin_object();
    json.key("since").unsigned_integer(shadow->since().raw);
    json.key("orders").unsigned_integer(orders.decided);
    json.key("same").unsigned_integer(orders.same);
    json.key("would_accept").unsigned_integer(orders.would_accept);
    json.key("would_refuse").unsigned_integer(orders.would_refuse);
    json.key("other_reason").unsigned_integer(orders.other_reason);
    json.key("faults").unsigned_integer(orders.faults);
    json.key("rules").begin_object();
    for (const auto& [rule, counts] : shadow->rules()) {
        json.key(rule).begin_object();
        json.key("would_accept").unsigned_integer(counts.would_accept);
        json.key("would_refuse").unsigned_integer(counts.would_refuse);
        json.end_object();
    }
    json.end_object();
    const rulesets::ShadowStages& stages = shadow->stages();
    json.key("accounts").begin_object();
    json.key("seen").unsigned_integer(stages.accounts);
    json.key("nearer").unsigned_integer(stages.nearer);
    json.key("farther").unsigned_integer(stages.farther);
    json.key("liquidated").unsigned_integer(stages.liquidated);
    json.key("unknown").unsigned_integer(stages.unknown);
    json.end_object();
    json.end_object();
}

}  // namespace

bool RulesetRequests::concerns(std::string_view verb) noexcept {
    return std::find(served.begin(), served.end(), verb) != served.end();
}

RulesetRequests::Leaves RulesetRequests::serve(std::string_view verb, std::string_view payload,
                                               std::string_view reply, std::string& into) {
    if (verb == "ruleset_stage") return stage(payload, reply, into);
    if (verb == "ruleset_shadow") return shadow(payload, into);
    if (verb == "ruleset_activate") return activate(payload, into);
    if (verb == "ruleset_rollback") return roll_back(into);
    write_status(into);
    return Leaves::now;
}

RulesetRequests::Leaves RulesetRequests::stage(std::string_view payload, std::string_view reply,
                                               std::string& into) {
    const std::string fault = station_.rulesets.stage(std::string{payload});
    if (!fault.empty()) {
        refuse("ruleset_stage", fault, into);
        return Leaves::now;
    }
    station_.end_shadow();
    staged_by_ = reply;
    return Leaves::later;
}

bool RulesetRequests::turn(std::string& reply, std::string& into) {
    if (!station_.rulesets.is_staging()) return false;
    const auto fault = station_.rulesets.turn(station_.engine.ledger());
    if (!fault) return false;
    reply = staged_by_;
    if (fault->empty()) {
        write_status(into);
    } else {
        refuse("ruleset_stage", *fault, into);
    }
    return true;
}

RulesetRequests::Leaves RulesetRequests::shadow(std::string_view payload, std::string& into) {
    const auto asked = feeds::Tree::parse(payload);
    const std::string_view on = asked ? (*asked)["on"].text() : std::string_view{};
    std::string fault;
    if (on == "true") {
        fault = station_.begin_shadow();
    } else if (on == "false") {
        station_.end_shadow();
    } else {
        fault = "`on` must be true or false";
    }
    if (fault.empty()) {
        write_status(into);
    } else {
        refuse("ruleset_shadow", fault, into);
    }
    return Leaves::now;
}

RulesetRequests::Leaves RulesetRequests::activate(std::string_view payload, std::string& into) {
    const auto asked = feeds::Tree::parse(payload);
    const std::string_view hash = asked ? (*asked)["hash"].text() : std::string_view{};
    const std::string why = hash.empty()
                                ? std::string{"`hash` is missing: that of the candidate"}
                                : station_.rulesets.why_not_activate(hash, station_.clock.now());
    if (!why.empty()) {
        refuse("ruleset_activate", why, into);
        return Leaves::now;
    }
    station_.activate_candidate();
    write_applied("ruleset_activate", into);
    return Leaves::when_safe;
}

RulesetRequests::Leaves RulesetRequests::roll_back(std::string& into) {
    if (station_.rulesets.previous() == nullptr) {
        refuse("ruleset_rollback", "no ruleset decided before this one", into);
        return Leaves::now;
    }
    station_.roll_back();
    write_applied("ruleset_rollback", into);
    return Leaves::when_safe;
}

void RulesetRequests::write_applied(std::string_view verb, std::string& into) const {
    JsonWriter json{into};
    json.begin_object();
    json.key("applied").string(verb);
    json.key("ruleset").string(station_.rulesets.rules().hash());
    json.key("sequence").unsigned_integer(station_.engine.sequence().raw);
    json.end_object();
}

void RulesetRequests::write_status(std::string& into) const {
    const rulesets::Life& life = station_.rulesets;
    JsonWriter json{into};
    json.begin_object();
    write_ruleset(json, "active", &life.active_ruleset());
    write_ruleset(json, "previous", life.previous());
    write_ruleset(json, "candidate", life.candidate());
    if (life.candidate() != nullptr) {
        const std::string why =
            life.why_not_activate(life.candidate()->bundle.hash, station_.clock.last());
        json.key("candidate_change").string(name(life.candidate()->change));
        json.key("candidate_lacks");
        why.empty() ? json.null() : json.string(why);
    }
    write_shadow(json, station_.shadow());
    json.key("signers").begin_array();
    for (const auto& signer : station_.settings.rules.signers)
        json.string(signer.name);
    json.end_array();
    json.end_object();
}

}  // namespace riskd::verbs
