// The one layout of rule files: what it looks like, and that it changes neither the tree of a rule
// nor its comments, nor itself when it is applied again.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "dsl/format.hpp"
#include "dsl/format_parts.hpp"
#include "dsl/parser.hpp"
#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

std::string formatted(const std::string& source) {
    Diagnostics diagnostics;
    const auto made = format(source, diagnostics);
    EXPECT_TRUE(made) << render({"x.lua", source}, diagnostics.list().at(0));
    return made.value_or("");
}

TEST(Format, sets_in_by_two_and_aligns_the_names_of_a_run) {
    EXPECT_EQ(formatted("rule{name='x',kind  =\"check\" ;\n\n\n\nreason=reject.other,\n"
                        "params={limit_max=money{unit=\"account\"}},\n"
                        "check=function(order,params)\n"
                        "local a=-order.notional*( 2+ -1)   -- why\n"
                        "if a<0 then return pass() end\n"
                        "if not (a>1) and a~=3 then\nreturn pass()\nelse a=a-1 end\n\n\n"
                        "for i=1,3 do a=a+i end\n"
                        "   return limit( a ,params.limit_max )\n"
                        "end}\n"),
              "rule {\n"
              "  name = \"x\",\n"
              "  kind = \"check\",\n"
              "\n"
              "  reason = reject.other,\n"
              "  params = { limit_max = money { unit = \"account\" } },\n"
              "  check  = function(order, params)\n"
              "    local a = -order.notional * (2 + -1)  -- why\n"
              "    if a < 0 then return pass() end\n"
              "    if not (a > 1) and a ~= 3 then\n"
              "      return pass()\n"
              "    else\n"
              "      a = a - 1\n"
              "    end\n"
              "\n"
              "    for i = 1, 3 do a = a + i end\n"
              "    return limit(a, params.limit_max)\n"
              "  end,\n"
              "}\n");
}

TEST(Format, keeps_every_comment_and_at_most_one_blank_line) {
    EXPECT_EQ(formatted("\n\n-- of the file\n\n\n--[[ long\n  one ]]\nlocal a = 1 -- beside\n"
                        "local b = (1 + -- inside\n 2)\n"
                        "rule { -- opens\n  name = \"x\", -- named\n\n  -- above\n  kind = "
                        "\"check\" -- kind\n  -- last\n} -- closes\n-- end\n\n\n"),
              "-- of the file\n\n--[[ long\n  one ]]\nlocal a = 1  -- beside\n"
              "-- inside\nlocal b = (1 + 2)\n"
              "rule {\n  -- opens\n  name = \"x\",  -- named\n\n  -- above\n"
              "  kind = \"check\",  -- kind\n  -- last\n}  -- closes\n-- end\n");
}

TEST(Format, breaks_what_is_too_long_where_it_binds_least) {
    const std::string part = "params.maintenance_factor * exposure.notional_of_something";
    EXPECT_EQ(
        formatted("local x = " + part + " + " + part + " - max(" + part + ", " + part + ")"),
        "local x = " + part + " +\n  " + part + " -\n  max(" + part + ",\n    " + part + ")\n");
}

TEST(Format, a_table_stays_on_its_lines_when_it_was_opened_and_on_one_when_it_fits) {
    EXPECT_EQ(formatted("local a = { b = 1, c = { 2, 3 } }"),
              "local a = { b = 1, c = { 2, 3 } }\n");
    EXPECT_EQ(formatted("local a = {\nb = 1, long_name = { 2,\n 3 } }"),
              "local a = {\n  b         = 1,\n  long_name = { 2, 3 },\n}\n");
    EXPECT_EQ(formatted("local a = {}"), "local a = {}\n");
    const std::string wide(60, 'w');
    EXPECT_EQ(formatted("local a = { b = \"" + wide + "\", c = \"" + wide + "\" }"),
              "local a = {\n  b = \"" + wide + "\",\n  c = \"" + wide + "\",\n}\n");
}

TEST(Format, refuses_what_does_not_parse_and_what_has_no_layout) {
    for (const auto& [source, message] : std::vector<std::pair<std::string, std::string>>{
             {"local = 1", "expected a name after `local`, found `=`"},
             {"while true do end", "`while` is not in the language; use `for i = first, last do`"},
             {"local a = f(function() return 1 end)", "no rule has a function here"},
             {"rule { f = function() return g({ x = function() f() end }) end }",
              "no rule has a function here"},
             {"local a = \"x", "this text is not closed"}}) {
        Diagnostics diagnostics;
        EXPECT_EQ(format(source, diagnostics), std::nullopt) << source;
        ASSERT_FALSE(diagnostics.empty());
        EXPECT_EQ(diagnostics.list()[0].message, message);
    }
}

TEST(Format, signs_in_a_row_do_not_become_a_comment) {
    EXPECT_EQ(formatted("local a = - - 1 - -2"), "local a = - -1 - -2\n");
    EXPECT_EQ(formatted("local a = 'it\\'s \"so\" \\\\'"), "local a = \"it's \\\"so\\\" \\\\\"\n");
}

TEST(SameTree, tells_trees_apart_wherever_their_parts_stand) {
    const auto same = [](std::string_view a, std::string_view b) {
        Diagnostics none;
        return same_tree(parse(a, none), parse(b, none));
    };
    EXPECT_TRUE(same("local a = 1 + 2", "local\n a=1\n+2"));
    EXPECT_FALSE(same("local a = 1 + 2", "local a = 1 - 2"));
    EXPECT_FALSE(same("local a = 1 + 2", "local a = (1 + 2)"));
    EXPECT_FALSE(same("local a = 1", "local a = 1 local b = 1"));
    EXPECT_FALSE(same("rule { a = 1 }", "rule { b = 1 }"));
    EXPECT_FALSE(same("if a then b = 1 end", "if a then b = 1 else b = 2 end"));
    EXPECT_FALSE(same("local function f(x) return x end", "local function f(x, y) return x end"));
}

std::vector<std::string> comments_of(const std::string& source) {
    Diagnostics none;
    const auto lexemes = lex(source, none);
    Margins margins{source, lexemes};
    std::vector<std::string> all;
    while (const Comment* comment = margins.take_before({1 << 30, 0}))
        all.push_back(comment->text);
    std::sort(all.begin(), all.end());
    return all;
}

// Formats, and looks at all that must hold of what comes out.
void expect_formats(const std::string& source, const std::string& where) {
    const std::string once = formatted(source);
    Diagnostics none;
    EXPECT_TRUE(same_tree(parse(source, none), parse(once, none))) << where << once;
    EXPECT_TRUE(none.empty()) << where;
    EXPECT_EQ(comments_of(once), comments_of(source)) << where;
    EXPECT_EQ(formatted(once), once) << where;
    EXPECT_EQ(once.find("\n\n\n"), std::string::npos) << where;
    EXPECT_EQ(once.find(" \n"), std::string::npos) << where;
}

TEST(Format, the_shipped_rules_are_formatted_and_keep_their_trees_and_comments) {
    for (const std::string& file : rig::rule_files()) {
        const std::string source = rig::read_file(file);
        expect_formats(source, file);
        EXPECT_EQ(formatted(source), source) << file << ": riskd rules fmt rules";
        std::istringstream lines(formatted(source));
        for (std::string line; std::getline(lines, line);)
            EXPECT_LE(line.size(), format_columns) << file << ": " << line;
    }
}

// The words of a rule parted by any blanks, line breaks and comments.
std::string shaken(const std::string& source, rig::RandomNumbers& random) {
    Diagnostics none;
    std::string out;
    int comments = 0;
    for (const Lexeme& each : lex(source, none)) {
        out += each.text;
        const std::string number = std::to_string(++comments);
        switch (random.below(12)) {
            case 0: out += "  -- line " + number + "\n"; break;
            case 1: out += " --[[ in " + number + " ]] "; break;
            case 2: out += "\n\n\n"; break;
            case 3: out += "\n -- own " + number + "\n\n"; break;
            case 4:
            case 5: out += "\n   "; break;
            case 6: out += " --[==[ two\n lines ]] " + number + " ]==]"; break;
            default: out += ' ';
        }
    }
    return out;
}

TEST(Format, shaken_rules_keep_their_trees_and_comments) {
    rig::RandomNumbers random(rig::seed_of_this_run());
    const auto files = rig::rule_files();
    for (int round = 0; round < 200; ++round) {
        const std::string& file = files[static_cast<std::size_t>(round) % files.size()];
        expect_formats(shaken(rig::read_file(file), random), file);
        if (HasFailure()) return;
    }
}

}  // namespace
}  // namespace riskd::dsl
