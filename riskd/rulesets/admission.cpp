#include "riskd/rulesets/admission.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

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
std::string check_signatures(Ruleset& ruleset, std::span<const config::RuleSigner> signers) {
    const std::string signed_text = statement(ruleset.bundle);
    for (const Signature& each : ruleset.bundle.signatures) {
        const config::RuleSigner* signer = find(signers, each.name);
        if (signer == nullptr) return "`" + each.name + "` is no signer of rulesets here";
        if (!verifies(signer->public_key, signed_text, each.text)) {
            return "the signature of `" + each.name + "` does not hold for this bundle";
        }
        auto& names = ruleset.signed_by;
        if (std::find(names.begin(), names.end(), each.name) == names.end()) {
            names.push_back(each.name);
        }
    }
    return {};
}

Admission load(Bundle bundle, const config::RulesSettings& here) {
    const config::RulesSettings settings{.files = {},
                                         .parameters = bundle.parameters,
                                         .steps_max = here.steps_max,
                                         .memory_max_bytes = here.memory_max_bytes};
    dsl::LoadResult loaded = dsl::load_rules(bundle.rules, settings);
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
    Bundle bundle{.schema = dsl::schema_version,
                  .hash = std::string{rulebook.hash()},
                  .expires = {},
                  .note = {},
                  .rules = {},
                  .parameters = settings.parameters,
                  .signatures = {}};
    for (const std::string& path : settings.files) {
        std::ifstream file(path, std::ios::binary);
        bundle.rules.push_back({path, {std::istreambuf_iterator<char>{file}, {}}});
    }
    return bundle;
}

Admission admit(std::string_view text, const config::RulesSettings& here) {
    Admission made = read_and_load(text, here);
    if (made.ruleset == nullptr) return made;
    std::string fault = check_signatures(*made.ruleset, here.signers);
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

dsl::RulesetVerdict compare(const Bundle& before, const Bundle& after, const Membership& members) {
    const auto side_of = [&](const Bundle& bundle) {
        dsl::RulesetSide side{.rules = {},
                              .parameters = bundle.parameters,
                              .group_of_account = members.group_of_account,
                              .parent_of_group = members.parent_of_group};
        for (const dsl::RuleText& text : bundle.rules) {
            dsl::Diagnostics ignored;
            side.rules.push_back(dsl::check(text, ignored));
        }
        return side;
    };
    return dsl::compare(side_of(before), side_of(after)).verdict;
}

std::string why_not_active(const Ruleset& candidate, std::string_view active, Timestamp now) {
    if (candidate.bundle.expires <= now) return "the bundle has expired";
    if (candidate.compared_with != active) {
        return "other rules decide than when it was staged; stage it again";
    }
    const bool loosens = candidate.change == dsl::RulesetVerdict::loosens;
    const std::size_t needed = loosens ? 2 : 1;
    const std::size_t have = candidate.signed_by.size();
    if (have >= needed) return {};
    return (loosens ? "it loosens, which two signers must sign; it has "
                    : "it tightens only, which one signer must sign; it has ") +
           std::to_string(have) + (have == 1 ? " signature" : " signatures");
}

}  // namespace riskd::rulesets
