#include "dsl/parser.hpp"

#include "dsl/parser_state.hpp"

namespace riskd::dsl {

bool Parser::ends_block() const noexcept {
    return is(Token::word_end) || is(Token::word_else) || is(Token::word_elseif) ||
           is(Token::word_until) || is(Token::end_of_file);
}

Block Parser::block(int depth) {
    if (depth > depth_max) stop(now().at, "this is nested too deeply");
    Block made;
    while (!ends_block()) {
        if (accept(Token::semicolon)) continue;
        made.push_back(statement(depth));
        const auto kind = made.back()->kind;
        if (kind == Statement::Kind::give_back || kind == Statement::Kind::leave) {
            accept(Token::semicolon);
            if (!ends_block()) fail("expected `end`: nothing may follow `return` or `break`");
        }
    }
    return made;
}

std::unique_ptr<Statement> Parser::statement(int depth) {
    auto made = std::make_unique<Statement>();
    made->at = now().at;
    count_node(made->at);
    switch (now().token) {
        case Token::word_local: local_statement(*made, depth); break;
        case Token::word_if: if_statement(*made, depth); break;
        case Token::word_for: for_statement(*made, depth); break;
        case Token::word_while: while_statement(*made, depth); break;
        case Token::word_repeat: repeat_statement(*made, depth); break;
        case Token::word_goto:
        case Token::label: goto_statement(*made); break;
        case Token::word_function: function_statement(*made, depth); break;
        case Token::word_return:
            made->kind = Statement::Kind::give_back;
            take();
            if (!ends_block() && !is(Token::semicolon)) made->values = expressions(depth);
            break;
        case Token::word_break:
            made->kind = Statement::Kind::leave;
            take();
            break;
        case Token::word_do:
            made->kind = Statement::Kind::block;
            take();
            made->body = block(depth + 1);
            expect(Token::word_end, "to close `do`");
            break;
        default: expression_statement(*made, depth); break;
    }
    made->end_line = last().at.line;
    made->end_column = last().at.column + last().at.length;
    return made;
}

void Parser::local_statement(Statement& made, int depth) {
    take();
    if (accept(Token::word_function)) {
        made.kind = Statement::Kind::local_function;
        made.names.push_back(name("the name of the function"));
        made.function = function_body(made.at, depth);
        return;
    }
    made.kind = Statement::Kind::local;
    made.names.push_back(name("a name after `local`"));
    while (accept(Token::comma))
        made.names.push_back(name("a name"));
    if (accept(Token::assign)) made.values = expressions(depth);
    if (made.names.size() > 1) {
        refuse(made.names[1].at, "one `local` makes one local; write a line for each");
        made.kind = Statement::Kind::refused;
    } else if (made.values.empty()) {
        refuse(made.names[0].at, "`" + made.names[0].text + "` needs a value: `local " +
                                     made.names[0].text + " = ...`");
        made.kind = Statement::Kind::refused;
    } else if (made.values.size() > 1) {
        refuse(made.values[1]->at, "one `local` takes one value");
        made.kind = Statement::Kind::refused;
    }
}

void Parser::if_statement(Statement& made, int depth) {
    made.kind = Statement::Kind::branch;
    Span at = take().at;
    while (true) {
        Branch branch;
        branch.at = at;
        branch.condition = expression(depth);
        expect(Token::word_then, "after the condition");
        branch.body = block(depth + 1);
        made.branches.push_back(std::move(branch));
        at = now().at;
        if (accept(Token::word_elseif)) continue;
        break;
    }
    if (accept(Token::word_else)) {
        Branch branch;
        branch.at = at;
        branch.body = block(depth + 1);
        made.branches.push_back(std::move(branch));
    }
    expect(Token::word_end, "to close `if`");
}

void Parser::for_statement(Statement& made, int depth) {
    take();
    made.names.push_back(name("a name after `for`"));
    if (accept(Token::assign)) {
        made.kind = Statement::Kind::loop;
        made.values = expressions(depth);
        if (made.values.size() < 2 || made.values.size() > 3) {
            refuse(made.at, "write `for " + made.names[0].text + " = first, last do`");
            made.kind = Statement::Kind::refused;
        }
    } else {
        made.kind = Statement::Kind::each;
        while (accept(Token::comma))
            made.names.push_back(name("a name"));
        expect(Token::word_in, "or `=` after the name");
        made.values = expressions(depth);
    }
    expect(Token::word_do, "after the limits of the loop");
    made.body = block(depth + 1);
    expect(Token::word_end, "to close `for`");
}

void Parser::while_statement(Statement& made, int depth) {
    made.kind = Statement::Kind::refused;
    refuse(take().at, "`while` is not in the language; use `for i = first, last do`");
    expression(depth);
    expect(Token::word_do, "after the condition");
    block(depth + 1);
    expect(Token::word_end, "to close `while`");
}

void Parser::repeat_statement(Statement& made, int depth) {
    made.kind = Statement::Kind::refused;
    refuse(take().at, "`repeat` is not in the language; use `for i = first, last do`");
    block(depth + 1);
    expect(Token::word_until, "to close `repeat`");
    expression(depth);
}

void Parser::goto_statement(Statement& made) {
    made.kind = Statement::Kind::refused;
    const bool label = is(Token::label);
    refuse(take().at, label ? "labels are not in the language" : "`goto` is not in the language");
    name("the name of a label");
    if (label) expect(Token::label, "to close the label");
}

void Parser::function_statement(Statement& made, int depth) {
    made.kind = Statement::Kind::refused;
    const Span at = take().at;
    refuse(at, "a function must be local: write `local function`");
    name("the name of the function");
    while (accept(Token::dot) || accept(Token::colon))
        name("a name");
    function_body(at, depth);
}

void Parser::expression_statement(Statement& made, int depth) {
    ExpressionPtr first = suffixed_expression(depth);
    if (is(Token::assign) || is(Token::comma)) {
        made.kind = Statement::Kind::assign;
        made.targets.push_back(std::move(first));
        while (accept(Token::comma))
            made.targets.push_back(suffixed_expression(depth));
        expect(Token::assign, "after the names");
        made.values = expressions(depth);
        if (made.targets.size() > 1 || made.values.size() > 1) {
            refuse(made.at, "assign one value to one local");
            made.kind = Statement::Kind::refused;
        }
        return;
    }
    if (first->kind != Kind::call && first->kind != Kind::method) {
        stop(first->at, "this is not a statement");
    }
    made.kind = Statement::Kind::call;
    made.values.push_back(std::move(first));
}

std::unique_ptr<Function> Parser::function_body(Span at, int depth) {
    auto made = std::make_unique<Function>();
    made->at = at;
    expect(Token::open_paren, "before the parameters");
    while (!is(Token::close_paren)) {
        if (is(Token::varargs)) {
            refuse(take().at, "`...` is not in the language; name the parameters");
        } else {
            made->parameters.push_back(name("the name of a parameter"));
        }
        if (!accept(Token::comma)) break;
    }
    if (made->parameters.size() > static_cast<std::size_t>(arguments_max)) {
        stop(made->parameters.back().at, "a function takes at most eight parameters");
    }
    expect(Token::close_paren, "after the parameters");
    made->body = block(depth + 1);
    made->end_line = now().at.line;
    made->end_column = now().at.column;
    expect(Token::word_end, "to close `function`");
    return made;
}

std::vector<ExpressionPtr> Parser::expressions(int depth) {
    std::vector<ExpressionPtr> made;
    do {
        made.push_back(expression(depth));
    } while (accept(Token::comma));
    return made;
}

File parse(std::string_view source, Diagnostics& diagnostics) {
    return Parser{source, diagnostics}.run();
}

}  // namespace riskd::dsl
