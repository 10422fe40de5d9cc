#include "dsl/parser.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace riskd::dsl {
namespace {

struct Stop {};  // thrown at load time only, and caught in parse()

class Parser {
public:
    Parser(std::string_view source, Diagnostics& diagnostics)
        : diagnostics_(diagnostics), lexemes_(lex(source, diagnostics)) {}

    File run() {
        File file;
        if (!diagnostics_.empty() && lexemes_.size() == 1) return file;
        try {
            file.body = block(0);
            if (!is(Token::end_of_file)) fail("expected a statement");
        } catch (const Stop&) {
        }
        return file;
    }

private:
    using Kind = Expression::Kind;

    const Lexeme& now() const noexcept { return lexemes_[at_]; }
    const Lexeme& last() const noexcept { return lexemes_[at_ == 0 ? 0 : at_ - 1]; }
    bool is(Token token) const noexcept { return now().token == token; }
    const Lexeme& take() noexcept {
        const Lexeme& lexeme = lexemes_[at_];
        if (at_ + 1 < lexemes_.size()) ++at_;
        return lexeme;
    }
    bool accept(Token token) noexcept {
        if (!is(token)) return false;
        take();
        return true;
    }
    [[noreturn]] void fail(const std::string& wanted) {
        diagnostics_.add(now().at, wanted + ", found " + describe(now()));
        throw Stop{};
    }
    [[noreturn]] void stop(Span at, std::string message) {
        diagnostics_.add(at, std::move(message));
        throw Stop{};
    }
    void expect(Token token, const std::string& where) {
        if (!accept(token)) fail("expected `" + std::string{spelling(token)} + "` " + where);
    }
    void refuse(Span at, std::string message) { diagnostics_.add(at, std::move(message)); }
    void count_node(Span at) {
        if (++nodes_ > nodes_max) stop(at, "this rule is too long");
    }
    Named name(const std::string& what) {
        if (!is(Token::name)) fail("expected " + what);
        const Lexeme& lexeme = take();
        return {std::string{lexeme.text}, lexeme.at};
    }

    // Statements.
    Block block(int depth);
    std::unique_ptr<Statement> statement(int depth);
    void local_statement(Statement& made, int depth);
    void if_statement(Statement& made, int depth);
    void for_statement(Statement& made, int depth);
    void while_statement(Statement& made, int depth);
    void repeat_statement(Statement& made, int depth);
    void goto_statement(Statement& made);
    void function_statement(Statement& made, int depth);
    void expression_statement(Statement& made, int depth);
    bool ends_block() const noexcept;
    std::unique_ptr<Function> function_body(Span at, int depth);
    std::vector<ExpressionPtr> expressions(int depth);

    // Expressions.
    ExpressionPtr expression(int depth, int priority = 0);
    ExpressionPtr unary_expression(int depth);
    ExpressionPtr simple_expression(int depth);
    ExpressionPtr suffixed_expression(int depth);
    ExpressionPtr suffix(ExpressionPtr made, int depth);
    ExpressionPtr table(int depth);
    void table_entry(Expression& made, int depth);
    void arguments(Expression& made, int depth);
    ExpressionPtr make(Kind kind, Span at);
    ExpressionPtr finish(ExpressionPtr made);

    Diagnostics& diagnostics_;
    std::vector<Lexeme> lexemes_;
    std::size_t at_{};
    int nodes_{};
};

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

ExpressionPtr Parser::make(Kind kind, Span at) {
    count_node(at);
    auto made = std::make_unique<Expression>();
    made->kind = kind;
    made->at = at;
    return made;
}

// Bounds the depth of the tree, which a chain such as 1 + 1 + 1 makes without nesting.
ExpressionPtr Parser::finish(ExpressionPtr made) {
    int depth = 0;
    for (const ExpressionPtr& item : made->items)
        depth = std::max(depth, item->depth);
    made->depth = depth + 1;
    made->end_line = last().at.line;
    if (made->depth > depth_max) stop(made->at, "this expression is too long; use locals");
    return made;
}

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
            made->text = lexeme.value;
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
    while (!is(Token::close_brace)) {
        table_entry(*made, depth);
        if (!accept(Token::comma) && !accept(Token::semicolon)) break;
    }
    expect(Token::close_brace, "or `,` after an entry");
    return finish(std::move(made));
}

void Parser::table_entry(Expression& made, int depth) {
    TableEntry entry;
    entry.at = now().at;
    const bool keyed = is(Token::name) && lexemes_[at_ + 1].token == Token::assign;
    if (keyed) {
        entry.key = std::string{take().text};
        take();
        const auto same = std::find_if(made.entries.begin(), made.entries.end(),
                                       [&](const TableEntry& e) { return e.key == entry.key; });
        if (same != made.entries.end()) refuse(entry.at, "`" + entry.key + "` is said twice");
    }
    if (is(Token::open_bracket)) stop(now().at, "name the key: `key = value`");
    entry.value = expression(depth + 1);
    made.entries.push_back(std::move(entry));
}

}  // namespace

File parse(std::string_view source, Diagnostics& diagnostics) {
    return Parser{source, diagnostics}.run();
}

}  // namespace riskd::dsl
