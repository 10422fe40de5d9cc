#include "riskd/rulesets/admission.hpp"

#include <algorithm>
#include <type_traits>

#include "dsl/schema.hpp"
#include "riskd/rulesets/keys.hpp"

namespace riskd::rulesets {
namespace {

Admission refused(std::string why) {
    return {.ruleset = nullptr, .fault = std::move(why)};
}

const config::RuleSigner* find(std::span<const config::RuleSigner> signers, std::string_view name) {
    const auto found = std::find_if(signers.begin(), signers.end(),
                                    [&](const auto& each) { return each.name == name; });
    return found == signers.end() ? nullptr : &*found;
}

// One that does not hold refuses the whole: somebody changed what somebody else signed.
template <typename Signed>
std::string check_signatures(const Signed& made, std::span<const config::RuleSigner> signers,
                             std::vector<std::string>& names) {
    const std::string signed_text = statement(made);
    constexpr bool is_override = std::is_same_v<Signed, Override>;
    for (const Signature& each : made.signatures) {
        const config::RuleSigner* signer = find(signers, each.name);
        if (signer == nullptr) return "`" + each.name + "` is no signer of rulesets here";
        if (!verifies(signer->public_key, signed_text, each.text)) {
            return "the signature of `" + each.name + "` does not hold for this " +
                   (is_override ? "override" : "bundle");
        }
        if (std::find(names.begin(), names.end(), each.name) == names.end()) {
            names.push_back(each.name);
        }
    }
    return {};
}

dsl::LoadResult load_texts(const Bundle& bundle, const config::RulesSettings& here) {
    const config::RulesSettings settings{.files = {},
                                         .parameters = effective_parameters(bundle),
                                         .steps_max = here.steps_max,
                                         .memory_max_bytes = here.memory_max_bytes};
    return dsl::load_rules(bundle.rules, settings);
}

Admission load(Bundle bundle, const config::RulesSettings& here) {
    dsl::LoadResult loaded = load_texts(bundle, here);
    if (!loaded.ok()) return refused(loaded.rendered);
    if (loaded.rulebook->hash() != bundle.hash) {
        return refused("the hash is not that of its rules and parameters, which is " +
                       std::string{loaded.rulebook->hash()});
    }
    auto made = std::make_unique<Ruleset>();
    made->bundle = std::move(bundle);
    made->rulebook = std::move(loaded.rulebook);
    return {.ruleset = std::move(made), .fault = {}};
}

dsl::RulesetSide side_of(const Bundle& bundle, const Membership& members) {
    dsl::RulesetSide side{.rules = {},
                          .parameters = effective_parameters(bundle),
                          .group_of_account = members.group_of_account,
                          .parent_of_group = members.parent_of_group};
    for (const dsl::RuleText& text : bundle.rules) {
        dsl::Diagnostics ignored;
        side.rules.push_back(dsl::check(text, ignored));
    }
    return side;
}

std::string_view without_kind(std::string_view rule) {
    return rule.substr(rule.find('/') + 1);
}

Admission read_and_load(std::string_view text, const config::RulesSettings& here) {
    BundleRead read_in = read(text);
    if (!read_in.bundle) return refused(std::move(read_in.fault));
    if (read_in.bundle->schema != dsl::schema_version) {
        return refused("the bundle is for version " + std::to_string(read_in.bundle->schema) +
                       " of the schema, this riskd has version " +
                       std::to_string(dsl::schema_version));
    }
    return load(std::move(*read_in.bundle), here);
}

}  // namespace

Bundle bundle_of(const config::RulesSettings& settings, const dsl::LuaRulebook& rulebook) {
    return {.schema = dsl::schema_version,
            .hash = std::string{rulebook.hash()},
            .expires = {},
            .note = {},
            .rules = rulebook.texts(),
            .parameters = settings.parameters,
            .signatures = {},
            .overrides = {}};
}

Admission admit(std::string_view text, const config::RulesSettings& here) {
    Admission made = read_and_load(text, here);
    if (made.ruleset == nullptr) return made;
    Ruleset& ruleset = *made.ruleset;
    if (!ruleset.bundle.overrides.empty()) {
        return refused("it has overrides in force; each of them is staged by itself");
    }
    std::string fault = check_signatures(ruleset.bundle, here.signers, ruleset.signed_by);
    return fault.empty() ? std::move(made) : refused(std::move(fault));
}

Admission admit_again(std::string_view text, std::string_view hash,
                      const config::RulesSettings& here) {
    Admission made = read_and_load(text, here);
    if (made.ruleset != nullptr && made.ruleset->bundle.hash != hash) {
        return refused("it holds the ruleset " + made.ruleset->bundle.hash);
    }
    return made;
}

Admission with_overrides(Bundle bundle, const config::RulesSettings& here) {
    dsl::LoadResult loaded = load_texts(bundle, here);
    if (!loaded.ok()) {
        std::string why = loaded.rendered;
        while (why.ends_with('\n'))
            why.pop_back();
        return refused(std::move(why));
    }
    auto made = std::make_unique<Ruleset>();
    made->bundle = std::move(bundle);
    made->bundle.hash = std::string{loaded.rulebook->hash()};
    made->rulebook = std::move(loaded.rulebook);
    if (write(made->bundle).size() > bundle_bytes_max) {
        return refused("with its overrides the ruleset is longer than 900 KiB");
    }
    return {.ruleset = std::move(made), .fault = {}};
}

Admission admit_override(Override made, const Bundle& active, const config::RulesSettings& here) {
    if (made.base != active.hash) {
        return refused("the override is for the ruleset " + made.base + ", but " + active.hash +
                       " decides; write it again");
    }
    std::vector<std::string> names;
    std::string fault = check_signatures(made, here.signers, names);
    if (!fault.empty()) return refused(std::move(fault));
    Bundle next = active;
    std::erase_if(next.overrides,
                  [&](const auto& each) { return same_place(each.setting, made.setting); });
    if (next.overrides.size() >= overrides_max) {
        return refused(std::to_string(overrides_max) +
                       " overrides are in force, which is the most");
    }
    next.overrides.push_back(made);
    Admission admitted = with_overrides(std::move(next), here);
    if (admitted.ruleset == nullptr) return admitted;
    if (admitted.ruleset->bundle.hash == active.hash) {
        return refused(in_words(made) + " is " + made.setting.value.text + " already");
    }
    admitted.ruleset->adds = std::move(made);
    return admitted;
}

std::vector<Override> not_ended(const std::vector<Override>& overrides, Timestamp now) {
    std::vector<Override> left;
    for (const Override& each : overrides) {
        if (now < each.until) left.push_back(each);
    }
    return left;
}

std::vector<Override> still_signed(const std::vector<Override>& overrides,
                                   const config::RulesSettings& here) {
    std::vector<Override> left;
    for (const Override& each : overrides) {
        std::vector<std::string> names;
        const auto fault = check_signatures(each, here.signers, names);
        if (fault.empty() && names.size() >= 2) left.push_back(each);
    }
    return left;
}

dsl::RulesetVerdict compare(const Bundle& before, const Bundle& after, const Membership& members) {
    const dsl::RulesetSide next = side_of(after, members);
    const auto verdict = dsl::compare(side_of(before, members), next).verdict;
    if (before.overrides.empty() || !after.overrides.empty()) return verdict;
    // What an override allows for some time, this would allow for good.
    Bundle lasting = before;
    lasting.overrides.clear();
    return std::max(verdict, dsl::compare(side_of(lasting, members), next).verdict);
}

std::string value_of(const Bundle& bundle, const Override& of, const Membership& members) {
    Bundle with = bundle;
    std::erase_if(with.overrides,
                  [&](const auto& each) { return same_place(each.setting, of.setting); });
    const dsl::RulesetSide without = side_of(with, members);
    with.overrides.push_back(of);
    const dsl::ParameterScope scope{.group = {},
                                    .account = of.setting.account,
                                    .instrument = of.setting.instrument,
                                    .asset = of.setting.asset};
    for (const auto& each : dsl::compare(without, side_of(with, members)).list) {
        const bool same_rule = without_kind(each.rule) == without_kind(of.setting.rule);
        if (!same_rule || each.parameter != of.setting.parameter || each.scope != scope) continue;
        return each.before.empty() ? "unset" : each.before;
    }
    return of.setting.value.text;
}

std::string why_not_active(const Ruleset& candidate, std::string_view active, Timestamp now) {
    const bool is_override = candidate.adds.has_value();
    if (is_override && candidate.adds->until <= now) return "the override has ended already";
    if (is_override && candidate.adds->until - now > override_time_max) {
        return "an override is for 31 days at most; what is to last is for a bundle";
    }
    if (!is_override && candidate.bundle.expires <= now) return "the bundle has expired";
    if (candidate.compared_with != active) {
        return "other rules decide than when it was staged; stage it again";
    }
    const bool loosens = candidate.change == dsl::RulesetVerdict::loosens;
    const std::size_t needed = is_override || loosens ? 2 : 1;
    const std::size_t have =
        is_override ? signers_of(*candidate.adds).size() : candidate.signed_by.size();
    if (have >= needed) return {};
    const std::string_view because =
        is_override ? "it is an override, which two signers must sign; it has "
        : loosens   ? "it loosens, which two signers must sign; it has "
                    : "it tightens only, which one signer must sign; it has ";
    return std::string{because} + std::to_string(have) + (have == 1 ? " signature" : " signatures");
}

}  // namespace riskd::rulesets
