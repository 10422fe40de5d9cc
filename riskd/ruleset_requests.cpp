#include "riskd/ruleset_requests.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "feeds/codec_client.hpp"
#include "feeds/json_writer.hpp"

namespace riskd::verbs {
namespace {

using feeds::JsonWriter;

constexpr std::array<std::string_view, 6> served{"ruleset_stage",    "ruleset_shadow",
                                                 "ruleset_canary",   "ruleset_activate",
                                                 "ruleset_rollback", "ruleset_status"};
constexpr std::size_t canary_accounts_max = 1'000;
constexpr std::string_view ends_first = "a canary is at work; end it first";

void refuse(std::string_view verb, std::string_view reason, std::string& into) {
    JsonWriter json{into};
    json.begin_object();
    json.key("refused").string(verb);
    json.key("reason").string(reason);
    json.end_object();
}

void write_signers(JsonWriter& json, const std::vector<std::string>& names) {
    json.key("signed_by").begin_array();
    for (const std::string& name : names)
        json.string(name);
    json.end_array();
}

void write_override(JsonWriter& json, const rulesets::Override& each) {
    json.begin_object();
    json.key("account").string(each.setting.account);
    if (!each.setting.instrument.empty()) json.key("instrument").string(each.setting.instrument);
    if (!each.setting.asset.empty()) json.key("asset").string(each.setting.asset);
    json.key("parameter").string(parameter_of(each));
    json.key("value").string(each.setting.value.text);
    json.key("instead").string(each.instead);
    json.key("reason").string(each.reason);
    json.key("until").integer(each.until.ns);
    write_signers(json, signers_of(each));
    json.end_object();
}

void write_ruleset(JsonWriter& json, std::string_view key, const rulesets::Ruleset* ruleset) {
    json.key(key);
    if (ruleset == nullptr) return json.null();
    json.begin_object();
    json.key("hash").string(ruleset->bundle.hash);
    json.key("note").string(ruleset->bundle.note);
    json.key("expires").integer(ruleset->bundle.expires.ns);
    write_signers(json, ruleset->signed_by);
    json.key("overrides").begin_array();
    for (const rulesets::Override& each : ruleset->bundle.overrides)
        write_override(json, each);
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

void write_canary(JsonWriter& json, const Station& station) {
    const CanaryChange& canary = station.engine.canary();
    json.key("canary");
    if (canary.hash.empty() || station.shadow() == nullptr) return json.null();
    const rulesets::CanaryCounts& counts = station.shadow()->canary();
    json.begin_object();
    json.key("hash").string(canary.hash.view());
    json.key("share").decimal({.raw = canary.share, .decimals = 4});
    json.key("accounts").begin_array();
    for (const Name& account : canary.accounts)
        json.string(account.view());
    json.end_array();
    json.key("orders").unsigned_integer(counts.orders);
    json.key("differences").unsigned_integer(counts.differences);
    json.key("slow").unsigned_integer(counts.slow);
    json.key("faults").unsigned_integer(counts.faults);
    json.key("liquidations").unsigned_integer(counts.liquidations);
    json.end_object();
}

// Whom a candidate is to decide for; `fault` when it is nobody.
struct CanaryAsked {
    CanaryChange wanted;
    std::string fault;
};

CanaryAsked read_canary(const feeds::Tree& asked) {
    CanaryAsked read;
    const feeds::Tree& share = asked["share"];
    if (share.kind() != feeds::TreeKind::absent) {
        const DecimalRead part = parse_decimal(share.text(), 4);
        const bool fits = part.fault == DecimalFault::none && part.raw >= 0 &&
                          part.raw <= std::int64_t{canary_whole};
        if (!fits) return {.wanted = {}, .fault = "`share` must be from 0 to 1, to 4 decimals"};
        read.wanted.share = static_cast<std::uint32_t>(part.raw);
    }
    for (const feeds::Tree& account : asked["accounts"].elements()) {
        if (!is_id(account.text())) {
            return {.wanted = {}, .fault = "`accounts` must be names of accounts"};
        }
        read.wanted.accounts.emplace_back(account.text());
    }
    if (read.wanted.accounts.size() > canary_accounts_max) {
        read.fault = "`accounts` has more than " + std::to_string(canary_accounts_max);
    } else if (read.wanted.accounts.empty() && read.wanted.share == 0) {
        read.fault = "`share` or `accounts` must say for whom the candidate decides";
    }
    return read;
}

// An override has no hash of its own: the ruleset that it makes has one. Who signed it knows its
// statement.
std::string hash_asked_for(const feeds::Tree& asked, const rulesets::Ruleset* candidate) {
    if (!asked["hash"].text().empty()) return std::string{asked["hash"].text()};
    const std::string_view statement = asked["override"].text();
    if (statement.empty()) return {};
    const bool is_it = candidate != nullptr && candidate->adds &&
                       rulesets::statement(*candidate->adds) == statement;
    return is_it ? candidate->bundle.hash : "that of no candidate";
}

std::size_t overrides_ended(const rulesets::Life& life) {
    if (life.candidate() == nullptr) return 0;
    return overrides_lost(life.active_ruleset().bundle.overrides,
                          life.candidate()->bundle.overrides)
        .size();
}

}  // namespace

bool RulesetRequests::concerns(std::string_view verb) noexcept {
    return std::find(served.begin(), served.end(), verb) != served.end();
}

RulesetRequests::Leaves RulesetRequests::serve(std::string_view verb, std::string_view payload,
                                               std::string_view reply, std::string& into) {
    if (verb == "ruleset_stage") return stage(payload, reply, into);
    if (verb == "ruleset_shadow") return shadow(payload, into);
    if (verb == "ruleset_canary") return canary(payload, into);
    if (verb == "ruleset_activate") return activate(payload, into);
    if (verb == "ruleset_rollback") return roll_back(into);
    write_status(into);
    return Leaves::now;
}

RulesetRequests::Leaves RulesetRequests::stage(std::string_view payload, std::string_view reply,
                                               std::string& into) {
    const bool busy = !station_.engine.canary().hash.empty();
    const std::string fault =
        busy ? std::string{ends_first}
             : station_.rulesets.stage(std::string{payload}, station_.engine.ledger());
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
    const auto fault = station_.rulesets.turn(station_.engine);
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
        if (station_.engine.canary().hash.empty()) {
            station_.end_shadow();
        } else {
            fault = ends_first;
        }
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

RulesetRequests::Leaves RulesetRequests::canary(std::string_view payload, std::string& into) {
    const auto asked = feeds::Tree::parse(payload);
    std::string fault = "not JSON";
    if (asked && (*asked)["on"].text() == "false") {
        fault = station_.engine.canary().hash.empty() ? "there is no canary" : "";
        if (fault.empty()) station_.end_canary();
    } else if (asked) {
        CanaryAsked read = read_canary(*asked);
        fault = std::move(read.fault);
        if (fault.empty()) fault = station_.begin_canary(read.wanted);
    }
    if (!fault.empty()) {
        refuse("ruleset_canary", fault, into);
        return Leaves::now;
    }
    write_applied("ruleset_canary", 0, into);
    return Leaves::when_safe;
}

RulesetRequests::Leaves RulesetRequests::activate(std::string_view payload, std::string& into) {
    const auto asked = feeds::Tree::parse(payload);
    const std::string hash = asked ? hash_asked_for(*asked, station_.rulesets.candidate()) : "";
    std::string why = hash.empty()
                          ? std::string{"`hash` or `override` is missing: that of the candidate"}
                          : station_.rulesets.why_not_activate(hash, station_.clock.now());
    const std::size_t ends = overrides_ended(station_.rulesets);
    if (why.empty()) why = station_.activate_candidate();
    if (!why.empty()) {
        refuse("ruleset_activate", why, into);
        return Leaves::now;
    }
    write_applied("ruleset_activate", ends, into);
    return Leaves::when_safe;
}

RulesetRequests::Leaves RulesetRequests::roll_back(std::string& into) {
    const std::string why = station_.rulesets.why_not_roll_back(station_.clock.now());
    if (!why.empty()) {
        refuse("ruleset_rollback", why, into);
        return Leaves::now;
    }
    const std::vector<rulesets::Override> before =
        station_.rulesets.active_ruleset().bundle.overrides;
    station_.roll_back();
    const auto lost = overrides_lost(before, station_.rulesets.active_ruleset().bundle.overrides);
    write_applied("ruleset_rollback", lost.size(), into);
    return Leaves::when_safe;
}

void RulesetRequests::write_applied(std::string_view verb, std::size_t overrides_ended,
                                    std::string& into) const {
    JsonWriter json{into};
    json.begin_object();
    json.key("applied").string(verb);
    json.key("ruleset").string(station_.rulesets.rules().hash());
    json.key("sequence").unsigned_integer(station_.engine.sequence().raw);
    json.key("overrides_ended").unsigned_integer(overrides_ended);
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
        json.key("candidate_ends_overrides").unsigned_integer(overrides_ended(life));
        json.key("candidate_change").string(name(life.candidate()->change));
        json.key("candidate_lacks");
        why.empty() ? json.null() : json.string(why);
    }
    write_shadow(json, station_.shadow());
    write_canary(json, station_);
    json.key("signers").begin_array();
    for (const auto& signer : station_.settings.rules.signers)
        json.string(signer.name);
    json.end_array();
    json.end_object();
}

}  // namespace riskd::verbs
