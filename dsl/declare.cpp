#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "dsl/declaration.hpp"
#include "dsl/declare_parameter.hpp"
#include "dsl/schema.hpp"
#include "dsl/suggest.hpp"

namespace riskd::dsl {
namespace {

using ExpressionKind = Expression::Kind;
constexpr std::size_t parameters_max = 64;

Span key_span(const TableEntry& entry) {
    return {entry.at.line, entry.at.column,
            static_cast<int>(std::max<std::size_t>(1, entry.key.size()))};
}

class RuleReader {
public:
    RuleReader(RuleDeclaration& made, Diagnostics& diagnostics)
        : made_(made), diagnostics_(diagnostics) {}

    void read(const Expression& call) {
        made_.name_at = call.at;
        const Expression& table = *call.items[1];
        for (const TableEntry& entry : table.entries) {
            if (diagnostics_.full()) return;
            read_entry(entry);
        }
        if (made_.name.empty()) diagnostics_.add(call.at, "a rule needs a `name`");
        if (!has_kind_) {
            if (!saw_kind_) diagnostics_.add(call.at, "a rule needs a `kind`, such as \"check\"");
            return;
        }
        check_kind(call.at);
        check_functions(call.at);
    }

private:
    void add(const TableEntry& entry, std::string message) {
        diagnostics_.add(start_of(*entry.value), std::move(message));
    }
    const std::string* text(const TableEntry& entry) {
        if (entry.value->kind == ExpressionKind::text) return &entry.value->text;
        add(entry, "`" + entry.key + "` must be a text");
        return nullptr;
    }

    void read_entry(const TableEntry& entry) {
        if (entry.key == "name") {
            read_name(entry);
        } else if (entry.key == "kind") {
            read_kind(entry);
        } else if (entry.key == "doc") {
            if (const std::string* doc = text(entry)) made_.doc = *doc;
        } else if (entry.key == "reason") {
            read_reason(entry);
        } else if (entry.key == "rate_max") {
            rate_max_at_ = &entry;
            const auto rate = constant_of(*entry.value);
            if (!rate || *rate <= 0) add(entry, "`rate_max` must be a number above 0");
            made_.rate_max = rate.value_or(1);
        } else if (entry.key == "slope_max") {
            slope_max_at_ = &entry;
            made_.slope_at = key_span(entry);
            const auto slope = constant_of(*entry.value);
            if (!slope || *slope <= 0 || *slope > 10'000) {
                add(entry, "`slope_max` must be a number above 0, at most 10000");
            }
            made_.slope_max = slope.value_or(1);
            if (slope_min_at_ == nullptr) made_.slope_min = -made_.slope_max;
        } else if (entry.key == "slope_min") {
            slope_min_at_ = &entry;
            const auto slope = constant_of(*entry.value);
            if (!slope || *slope < -10'000 || *slope > 0) {
                add(entry, "`slope_min` must be a number of 0 or below, at least -10000");
            }
            made_.slope_min = slope.value_or(0);
        } else if (entry.key == "monotone") {
            monotone_at_ = &entry;
            made_.monotone_at = key_span(entry);
            made_.monotone = entry.value->kind == ExpressionKind::flag && entry.value->flag;
            if (!made_.monotone) add(entry, "`monotone` is true, or left out");
        } else if (entry.key == "params") {
            read_parameters(entry);
        } else if (entry.key == "history") {
            history_at_ = &entry;
            read_windows(entry);
        } else if (entry.key == "when") {
            when_at_ = &entry;
            made_.order_types = order_types(*entry.value);
        } else if (!read_function(entry)) {
            if (entry.key.empty()) return add(entry, "expected `key = value`");
            diagnostics_.add(key_span(entry), "a rule has no `" + entry.key + "`" +
                                                  did_you_mean(entry.key, rule_entry_names()));
        }
    }
    void read_name(const TableEntry& entry) {
        const std::string* name = text(entry);
        if (name == nullptr) return;
        constexpr std::size_t name_max = 48;
        const bool spelled =
            !name->empty() && name->size() <= name_max && (*name)[0] >= 'a' && (*name)[0] <= 'z' &&
            std::all_of(name->begin(), name->end(), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
            });
        if (!spelled) {
            add(entry, "a name is lower-case letters, digits and `_`, at most 48 of them");
        }
        made_.name = spelled ? *name : "unnamed";
        made_.name_at = start_of(*entry.value);
        made_.name_at.length = entry.value->at.length;
    }
    void read_kind(const TableEntry& entry) {
        saw_kind_ = true;
        const std::string* kind = text(entry);
        if (kind == nullptr) return;
        const auto known = std::span{rule_kind_names}.first(4);
        const auto found = std::find(known.begin(), known.end(), *kind);
        if (found == known.end()) {
            return add(entry, "there is no kind of rule `" + printable(*kind) + "`" +
                                  did_you_mean(*kind, known));
        }
        made_.kind = static_cast<RuleKind>(found - known.begin());
        has_kind_ = true;
    }
    void read_reason(const TableEntry& entry) {
        reason_at_ = &entry;
        const Expression& value = *entry.value;
        if (value.kind != ExpressionKind::field || value.items[0]->kind != ExpressionKind::name ||
            value.items[0]->text != "reject") {
            return add(entry, "`reason` is one of reject, such as reject.order_exceeds_limit");
        }
        if (const auto reason = find_reject_reason(value.text)) {
            made_.reason = *reason;
        } else {
            diagnostics_.add(value.at, "reject has no `" + value.text + "`" +
                                           did_you_mean(value.text, reject_reason_names));
        }
    }
    void read_parameters(const TableEntry& entry) {
        if (entry.value->kind != ExpressionKind::table)
            return add(entry, "`params` is { name = kind { } }");
        for (const TableEntry& each : entry.value->entries) {
            if (diagnostics_.full()) return;
            auto parameter = declare_parameter(each, diagnostics_);
            if (!parameter) {
                made_.broken.push_back(each.key);
                continue;
            }
            if (made_.parameters.size() == parameters_max) {
                return diagnostics_.add(key_span(each), "a rule has at most 64 parameters");
            }
            made_.parameters.push_back(std::move(*parameter));
        }
    }
    void read_windows(const TableEntry& entry) {
        if (entry.value->kind != ExpressionKind::table) {
            return add(entry, "`history` is { name = window { } }");
        }
        for (const TableEntry& each : entry.value->entries) {
            if (diagnostics_.full()) return;
            auto window = declare_window(each, diagnostics_);
            if (!window) made_.broken.push_back(each.key);
            if (window && made_.windows.size() < windows_max) {
                made_.windows.push_back(std::move(*window));
            } else if (window) {
                diagnostics_.add(key_span(each), "a rule has at most eight windows");
            }
        }
    }
    // order_type.limit + order_type.market, as a set of bits.
    std::uint32_t order_types(const Expression& value) {
        if (value.kind == ExpressionKind::binary && value.op == Token::plus) {
            return order_types(*value.items[0]) | order_types(*value.items[1]);
        }
        if (value.kind == ExpressionKind::field && value.items[0]->kind == ExpressionKind::name &&
            value.items[0]->text == "order_type") {
            if (const auto type = find_enumerator<OrderType>(order_type_names, value.text)) {
                return 1U << static_cast<unsigned>(*type);
            }
            diagnostics_.add(value.at, "order_type has no `" + value.text + "`" +
                                           did_you_mean(value.text, order_type_names));
            return 0;
        }
        diagnostics_.add(start_of(value),
                         "`when` is order types, such as order_type.limit + order_type.stop_limit");
        return 0;
    }
    bool read_function(const TableEntry& entry) {
        for (const RoleInfo& role : roles()) {
            if (role.name != entry.key) continue;
            if (entry.value->kind == ExpressionKind::function) {
                made_.functions.push_back(
                    {role.role, entry.value->function.get(), key_span(entry)});
            } else {
                add(entry, "`" + entry.key + "` must be a function");
            }
            return true;
        }
        return false;
    }

    void check_kind(Span at) {
        const bool check = made_.kind == RuleKind::check;
        const bool margin = made_.kind == RuleKind::margin;
        if (check && reason_at_ == nullptr) {
            diagnostics_.add(at,
                             "a check rule needs a `reason`, such as reject.order_exceeds_limit");
        }
        const bool of_books = is_about_books(made_);
        if (margin && !of_books && rate_max_at_ == nullptr) {
            diagnostics_.add(at, "a margin rule needs `rate_max`, the highest maintenance rate");
        }
        only(check, reason_at_, "check");
        only(check, when_at_, "check");
        only(check, history_at_, "check");
        only(margin, rate_max_at_, "margin");
        only(made_.kind == RuleKind::liquidation, monotone_at_, "liquidation");
        only(margin, slope_min_at_, "margin");
        if (margin && slope_min_at_ != nullptr && slope_max_at_ == nullptr) {
            diagnostics_.add(key_span(*slope_min_at_), "`slope_min` goes with a `slope_max`");
        }
        if (made_.kind != RuleKind::collateral) only(margin, slope_max_at_, "margin or collateral");
        if (of_books && rate_max_at_ != nullptr) {
            diagnostics_.add(key_span(*rate_max_at_), "a rule about books has no `rate_max`");
        }
        if (of_books && slope_max_at_ != nullptr) {
            diagnostics_.add(key_span(*slope_max_at_), "a rule about books has no `slope_max`");
        }
        if (of_books) check_scenarios();
    }
    void check_scenarios() {
        for (ParameterDeclaration& each : made_.parameters) {
            if (each.value.name != "scenarios") continue;
            each.used = true;
            std::vector<double> cells;
            for (const std::vector<double>& row : each.rows_default)
                cells.insert(cells.end(), row.begin(), row.end());
            const std::string fault = fault_of_scenarios(each, cells);
            if (!fault.empty()) diagnostics_.add(each.value.at, fault);
        }
    }
    void only(bool right, const TableEntry* entry, std::string_view kind) {
        if (right || entry == nullptr) return;
        diagnostics_.add(key_span(*entry),
                         "only a " + std::string{kind} + " rule has `" + entry->key + "`");
    }
    void check_functions(Span at) {
        for (const RoleInfo& role : roles()) {
            bool wanted = role.kind == made_.kind;
            // A margin rule is about instruments or about books.
            if (role.role == FunctionRole::portfolio && !is_about_books(made_)) continue;
            if (role.role == FunctionRole::margin && is_about_books(made_)) wanted = false;
            const auto found = std::find_if(
                made_.functions.begin(), made_.functions.end(),
                [&](const RuleDeclaration::Role& each) { return each.role == role.role; });
            const std::string kind{riskd::name(made_.kind)};
            if (wanted && found == made_.functions.end()) {
                diagnostics_.add(at, "a " + kind + " rule needs `" + std::string{role.name} +
                                         " = function(...)`");
            } else if (!wanted && found != made_.functions.end()) {
                const bool both = role.role == FunctionRole::margin && role.kind == made_.kind;
                diagnostics_.add(found->at, both ? "a margin rule has `margin` or `portfolio`"
                                                 : "a " + kind + " rule has no `" +
                                                       std::string{role.name} + "`");
            }
        }
    }

    RuleDeclaration& made_;
    Diagnostics& diagnostics_;
    bool has_kind_{};
    bool saw_kind_{};
    const TableEntry* reason_at_{};
    const TableEntry* rate_max_at_{};
    const TableEntry* slope_max_at_{};
    const TableEntry* slope_min_at_{};
    const TableEntry* monotone_at_{};
    const TableEntry* history_at_{};
    const TableEntry* when_at_{};
};

std::optional<std::int64_t> digits(std::string_view text) noexcept {
    std::int64_t value{};
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || rest != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

}  // namespace

RuleDeclaration declare(const Expression& call, Diagnostics& diagnostics) {
    RuleDeclaration made;
    RuleReader{made, diagnostics}.read(call);
    return made;
}

bool is_about_books(const RuleDeclaration& rule) noexcept {
    return rule.kind == RuleKind::margin &&
           std::any_of(rule.functions.begin(), rule.functions.end(),
                       [](const RuleDeclaration::Role& each) {
                           return each.role == FunctionRole::portfolio;
                       });
}

const ParameterDeclaration* find_scenarios(const RuleDeclaration& rule) noexcept {
    if (!is_about_books(rule)) return nullptr;
    for (const ParameterDeclaration& each : rule.parameters) {
        if (each.value.name == "scenarios") return &each;
    }
    return nullptr;
}

std::string fault_of_scenarios(const ParameterDeclaration& declared,
                               std::span<const double> cells) {
    constexpr std::array<std::string_view, 3> wanted{"price_move", "volatility_move", "weight"};
    const std::size_t width = declared.columns.size() + 1;
    for (const std::string_view name : wanted) {
        const auto column =
            std::find_if(declared.columns.begin(), declared.columns.end(),
                         [&](const ValueDeclaration& each) { return each.name == name; });
        if (declared.columns.size() != wanted.size() || column == declared.columns.end() ||
            column->kind != ParameterKind::ratio) {
            return "`scenarios` are steps of the ratios price_move, volatility_move and weight";
        }
        const auto at = static_cast<std::size_t>(column - declared.columns.begin()) + 1;
        for (std::size_t cell = at; cell < cells.size(); cell += width) {
            const double least = name == "weight" ? 0 : -1;
            const bool well = cells[cell] <= 100 && cells[cell] >= least &&
                              (name != "price_move" || cells[cell] > -0.999999);
            if (!well) return "`" + std::string{name} + "` of a scenario is out of range";
        }
    }
    if (cells.size() / width > scenarios_max) return "there are at most 64 scenarios";
    return {};
}

std::optional<double> constant_of(const Expression& expression) noexcept {
    switch (expression.kind) {
        case ExpressionKind::number: return expression.number;
        case ExpressionKind::group: return constant_of(*expression.items[0]);
        case ExpressionKind::unary: {
            const auto value = constant_of(*expression.items[0]);
            if (!value || expression.op != Token::minus) return std::nullopt;
            return -*value;
        }
        default: return std::nullopt;
    }
}

Span start_of(const Expression& expression) noexcept {
    const Expression* first = &expression;
    while (first->kind == ExpressionKind::binary || first->kind == ExpressionKind::field ||
           first->kind == ExpressionKind::method || first->kind == ExpressionKind::call) {
        first = first->items[0].get();
    }
    Span at = first->at;
    const bool whole = expression.at.line == at.line && expression.at.column >= at.column &&
                       expression.kind == ExpressionKind::field;
    if (whole) at.length = expression.at.column + expression.at.length - at.column;
    return at;
}

std::optional<Duration> parse_span(std::string_view text) noexcept {
    struct Scale {
        std::string_view suffix;
        std::int64_t ns;
    };
    constexpr std::array<Scale, 5> scales{{{"ms", 1'000'000},
                                           {"s", 1'000'000'000},
                                           {"m", 60'000'000'000},
                                           {"h", 3'600'000'000'000},
                                           {"d", 86'400'000'000'000}}};
    constexpr std::int64_t span_max = 366 * 86'400'000'000'000LL;
    for (const Scale& scale : scales) {
        if (!text.ends_with(scale.suffix)) continue;
        const auto count = digits(text.substr(0, text.size() - scale.suffix.size()));
        if (!count || *count == 0 || *count > span_max / scale.ns) return std::nullopt;
        return Duration{*count * scale.ns};
    }
    return std::nullopt;
}

std::optional<Duration> parse_time_of_day(std::string_view text) noexcept {
    constexpr std::string_view zone = " UTC";
    if (text.size() != 5 + zone.size() || text[2] != ':' || !text.ends_with(zone)) {
        return std::nullopt;
    }
    const auto hours = digits(text.substr(0, 2));
    const auto minutes = digits(text.substr(3, 2));
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return Duration{(*hours * 60 + *minutes) * 60'000'000'000};
}

}  // namespace riskd::dsl
