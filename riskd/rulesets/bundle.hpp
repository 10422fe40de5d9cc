// A ruleset as one file that can be signed, sent and kept: the texts of its rules, its parameters,
// until when it may be activated, and who signed it. JSON. What is signed is statement(): schema,
// content hash, expiry and note, so a signature is of all that decides. Values only; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "dsl/source.hpp"
#include "riskd/core/units.hpp"
#include "riskd/rulesets/override.hpp"

namespace riskd::rulesets {

inline constexpr std::size_t bundle_bytes_max = 900 * 1024;  // below what a NATS message may have

struct Bundle {
    int schema{};
    std::string hash;  // as dsl::LuaRulebook makes it; lower-case hexadecimal
    Timestamp expires;
    std::string note;  // why
    std::vector<dsl::RuleText> rules;
    std::vector<config::ParameterSetting> parameters;
    std::vector<Signature> signatures;
    // In force beside the parameters. riskd adds them: the hash is then not what was signed.
    std::vector<Override> overrides;
};

// The parameters with the overrides on top: what the hash is of.
std::vector<config::ParameterSetting> effective_parameters(const Bundle& bundle);

std::string statement(const Bundle& bundle);

std::string write(const Bundle& bundle);

struct BundleRead {
    std::optional<Bundle> bundle;
    std::string fault;  // when there is none
};
// Only the form is looked at: whether the hash is true, the rules are rules and the signatures hold
// is for admission.hpp.
BundleRead read(std::string_view text);

}  // namespace riskd::rulesets
