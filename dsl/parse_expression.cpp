#include <algorithm>

#include "dsl/parser_state.hpp"

namespace riskd::dsl {
namespace {

int priority_of(Token token) noexcept {
    switch (token) {
        case Token::word_or: return 1;
        case Token::word_and: return 2;
        case Token::less:
        case Token::greater:
        case Token::less_equal:
        case Token::greater_equal:
        case Token::equal:
        case Token::not_equal: return 3;
        case Token::concat: return 4;
        case Token::plus:
        case Token::minus: return 5;
        case Token::star:
        case Token::slash:
        case Token::percent: return 6;
        case Token::caret: return 8;
        default: return 0;
    }
}

}  // namespace

ExpressionPtr Parser::make(Kind kind, Span at) {
    count_node(at);
    auto made = std::make_unique<Expression>();
    made->kind = kind;
    made->at = at;
    return made;
}

// Bounds the depth of the tree, which a chain such as 1 + 1 + 1 makes without nesting, and the
// registers that LuaJIT needs for it: while a part is computed, those before it are kept.
ExpressionPtr Parser::finish(ExpressionPtr made) {
    const auto count = static_cast<int>(made->items.size());
    const bool extreme = made->kind == Kind::call &&
                         (made->items[0]->text == "max" || made->items[0]->text == "min");
    int weight = 0;
    for (int i = 0; i < count; ++i) {
        const int held = extreme ? count - i : i;  // max(a, b, c) is max(max(a, b), c)
        weight = std::max(weight, made->items[static_cast<std::size_t>(i)]->weight + held);
    }
    made->weight = weight + 1;
    made->end_line = last().at.line;
    made->end_column = last().at.column + last().at.length;
    if (made->weight > weight_max) stop(made->at, "this expression is too long; use locals");
    return made;
}

// Operators that bind tighter than `priority`. All are taken as binding to the left; `..` and `^`,
// which do not, are refused.
ExpressionPtr Parser::expression(int depth, int priority) {
    if (depth > depth_max) stop(now().at, "this is nested too deeply");
    ExpressionPtr left = unary_expression(depth);
    while (priority_of(now().token) > priority) {
        const Lexeme& sign = take();
        if (sign.token == Token::concat) {
            refuse(sign.at, "texts cannot be built in a rule; `..` is not in the language");
        } else if (sign.token == Token::caret || sign.token == Token::percent) {
            refuse(sign.at, "`" + std::string{sign.text} + "` is not in the language");
        }
        ExpressionPtr made = make(Kind::binary, sign.at);
        made->op = sign.token;
        made->items.push_back(std::move(left));
        made->items.push_back(expression(depth + 1, priority_of(sign.token)));
        left = finish(std::move(made));
    }
    return left;
}

ExpressionPtr Parser::unary_expression(int depth) {
    constexpr int unary_priority = 7;
    if (!is(Token::minus) && !is(Token::word_not) && !is(Token::hash)) {
        return simple_expression(depth);
    }
    const Lexeme& sign = take();
    if (sign.token == Token::hash) refuse(sign.at, "`#` is not in the language");
    ExpressionPtr made = make(Kind::unary, sign.at);
    made->op = sign.token;
    made->items.push_back(expression(depth + 1, unary_priority));
    return finish(std::move(made));
}

ExpressionPtr Parser::simple_expression(int depth) {
    const Lexeme& lexeme = now();
    ExpressionPtr made;
    switch (lexeme.token) {
        case Token::number:
            made = make(Kind::number, lexeme.at);
            made->number = lexeme.number;
            made->text = std::string{lexeme.text};
            break;
        case Token::text:
            made = make(Kind::text, lexeme.at);
            made->text = said(lexeme);
            break;
        case Token::word_true:
        case Token::word_false:
            made = make(Kind::flag, lexeme.at);
            made->flag = lexeme.token == Token::word_true;
            break;
        case Token::word_nil: made = make(Kind::nil, lexeme.at); break;
        case Token::varargs: stop(lexeme.at, "`...` is not in the language");
        case Token::open_brace: return table(depth + 1);
        case Token::word_function:
            made = make(Kind::function, lexeme.at);
            take();
            made->function = function_body(made->at, depth);
            return finish(std::move(made));
        default: return suffixed_expression(depth);
    }
    take();
    return finish(std::move(made));
}

ExpressionPtr Parser::suffixed_expression(int depth) {
    if (depth > depth_max) stop(now().at, "this is nested too deeply");
    ExpressionPtr made;
    if (is(Token::open_paren)) {
        made = make(Kind::group, take().at);
        made->items.push_back(expression(depth + 1));
        expect(Token::close_paren, "to close `(`");
    } else if (is(Token::name)) {
        made = make(Kind::name, now().at);
        made->text = std::string{take().text};
    } else {
        fail("expected a value or a statement");
    }
    return suffix(finish(std::move(made)), depth);
}

ExpressionPtr Parser::suffix(ExpressionPtr made, int depth) {
    while (true) {
        if (is(Token::dot)) {
            take();
            const Named field = name("the name of a field after `.`");
            ExpressionPtr outer = make(Kind::field, field.at);
            outer->text = field.text;
            outer->items.push_back(std::move(made));
            made = finish(std::move(outer));
        } else if (is(Token::open_bracket)) {
            stop(now().at, "`[` is not in the language; name the field: `view.field`");
        } else if (is(Token::colon) || is(Token::open_paren)) {
            const bool method = accept(Token::colon);
            ExpressionPtr outer = make(method ? Kind::method : Kind::call, made->at);
            if (method) {
                const Named called = name("the name of a method after `:`");
                outer->at = called.at;
                outer->text = called.text;
            }
            outer->items.push_back(std::move(made));
            arguments(*outer, depth);
            made = finish(std::move(outer));
        } else if (is(Token::open_brace)) {  // kind { ... }, as in `rule { ... }`
            ExpressionPtr outer = make(Kind::call, made->at);
            outer->items.push_back(std::move(made));
            outer->items.push_back(table(depth + 1));
            made = finish(std::move(outer));
        } else if (is(Token::text)) {
            stop(now().at, "write parentheses around the arguments of a call");
        } else {
            return made;
        }
    }
}

void Parser::arguments(Expression& made, int depth) {
    expect(Token::open_paren, "before the arguments");
    if (accept(Token::close_paren)) return;
    do {
        made.items.push_back(expression(depth + 1));
    } while (accept(Token::comma));
    expect(Token::close_paren, "after the arguments");
    if (made.items.size() > static_cast<std::size_t>(arguments_max) + 1) {
        stop(made.at, "a call takes at most eight arguments");
    }
}

ExpressionPtr Parser::table(int depth) {
    if (depth > depth_max) stop(now().at, "this is nested too deeply");
    ExpressionPtr made = make(Kind::table, now().at);
    expect(Token::open_brace, "before the entries");
    std::set<std::string_view> keys;
    while (!is(Token::close_brace)) {
        table_entry(*made, keys, depth);
        if (!accept(Token::comma) && !accept(Token::semicolon)) break;
    }
    expect(Token::close_brace, "or `,` after an entry");
    return finish(std::move(made));
}

void Parser::table_entry(Expression& made, std::set<std::string_view>& keys, int depth) {
    TableEntry entry;
    entry.at = now().at;
    const bool keyed = is(Token::name) && lexemes_[at_ + 1].token == Token::assign;
    if (keyed) {
        const std::string_view key = take().text;
        entry.key = std::string{key};
        take();
        if (!keys.insert(key).second) refuse(entry.at, "`" + entry.key + "` is said twice");
    }
    if (is(Token::open_bracket)) stop(now().at, "name the key: `key = value`");
    entry.value = expression(depth + 1);
    made.entries.push_back(std::move(entry));
}

}  // namespace riskd::dsl
