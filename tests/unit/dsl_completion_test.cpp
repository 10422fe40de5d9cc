// What editors and programs are told of the rule language: the shipped file is what the program
// prints, LuaJIT takes it, and both name everything that the schema has.
#include <gtest/gtest.h>

#include "dsl/completion.hpp"
#include "riskd/core/reasons.hpp"
#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

TEST(Completion, the_shipped_file_is_what_the_program_prints) {
    const auto path = std::filesystem::path{RISKD_SOURCE_DIR} / "rules" / "riskd.meta.lua";
    EXPECT_EQ(rig::read_file(path), language_completion())
        << "make it anew: riskd rules schema --lua > rules/riskd.meta.lua";
}

TEST(Completion, luajit_runs_the_file_and_finds_nothing_to_do) {
    const auto rules = rig::rulebook({rig::well()});
    EXPECT_EQ(rules->run_unchecked(language_completion()), LuaState::Result::well)
        << rules->last_error();
    EXPECT_EQ(rules->run_unchecked(language_completion() + "assert(side.sell == 1)"),
              LuaState::Result::failed);  // no library is there to be called, so it was read
    EXPECT_EQ(
        rules->run_unchecked(language_completion() + "local x = order_type.limit + side.sell"),
        LuaState::Result::well);
}

TEST(Completion, every_field_has_its_sentence_before_it) {
    const std::string text = language_completion();
    for (const ViewInfo& each : views()) {
        const std::size_t begin = text.find("---@class (exact) " + std::string{each.name} + "\n");
        ASSERT_NE(begin, std::string::npos) << each.name;
        const std::size_t end = text.find("\n\n", begin);
        for (const FieldInfo& field : each.fields) {
            const std::size_t at = text.find("---@field " + std::string{field.name} + " ", begin);
            EXPECT_LT(at, end) << each.name << "." << field.name;
            const std::string first{field.doc.substr(0, field.doc.find(' '))};
            const std::size_t before = text.rfind("---@", at - 1);
            EXPECT_NE(text.substr(before, at - before).find(first), std::string::npos)
                << each.name << "." << field.name;
        }
    }
}

TEST(Completion, every_name_of_the_language_is_in_both) {
    const std::string lua = language_completion();
    const std::string json = language_json();
    const auto expect = [&](std::string_view name, const std::string& in_lua) {
        EXPECT_NE(lua.find(in_lua), std::string::npos) << in_lua;
        EXPECT_NE(json.find("\"" + std::string{name} + "\""), std::string::npos) << name;
    };
    for (const EnumerationInfo& each : enumerations()) {
        expect(each.name, "---@enum " + std::string{each.name} + "\n");
        for (const std::string_view value : each.enumerators)
            expect(value, "  " + std::string{value} + " = ");
    }
    for (const std::string_view reason : reject_reason_names)
        expect(reason, "  " + std::string{reason} + " = ");
    for (const BuiltinInfo& each : builtins())
        expect(each.name, "\nfunction " + std::string{each.name} + "(");
    for (const WordInfo& each : parameter_kinds())
        expect(each.name, "\nfunction " + std::string{each.name} + "(declared) end");
    for (const std::string_view entry : rule_entry_names())
        expect(entry, "---@field " + std::string{entry});
    for (const ViewInfo& each : views())
        expect(each.name, "---@class (exact) " + std::string{each.name});
}

TEST(Completion, a_function_is_declared_with_its_parameters) {
    EXPECT_NE(language_completion().find("---@param right option_right\n---@param forward number\n"
                                         "---@param strike number\n---@param years number\n"
                                         "---@param volatility number\n---@return number\n"
                                         "function option_price(right, forward, strike, years, "
                                         "volatility) end\n"),
              std::string::npos);
    EXPECT_NE(language_completion().find("function max(a, b, ...) end\n"), std::string::npos);
}

// The parameters of a builtin are written twice, as people write the call and with their types.
TEST(Completion, signatures_have_as_many_parameters_as_the_manual_shows) {
    for (const BuiltinInfo& each : builtins()) {
        const auto shown = std::count(each.use.begin(), each.use.end(), ',');
        const auto typed = std::count(each.parameters.begin(), each.parameters.end(), ',');
        EXPECT_EQ(shown, typed) << each.name;
    }
}

}  // namespace
}  // namespace riskd::dsl
