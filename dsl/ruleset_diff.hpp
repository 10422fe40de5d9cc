// What changes between two rulesets, and whether it only tightens: rules that come, go or read
// otherwise, and what each parameter is for everyone and for each group, account, instrument and
// asset that either side tells apart. By what applies in the end, not by what is written: a setting
// that goes may loosen for one and tighten for another. What cannot be told counts as loosening, so
// that who relies on `tightens_only` errs on the safe side. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "dsl/checker.hpp"

namespace riskd::dsl {

// REQUIRES: the rules passed the checker and have names of their own, and the rules accept the
// parameters. The group and the parent may be empty, and a circle of parents is cut.
struct RulesetSide {
    std::vector<CheckedRule> rules;  // in the order in which they are asked
    std::vector<config::ParameterSetting> parameters;
    std::map<std::string, std::string> group_of_account;
    std::map<std::string, std::string> parent_of_group;
};

enum class RuleChange : std::uint8_t { same, tightened, loosened, unclear };
std::string_view name(RuleChange change) noexcept;

enum class RulesetVerdict : std::uint8_t { same, tightens_only, loosens };
std::string_view name(RulesetVerdict verdict) noexcept;  // "tightens only"

// Whom a value is for. All empty: everyone.
struct ParameterScope {
    std::string group;
    std::string account;
    std::string instrument;
    std::string asset;
    friend auto operator<=>(const ParameterScope&, const ParameterScope&) = default;
};
// "account alice in BTC-PERP", "group retail and those below it", "everyone".
std::string in_words(const ParameterScope& scope);

struct RulesetDifference {
    std::string rule;       // "check/price_collar"; empty: of the ruleset as a whole
    std::string parameter;  // empty: of the rule itself
    ParameterScope scope;
    std::string before;  // as a person reads it; empty: there was none
    std::string after;
    RuleChange change{};
    std::string note;  // "removed", "tiers from 1000000: initial 0.2 -> 0.1 loosened; ..."
};

struct RulesetDifferences {
    std::vector<RulesetDifference> list;  // by rule as in the new ruleset, removed ones last
    RulesetVerdict verdict{};
};

RulesetDifferences compare(const RulesetSide& before, const RulesetSide& after);

// For people, one difference a line and the verdict in the last; and for programs.
std::string render(const RulesetDifferences& differences);
std::string to_json(const RulesetDifferences& differences);

}  // namespace riskd::dsl
