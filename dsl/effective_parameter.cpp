#include "dsl/effective_parameter.hpp"

#include <algorithm>

#include "dsl/parameters.hpp"
#include "riskd/core/definitions.hpp"

namespace riskd::dsl {
namespace {

std::vector<double> cells_of(const ParameterDeclaration& declared,
                             const std::vector<std::pair<std::string, double>>& row) {
    std::vector<double> cells(declared.columns.size() + 1);
    for (std::size_t c = 0; c < declared.columns.size(); ++c)
        cells[c + 1] = declared.columns[c].value_default.value_or(0);
    for (const auto& [key, value] : row) {
        if (key == declared.by) cells[0] = value;
        for (std::size_t c = 0; c < declared.columns.size(); ++c) {
            if (key == declared.columns[c].name) cells[c + 1] = value;
        }
    }
    return cells;
}

std::vector<double> value_set(const ParameterDeclaration& declared,
                              const config::ParameterValue& value) {
    std::vector<double> cells;
    for (const auto& row : value.rows) {
        const std::vector<double> made = cells_of(declared, row);
        cells.insert(cells.end(), made.begin(), made.end());
    }
    if (declared.value.kind == ParameterKind::steps) return cells;
    return {value.number ? *value.number : value.text == "true" ? 1.0 : 0.0};
}

EffectiveValue value_preset(const ParameterDeclaration& declared) {
    if (declared.value.kind != ParameterKind::steps) {
        if (!declared.value.value_default) return std::nullopt;
        return std::vector<double>{*declared.value.value_default};
    }
    if (declared.rows_default.empty()) return std::nullopt;
    std::vector<double> cells;
    for (const auto& row : declared.rows_default)
        cells.insert(cells.end(), row.begin(), row.end());
    return cells;
}

RuleChange direction(Tighter before, Tighter after, double was, double is) noexcept {
    if (was == is) return RuleChange::same;
    if (before != after || before == Tighter::none) return RuleChange::unclear;
    return (is < was) == (before == Tighter::lower) ? RuleChange::tightened : RuleChange::loosened;
}

// Two changes at once: both ways is neither.
RuleChange both(RuleChange a, RuleChange b) noexcept {
    if (a == RuleChange::same) return b;
    return b == RuleChange::same || a == b ? a : RuleChange::unclear;
}

// The row that holds at `from`, as `:at()` finds it.
const double* row_at(const std::vector<double>& cells, std::size_t width, double from) noexcept {
    const double* row = cells.data();
    for (std::size_t at = width; at < cells.size() && cells[at] <= from; at += width)
        row = cells.data() + at;
    return row;
}

bool same_columns(const ParameterDeclaration& a, const ParameterDeclaration& b) {
    return a.by == b.by &&
           std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
                      [](const ValueDeclaration& x, const ValueDeclaration& y) {
                          return x.name == y.name && x.kind == y.kind && x.unit == y.unit;
                      });
}

// Where a row begins on either side the columns are compared; between those places neither changes.
ValueChange change_of_rows(const ParameterDeclaration& before, const std::vector<double>& was,
                           const ParameterDeclaration& after, const std::vector<double>& is) {
    if (was == is && same_columns(before, after)) return {};
    if (!same_columns(before, after)) return {RuleChange::unclear, "other columns"};
    const std::size_t width = before.columns.size() + 1;
    std::set<double> begins;
    for (const auto* cells : {&was, &is}) {
        for (std::size_t at = 0; at < cells->size(); at += width)
            begins.insert((*cells)[at]);
    }
    ValueChange all;
    for (const double from : begins) {
        const double* old_row = row_at(was, width, from);
        const double* new_row = row_at(is, width, from);
        std::string row;
        for (std::size_t c = 1; c < width; ++c) {
            const RuleChange change =
                direction(before.columns[c - 1].tighter, after.columns[c - 1].tighter, old_row[c],
                          new_row[c]);
            if (change == RuleChange::same) continue;
            all.change = both(all.change, change);
            row += " " + before.columns[c - 1].name + " " + shown(old_row[c]) + " -> " +
                   shown(new_row[c]) + " " + std::string{name(change)};
        }
        if (row.empty()) continue;
        all.note += (all.note.empty() ? "" : "; ") + ("from " + shown(from) + ":") + row;
    }
    // The same values in other rows: what `:across()` and walks see of them may still differ.
    if (all.note.empty()) return {RuleChange::unclear, "the same values in other rows"};
    // Rows that are walked, or are scenarios, count by themselves, whatever they begin at.
    const bool each_counts = before.walked || after.walked || before.value.name == "scenarios";
    const auto in_both = [&](double from) {
        return *row_at(was, width, from) == from && *row_at(is, width, from) == from;
    };
    if (each_counts && !std::all_of(begins.begin(), begins.end(), in_both)) {
        all.change = RuleChange::unclear;
    }
    return all;
}

}  // namespace

std::vector<std::string> groups_above(const RulesetSide& side, std::string group) {
    std::vector<std::string> all;
    while (!group.empty() && all.size() < group_depth_max) {
        all.push_back(group);
        const auto parent = side.parent_of_group.find(group);
        group = parent == side.parent_of_group.end() ? std::string{} : parent->second;
    }
    return all;
}

EffectiveParameter::EffectiveParameter(const RulesetSide& side, const RuleDeclaration& rule,
                                       const ParameterDeclaration& declared)
    : side_(side), declared_(declared), preset_(value_preset(declared)) {
    for (const config::ParameterSetting& each : side.parameters) {
        const std::string_view of = std::string_view{each.rule}.substr(each.rule.find('/') + 1);
        if (of != rule.name || each.parameter != declared.value.name) continue;
        const ParameterScope scope{each.group, each.account, each.instrument, each.asset};
        set_[scope] = value_set(declared, each.value);
        scopes_.insert(scope);
    }
}

// What is set for an instrument or an asset comes before what is set for none; then the account,
// its group, those above it, everyone.
const EffectiveValue& EffectiveParameter::find(const ParameterScope& scope) const {
    std::vector<std::string> groups = groups_above(side_, scope.group);
    if (const auto of = side_.group_of_account.find(scope.account);
        !scope.account.empty() && of != side_.group_of_account.end()) {
        groups = groups_above(side_, of->second);
    }
    for (const bool particular : {true, false}) {
        if (particular && scope.instrument.empty() && scope.asset.empty()) continue;
        ParameterScope asked;
        if (particular) asked = {{}, {}, scope.instrument, scope.asset};
        const auto found = [&] { return set_.find(asked); };
        if (asked.account = scope.account; !scope.account.empty() && found() != set_.end()) {
            return found()->second;
        }
        asked.account.clear();
        for (const std::string& group : groups) {
            asked.group = group;
            if (found() != set_.end()) return found()->second;
        }
        asked.group.clear();
        if (found() != set_.end()) return found()->second;
    }
    return preset_;
}

ValueChange change_of(const ParameterDeclaration& before, const EffectiveValue& was,
                      const ParameterDeclaration& after, const EffectiveValue& is, RuleKind kind) {
    if (!was && !is) return {};
    if (!was || !is) {
        // A check rule that lacks a number refuses; of other kinds it is a fault either way.
        if (kind != RuleKind::check) return {RuleChange::unclear, {}};
        return {was ? RuleChange::tightened : RuleChange::loosened, {}};
    }
    if (before.value.kind != after.value.kind || before.value.unit != after.value.unit) {
        return {RuleChange::unclear, "of another kind"};
    }
    if (before.value.kind == ParameterKind::steps) return change_of_rows(before, *was, after, *is);
    return {direction(before.value.tighter, after.value.tighter, was->front(), is->front()), {}};
}

std::string shown(const ParameterDeclaration& declared, const EffectiveValue& value) {
    if (!value) return "unset";
    if (declared.value.kind == ParameterKind::flag) return value->front() != 0 ? "true" : "false";
    if (declared.value.kind != ParameterKind::steps) return shown(value->front());
    const std::size_t rows = value->size() / (declared.columns.size() + 1);
    return std::to_string(rows) + (rows == 1 ? " row" : " rows");
}

}  // namespace riskd::dsl
