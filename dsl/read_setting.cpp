// One parameter as a person wrote it, against what the rule declared.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "dsl/parameters.hpp"
#include "dsl/suggest.hpp"

namespace riskd::dsl {
namespace {

// What is wrong with a number for this declaration; empty when nothing is.
std::string fault_of(const ValueDeclaration& declared, double value) {
    const std::string name = "`" + declared.name + "`";
    if (!std::isfinite(value)) return name + " must be a number";
    if (value < declared.at_least) return name + " must be at least " + shown(declared.at_least);
    if (value > declared.at_most) return name + " must be at most " + shown(declared.at_most);
    if (declared.kind == ParameterKind::count && value != std::floor(value)) {
        return name + " must be a whole number";
    }
    return {};
}

// A percent sign or a unit of time where another kind is wanted.
std::string kind_fault(const ValueDeclaration& declared, std::string_view text) {
    if (text.empty()) return {};
    const bool percent = text.ends_with('%') || text.ends_with("bp");
    const bool time =
        !percent && text.back() >= 'a' && text.back() <= 'z' && text[0] >= '0' && text[0] <= '9';
    const std::string wanted{name(declared.kind)};
    if (percent && declared.kind != ParameterKind::ratio) {
        return "`" + declared.name + "` is a " + wanted + ", not a percentage";
    }
    if (time && declared.kind != ParameterKind::duration) {
        return "`" + declared.name + "` is a " + wanted + ", not a time";
    }
    return {};
}

std::optional<double> flag_of(const config::ParameterValue& value) {
    if (value.text == "true") return 1;
    if (value.text == "false") return 0;
    if (value.text.empty() && value.number && (*value.number == 0 || *value.number == 1)) {
        return value.number;
    }
    return std::nullopt;
}

// Whom the parameters of a rule cannot be set for.
std::string scope_fault(const CheckedRule& rule, const config::ParameterSetting& from) {
    const std::string who = "rule `" + rule.declaration.name + "` is ";
    const bool collateral = rule.declaration.kind == RuleKind::collateral;
    const bool liquidation = rule.declaration.kind == RuleKind::liquidation;
    const auto walks = [&](std::string_view element) {
        return rule.reads.contains(std::string{element} + ".params." + from.parameter);
    };
    if (is_about_books(rule.declaration)) {
        if (!from.asset.empty() && !walks("balance")) {
            return who + "not asked for `" + from.parameter + "` of assets";
        }
        const bool of_instruments = walks("position") || walks("book_order");
        if (from.instrument.empty() || of_instruments) return {};
        return who + "asked about books, not about instruments";
    }
    if (!from.asset.empty() && !collateral) return who + "not asked about assets";
    if (!from.instrument.empty() && (collateral || liquidation)) {
        return who + "not asked about instruments";
    }
    if (!from.account.empty() && reads_groups(rule))
        return who + "about groups, not about accounts";
    return {};
}

}  // namespace

std::string shown(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.15g", value);
    return text;
}

bool ParameterBook::read(const config::ParameterSetting& from, Setting& setting,
                         std::vector<config::Fault>& faults) const {
    const auto refuse = [&](std::string message) {
        faults.push_back({.place = from.value.place, .message = std::move(message)});
        return false;
    };
    const std::string_view rule_name = std::string_view{from.rule}.substr(from.rule.find('/') + 1);
    const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const CheckedRule& each) {
        return each.declaration.name == rule_name;
    });
    if (rule == rules_.end()) {
        std::vector<std::string_view> known;
        for (const CheckedRule& each : rules_)
            known.push_back(each.declaration.name);
        return refuse("there is no rule `" + from.rule + "`" + did_you_mean(rule_name, known));
    }
    const auto& parameters = rule->declaration.parameters;
    const auto parameter = std::find_if(
        parameters.begin(), parameters.end(),
        [&](const ParameterDeclaration& each) { return each.value.name == from.parameter; });
    if (parameter == parameters.end()) {
        std::vector<std::string_view> known;
        for (const ParameterDeclaration& each : parameters)
            known.push_back(each.value.name);
        return refuse("rule `" + rule->declaration.name + "` has no parameter `" + from.parameter +
                      "`" + did_you_mean(from.parameter, known));
    }
    setting.rule = static_cast<std::size_t>(rule - rules_.begin());
    setting.parameter = static_cast<std::size_t>(parameter - parameters.begin());
    setting.group = from.group;
    setting.account = from.account;
    setting.instrument = from.instrument;
    setting.asset = from.asset;
    if (std::string fault = scope_fault(*rule, from); !fault.empty()) {
        return refuse(std::move(fault));
    }
    const bool narrower = !from.group.empty() || !from.account.empty() || !from.instrument.empty();
    if (narrower && find_scenarios(rule->declaration) == &*parameter) {
        return refuse("`scenarios` of a rule are the same for everyone");
    }
    const ValueDeclaration& declared = parameter->value;
    if (declared.kind == ParameterKind::steps) return read_steps(from, setting, faults);
    const auto number =
        declared.kind == ParameterKind::flag ? flag_of(from.value) : from.value.number;
    if (!number || !from.value.rows.empty()) {
        return refuse("`" + declared.name + "` is " +
                      (declared.kind == ParameterKind::flag
                           ? "true or false"
                           : "a " + std::string{name(declared.kind)}) +
                      ", not `" + from.value.text + "`");
    }
    std::string fault = kind_fault(declared, declared.kind == ParameterKind::flag
                                                 ? std::string_view{}
                                                 : std::string_view{from.value.text});
    if (fault.empty()) fault = fault_of(declared, *number);
    if (!fault.empty()) return refuse(std::move(fault));
    setting.value = *number;
    return true;
}

bool ParameterBook::read_steps(const config::ParameterSetting& from, Setting& setting,
                               std::vector<config::Fault>& faults) const {
    const ParameterDeclaration& declared =
        rules_[setting.rule].declaration.parameters[setting.parameter];
    const std::size_t before = faults.size();
    const auto refuse = [&](std::string message) {
        faults.push_back({.place = from.value.place, .message = std::move(message)});
    };
    std::vector<std::string_view> known{declared.by};
    for (const ValueDeclaration& column : declared.columns)
        known.push_back(column.name);
    if (from.value.rows.empty()) {
        refuse("`" + declared.value.name + "` is a list of rows with `" + declared.by + "`");
    }
    if (from.value.rows.size() > declared.rows_max()) {
        refuse("`" + declared.value.name + "` has at most " + std::to_string(declared.rows_max()) +
               " rows");
        return false;
    }
    double last = -1;
    for (std::size_t r = 0; r < from.value.rows.size(); ++r) {
        const std::string row_name = "row " + std::to_string(r + 1) + ": ";
        std::vector<double> cells(known.size(), std::numeric_limits<double>::quiet_NaN());
        for (std::size_t c = 0; c < declared.columns.size(); ++c) {
            cells[c + 1] = declared.columns[c].value_default.value_or(cells[c + 1]);
        }
        for (const auto& [key, value] : from.value.rows[r]) {
            const auto found = std::find(known.begin(), known.end(), key);
            if (found == known.end()) {
                refuse(row_name + "there is no column `" + key + "`" + did_you_mean(key, known));
                continue;
            }
            cells[static_cast<std::size_t>(found - known.begin())] = value;
        }
        for (std::size_t c = 0; c < cells.size(); ++c) {
            if (std::isnan(cells[c])) {
                refuse(row_name + "`" + std::string{known[c]} + "` is missing");
            } else if (c > 0) {
                const std::string fault = fault_of(declared.columns[c - 1], cells[c]);
                if (!fault.empty()) refuse(row_name + fault);
            }
        }
        const bool in_order = r == 0 ? cells[0] == 0 : cells[0] > last;
        if (!std::isnan(cells[0]) && !in_order) {
            refuse(row_name + "`" + declared.by + "` starts at 0 and rises from row to row");
        }
        last = cells[0];
        setting.rows.insert(setting.rows.end(), cells.begin(), cells.end());
    }
    if (faults.size() == before && find_scenarios(rules_[setting.rule].declaration) == &declared) {
        const std::string fault = fault_of_scenarios(declared, setting.rows);
        if (!fault.empty()) refuse(fault);
    }
    return faults.size() == before;
}

}  // namespace riskd::dsl
