#include "dsl/declare_parameter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "dsl/suggest.hpp"

namespace riskd::dsl {
namespace {

using ExpressionKind = Expression::Kind;

constexpr std::array<std::string_view, 7> value_keys{"default", "at_least", "at_most", "tighter",
                                                     "unit",    "doc",      "kind"};
constexpr std::array<std::string_view, 4> steps_keys{"by", "columns", "default", "doc"};
constexpr std::array<std::string_view, 3> window_keys{"of", "over", "starts"};
constexpr std::size_t columns_max = 8;

Unit unit_of(ParameterKind kind) noexcept {
    switch (kind) {
        case ParameterKind::ratio: return Unit::ratio;
        case ParameterKind::money: return Unit::money_account;
        case ParameterKind::quantity: return Unit::quantity;
        case ParameterKind::price: return Unit::price;
        case ParameterKind::count: return Unit::count;
        case ParameterKind::duration: return Unit::duration;
        case ParameterKind::flag: return Unit::flag;
        case ParameterKind::steps: break;
    }
    return Unit::ratio;
}

class ValueReader {
public:
    ValueReader(ValueDeclaration& made, Diagnostics& diagnostics)
        : made_(made), diagnostics_(diagnostics) {}

    void read(const Expression& table) {
        bool has_unit = false;
        for (const TableEntry& entry : table.entries) {
            if (diagnostics_.full()) return;
            if (entry.key == "default") {
                made_.value_default = number(entry);
            } else if (entry.key == "at_least") {
                made_.at_least = number(entry).value_or(made_.at_least);
            } else if (entry.key == "at_most") {
                made_.at_most = number(entry).value_or(made_.at_most);
            } else if (entry.key == "tighter") {
                read_tighter(entry);
            } else if (entry.key == "unit") {
                has_unit = read_unit(entry);
            } else if (entry.key == "doc") {
                read_doc(entry);
            } else {
                unknown(entry);
            }
        }
        if (made_.kind == ParameterKind::money && !has_unit) {
            diagnostics_.add(
                made_.at, "say which money: `unit = \"account\"`, `\"settle\"` or `\"reference\"`");
        }
        check_bounds();
    }

private:
    void add(const TableEntry& entry, std::string message) {
        diagnostics_.add(start_of(*entry.value), std::move(message));
    }
    void unknown(const TableEntry& entry) {
        if (entry.key.empty()) return add(entry, "expected `key = value`");
        diagnostics_.add(
            {entry.at.line, entry.at.column, static_cast<int>(entry.key.size())},
            "a parameter has no `" + entry.key + "`" + did_you_mean(entry.key, value_keys));
    }
    std::optional<double> number(const TableEntry& entry) {
        if (made_.kind == ParameterKind::flag) {
            if (entry.value->kind == ExpressionKind::flag) return entry.value->flag ? 1.0 : 0.0;
            add(entry, "a flag is true or false");
            return std::nullopt;
        }
        const auto value = constant_of(*entry.value);
        if (!value) add(entry, "`" + entry.key + "` must be a number");
        return value;
    }
    void read_tighter(const TableEntry& entry) {
        const bool flag = made_.kind == ParameterKind::flag;
        const std::string& text = entry.value->text;
        if (entry.value->kind == ExpressionKind::text && text == (flag ? "false" : "lower")) {
            made_.tighter = Tighter::lower;
        } else if (entry.value->kind == ExpressionKind::text &&
                   text == (flag ? "true" : "higher")) {
            made_.tighter = Tighter::higher;
        } else {
            add(entry, flag ? "`tighter` is \"true\" or \"false\""
                            : "`tighter` is \"lower\" or \"higher\"");
        }
    }
    bool read_unit(const TableEntry& entry) {
        if (made_.kind != ParameterKind::money) {
            add(entry, "only money has a `unit`");
            return false;
        }
        if (entry.value->kind == ExpressionKind::text && entry.value->text == "account") {
            made_.unit = Unit::money_account;
        } else if (entry.value->kind == ExpressionKind::text && entry.value->text == "settle") {
            made_.unit = Unit::money_settle;
        } else if (entry.value->kind == ExpressionKind::text && entry.value->text == "reference") {
            made_.unit = Unit::money_reference;
        } else {
            add(entry, "`unit` is \"account\", \"settle\" or \"reference\"");
        }
        return true;
    }
    void read_doc(const TableEntry& entry) {
        if (entry.value->kind == ExpressionKind::text) {
            made_.doc = entry.value->text;
        } else {
            add(entry, "`doc` must be a text");
        }
    }
    void check_bounds() {
        if (made_.kind == ParameterKind::count || made_.kind == ParameterKind::duration) {
            made_.at_least = std::max(made_.at_least, 0.0);
        }
        if (made_.at_least > made_.at_most) {
            diagnostics_.add(made_.at, "`at_least` is above `at_most`");
        } else if (made_.value_default && (*made_.value_default < made_.at_least ||
                                           *made_.value_default > made_.at_most)) {
            diagnostics_.add(made_.at, "the default of `" + made_.name + "` is out of its bounds");
        }
        if (made_.kind == ParameterKind::count && made_.value_default &&
            *made_.value_default != std::floor(*made_.value_default)) {
            diagnostics_.add(made_.at, "the default of a count must be a whole number");
        }
    }

    ValueDeclaration& made_;
    Diagnostics& diagnostics_;
};

std::optional<ValueDeclaration> declare_value(const TableEntry& entry, Diagnostics& diagnostics) {
    const auto built = construction_of(*entry.value);
    if (!built || entry.key.empty()) {
        diagnostics.add(start_of(*entry.value), "expected `name = kind { ... }`");
        return std::nullopt;
    }
    const auto kinds = parameter_kinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const WordInfo& each) { return each.name == built->name; });
    if (kind == kinds.end()) {
        std::vector<std::string_view> known;
        for (const WordInfo& each : kinds)
            known.push_back(each.name);
        diagnostics.add(built->at, "`" + std::string{built->name} + "` is not a kind of parameter" +
                                       did_you_mean(built->name, known));
        return std::nullopt;
    }
    ValueDeclaration made;
    made.name = entry.key;
    made.at = {entry.at.line, entry.at.column, static_cast<int>(entry.key.size())};
    made.kind = static_cast<ParameterKind>(kind - kinds.begin());
    made.unit = unit_of(made.kind);
    if (made.kind == ParameterKind::steps) return made;
    static const Expression nothing;
    ValueReader{made, diagnostics}.read(built->table == nullptr ? nothing : *built->table);
    return made;
}

class StepsReader {
public:
    StepsReader(ParameterDeclaration& made, Diagnostics& diagnostics)
        : made_(made), diagnostics_(diagnostics) {}

    void read(const Expression& table) {
        const TableEntry* rows = nullptr;
        for (const TableEntry& entry : table.entries) {
            if (diagnostics_.full()) return;
            if (entry.key == "by" && entry.value->kind == ExpressionKind::text) {
                made_.by = entry.value->text;
            } else if (entry.key == "columns" && entry.value->kind == ExpressionKind::table) {
                read_columns(*entry.value);
            } else if (entry.key == "default" && entry.value->kind == ExpressionKind::table) {
                rows = &entry;
            } else if (entry.key == "doc" && entry.value->kind == ExpressionKind::text) {
                made_.value.doc = entry.value->text;
            } else {
                diagnostics_.add(entry.at, "steps have no such `" + entry.key + "`" +
                                               did_you_mean(entry.key, steps_keys));
            }
        }
        if (made_.by.empty()) {
            diagnostics_.add(made_.value.at, "steps need `by`, such as `by = \"notional\"`");
        }
        if (made_.columns.empty()) {
            diagnostics_.add(made_.value.at, "steps need `columns`, such as { initial = ratio }");
        } else if (rows != nullptr) {
            read_rows(*rows->value);
        }
    }

private:
    void read_columns(const Expression& table) {
        for (const TableEntry& entry : table.entries) {
            if (diagnostics_.full()) return;
            auto column = declare_value(entry, diagnostics_);
            if (!column) continue;
            if (column->kind == ParameterKind::steps || column->kind == ParameterKind::flag) {
                diagnostics_.add(entry.at, "a column of steps is a number");
            } else if (made_.columns.size() == columns_max) {
                diagnostics_.add(entry.at, "steps have at most eight columns");
            } else {
                made_.columns.push_back(std::move(*column));
            }
        }
    }
    void read_rows(const Expression& table) {
        for (const TableEntry& entry : table.entries) {
            if (entry.value->kind != ExpressionKind::table) {
                diagnostics_.add(start_of(*entry.value),
                                 "a default row is { " + made_.by + " = ..., column = ... }");
                continue;
            }
            read_row(*entry.value);
        }
        if (made_.rows_default.empty()) {
            diagnostics_.add(start_of(table), "the default of steps needs a row");
        }
    }
    void read_row(const Expression& table) {
        constexpr double missing = std::numeric_limits<double>::quiet_NaN();
        std::vector<double> row(made_.columns.size() + 1, missing);
        for (std::size_t i = 0; i < made_.columns.size(); ++i) {
            row[i + 1] = made_.columns[i].value_default.value_or(missing);
        }
        for (const TableEntry& entry : table.entries) {
            const auto value = constant_of(*entry.value);
            double* cell = cell_of(row, entry.key);
            if (cell == nullptr) {
                diagnostics_.add(entry.at, "steps have no column `" + entry.key + "`");
            } else if (!value) {
                diagnostics_.add(start_of(*entry.value), "expected a number");
            } else {
                *cell = *value;
            }
        }
        if (std::any_of(row.begin(), row.end(), [](double cell) { return std::isnan(cell); })) {
            diagnostics_.add(start_of(table), "this row leaves a column out");
            return;
        }
        const double before = made_.rows_default.empty() ? 0 : made_.rows_default.back()[0];
        const bool in_order = made_.rows_default.empty() ? row[0] == 0 : row[0] > before;
        if (!in_order) {
            diagnostics_.add(start_of(table),
                             "the first row starts at 0, and each next one higher");
        }
        made_.rows_default.push_back(std::move(row));
    }
    double* cell_of(std::vector<double>& row, std::string_view key) {
        if (key == made_.by) return row.data();
        for (std::size_t i = 0; i < made_.columns.size(); ++i) {
            if (made_.columns[i].name == key) return &row[i + 1];
        }
        return nullptr;
    }

    ParameterDeclaration& made_;
    Diagnostics& diagnostics_;
};

std::optional<WindowMeasure> measure_of(const Expression& expression, Diagnostics& diagnostics) {
    const bool shaped = expression.kind == ExpressionKind::field &&
                        expression.items[0]->kind == ExpressionKind::name &&
                        expression.items[0]->text == "account";
    if (!shaped) {
        diagnostics.add(start_of(expression), "`of` is a measure, such as account.net_pnl");
        return std::nullopt;
    }
    const auto found = find_enumerator<WindowMeasure>(window_measure_names, expression.text);
    if (!found) {
        diagnostics.add(expression.at, "no window is kept of `" + expression.text + "`" +
                                           did_you_mean(expression.text, window_measure_names));
    }
    return found;
}

}  // namespace

std::string_view name(ParameterKind kind) noexcept {
    return parameter_kinds()[static_cast<std::size_t>(kind)].name;
}

std::optional<Construction> construction_of(const Expression& expression) noexcept {
    if (expression.kind == ExpressionKind::name)
        return Construction{expression.text, expression.at, nullptr};
    if (expression.kind != ExpressionKind::call || expression.items.size() != 2 ||
        expression.items[0]->kind != ExpressionKind::name ||
        expression.items[1]->kind != ExpressionKind::table) {
        return std::nullopt;
    }
    return Construction{expression.items[0]->text, expression.items[0]->at,
                        expression.items[1].get()};
}

std::optional<ParameterDeclaration> declare_parameter(const TableEntry& entry,
                                                      Diagnostics& diagnostics) {
    auto value = declare_value(entry, diagnostics);
    if (!value) return std::nullopt;
    ParameterDeclaration made;
    made.value = std::move(*value);
    if (made.value.kind == ParameterKind::steps) {
        static const Expression nothing;
        const Expression* table = construction_of(*entry.value)->table;
        StepsReader{made, diagnostics}.read(table == nullptr ? nothing : *table);
    }
    return made;
}

std::optional<WindowDeclaration> declare_window(const TableEntry& entry, Diagnostics& diagnostics) {
    const auto built = construction_of(*entry.value);
    if (!built || built->name != "window" || built->table == nullptr || entry.key.empty()) {
        diagnostics.add(start_of(*entry.value),
                        "expected `name = window { of = ..., over = ... }`");
        return std::nullopt;
    }
    WindowDeclaration made;
    made.name = entry.key;
    made.at = {entry.at.line, entry.at.column, static_cast<int>(entry.key.size())};
    bool has_measure = false;
    for (const TableEntry& each : built->table->entries) {
        if (diagnostics.full()) break;
        const bool text = each.value->kind == ExpressionKind::text;
        if (each.key == "of") {
            has_measure = true;
            if (const auto measure = measure_of(*each.value, diagnostics)) {
                made.spec.measure = *measure;
            } else {
                return std::nullopt;
            }
        } else if (each.key == "over") {
            const auto span = text ? parse_span(each.value->text) : std::nullopt;
            if (!span) {
                diagnostics.add(start_of(*each.value),
                                "`over` is a time such as \"1d\" or \"30s\"");
            }
            made.spec.span = span.value_or(Duration{1});
        } else if (each.key == "starts") {
            const auto offset = text ? parse_time_of_day(each.value->text) : std::nullopt;
            if (!offset) {
                diagnostics.add(start_of(*each.value), "`starts` is a time such as \"00:00 UTC\"");
            }
            made.spec.calendar = true;
            made.spec.offset = offset.value_or(Duration{});
        } else {
            diagnostics.add(each.at, "a window has no `" + each.key + "`" +
                                         did_you_mean(each.key, window_keys));
        }
    }
    if (!has_measure) diagnostics.add(made.at, "a window needs `of`");
    if (made.spec.span.ns == 0) diagnostics.add(made.at, "a window needs `over`");
    if (made.spec.measure == WindowMeasure::net_pnl && !made.spec.calendar) {
        diagnostics.add(made.at, "a window of net_pnl needs `starts`, such as \"00:00 UTC\"");
    }
    return made;
}

}  // namespace riskd::dsl
