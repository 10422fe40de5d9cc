#include <gtest/gtest.h>

#include <string>

#include "dsl/lexer.hpp"

namespace riskd::dsl {
namespace {

std::vector<Lexeme> lex_well(std::string_view text) {
    Diagnostics diagnostics;
    auto lexemes = lex(text, diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << diagnostics.list()[0].message;
    return lexemes;
}

std::string fault_of(std::string_view text) {
    Diagnostics diagnostics;
    lex(text, diagnostics);
    if (diagnostics.list().size() != 1)
        return std::to_string(diagnostics.list().size()) + " faults";
    const Diagnostic& fault = diagnostics.list()[0];
    return std::to_string(fault.at.line) + ":" + std::to_string(fault.at.column) + ":" +
           std::to_string(fault.at.length) + ": " + fault.message;
}

TEST(Lexer, places_every_token_by_line_and_column) {
    const auto lexemes = lex_well("local x =\n  y.z >= 1.5e3 -- why\n");
    ASSERT_EQ(lexemes.size(), 9U);
    const std::array<Token, 9> tokens{Token::word_local,    Token::name,   Token::assign,
                                      Token::name,          Token::dot,    Token::name,
                                      Token::greater_equal, Token::number, Token::end_of_file};
    const std::array<std::pair<int, int>, 9> places{
        {{1, 1}, {1, 7}, {1, 9}, {2, 3}, {2, 4}, {2, 5}, {2, 7}, {2, 10}, {3, 1}}};
    for (std::size_t i = 0; i < lexemes.size(); ++i) {
        EXPECT_EQ(lexemes[i].token, tokens[i]) << i;
        EXPECT_EQ(std::pair(lexemes[i].at.line, lexemes[i].at.column), places[i]) << i;
    }
    EXPECT_EQ(lexemes[7].number, 1500);
    EXPECT_EQ(lexemes[6].at.length, 2);
}

TEST(Lexer, takes_the_longest_sign) {
    const auto lexemes = lex_well("... .. . == = ~= <= < :: :");
    const std::array<Token, 11> tokens{Token::varargs,    Token::concat,     Token::dot,
                                       Token::equal,      Token::assign,     Token::not_equal,
                                       Token::less_equal, Token::less,       Token::label,
                                       Token::colon,      Token::end_of_file};
    ASSERT_EQ(lexemes.size(), tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i)
        EXPECT_EQ(lexemes[i].token, tokens[i]) << i;
}

TEST(Lexer, skips_short_and_long_comments) {
    const auto lexemes = lex_well("--[[ a\n b ]] x --[==[ ]] ]==] y");
    ASSERT_EQ(lexemes.size(), 3U);
    EXPECT_EQ(lexemes[0].at.line, 2);
    EXPECT_EQ(lexemes[0].at.column, 7);
    EXPECT_EQ(lexemes[1].text, "y");
}

TEST(Lexer, resolves_escapes_of_texts) {
    const auto lexemes = lex_well(R"("a \"b\" \\" 'c')");
    ASSERT_EQ(lexemes.size(), 3U);
    EXPECT_EQ(said(lexemes[0]), "a \"b\" \\");
    EXPECT_EQ(said(lexemes[1]), "c");
}

TEST(Lexer, refuses_bytecode) {
    EXPECT_EQ(fault_of("\x1bLJ\x02"), "1:1:1: this is bytecode; only the text of a rule is loaded");
}

TEST(Lexer, refuses_a_huge_source) {
    const std::string most(source_bytes_max, ' ');
    EXPECT_EQ(lex_well(most).size(), 1U);
    EXPECT_EQ(fault_of(most + " "), "1:1:1: this file is too long: 256 KiB is the most");
}

TEST(Lexer, gives_up_on_a_rule_of_too_many_tokens_and_on_too_many_faults) {
    std::string many;
    for (std::size_t i = 0; i < tokens_max; ++i)
        many += "a ";
    EXPECT_EQ(lex_well(many).size(), tokens_max + 1);
    EXPECT_EQ(fault_of(many + "a"), "1:65537:1: this rule is too long");
    Diagnostics diagnostics;
    lex(std::string(100'000, '?'), diagnostics);
    EXPECT_EQ(diagnostics.list().size(), Diagnostics::faults_max);
}

TEST(Lexer, says_what_it_cannot_read) {
    EXPECT_EQ(fault_of("x = 1.2.3"), "1:5:5: `1.2.3` is not a number");
    EXPECT_EQ(fault_of("0x10"), "1:1:4: `0x10` is not a number");
    EXPECT_EQ(fault_of("1e999"), "1:1:5: `1e999` is not a number");
    EXPECT_EQ(fault_of("a ? b"), "1:3:1: this character has no meaning here");
    EXPECT_EQ(fault_of("x = \"abc"), "1:5:4: this text is not closed");
    EXPECT_EQ(fault_of("x = [[abc]]"), "1:5:2: write a text on one line, in double quotes");
    EXPECT_EQ(fault_of("--[[ never\nends"), "1:1:2: this comment is not closed");
    EXPECT_EQ(fault_of("\"a\\n\""), "1:1:4: a text knows only \\\" \\' and \\\\");
}

}  // namespace
}  // namespace riskd::dsl
