// A set of rule files, checked together and written as LuaJIT chunks with one driver that asks
// them. Load time only; what it holds is then constant.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dsl/checker.hpp"
#include "dsl/emitter.hpp"
#include "dsl/lua_state.hpp"
#include "dsl/parameters.hpp"
#include "riskd/core/rulebook.hpp"

namespace riskd::dsl {

inline constexpr std::size_t rules_max = 64;  // one bit each in a word

struct Ruleset {
    std::vector<CheckedRule> rules;  // RuleId is the place in it
    std::vector<RuleInfo> described;
    std::vector<WindowSpec> windows;
    std::vector<RuleId> checks;
    RuleId margin{no_rule};  // the first of them
    std::vector<MarginModel> margins;
    RuleId collateral{no_rule};
    std::int64_t collateral_slope_max{};  // in rate_decimals; zero: nothing is claimed
    RuleId liquidation{no_rule};
    bool ladder_reads_ratio_alone{};  // of what prices move
};

struct SourceFault {
    std::size_t source{};  // index into the texts, or none_source
    Diagnostic diagnostic;
};
inline constexpr std::size_t none_source = static_cast<std::size_t>(-1);

// Checks every file, and that together they are a ruleset: a margin rule or several, one collateral
// and one liquidation rule, no name twice. With any fault the ruleset must not be used.
Ruleset make_ruleset(std::vector<RuleText> texts, std::vector<SourceFault>& faults);

// With a mark before each statement that `marks` knows, when there are any.
std::vector<Chunk> emit_chunks(const Ruleset& ruleset, const ParameterBook& parameters,
                               const StatementPlaces* marks = nullptr);
Chunk emit_driver(const Ruleset& ruleset);

}  // namespace riskd::dsl
