#include "dsl/emitter.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "dsl/schema.hpp"

namespace riskd::dsl {
namespace {

using ExpressionKind = Expression::Kind;

class Emitter {
public:
    Emitter(const CheckedRule& rule, const Placement& placement)
        : rule_(rule), placement_(placement) {}

    std::string run() {
        out_ = "local " + std::string{chunk_arguments} + "=... ";
        for (const auto& each : rule_.file.body) {
            if (each->kind == Statement::Kind::local) {
                statement(*each);
            } else if (each->kind == Statement::Kind::local_function) {
                local_function(*each);
            }
        }
        std::string returned;
        for (const RuleDeclaration::Role& each : by_line()) {
            const RoleInfo& info = role(each.role);
            go_to(each.function->at.line);
            out_ += "local riskd_rule_" + std::string{info.name} + "=function(";
            for (std::size_t i = 0; i < info.parameters.size(); ++i) {
                out_ += (i == 0 ? "" : ",") + std::string{info.parameters[i].name};
            }
            body(*each.function, &info);
        }
        for (const RoleInfo& info : roles()) {
            if (info.kind != rule_.declaration.kind) continue;
            const bool there = std::any_of(
                rule_.declaration.functions.begin(), rule_.declaration.functions.end(),
                [&](const RuleDeclaration::Role& each) { return each.role == info.role; });
            returned += returned.empty() ? "" : ",";
            returned += there ? "riskd_rule_" + std::string{info.name} : "nil";
        }
        out_ += "return " + returned + "\n";
        return std::move(out_);
    }

private:
    std::vector<RuleDeclaration::Role> by_line() const {
        std::vector<RuleDeclaration::Role> functions = rule_.declaration.functions;
        if (functions.size() == 2 &&
            functions[1].function->at.line < functions[0].function->at.line) {
            std::swap(functions[0], functions[1]);
        }
        return functions;
    }
    void go_to(int line) {
        while (line_ < line) {
            out_ += '\n';
            ++line_;
        }
    }
    void spend() {
        out_ += "riskd_ctx.steps=riskd_ctx.steps-1 if riskd_ctx.steps<0 then riskd_over() end ";
    }

    void local_function(const Statement& each) {
        go_to(each.at.line);
        out_ += "local function " + each.names[0].text + "(";
        for (std::size_t i = 0; i < each.function->parameters.size(); ++i) {
            out_ += (i == 0 ? "" : ",") + each.function->parameters[i].text;
        }
        body(*each.function, nullptr);
    }
    void body(const Function& function, const RoleInfo* of) {
        role_ = of;
        out_ += ") ";
        spend();
        block(function.body);
        go_to(function.end_line);
        out_ += "end ";
    }
    void block(const Block& statements) {
        for (const auto& each : statements)
            statement(*each);
    }

    void mark(const Statement& each) {
        if (placement_.marks == nullptr) return;
        const auto place = placement_.marks->find(&each);
        if (place == placement_.marks->end()) return;  // a constant of the file
        out_ += "riskd_ctx.hits[" + std::to_string(place->second) + "]=1 ";
    }
    void statement(const Statement& each) {
        go_to(each.at.line);
        mark(each);
        switch (each.kind) {
            case Statement::Kind::local:
                out_ += "local " + each.names[0].text + "=";
                expression(*each.values[0]);
                out_ += ' ';
                return;
            case Statement::Kind::assign:
                out_ += each.targets[0]->text + "=";
                expression(*each.values[0]);
                out_ += ' ';
                return;
            case Statement::Kind::branch: return branch(each);
            case Statement::Kind::loop: return loop(each);
            case Statement::Kind::each: return walk(each);
            case Statement::Kind::give_back: return give_back(each);
            case Statement::Kind::leave: out_ += "break "; return;
            case Statement::Kind::block:
                out_ += "do ";
                block(each.body);
                out_ += "end ";
                return;
            default: return;  // the checker refused the rest
        }
    }
    void branch(const Statement& each) {
        bool first = true;
        for (const Branch& part : each.branches) {
            if (part.condition != nullptr) {
                out_ += first ? "if " : "elseif ";
                expression(*part.condition);
                out_ += " then ";
            } else {
                out_ += "else ";
            }
            block(part.body);
            first = false;
        }
        out_ += "end ";
    }
    void loop(const Statement& each) {
        out_ += "for " + each.names[0].text + "=";
        for (std::size_t i = 0; i < each.values.size(); ++i) {
            if (i > 0) out_ += ',';
            expression(*each.values[i]);
        }
        out_ += " do ";
        spend();
        block(each.body);
        out_ += "end ";
    }
    // Each turn is one step of the budget, so nested walks are bounded as well.
    void walk(const Statement& each) {
        const std::string at = "riskd_at_" + std::to_string(++walks_);
        const Expression& walked = *each.values[0];
        const std::string& name = each.names[0].text;
        if (walked.meaning == Meaning::row) {
            const auto& parameter =
                rule_.declaration.parameters[static_cast<std::size_t>(walked.meaning_number)];
            const std::string place = std::to_string(slot(walked));
            const std::string count = std::to_string(slot(walked) + 1);
            out_ += "for " + at + "=0,params[" + count + "]-1 do local " + name + "=params[" +
                    place + "]+" + at + "*" + std::to_string(parameter.columns.size() + 1) + " ";
        } else {
            const bool orders = walked.text == book_orders.name;
            const bool positions = walked.text == book_positions.name;
            out_ += "for " + at + "=0,riskd_ctx." + walked.text + "_count-1 do local " + name +
                    "=riskd_ctx." + walked.text + "[" + at + "] ";
            const std::string read = orders      ? "book_order.params"
                                     : positions ? "position.params"
                                                 : "balance.params";
            if (rule_.reads.contains(read)) {  // those of balances, of positions, of orders
                out_ += "local riskd_own_" + name + "=riskd_ctx.owns[" +
                        (orders || positions ? "riskd_ctx.balances_count+" : "") +
                        (orders ? "riskd_ctx.positions_count+" : "") + at + "] ";
            }
        }
        spend();
        block(each.body);
        out_ += "end ";
    }
    void give_back(const Statement& each) {
        out_ += "return ";
        if (role_ != nullptr && role_->role == FunctionRole::check) {
            const Expression& call = *each.values[0];
            if (call.items[0]->text == "pass") {
                out_ += "0,0,0 ";
                return;
            }
            out_ += "1,";
            expression(*call.items[1]);
            out_ += ',';
            expression(*call.items[2]);
        } else if (role_ != nullptr && role_->role == FunctionRole::close) {
            const auto& items = each.values[0]->items;  // behind the second, if they are there
            expression(*items[1]);
            out_ += ',';
            items.size() > 3 ? expression(*items[3]) : void(out_ += '1');
            out_ += ',';
            items.size() > 4 ? expression(*items[4]) : void(out_ += '0');
        } else {
            for (std::size_t i = 0; i < each.values.size(); ++i) {
                if (i > 0) out_ += ',';
                expression(*each.values[i]);
            }
        }
        out_ += ' ';
    }

    void expression(const Expression& e) {
        go_to(e.at.line);
        switch (e.kind) {
            case ExpressionKind::number: return number(e.number);
            case ExpressionKind::flag: out_ += e.flag ? "true" : "false"; return;
            case ExpressionKind::group:
                out_ += '(';
                expression(*e.items[0]);
                out_ += ')';
                return;
            case ExpressionKind::name: out_ += e.text; return;
            case ExpressionKind::field: return field(e);
            case ExpressionKind::method: return row(e);
            case ExpressionKind::call: return call(e);
            case ExpressionKind::unary:
                out_ += e.op == Token::minus ? "(-" : "(not ";
                expression(*e.items[0]);
                out_ += ')';
                return;
            case ExpressionKind::binary: return binary(e);
            default: return;
        }
    }
    void number(double value) {
        std::array<char, 40> text{};
        std::snprintf(text.data(), text.size(), "%.17g", value);
        out_ += text.data();
    }
    int slot(const Expression& e) const {
        return placement_.parameter_slots[static_cast<std::size_t>(e.meaning_number)];
    }

    void field(const Expression& e) {
        switch (e.meaning) {
            case Meaning::enumerator: out_ += std::to_string(e.meaning_number); return;
            case Meaning::parameter:
                out_ += block_of(e) + "[" + std::to_string(slot(e)) + "]";
                return;
            case Meaning::flag_parameter:
                out_ += "(" + block_of(e) + "[" + std::to_string(slot(e)) + "]~=0)";
                return;
            case Meaning::column:
                out_ += "params[";
                expression(*e.items[0]);
                out_ += "+" + std::to_string(e.meaning_number) + "]";
                return;
            case Meaning::spread_column: return spread_column(e);
            case Meaning::number_field: out_ += "riskd_known(" + field_text(e) + ")"; return;
            default: out_ += field_text(e); return;
        }
    }
    // `params.x`, or `b.params.x` of what is walked.
    static std::string block_of(const Expression& e) {
        const Expression& base = *e.items[0];
        return base.kind == ExpressionKind::field ? "riskd_own_" + base.items[0]->text : "params";
    }
    std::string field_text(const Expression& e) const {
        const Expression& base = *e.items[0];
        if (base.kind == ExpressionKind::field) {  // history.<window>.<field>
            const auto window = static_cast<std::size_t>(e.meaning_number);
            return "history[" + std::to_string(placement_.windows[window]) + "]." + e.text;
        }
        return base.text + "." + e.text;
    }
    void row(const Expression& e) {
        const auto& parameter =
            rule_.declaration.parameters[static_cast<std::size_t>(e.meaning_number)];
        out_ += "riskd_row(params," + std::to_string(slot(e)) + "," +
                std::to_string(parameter.columns.size() + 1) + ",";
        operand(*e.items[1]);
        out_ += ')';
    }
    void spread_column(const Expression& e) {
        const Expression* spread = e.items[0].get();
        while (spread->kind == ExpressionKind::group)
            spread = spread->items[0].get();
        const auto& parameter =
            rule_.declaration.parameters[static_cast<std::size_t>(spread->meaning_number)];
        out_ += "riskd_across(params," + std::to_string(slot(*spread)) + "," +
                std::to_string(parameter.columns.size() + 1) + "," +
                std::to_string(e.meaning_number) + ",";
        operand(*spread->items[1]);
        out_ += ')';
    }
    // A computed number, which may be NaN, is checked before it is compared.
    void operand(const Expression& e) {
        const bool plain = e.kind == ExpressionKind::number || e.kind == ExpressionKind::flag ||
                           (e.kind == ExpressionKind::field && e.meaning != Meaning::none &&
                            e.meaning != Meaning::spread_column);
        if (plain) return expression(e);
        out_ += "riskd_known(";
        expression(e);
        out_ += ')';
    }
    void call(const Expression& e) {
        const std::string& name = e.items[0]->text;
        if (e.meaning == Meaning::function) {
            out_ += name + "(";
            for (std::size_t i = 1; i < e.items.size(); ++i) {
                if (i > 1) out_ += ',';
                expression(*e.items[i]);
            }
            out_ += ')';
        } else if (name == "known") {
            const std::string text = field_text(*e.items[1]);
            out_ += "(" + text + "==" + text + ")";
        } else if (name == "min" || name == "max") {
            extreme(e, name);
        } else if (name == "log" || name == "exp" || name == "power" || name == "option_price") {
            out_ += "riskd_" + name;
            for (std::size_t i = 1; i < e.items.size(); ++i) {
                out_ += i == 1 ? '(' : ',';
                operand(*e.items[i]);
            }
            out_ += ')';
        } else {
            out_ += "riskd_" + name + "(";
            name == "sqrt" ? operand(*e.items[1]) : expression(*e.items[1]);
            out_ += ')';
        }
    }
    // max(a, b, c) is max(max(a, b), c).
    void extreme(const Expression& e, const std::string& name) {
        for (std::size_t i = 2; i < e.items.size(); ++i)
            out_ += "riskd_" + name + "(";
        operand(*e.items[1]);
        for (std::size_t i = 2; i < e.items.size(); ++i) {
            out_ += ',';
            operand(*e.items[i]);
            out_ += ')';
        }
    }
    void binary(const Expression& e) {
        const Expression& left = *e.items[0];
        const Expression& right = *e.items[1];
        const bool compares = e.op == Token::less || e.op == Token::greater ||
                              e.op == Token::less_equal || e.op == Token::greater_equal ||
                              e.op == Token::equal || e.op == Token::not_equal;
        if (e.op == Token::slash && right.kind != ExpressionKind::number) {
            out_ += "riskd_divide(";
            expression(left);
            out_ += ',';
            expression(right);
            out_ += ')';
            return;
        }
        out_ += '(';
        compares ? operand(left) : expression(left);
        go_to(e.at.line);
        out_ += " " + std::string{spelling(e.op)} + " ";
        compares ? operand(right) : expression(right);
        out_ += ')';
    }

    const CheckedRule& rule_;
    const Placement& placement_;
    const RoleInfo* role_{};
    std::string out_;
    int line_{1};
    int walks_{};
};

}  // namespace

std::string emit(const CheckedRule& rule, const Placement& placement) {
    return Emitter{rule, placement}.run();
}

}  // namespace riskd::dsl
