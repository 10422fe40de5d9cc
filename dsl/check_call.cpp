#include <algorithm>
#include <array>

#include "dsl/checker_pass.hpp"
#include "dsl/suggest.hpp"

namespace riskd::dsl {
namespace {

using ExpressionKind = Expression::Kind;

}  // namespace

bool CheckerPass::has_arguments(const Expression& e, std::size_t least, std::size_t most) {
    const std::size_t count = e.items.size() - 1;
    if (count >= least && count <= most) return true;
    const std::string name = dotted(*e.items[0]);
    const std::string wanted = least == most
                                   ? std::to_string(least)
                                   : std::to_string(least) + " to " + std::to_string(most);
    refuse(e.at, "`" + name + "` takes " + wanted + (most == 1 ? " argument" : " arguments") +
                     ", not " + std::to_string(count));
    return false;
}

Type CheckerPass::method_expression(Expression& e) {
    Expression& base = *e.items[0];
    const bool across = e.text == "across";
    const bool shaped = (across || e.text == "at") && base.kind == ExpressionKind::field &&
                        base.items[0]->kind == ExpressionKind::name &&
                        base.items[0]->text == "params";
    if (!shaped) {
        for (std::size_t i = 1; i < e.items.size(); ++i)
            expression(*e.items[i]);
        return refuse(e.at, "the only methods are `params.<steps>:at(...)` and `:across(...)`");
    }
    Binding* params = find("params");
    if (params == nullptr) return unknown_name(base.items[0]->at, "params");
    params->used = true;
    auto& parameters = rule_.declaration.parameters;
    const auto found = std::find_if(
        parameters.begin(), parameters.end(),
        [&](const ParameterDeclaration& each) { return each.value.name == base.text; });
    if (found == parameters.end()) return parameter_field(base);
    found->used = true;
    if (found->value.kind != ParameterKind::steps) {
        return refuse(base.at, "`" + base.text + "` is no steps; it has one value");
    }
    if (e.items.size() != 2) {
        return refuse(e.at, across ? "`across` takes one number: what to spread over the steps"
                                   : "`at` takes one number: where on the steps to look");
    }
    const Type argument = number(*e.items[1]);
    const int index = static_cast<int>(found - parameters.begin());
    e.meaning = across ? Meaning::spread : Meaning::row;
    e.meaning_number = index;
    if (!across) return {.kind = Type::Kind::row, .index = index};
    if (argument.kind == Type::Kind::unknown) return {};
    return {.kind = Type::Kind::spread, .dimension = argument.dimension, .index = index};
}

Type CheckerPass::call_expression(Expression& e) {
    Expression& callee = *e.items[0];
    if (callee.kind != ExpressionKind::name) {
        expression(callee);
        return refuse(start_of(e), "only functions of the language and of this file are called");
    }
    if (find(callee.text) == nullptr) {
        const auto is_builtin = [&](const BuiltinInfo& each) { return each.name == callee.text; };
        if (std::any_of(builtins().begin(), builtins().end(), is_builtin)) {
            e.meaning = Meaning::builtin;
            return builtin_call(e, callee.text);
        }
        if (LocalFunction* function = find_function(callee.text)) {
            e.meaning = Meaning::function;
            return function_call(e, *function);
        }
        if (visible_functions_ < functions_.size() &&
            functions_[visible_functions_].name == callee.text) {
            return refuse(callee.at,
                          "`" + callee.text + "` calls itself; recursion is not in the language");
        }
        for (std::size_t i = 1; i < e.items.size(); ++i)
            expression(*e.items[i]);
        return unknown_name(callee.at, callee.text);
    }
    return refuse(callee.at, "`" + callee.text + "` is no function");
}

Type CheckerPass::builtin_call(Expression& e, std::string_view name) {
    if (name == "limit") return limit_call(e);
    if (name == "known") return known_call(e);
    if (name == "min" || name == "max") return extreme_call(e, name);
    if (name == "reduce_until") return closing_call(e);
    if (name == "log" || name == "exp" || name == "power") return plain_call(e, name);
    if (name == "option_price") return option_call(e);
    if (name == "pass") {
        if (!has_arguments(e, 0, 0)) return {};
        return {.kind = Type::Kind::answer};
    }
    if (!has_arguments(e, 1, 1)) return {};
    const Type of = number(*e.items[1]);  // abs, floor, ceil
    if (name != "sqrt") return of;
    const auto taken = root(of);
    if (taken) return *taken;
    return refuse(start_of(*e.items[1]), "sqrt() of " + riskd::dsl::name(of) +
                                             " has no unit; divide it by one of its unit first");
}

Type CheckerPass::plain_call(Expression& e, std::string_view of) {
    const std::size_t count = of == "power" ? 2 : 1;
    if (!has_arguments(e, count, count)) return {};
    for (std::size_t i = 1; i <= count; ++i)
        expect_number(*e.items[i], ratio_type(), "what " + std::string{of} + "() takes");
    return ratio_type();
}

Type CheckerPass::option_call(Expression& e) {
    constexpr std::size_t count = 5;
    if (!has_arguments(e, count, count)) return {};
    const Type right = value(*e.items[1]);
    const bool is_right =
        right.kind == Type::Kind::enumeration && right.enumeration == Unit::option_right;
    if (!is_right && right.kind != Type::Kind::unknown) {
        return refuse(start_of(*e.items[1]),
                      "the first argument of option_price() is an option_right");
    }
    const Type forward = number(*e.items[2]);
    const Type strike = number(*e.items[3]);
    expect_number(*e.items[4], ratio_type(), "the time to expiry in years");
    expect_number(*e.items[5], ratio_type(), "the volatility");
    const auto fit = unify(forward, strike);
    if (fit) return *fit;
    return refuse(start_of(*e.items[2]), "option_price() takes " + riskd::dsl::name(forward) +
                                             " for a strike of " + riskd::dsl::name(strike));
}

Type CheckerPass::limit_call(Expression& e) {
    if (!has_arguments(e, 2, 2)) return {};
    const Type used = number(*e.items[1]);
    const Type allowed = number(*e.items[2]);
    if (!unify(used, allowed)) {
        return refuse(start_of(*e.items[1]),
                      "limit() compares " + name(used) + " with " + name(allowed));
    }
    return {.kind = Type::Kind::answer};
}

Type CheckerPass::known_call(Expression& e) {
    if (!has_arguments(e, 1, 1)) return {};
    value(*e.items[1]);
    if (e.items[1]->meaning != Meaning::number_field) {
        return refuse(start_of(*e.items[1]), "known() asks about a field of a view");
    }
    return flag_type();
}

Type CheckerPass::extreme_call(Expression& e, std::string_view of) {
    constexpr std::size_t most = 4;
    if (!has_arguments(e, 2, most)) return {};
    Type type = number(*e.items[1]);
    for (std::size_t i = 2; i < e.items.size(); ++i) {
        const Type next = number(*e.items[i]);
        const auto fit = unify(type, next);
        if (!fit) {
            return refuse(start_of(*e.items[i]),
                          std::string{of} + "() compares " + name(type) + " with " + name(next));
        }
        type = *fit;
    }
    return type;
}

Type CheckerPass::closing_call(Expression& e) {
    if (!has_arguments(e, 2, 4)) return {};
    expect_number(*e.items[1], ratio_type(), "where a reduction stops");
    if (e.items.size() > 3) {
        expect_number(*e.items[3], ratio_type(), "how much of a position closes in one step");
    }
    if (e.items.size() > 4) {
        expect_number(*e.items[4], type_of(Unit::duration), "how long the next step waits");
    }
    static constexpr std::array<std::string_view, 1> ways{"largest_margin_first"};
    const Expression& way = *e.items[2];
    if (way.kind != ExpressionKind::field || dotted(*way.items[0]) != "by") {
        return refuse(start_of(way), "expected a way to close, such as by.largest_margin_first");
    }
    if (way.text != ways[0]) {
        return refuse(way.at, "by has no `" + way.text + "`" + did_you_mean(way.text, ways));
    }
    return {.kind = Type::Kind::closing};
}

Type CheckerPass::function_call(Expression& e, LocalFunction& function) {
    function.used = true;
    std::vector<Type> arguments;
    for (std::size_t i = 1; i < e.items.size(); ++i) {
        const Type type = expression(*e.items[i]);
        using TypeKind = Type::Kind;
        if (type.kind != TypeKind::unknown && !type.numeric() && type.kind != TypeKind::flag &&
            type.kind != TypeKind::enumeration) {
            return refuse(start_of(*e.items[i]),
                          "pass numbers to a local function, not " + name(type));
        }
        arguments.push_back(type);
    }
    const std::size_t wanted = function.function->parameters.size();
    if (arguments.size() != wanted) {
        return refuse(e.at, "`" + function.name + "` takes " + std::to_string(wanted) +
                                (wanted == 1 ? " argument" : " arguments") + ", not " +
                                std::to_string(arguments.size()));
    }
    return instance(function, arguments, e.at);
}

// Walks the body with these types. What a function may see is what stands before it in the file.
Type CheckerPass::instance(LocalFunction& function, const std::vector<Type>& arguments, Span at) {
    for (const auto& [types, returned] : function.instances) {
        if (types == arguments) return returned;
    }
    constexpr int instances_max = 200;
    if (++instances_ > instances_max) {
        return refuse(at, "this file uses its functions with too many units");
    }
    const std::size_t functions_before = visible_functions_;
    const std::size_t names_before = visible_file_names_;
    const std::size_t first_before = first_local_;
    visible_functions_ = static_cast<std::size_t>(&function - functions_.data());
    visible_file_names_ = function.constants;
    first_local_ = scope_.size();
    const std::size_t size = scope_.size();
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const Named& named = function.function->parameters[i];
        if (!name_is_free(named)) continue;
        bind({.name = named.text,
              .at = named.at,
              .kind = NameKind::parameter,
              .type = arguments[i]});
    }
    Frame frame{.name = function.name};
    function_block(*function.function, frame);
    close_scope(size);
    visible_functions_ = functions_before;
    visible_file_names_ = names_before;
    first_local_ = first_before;
    const Type returned = frame.returned.value_or(Type{});
    function.instances.emplace_back(arguments, returned);
    return returned;
}

}  // namespace riskd::dsl
