// Decides whether a parsed rule is a rule: every name against the schema, every type and unit, a
// return on every path, nothing unused, loops with limits known at load. Marks the tree with what
// names mean, for the emitter. Load time only.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "dsl/ast.hpp"
#include "dsl/declaration.hpp"
#include "dsl/source.hpp"

namespace riskd::dsl {

inline constexpr std::size_t locals_max = 80;       // of one function at one place
inline constexpr std::size_t file_locals_max = 30;  // constants and functions of a file

// A file that passed. The declaration points into the file's tree.
struct CheckedRule {
    RuleText source;
    File file;
    RuleDeclaration declaration;
    bool needs_mark{};            // reads a field that is absent while the mark is stale
    std::set<std::string> reads;  // "order.price": what the rule sees
};

// Whether it is about groups, and asked for each of them.
inline bool reads_groups(const CheckedRule& rule) {
    const auto first = rule.reads.lower_bound("group.");
    return first != rule.reads.end() && first->starts_with("group.");
}

// Reads, parses and checks one file. With a fault the rule must not be used.
CheckedRule check(RuleText source, Diagnostics& diagnostics);

}  // namespace riskd::dsl
