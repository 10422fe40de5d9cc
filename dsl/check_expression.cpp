#include <algorithm>
#include <array>

#include "dsl/checker_pass.hpp"
#include "dsl/suggest.hpp"

namespace riskd::dsl {
namespace {

using ExpressionKind = Expression::Kind;

// Names of Lua that a rule may look for; each is refused by name.
constexpr std::array<std::string_view, 38> lua_names{
    "os",      "io",         "string",   "table",          "require",
    "load",    "loadstring", "loadfile", "dofile",         "pcall",
    "xpcall",  "error",      "assert",   "setmetatable",   "getmetatable",
    "rawget",  "rawset",     "rawequal", "coroutine",      "ffi",
    "jit",     "bit",        "debug",    "package",        "print",
    "select",  "type",       "tonumber", "tostring",       "pairs",
    "ipairs",  "next",       "unpack",   "collectgarbage", "_G",
    "getfenv", "setfenv",    "newproxy"};

bool is_comparison(Token op) noexcept {
    return op == Token::less || op == Token::greater || op == Token::less_equal ||
           op == Token::greater_equal || op == Token::equal || op == Token::not_equal;
}

}  // namespace

Type CheckerPass::refuse(Span at, std::string message) {
    diagnostics_.add_first(at, std::move(message));
    return {};
}

CheckerPass::Binding* CheckerPass::find(std::string_view name) noexcept {
    for (std::size_t i = scope_.size(); i-- > 0;) {
        if (i < file_names_ ? i >= visible_file_names_ : i < first_local_) continue;
        if (scope_[i].name == name) return &scope_[i];
    }
    return nullptr;
}

CheckerPass::LocalFunction* CheckerPass::find_function(std::string_view name) noexcept {
    for (std::size_t i = 0; i < visible_functions_; ++i) {
        if (functions_[i].name == name) return &functions_[i];
    }
    return nullptr;
}

// Declared, but wrongly: that was said where it stands.
bool CheckerPass::is_broken(std::string_view name) const noexcept {
    const auto& broken = rule_.declaration.broken;
    return std::find(broken.begin(), broken.end(), name) != broken.end();
}

Type CheckerPass::unknown_name(Span at, std::string_view name) {
    if (std::find(lua_names.begin(), lua_names.end(), name) != lua_names.end()) {
        return refuse(at, "`" + std::string{name} +
                              "` is not in the language; a rule sees only what it is given");
    }
    for (const RoleInfo& role : roles()) {
        const bool fits = role.kind == rule_.declaration.kind;
        const auto same = [&](const RoleParameter& each) { return each.name == name; };
        if (fits && std::any_of(role.parameters.begin(), role.parameters.end(), same)) {
            return refuse(at, "`" + std::string{name} + "` must be a parameter of the function");
        }
    }
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < scope_.size(); ++i)
        known.push_back(scope_[i].name);
    for (const LocalFunction& each : functions_)
        known.push_back(each.name);
    if (std::find(known.begin(), known.end(), name) != known.end()) {
        return refuse(at, "`" + std::string{name} +
                              "` cannot be seen here; a function sees its own names and what "
                              "stands above it");
    }
    for (const BuiltinInfo& each : builtins())
        known.push_back(each.name);
    for (const EnumerationInfo& each : enumerations())
        known.push_back(each.name);
    return refuse(at, "there is no `" + std::string{name} + "`" + did_you_mean(name, known));
}

Type CheckerPass::expression(Expression& e) {
    if (looks_ > looks_max) return {};
    ++looks_;
    switch (e.kind) {
        case ExpressionKind::number: return literal_type();
        case ExpressionKind::flag: return flag_type();
        case ExpressionKind::text:
            return refuse(e.at, "a rule cannot use texts; a limit needs no message");
        case ExpressionKind::nil: return refuse(e.at, "`nil` is not in the language");
        case ExpressionKind::table: return refuse(e.at, "a rule cannot make tables");
        case ExpressionKind::function:
            return refuse(e.at, "put local functions at the top of the file, outside of the rule");
        case ExpressionKind::group: return expression(*e.items[0]);
        case ExpressionKind::name: return name_expression(e);
        case ExpressionKind::field: return field_expression(e);
        case ExpressionKind::method: return method_expression(e);
        case ExpressionKind::call: return call_expression(e);
        case ExpressionKind::unary: return unary_expression(e);
        case ExpressionKind::binary: return binary_expression(e);
    }
    return {};
}

Type CheckerPass::value(Expression& e) {
    const Type type = expression(e);
    using TypeKind = Type::Kind;
    switch (type.kind) {
        case TypeKind::view:
        case TypeKind::params:
        case TypeKind::history:
        case TypeKind::window:
        case TypeKind::row:
        case TypeKind::spread:
            if (dotted(e).empty()) {
                return refuse(start_of(e), "this is " + name(type) + "; name a column of it");
            }
            return refuse(start_of(e), "`" + dotted(e) + "` is " + name(type) +
                                           "; name a field of it: `" + dotted(e) + ".field`");
        case TypeKind::answer:
        case TypeKind::closing:
            return refuse(start_of(e), "this is an answer, not a number; write it after `return`");
        default: return type;
    }
}

Type CheckerPass::number(Expression& e) {
    const Type type = value(e);
    if (type.numeric() || type.kind == Type::Kind::unknown) return type;
    return refuse(start_of(e), "expected a number, found " + name(type));
}

void CheckerPass::condition(Expression& e) {
    const Type type = value(e);
    if (type.kind == Type::Kind::flag || type.kind == Type::Kind::unknown) return;
    refuse(start_of(e), "a condition is a comparison or a flag, not " + name(type));
}

Type CheckerPass::name_expression(Expression& e) {
    if (Binding* binding = find(e.text)) {
        binding->used = true;
        e.meaning = Meaning::local;
        return binding->type;
    }
    if (find_function(e.text) != nullptr) {
        return refuse(e.at, "`" + e.text + "` is a function; call it: `" + e.text + "(...)`");
    }
    const auto is_builtin = [&](const BuiltinInfo& each) { return each.name == e.text; };
    if (std::any_of(builtins().begin(), builtins().end(), is_builtin)) {
        return refuse(e.at, "`" + e.text + "` is a function; call it: `" + e.text + "(...)`");
    }
    if (const EnumerationInfo* enumeration = find_enumeration(e.text)) {
        return refuse(e.at, "name one of `" + e.text + "`, such as `" + e.text + "." +
                                std::string{enumeration->enumerators[0]} + "`");
    }
    return unknown_name(e.at, e.text);
}

Type CheckerPass::field_expression(Expression& e) {
    Expression& base = *e.items[0];
    if (base.kind == ExpressionKind::name && find(base.text) == nullptr) {
        if (find_enumeration(base.text) != nullptr) return enumerator(e, base.text);
        if (base.text == "math") {
            const auto same = [&](const BuiltinInfo& each) { return each.name == e.text; };
            if (std::any_of(builtins().begin(), builtins().end(), same)) {
                return refuse(base.at, "write `" + e.text + "` without `math.`");
            }
            return refuse(base.at, "`math` is not in the language");
        }
    }
    const Type type = expression(base);
    using TypeKind = Type::Kind;
    switch (type.kind) {
        case TypeKind::unknown: return {};
        case TypeKind::view: return view_field(e, type.view, base.text);
        case TypeKind::params:
            if (type.index >= 0) {  // of what is walked
                rule_.reads.insert(std::string{view(type.view).name} + ".params." + e.text);
            }
            return parameter_field(e);
        case TypeKind::history: return window_of(e);
        case TypeKind::window: return window_field(e, type.index);
        case TypeKind::row:
        case TypeKind::spread: return column_field(e, type);
        default: return refuse(e.at, name(type) + " has no fields");
    }
}

Type CheckerPass::enumerator(Expression& e, std::string_view enumeration) {
    const EnumerationInfo& found = *find_enumeration(enumeration);
    const int number = enumerator_number(found, e.text);
    if (number < 0) {
        return refuse(e.at, std::string{enumeration} + " has no `" + e.text + "`" +
                                did_you_mean(e.text, found.enumerators));
    }
    e.meaning = Meaning::enumerator;
    e.meaning_number = number;
    return {.kind = Type::Kind::enumeration, .enumeration = found.unit};
}

Type CheckerPass::view_field(Expression& e, ViewId id, std::string_view shown) {
    const bool in_walk =
        std::any_of(collections.begin(), collections.end(),
                    [id](const CollectionInfo& each) { return each.element == id; });
    if (in_walk && e.text == "params") {
        rule_.reads.insert(std::string{view(id).name} + ".params");
        return {.kind = Type::Kind::params, .view = id, .index = 0};
    }
    for (const CollectionInfo& each : collections) {
        if (id != each.of || e.text != each.name) continue;
        return refuse(e.at, "`" + e.text + "` is walked: `for each in book." + e.text + " do`");
    }
    const FieldInfo* field = find_field(view(id), e.text);
    if (field == nullptr) {
        return refuse(e.at, std::string{shown} + " has no field `" + e.text + "`" +
                                did_you_mean(e.text, names_of(view(id).fields)));
    }
    if (id == ViewId::book && field->name.starts_with("worst_") &&
        find_scenarios(rule_.declaration) == nullptr) {
        return refuse(e.at,
                      "`" + e.text + "` needs a parameter `scenarios`, steps of moves and weights");
    }
    rule_.needs_mark |= field->needs_mark;
    const std::string_view owner = in_walk ? view(id).name : shown;
    rule_.reads.insert(std::string{owner} + "." + e.text);
    e.meaning = field->storage == Storage::number ? Meaning::number_field : Meaning::plain_field;
    return type_of(*field, id);
}

// A rule about books is told prices in the account's currency, and so are its parameters.
Type CheckerPass::parameter_type(Unit unit) const noexcept {
    const bool in_currency = unit == Unit::price && is_about_books(rule_.declaration);
    return in_currency ? number_of({.account = 1, .quantity = -1}) : type_of(unit);
}

Type CheckerPass::parameter_field(Expression& e) {
    auto& parameters = rule_.declaration.parameters;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (parameters[i].value.name != e.text) continue;
        parameters[i].used = true;
        e.meaning_number = static_cast<int>(i);
        if (parameters[i].value.kind == ParameterKind::steps) {
            return refuse(
                e.at, "`" + e.text + "` is steps; find a row with `params." + e.text + ":at(...)`");
        }
        const Type type = parameter_type(parameters[i].value.unit);
        e.meaning = type.kind == Type::Kind::flag ? Meaning::flag_parameter : Meaning::parameter;
        return type;
    }
    std::vector<std::string_view> known;
    for (const ParameterDeclaration& each : parameters)
        known.push_back(each.value.name);
    if (is_broken(e.text)) return {};
    return refuse(e.at, "params has no `" + e.text + "`" + did_you_mean(e.text, known));
}

Type CheckerPass::window_of(Expression& e) {
    auto& windows = rule_.declaration.windows;
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < windows.size(); ++i) {
        known.push_back(windows[i].name);
        if (windows[i].name != e.text) continue;
        windows[i].used = true;
        return {.kind = Type::Kind::window, .index = static_cast<int>(i)};
    }
    if (is_broken(e.text)) return {};
    return refuse(e.at, "history has no window `" + e.text + "`" + did_you_mean(e.text, known));
}

Type CheckerPass::window_field(Expression& e, int window) {
    const ViewInfo& info = view(ViewId::window);
    const FieldInfo* field = find_field(info, e.text);
    if (field == nullptr) {
        return refuse(e.at, "a window has no field `" + e.text + "`" +
                                did_you_mean(e.text, names_of(info.fields)));
    }
    const WindowMeasure measure =
        rule_.declaration.windows[static_cast<std::size_t>(window)].spec.measure;
    const bool counts = measure == WindowMeasure::orders || measure == WindowMeasure::fills;
    if (counts && e.text == "change") {
        return refuse(e.at,
                      "a window of " + std::string{riskd::name(measure)} + " counts; use `count`");
    }
    e.meaning = Meaning::number_field;
    e.meaning_number = window;
    rule_.reads.insert(dotted(e));
    return type_of(*field, ViewId::window);
}

Type CheckerPass::column_field(Expression& e, const Type& row) {
    const auto& columns = rule_.declaration.parameters[static_cast<std::size_t>(row.index)].columns;
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        known.push_back(columns[i].name);
        if (columns[i].name != e.text) continue;
        const bool spread = row.kind == Type::Kind::spread;
        e.meaning = spread ? Meaning::spread_column : Meaning::column;
        e.meaning_number = static_cast<int>(i) + 1;
        const Type type = parameter_type(columns[i].unit);
        if (!spread) return type;
        const auto made = multiply(number_of(row.dimension), type);
        return made ? *made : refuse(e.at, "this has a unit beyond all sense");
    }
    return refuse(e.at, "this row has no column `" + e.text + "`" + did_you_mean(e.text, known));
}

Type CheckerPass::unary_expression(Expression& e) {
    Expression& operand = *e.items[0];
    if (e.op == Token::word_not) {
        condition(operand);
        return flag_type();
    }
    if (e.op != Token::minus) return {};
    return number(operand);
}

Type CheckerPass::binary_expression(Expression& e) {
    if (e.op == Token::word_and || e.op == Token::word_or) {
        condition(*e.items[0]);
        condition(*e.items[1]);
        return flag_type();
    }
    if (is_comparison(e.op)) return comparison(e);
    return arithmetic(e);
}

Type CheckerPass::comparison(Expression& e) {
    const Type a = value(*e.items[0]);
    const Type b = value(*e.items[1]);
    if (a.kind == Type::Kind::unknown || b.kind == Type::Kind::unknown) return flag_type();
    const auto fit = unify(a, b);
    if (!fit) {
        return refuse(e.at, "cannot compare " + name(a) + " with " + name(b));
    }
    const bool equality = e.op == Token::equal || e.op == Token::not_equal;
    const bool ordered = fit->numeric() || (fit->kind == Type::Kind::enumeration &&
                                            find_enumeration(fit->enumeration)->ordered);
    if (!equality && !ordered) {
        return refuse(e.at, name(*fit) + " has no order; use == or ~=");
    }
    return flag_type();
}

Type CheckerPass::arithmetic(Expression& e) {
    const Type a = number(*e.items[0]);
    const Type b = number(*e.items[1]);
    if (a.kind == Type::Kind::unknown || b.kind == Type::Kind::unknown) return {};
    if (e.op == Token::plus || e.op == Token::minus) {
        if (const auto fit = unify(a, b)) return *fit;
        if (e.op == Token::plus) return refuse(e.at, "cannot add " + name(b) + " to " + name(a));
        return refuse(e.at, "cannot subtract " + name(b) + " from " + name(a));
    }
    if (e.op != Token::star && e.op != Token::slash) return {};
    if (e.op == Token::slash && constant(*e.items[1]) == 0.0) {
        return refuse(e.at, "this divides by zero");
    }
    const auto made = e.op == Token::star ? multiply(a, b) : divide(a, b);
    if (!made) return refuse(e.at, "this has a unit beyond all sense");
    return *made;
}

std::optional<double> CheckerPass::constant(const Expression& e) const noexcept {
    if (e.kind == ExpressionKind::group) return constant(*e.items[0]);
    if (e.kind == ExpressionKind::unary && e.op == Token::minus) {
        const auto value = constant(*e.items[0]);
        return value ? std::optional{-*value} : std::nullopt;
    }
    if (e.kind == ExpressionKind::name) {
        for (std::size_t i = 0; i < visible_file_names_; ++i) {
            if (scope_[i].name == e.text) return scope_[i].constant;
        }
        return std::nullopt;
    }
    return constant_of(e);
}

}  // namespace riskd::dsl
