// The parser's walk over the tokens: one method per form of the grammar. Internal to parser.cpp
// (statements) and parse_expression.cpp (expressions). Load time only.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/parser.hpp"

namespace riskd::dsl {

struct ParserStop {};  // thrown at load time only, and caught in run()

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
        } catch (const ParserStop&) {  // the fault is in the diagnostics
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
        throw ParserStop{};
    }
    [[noreturn]] void stop(Span at, std::string message) {
        diagnostics_.add(at, std::move(message));
        throw ParserStop{};
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
    void table_entry(Expression& made, std::set<std::string_view>& keys, int depth);
    void arguments(Expression& made, int depth);
    ExpressionPtr make(Kind kind, Span at);
    ExpressionPtr finish(ExpressionPtr made);

    Diagnostics& diagnostics_;
    std::vector<Lexeme> lexemes_;
    std::size_t at_{};
    int nodes_{};
};

}  // namespace riskd::dsl
