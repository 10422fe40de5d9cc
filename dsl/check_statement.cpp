#include <algorithm>
#include <array>
#include <cmath>

#include "dsl/checker_pass.hpp"

namespace riskd::dsl {

using StatementKind = Statement::Kind;

namespace {

// How often `for i = first, last, step do` turns at most. Whole numbers are added exactly below
// 2^53. Any other sum is rounded: a turn may get on by less than the step, come out one turn longer
// than the limits divide, and not get on at all where numbers lie as far apart as the step.
double turns_of(const std::vector<double>& limits) {
    constexpr double never_ends = 1e18;
    constexpr double exact_max = 9007199254740992.0;
    const double step = limits.size() > 2 ? limits[2] : 1;
    if (step == 0) return 0;
    const double highest = std::max(std::fabs(limits[0]), std::fabs(limits[1])) + std::fabs(step);
    const bool whole =
        limits[0] == std::floor(limits[0]) && step == std::floor(step) && highest <= exact_max;
    const double apart = whole ? 0 : std::nextafter(highest, HUGE_VAL) - highest;
    const double least = std::fabs(step) - apart;
    if (!(least > 0)) return never_ends;
    const double turns = std::floor((limits[1] - limits[0]) / std::copysign(least, step)) + 1;
    if (!(turns < never_ends)) return never_ends;
    return turns <= 0 && whole ? 0 : std::max(turns, 0.0) + (whole ? 0 : 1);
}

}  // namespace

void CheckerPass::run() {
    for (const auto& statement : rule_.file.body) {
        if (statement->kind == StatementKind::local) {
            file_local(*statement);
        } else if (statement->kind == StatementKind::local_function) {
            file_function(*statement);
        } else if (statement->kind == StatementKind::call) {
            if (!rule_.declaration.functions.empty()) rule_functions();
            if (rule_.file.body.back()->kind != StatementKind::call) {
                refuse(statement->at, "`rule { ... }` must be the last thing in the file");
            }
            break;
        } else if (statement->kind != StatementKind::refused) {
            refuse(statement->at, "only local names and one `rule { ... }` stand in a file");
        }
    }
    unused_names();
}

bool CheckerPass::name_is_free(const Named& name) {
    const Span at = name.at;
    const auto is_builtin = [&](const BuiltinInfo& each) { return each.name == name.text; };
    static constexpr std::array<std::string_view, 12> words{
        "reject", "by",      "rule",       "window",   "order",      "account",
        "params", "history", "instrument", "exposure", "collateral", "book"};
    if (std::any_of(builtins().begin(), builtins().end(), is_builtin) ||
        find_enumeration(name.text) != nullptr ||
        std::find(words.begin(), words.end(), name.text) != words.end() ||
        name.text.starts_with("riskd_")) {
        refuse(at, "`" + name.text + "` is a word of the language; choose another name");
        return false;
    }
    if (find(name.text) != nullptr || find_function(name.text) != nullptr) {
        refuse(at, "`" + name.text + "` is already a name here; choose another");
        return false;
    }
    return true;
}

void CheckerPass::file_local(Statement& statement) {
    const Named& name = statement.names[0];
    const auto value = constant(*statement.values[0]);
    if (!value) {
        refuse(start_of(*statement.values[0]), "outside of a function a local is a plain number");
    }
    if (!name_is_free(name)) return;
    if (file_names_ + functions_.size() >= file_locals_max) {
        refuse(name.at, "a file has at most 30 constants and functions");
        return;
    }
    bind({.name = name.text,
          .at = name.at,
          .kind = NameKind::constant,
          .type = literal_type(),
          .constant = value});
    file_names_ = scope_.size();
    visible_file_names_ = file_names_;
    first_local_ = file_names_;
}

void CheckerPass::file_function(Statement& statement) {
    const Named& name = statement.names[0];
    const bool is_free = name_is_free(name);
    if (file_names_ + functions_.size() >= file_locals_max) {
        refuse(name.at, "a file has at most 30 constants and functions");
        return;
    }
    const bool returns = always_returns(statement.function->body);
    if (!returns) {
        refuse({statement.function->end_line, statement.function->end_column, 3},
               "a path through `" + name.text + "` ends without `return`");
    }
    if (!is_free) return;
    functions_.push_back({.name = name.text,
                          .at = name.at,
                          .function = statement.function.get(),
                          .constants = file_names_,
                          .instances = {}});
    visible_functions_ = functions_.size();
}

void CheckerPass::rule_functions() {
    for (const RuleDeclaration::Role& each : rule_.declaration.functions) {
        if (role(each.role).kind == rule_.declaration.kind) role_function(each);
    }
}

void CheckerPass::role_function(const RuleDeclaration::Role& each) {
    const RoleInfo& info = role(each.role);
    const Function& function = *each.function;
    for (const Named& named : function.parameters) {
        const auto found = std::find_if(
            info.parameters.begin(), info.parameters.end(),
            [&](const RoleParameter& parameter) { return parameter.name == named.text; });
        if (found == info.parameters.end()) {
            std::string known;
            for (const RoleParameter& parameter : info.parameters) {
                known += (known.empty() ? "" : ", ") + std::string{parameter.name};
            }
            refuse(named.at, "`" + std::string{info.name} + "` cannot see `" + named.text +
                                 "`; it may name: " + known);
            continue;
        }
        if (find(named.text) != nullptr) {
            refuse(named.at, "`" + named.text + "` is named twice");
            continue;
        }
        using Source = RoleParameter::Source;
        Type type{.kind = found->source == Source::view      ? Type::Kind::view
                          : found->source == Source::history ? Type::Kind::history
                                                             : Type::Kind::params,
                  .view = found->view};
        bind({.name = named.text, .at = named.at, .kind = NameKind::parameter, .type = type});
    }
    Frame frame{.role = &info, .name = info.name};
    function_block(function, frame);
    if (!always_returns(function.body)) {
        refuse({function.end_line, function.end_column, 3},
               "a path through `" + std::string{info.name} + "` ends without an answer; return " +
                   std::string{info.answer});
    }
    close_scope(file_names_);
}

void CheckerPass::unused(Span at, std::string message) {
    diagnostics_.add_following(at, std::move(message));
}

void CheckerPass::unused_names() {
    close_scope(0);
    for (const LocalFunction& function : functions_) {
        if (!function.used) unused(function.at, "`" + function.name + "` is never used");
    }
    for (const ParameterDeclaration& each : rule_.declaration.parameters) {
        if (!each.used) {
            unused(each.value.at, "the parameter `" + each.value.name + "` is never used");
        }
    }
    for (const WindowDeclaration& each : rule_.declaration.windows) {
        if (!each.used) unused(each.at, "the window `" + each.name + "` is never used");
    }
}

void CheckerPass::bind(Binding binding) {
    if (scope_.size() - first_local_ >= locals_max) {
        refuse(binding.at, "too many locals; split the rule with a local function");
    }
    scope_.push_back(std::move(binding));
}

void CheckerPass::close_scope(std::size_t size) {
    for (std::size_t i = size; i < scope_.size(); ++i) {
        const Binding& each = scope_[i];
        if (each.used || each.name == "_") continue;
        if (each.kind == NameKind::parameter) {
            unused(each.at, "the parameter `" + each.name + "` is never used; leave it out");
        } else if (each.kind != NameKind::loop) {
            unused(each.at, "`" + each.name + "` is never used");
        }
    }
    scope_.resize(std::min(size, scope_.size()));
}

void CheckerPass::function_block(const Function& function, Frame& frame) {
    block(function.body, frame);
}

void CheckerPass::block(const Block& statements, Frame& frame) {
    const std::size_t size = scope_.size();
    for (const auto& each : statements)
        statement(*each, frame);
    close_scope(size);
}

void CheckerPass::statement(Statement& each, Frame& frame) {
    switch (each.kind) {
        case StatementKind::local: return local(each);
        case StatementKind::assign: return assign(each);
        case StatementKind::branch: return branch(each, frame);
        case StatementKind::give_back: return give_back(each, frame);
        case StatementKind::loop: return loop(each, frame);
        case StatementKind::each: return walk(each, frame);
        case StatementKind::leave:
            if (frame.loops == 0) refuse(each.at, "`break` stands outside of a loop");
            return;
        case StatementKind::block: return block(each.body, frame);
        case StatementKind::call: {
            const Expression& call = *each.values[0];
            const std::string name = dotted(*call.items[0]);
            if (name == "limit" || name == "pass" || name == "reduce_until") {
                refuse(call.at, "write `return " + name + "(...)`; by itself it does nothing");
            } else {
                expression(*each.values[0]);
                refuse(start_of(call), "a call by itself does nothing; use what it returns");
            }
            return;
        }
        case StatementKind::local_function:
            refuse(each.at, "put local functions at the top of the file, outside of the rule");
            return;
        case StatementKind::refused: return;
    }
}

void CheckerPass::local(Statement& each) {
    Type type = expression(*each.values[0]);
    using TypeKind = Type::Kind;
    const std::string& name = each.names[0].text;
    if (type.kind != TypeKind::row && type.kind != TypeKind::unknown && !type.numeric() &&
        type.kind != TypeKind::flag && type.kind != TypeKind::enumeration) {
        type = refuse(
            start_of(*each.values[0]),
            "a local holds a number, a flag or a row of steps, not " + riskd::dsl::name(type));
    }
    if (!name_is_free(each.names[0])) return;
    const auto learnt = learnt_.find(&each);
    if (type.kind == TypeKind::literal && learnt != learnt_.end()) type = learnt->second;
    bind({.name = name,
          .at = each.names[0].at,
          .kind = NameKind::local,
          .type = type,
          .made_by = &each});
}

void CheckerPass::assign(Statement& each) {
    Expression& target = *each.targets[0];
    const Type type = value(*each.values[0]);
    if (target.kind != Expression::Kind::name) {
        refuse(start_of(target), "a rule changes nothing but its own locals");
        return;
    }
    Binding* binding = find(target.text);
    if (binding == nullptr) {
        refuse(target.at, "`" + target.text + "` is not a local; write `local " + target.text +
                              " = ...` first");
        return;
    }
    if (binding->kind != NameKind::local || binding->type.kind == Type::Kind::row) {
        refuse(target.at, "`" + target.text + "` cannot be changed");
        return;
    }
    target.meaning = Meaning::local;
    const auto fit = unify(binding->type, type);
    if (!fit) {
        refuse(target.at, "`" + target.text + "` is " + name(binding->type) +
                              " and cannot become " + name(type));
        return;
    }
    if (binding->type.kind == Type::Kind::literal && fit->kind == Type::Kind::number) {
        learnt_[binding->made_by] = *fit;
        learnt_more_ = true;
    }
    binding->type = *fit;
}

void CheckerPass::branch(Statement& each, Frame& frame) {
    for (Branch& branch : each.branches) {
        if (branch.condition != nullptr) condition(*branch.condition);
        block(branch.body, frame);
    }
}

void CheckerPass::loop(Statement& each, Frame& frame) {
    bool known = true;
    std::vector<double> limits;
    for (auto& limit : each.values) {
        if (const auto value = constant(*limit)) {
            limits.push_back(*value);
            expression(*limit);  // marks constants as used
            continue;
        }
        known = false;
    }
    if (known) each.turns = turns_of(limits);
    if (!known) {
        refuse(each.at, "this loop has no limit known at load; write numbers for its limits");
    } else if (each.values.size() == 3 && *constant(*each.values[2]) == 0) {
        refuse(start_of(*each.values[2]), "a loop with a step of 0 never ends");
    }
    const std::size_t size = scope_.size();
    if (name_is_free(each.names[0])) {
        bind({.name = each.names[0].text,
              .at = each.names[0].at,
              .kind = NameKind::loop,
              .type = literal_type()});
    }
    ++frame.loops;
    block(each.body, frame);
    --frame.loops;
    close_scope(size);
}

void CheckerPass::give_back(Statement& each, Frame& frame) {
    if (frame.role != nullptr) return give_back_role(each, *frame.role);
    give_back_value(each, frame);
}

void CheckerPass::give_back_value(Statement& each, Frame& frame) {
    if (each.values.size() != 1) {
        refuse(each.at, "a local function returns one value");
        return;
    }
    const Type type = value(*each.values[0]);
    if (!frame.returned) {
        frame.returned = type;
        return;
    }
    const auto fit = unify(*frame.returned, type);
    if (!fit) {
        refuse(start_of(*each.values[0]), "`" + std::string{frame.name} + "` returns " +
                                              name(*frame.returned) + " above and " + name(type) +
                                              " here");
        return;
    }
    frame.returned = *fit;
}

void CheckerPass::expect_number(Expression& value, const Type& wanted, const std::string& what) {
    const Type type = number(value);
    if (type.kind == Type::Kind::unknown || unify(type, wanted)) return;
    refuse(start_of(value), what + " is " + name(wanted) + ", not " + name(type));
}

void CheckerPass::give_back_role(Statement& each, const RoleInfo& info) {
    const bool of_books = info.role == FunctionRole::portfolio;
    const std::size_t wanted = info.role == FunctionRole::margin || of_books ? 2 : 1;
    if (each.values.size() != wanted) {
        refuse(each.at, "`" + std::string{info.name} + "` answers " + std::string{info.answer});
        return;
    }
    if (wanted == 2) {
        const Type money = type_of(of_books ? Unit::money_account : Unit::money_settle);
        expect_number(*each.values[0], money, "the initial margin");
        expect_number(*each.values[1], money, "the maintenance margin");
        return;
    }
    if (info.role == FunctionRole::collateral) {
        expect_number(*each.values[0], type_of(Unit::money_account), "the value of an asset");
        return;
    }
    Expression& answer = *each.values[0];
    const Type type = expression(answer);
    const Type::Kind fits = info.role == FunctionRole::check   ? Type::Kind::answer
                            : info.role == FunctionRole::close ? Type::Kind::closing
                                                               : Type::Kind::enumeration;
    const bool right = type.kind == fits &&
                       (fits == Type::Kind::enumeration ? type.enumeration == Unit::stage
                                                        : answer.kind == Expression::Kind::call);
    if (!right && type.kind != Type::Kind::unknown) {
        refuse(start_of(answer),
               "`" + std::string{info.name} + "` answers " + std::string{info.answer});
    }
}

}  // namespace riskd::dsl
