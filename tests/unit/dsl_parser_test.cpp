#include <gtest/gtest.h>

#include <string>

#include "dsl/parser.hpp"

namespace riskd::dsl {
namespace {

using Kind = Expression::Kind;

// The tree as a text: operators first, so that precedence can be read off.
std::string shown(const Expression& e) {
    switch (e.kind) {
        case Kind::number: return e.text;
        case Kind::name: return e.text;
        case Kind::flag: return e.flag ? "true" : "false";
        case Kind::group: return "[" + shown(*e.items[0]) + "]";
        case Kind::field: return shown(*e.items[0]) + "." + e.text;
        case Kind::unary: return "(" + std::string{spelling(e.op)} + " " + shown(*e.items[0]) + ")";
        case Kind::binary:
            return "(" + std::string{spelling(e.op)} + " " + shown(*e.items[0]) + " " +
                   shown(*e.items[1]) + ")";
        case Kind::call:
        case Kind::method: {
            std::string out =
                shown(*e.items[0]) + (e.kind == Kind::method ? ":" + e.text : "") + "(";
            for (std::size_t i = 1; i < e.items.size(); ++i) {
                out += (i > 1 ? ", " : "") + shown(*e.items[i]);
            }
            return out + ")";
        }
        default: return "?";
    }
}

std::string parsed(const std::string& expression) {
    Diagnostics diagnostics;
    const File file = parse("local x = " + expression, diagnostics);
    if (!diagnostics.empty()) return "fault: " + diagnostics.list()[0].message;
    return shown(*file.body.at(0)->values.at(0));
}

std::string parse_fault(const std::string& text) {
    Diagnostics diagnostics;
    parse(text, diagnostics);
    if (diagnostics.empty()) return "none";
    const Diagnostic& fault = diagnostics.list()[0];
    return std::to_string(fault.at.line) + ":" + std::to_string(fault.at.column) + ": " +
           fault.message;
}

TEST(Parser, binds_operators_as_lua_does) {
    EXPECT_EQ(parsed("1 + 2 * 3"), "(+ 1 (* 2 3))");
    EXPECT_EQ(parsed("1 - 2 - 3"), "(- (- 1 2) 3)");
    EXPECT_EQ(parsed("a or b and c"), "(or a (and b c))");
    EXPECT_EQ(parsed("not a == b"), "(== (not a) b)");
    EXPECT_EQ(parsed("-a * b"), "(* (- a) b)");
    EXPECT_EQ(parsed("a < b + 1"), "(< a (+ b 1))");
    EXPECT_EQ(parsed("(1 + 2) * 3"), "(* [(+ 1 2)] 3)");
    EXPECT_EQ(parsed("f(a, b.c).d"), "f(a, b.c).d");
    EXPECT_EQ(parsed("params.tiers:at(x).initial"), "params.tiers:at(x).initial");
}

TEST(Parser, reads_statements_into_blocks) {
    Diagnostics diagnostics;
    const File file = parse(
        "local function f(a, b)\n"
        "  if a then return 1 elseif b then return 2 else return 3 end\n"
        "end\n"
        "for i = 1, 2 do local x = i end\n",
        diagnostics);
    ASSERT_TRUE(diagnostics.empty()) << diagnostics.list()[0].message;
    ASSERT_EQ(file.body.size(), 2U);
    const Statement& function = *file.body[0];
    EXPECT_EQ(function.kind, Statement::Kind::local_function);
    EXPECT_EQ(function.names[0].text, "f");
    EXPECT_EQ(function.function->parameters.size(), 2U);
    EXPECT_EQ(function.function->end_line, 3);
    ASSERT_EQ(function.function->body.size(), 1U);
    ASSERT_EQ(function.function->body[0]->branches.size(), 3U);
    EXPECT_EQ(function.function->body[0]->branches[2].condition, nullptr);
    EXPECT_EQ(file.body[1]->kind, Statement::Kind::loop);
    EXPECT_EQ(file.body[1]->values.size(), 2U);
}

TEST(Parser, reports_everything_it_refuses_in_one_go) {
    Diagnostics diagnostics;
    parse("while a do end\nrepeat until a\ngoto out\n::out::\nfunction f() end\n", diagnostics);
    ASSERT_EQ(diagnostics.list().size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(diagnostics.list()[i].at.line, static_cast<int>(i) + 1);
    }
}

TEST(Parser, says_what_it_expected) {
    EXPECT_EQ(parse_fault("if a then"),
              "1:10: expected `end` to close `if`, found the end of the file");
    EXPECT_EQ(parse_fault("local = 1"), "1:7: expected a name after `local`, found `=`");
    EXPECT_EQ(parse_fault("x.y"), "1:3: this is not a statement");
    EXPECT_EQ(parse_fault("f(1"),
              "1:4: expected `)` after the arguments, found the end of the file");
    EXPECT_EQ(parse_fault("local a, b = 1, 2"),
              "1:10: one `local` makes one local; write a line for each");
    EXPECT_EQ(parse_fault("end"), "1:1: expected a statement, found `end`");
}

TEST(Parser, bounds_depth_and_length) {
    const std::string deep = "local x = " + std::string(5000, '(');
    EXPECT_EQ(parse_fault(deep), "1:36: this is nested too deeply");
    std::string chain = "local x = 1";
    for (int i = 0; i < 100; ++i)
        chain += " + 1";
    EXPECT_EQ(parse_fault(chain), "1:133: this expression is too long; use locals");
    std::string blocks;
    for (int i = 0; i < 5000; ++i)
        blocks += "do ";
    EXPECT_EQ(parse_fault(blocks), "1:76: this is nested too deeply");
    std::string fields = "local x = a";
    for (int i = 0; i < 5000; ++i)
        fields += ".b";
    EXPECT_NE(parse_fault(fields), "none");
    std::string many;
    for (int i = 0; i < 5000; ++i)
        many += "local x = 1\n";
    EXPECT_EQ(parse_fault(many), "2001:1: this rule is too long");
}

}  // namespace
}  // namespace riskd::dsl
