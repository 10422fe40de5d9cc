// Each rule of the shape test is shown a text that breaks it and a text that does not.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/shape/tree_rules.hpp"

namespace riskd::shape {
namespace {

std::string shown(const Breaches& breaches) {
    std::string text;
    for (const Breach& breach : breaches) {
        text += std::to_string(breach.line) + ": " + breach.message + "\n";
    }
    return text;
}

std::string repeated(const std::string& text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

TEST(SourceTextTest, comments_and_literals_are_blanked_and_lines_stay_where_they_are) {
    EXPECT_EQ(without_literals("a // throw\nb"), "a         \nb");
    EXPECT_EQ(without_literals("/* throw\n*/ c"), "        \n   c");
    EXPECT_EQ(without_literals("f(\"a // b\\\"\", 'x')"), "f(\"        \", ' ')");
    EXPECT_EQ(without_literals("R\"x(new \" )x\" y"), "R\"x(      )x\" y");
    EXPECT_EQ(without_literals("1'000'000 + '0'"), "1'000'000 + ' '");
    EXPECT_EQ(without_comments("f(\"a // b\"); // c"), "f(\"a // b\");     ");
    EXPECT_EQ(plain_code("#define X \\\n  throw\ny"), "           \n       \ny");
}

TEST(SourceTextTest, a_word_is_a_whole_word) {
    EXPECT_TRUE(has_word("x = now();", "now("));
    EXPECT_TRUE(has_word("clock.now();", "now("));
    EXPECT_FALSE(has_word("known(", "now("));
    EXPECT_FALSE(has_word("operand", "rand"));
    EXPECT_FALSE(has_word("renewed", "new"));
    EXPECT_TRUE(has_word("std::function<void()>", "std::function"));
}

TEST(SourceTextTest, string_literals_know_their_lines) {
    const auto literals = string_literals("a(\"one\");\n// \"not\"\nb(\"two\");\n");
    ASSERT_EQ(literals.size(), 2U);
    EXPECT_EQ(literals[0].text, "one");
    EXPECT_EQ(literals[0].line, 1U);
    EXPECT_EQ(literals[1].text, "two");
    EXPECT_EQ(literals[1].line, 3U);
}

TEST(SourceTextTest, functions_are_found_with_their_names_and_lengths) {
    const auto found = functions(R"text(
namespace a {
struct Point { int x{}; int y{1}; };
template <typename T>
class Box {
public:
    Box() : value_{1}, other_{2} {
        run();
    }
    int value() const noexcept { return value_; }

private:
    int value_{};
};
constexpr int table[] = {
    1,
    2,
};
auto sum(int a,
         int b) -> int {
    if (a) {
        return b;
    }
    return a;
}
TEST(SuiteTest, says_something) {
    check();
}
}  // namespace a
)text");
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0].name, "Box");
    EXPECT_EQ(found[0].line, 7U);
    EXPECT_EQ(found[0].lines, 3U);
    EXPECT_EQ(found[1].name, "value");
    EXPECT_EQ(found[1].lines, 1U);
    EXPECT_EQ(found[2].name, "sum");
    EXPECT_EQ(found[2].line, 19U);
    EXPECT_EQ(found[2].lines, 7U);
    EXPECT_EQ(found[3].name, "SuiteTest.says_something");
    EXPECT_EQ(found[3].lines, 3U);
}

TEST(IncludeRuleTest, an_include_against_the_rooms_is_refused) {
    const auto from = [](const char* path, const char* text) {
        return shown(check_includes({path, text}));
    };
    EXPECT_EQ(from("riskd/core/a.hpp", "#include \"feeds/codec.hpp\"\n"),
              "1: core may not include feeds/codec.hpp\n");
    EXPECT_EQ(from("riskd/core/a.hpp", "#include \"config/settings.hpp\"\n"),
              "1: core may not include config/settings.hpp\n");
    EXPECT_EQ(from("riskd/runtime/a.cpp", "#include \"dsl/host.hpp\"\n"),
              "1: runtime may not include dsl/host.hpp\n");
    EXPECT_EQ(from("riskd/runtime/a.cpp", "#include \"config/loader.hpp\"\n"),
              "1: runtime may not include config/loader.hpp\n");
    EXPECT_EQ(from("dsl/a.cpp", "#include \"riskd/runtime/log.hpp\"\n"),
              "1: dsl may not include riskd/runtime/log.hpp\n");
    EXPECT_EQ(from("config/a.cpp", "#include \"dsl/host.hpp\"\n"),
              "1: config may not include dsl/host.hpp\n");
    EXPECT_EQ(from("feeds/a.cpp", "\n#include \"riskd/verbs/run.hpp\"\n"),
              "2: feeds may not include riskd/verbs/run.hpp\n");
    EXPECT_EQ(from("riskd/verbs/a.cpp", "#include \"tests/shape/tree_rules.hpp\"\n"),
              "1: verbs may not include tests/shape/tree_rules.hpp\n");
    EXPECT_EQ(from("dsl/a.cpp", "#include \"host.hpp\"\n"),
              "1: write the include from the root: \"host.hpp\"\n");
}

TEST(IncludeRuleTest, an_include_along_the_rooms_is_allowed) {
    for (const SourceFile& file : std::vector<SourceFile>{
             {"riskd/core/a.hpp", "#include \"riskd/core/units.hpp\"\n#include <vector>\n"},
             {"riskd/core/a.hpp", "#include <boost/multi_index_container.hpp>\n"},
             {"riskd/runtime/a.hpp", "#include \"config/settings.hpp\"\n#include <sys/uio.h>\n"},
             {"feeds/a.cpp", "#include \"riskd/runtime/log.hpp\"\n#include <nats/nats.h>\n"},
             {"dsl/a.cpp", "#include \"riskd/core/rulebook.hpp\"\n#include <lua.hpp>\n"},
             {"riskd/main.cpp", "#include \"feeds/codec.hpp\"\n#include <CLI/CLI.hpp>\n"},
             {"tests/unit/a_test.cpp", "#include \"dsl/host.hpp\"\n#include <gtest/gtest.h>\n"},
             {"feeds/a.cpp", "// #include \"dsl/host.hpp\"\n"}}) {
        EXPECT_EQ(shown(check_includes(file)), "") << file.path << ": " << file.text;
    }
}

TEST(IncludeRuleTest, a_package_header_outside_its_room_is_refused) {
    const auto refused = [](const char* path, const std::string& header) {
        return check_includes({path, "#include <" + header + ">\n"}).size() == 1;
    };
    EXPECT_TRUE(refused("feeds/a.cpp", "boost/multi_index_container.hpp"));
    EXPECT_TRUE(refused("riskd/core/a.cpp", "boost/asio.hpp"));
    EXPECT_TRUE(refused("riskd/core/a.cpp", "unistd.h"));
    EXPECT_TRUE(refused("feeds/a.cpp", "lua.hpp"));
    EXPECT_TRUE(refused("riskd/runtime/a.cpp", "luajit-2.1/lua.h"));
    EXPECT_TRUE(refused("riskd/verbs/a.cpp", "nats/nats.h"));
    EXPECT_TRUE(refused("riskd/verbs/a.cpp", "yaml-cpp/yaml.h"));
    EXPECT_TRUE(refused("feeds/a.cpp", "prometheus/counter.h"));
    EXPECT_TRUE(refused("riskd/runtime/a.cpp", "simdjson.h"));
    EXPECT_TRUE(refused("config/a.cpp", "CLI/CLI.hpp"));
    EXPECT_TRUE(refused("feeds/a.cpp", "spdlog/spdlog.h"));
    EXPECT_TRUE(refused("riskd/verbs/a.cpp", "httplib.h"));
    EXPECT_TRUE(refused("dsl/a.cpp", "gtest/gtest.h"));
}

TEST(CoreWordRuleTest, each_banned_word_is_refused_in_the_core_only) {
    for (const char* line :
         {"auto t = clock::now();", "int a = rand();", "throw 1;", "std::cout << 1;", "printf(x);",
          "auto p = new Node;", "std::function<void()> f;", "std::shared_ptr<int> p;", "float f;",
          "double d;", "delete p;", "std::mt19937 r;"}) {
        const std::string text = std::string("\n") + line + "\n";
        const auto breaches = check_core_words({"riskd/core/engine.cpp", text});
        ASSERT_EQ(breaches.size(), 1U) << line;
        EXPECT_EQ(breaches[0].line, 2U);
        EXPECT_TRUE(check_core_words({"feeds/codec.cpp", text}).empty()) << line;
    }
}

TEST(CoreWordRuleTest, comments_literals_includes_and_the_listed_files_are_not_meant) {
    const auto in = [](const char* path, const char* text) {
        return shown(check_core_words({path, text}));
    };
    EXPECT_EQ(in("riskd/core/a.cpp", "// a new double is thrown by throw\n"), "");
    EXPECT_EQ(in("riskd/core/a.cpp", "auto text = \"throw new float\";\n"), "");
    EXPECT_EQ(in("riskd/core/a.cpp", "#include <new>\n"), "");
    EXPECT_EQ(in("riskd/core/a.hpp", "Engine(const Engine&) = delete;\n"), "");
    EXPECT_EQ(in("riskd/core/margin.cpp", "double rate;\n"), "");
    EXPECT_EQ(in("riskd/core/contracts/linear.cpp", "double value;\n"), "");
    EXPECT_EQ(in("riskd/core/rulebook.hpp", "double quantity;\n"), "");
    EXPECT_EQ(in("riskd/core/rulebook.hpp", "float quantity;\n"),
              "1: float in the core: money is integers\n");
}

TEST(LayoutRuleTest, long_lines_tabs_trailing_space_and_leftovers_are_refused) {
    EXPECT_EQ(shown(check_layout({"a.cpp", std::string(101, 'x') + "\n"})), "1: 101 columns\n");
    EXPECT_EQ(shown(check_layout({"a.cpp", std::string(100, 'x') + "\n"})), "");
    EXPECT_EQ(shown(check_layout({"a.cpp", "// " + repeated("\xC3\xA9", 97) + "\n"})), "");
    EXPECT_EQ(shown(check_layout({"a.md", std::string(101, 'x') + "\n"})), "");
    EXPECT_EQ(shown(check_layout({"a.cpp", "int a;\n\tint b;\n"})), "2: a tab\n");
    EXPECT_EQ(shown(check_layout({"Makefile", "all:\n\techo\n"})), "");
    EXPECT_EQ(shown(check_layout({"a.lua", "local a \n"})), "1: trailing space\n");
    EXPECT_EQ(shown(check_layout({"a.md", "text\r\n"})), "1: trailing space\n");
    EXPECT_EQ(shown(check_layout({"a.cpp",
                                  "// FIX"
                                  "ME later\n"})),
              "1: FIX"
              "ME left behind\n");
    EXPECT_EQ(shown(check_layout({"a.cpp",
                                  "// TO"
                                  "DO later\n"})),
              "1: TO"
              "DO left behind\n");
    EXPECT_EQ(shown(check_layout({"a.cpp", "int a;"})), "1: no newline at the end\n");
}

TEST(HeaderRuleTest, a_header_opens_with_two_to_six_lines_of_comment) {
    const std::string line = "// What this is.\n";
    EXPECT_EQ(check_header_comment({"a.hpp", "#pragma once\n"}).size(), 1U);
    EXPECT_EQ(check_header_comment({"a.hpp", line + "#pragma once\n"}).size(), 1U);
    EXPECT_EQ(check_header_comment({"a.hpp", repeated(line, 7)}).size(), 1U);
    EXPECT_TRUE(check_header_comment({"a.hpp", repeated(line, 2) + "#pragma once\n"}).empty());
    EXPECT_TRUE(check_header_comment({"a.hpp", repeated(line, 6)}).empty());
    EXPECT_TRUE(check_header_comment({"a.cpp", "int a;\n"}).empty());
}

TEST(FileNameRuleTest, a_name_that_says_nothing_is_refused) {
    for (const char* path : {"dsl/rule_manager.hpp", "feeds/util.cpp", "feeds/string-utils.cpp",
                             "tests/helpers.hpp", "riskd/core/common.hpp", "docs/Misc.md"}) {
        EXPECT_EQ(check_file_name({path, ""}).size(), 1U) << path;
    }
    for (const char* path : {"riskd/core/ledger.hpp", "docs/utility.md", "tests/process_tree/a"}) {
        EXPECT_TRUE(check_file_name({path, ""}).empty()) << path;
    }
}

TEST(MachinePathRuleTest, a_path_of_one_machine_is_refused) {
    EXPECT_EQ(check_machine_paths({"a.md",
                                   "see /wo"
                                   "rk/main\n"})
                  .size(),
              1U);
    EXPECT_EQ(check_machine_paths({"a.cpp",
                                   "\n\"/t"
                                   "mp/x\"\n"})
                  .front()
                  .line,
              2U);
    EXPECT_TRUE(check_machine_paths({"a.md",
                                     "docs/wo"
                                     "rk/main and homework/\n"})
                    .empty());
}

TEST(TopLevelRuleTest, a_new_name_at_the_root_is_refused) {
    EXPECT_TRUE(check_top_level({"riskd", "README.md", ".ci"}).empty());
    EXPECT_EQ(shown(check_top_level({"riskd", "scripts"})), "0: not in the fixed top level\n");
}

TEST(SizeRuleTest, a_long_file_and_a_long_function_are_refused) {
    const std::string body = "void f() {\n" + repeated("g();\n", 59) + "}\n";
    EXPECT_EQ(shown(check_sizes({{"a.cpp", body}}, {})), "1: f has 61 lines, allowed 60\n");
    EXPECT_EQ(shown(check_sizes({{"a.cpp", repeated("int a;\n", 401)}}, {})),
              "0:  has 401 lines, allowed 400\n");
    EXPECT_EQ(shown(check_sizes({{"a.cpp", repeated("int a;\n", 400)}}, {})), "");
}

TEST(SizeRuleTest, the_ratchet_allows_what_it_lists_and_only_shrinks) {
    const SourceFile file{"a.cpp", "void f() {\n" + repeated("g();\n", 59) + "}\n"};
    const auto sizes = [&](const char* ratchet) {
        return shown(check_sizes({file}, parse_ratchet(ratchet)));
    };
    EXPECT_EQ(sizes("# comment\nfunction a.cpp f 61\n"), "");
    EXPECT_EQ(sizes("function a.cpp f 60\n"), "1: f has 61 lines, allowed 60\n");
    EXPECT_EQ(sizes("function a.cpp f 62\n"),
              "0: f shrank to 61 lines: lower or remove its ratchet of 62\n");
    EXPECT_EQ(sizes("function a.cpp f 61\nfile b.cpp 500\n"),
              "0:  shrank to 0 lines: lower or remove its ratchet of 500\n");
}

TEST(DocumentRuleTest, a_name_without_a_word_in_the_document_is_refused) {
    const auto names = array_of_strings(
        "std::array<std::string_view, 2> other{\"x\"};\n"
        "inline constexpr std::array<std::string_view, 2> reason_names{\n"
        "    \"unknown_account\",\n    \"other\",  // \"not this\"\n};\n",
        "reason_names");
    EXPECT_EQ(names, (std::vector<std::string>{"unknown_account", "other"}));
    EXPECT_TRUE(array_of_strings("int a;", "reason_names").empty());
    EXPECT_EQ(shown(check_documented(names, {"P.md", "`unknown_account` and others\n"})),
              "0: does not explain other\n");
    EXPECT_EQ(shown(check_documented(names, {"P.md", "`unknown_account`, `other`\n"})), "");
}

TEST(DocumentRuleTest, metrics_are_the_literals_that_look_like_one) {
    const std::vector<SourceFile> sources{
        {"riskd/runtime/metrics.cpp",
         "a(\"riskd_checks_total\"); b(\"riskd_ is\"); c(\"riskd\"); // \"riskd_gone\"\n"}};
    EXPECT_EQ(metric_names(sources), (std::vector<std::string>{"riskd_checks_total"}));
}

}  // namespace
}  // namespace riskd::shape
