// Whether a bundle may become a ruleset here: made for this schema, its hash true, every signature
// that of a known signer, its rules without a fault; and whether it may be activated in the place
// of another: one signature when it only tightens, two of different signers when it loosens. An
// override becomes a ruleset on top of the one that decides, and needs two signers always.
// Any one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "dsl/host.hpp"
#include "dsl/ruleset_diff.hpp"
#include "riskd/core/units.hpp"
#include "riskd/rulesets/bundle.hpp"

namespace riskd::rulesets {

struct Ruleset {
    Bundle bundle;
    std::unique_ptr<dsl::LuaRulebook> rulebook;
    std::vector<std::string> signed_by;  // by name, each once
    std::string compared_with;           // the hash of what it would follow
    dsl::RulesetVerdict change{dsl::RulesetVerdict::loosens};
    std::optional<Override> adds;  // what makes it another ruleset than the one it would follow
};

// Who is in which group, as far as parameters are set for them.
struct Membership {
    std::map<std::string, std::string> group_of_account;
    std::map<std::string, std::string> parent_of_group;
};

struct Admission {
    std::unique_ptr<Ruleset> ruleset;
    std::string fault;  // when there is none
};

// What stands in the configuration, as a bundle that nobody signed. REQUIRES: the rulebook was
// loaded from these settings.
Bundle bundle_of(const config::RulesSettings& settings, const dsl::LuaRulebook& rulebook);

// `here`: the limits of this riskd; its files and parameters are not looked at.
Admission admit(std::string_view text, const config::RulesSettings& here);
// The same of one that was admitted before, by its hash: whoever signed it may have gone since.
Admission admit_again(std::string_view text, std::string_view hash,
                      const config::RulesSettings& here);

// What decides with one override more, or with another value of the same.
Admission admit_override(Override made, const Bundle& active, const config::RulesSettings& here);
// A ruleset of what was admitted before, with the overrides as they now are and the hash of that.
Admission with_overrides(Bundle bundle, const config::RulesSettings& here);
// Those that have not ended. After a restart an override ends too when its signatures do not hold:
// the content hash does not say until when it is.
std::vector<Override> not_ended(const std::vector<Override>& overrides, Timestamp now);
std::vector<Override> still_signed(const std::vector<Override>& overrides,
                                   const config::RulesSettings& here);

// Whether the second only tightens the first, also without the overrides that it would end.
// REQUIRES: both were admitted.
dsl::RulesetVerdict compare(const Bundle& before, const Bundle& after, const Membership& members);

// What applies to whom an override is for, without it, as a person reads it.
std::string value_of(const Bundle& bundle, const Override& of, const Membership& members);

// Empty: it may. `active`: the hash of what it would follow.
std::string why_not_active(const Ruleset& candidate, std::string_view active, Timestamp now);

}  // namespace riskd::rulesets
