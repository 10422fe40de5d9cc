#include <gtest/gtest.h>

#include <sstream>

#include "dsl/emitter.hpp"
#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

std::vector<std::string> emitted(const RuleText& source) {
    Diagnostics diagnostics;
    const CheckedRule rule = check(source, diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << render(source, diagnostics.list()[0]);
    Placement placement;
    for (std::size_t i = 0; i < rule.declaration.parameters.size(); ++i) {
        placement.parameter_slots.push_back(static_cast<int>(10 * i));
    }
    for (std::size_t i = 0; i < rule.declaration.windows.size(); ++i) {
        placement.windows.push_back(static_cast<int>(i) + 3);
    }
    std::vector<std::string> lines;
    std::istringstream text(emit(rule, placement));
    for (std::string line; std::getline(text, line);)
        lines.push_back(line);
    return lines;
}

constexpr std::string_view spend =
    "riskd_ctx.steps=riskd_ctx.steps-1 if riskd_ctx.steps<0 then riskd_over() end ";

std::string body_line(const std::string& body, const std::string& declared =
                                                   "m = money { unit = "
                                                   "\"account\" }") {
    return emitted(rig::check_rule("x", "order, params", declared, body)).at(4);
}

TEST(Emitter, keeps_the_lines_of_the_rule) {
    const auto lines = emitted({"x.lua",
                                "local half = 0.5\n"
                                "local function f(x)\n"
                                "  return x * half\n"
                                "end\n"
                                "\n"
                                "rule {\n"
                                "  name = \"x\", kind = \"check\", reason = reject.other,\n"
                                "  check = function(order)\n"
                                "    return limit(\n"
                                "      f(order.price),\n"
                                "      order.price)\n"
                                "  end,\n"
                                "}\n"});
    ASSERT_EQ(lines.size(), 12U);
    EXPECT_EQ(lines[0], "local " + std::string{chunk_arguments} + "=... local half=0.5 ");
    EXPECT_EQ(lines[1], "local function f(x) " + std::string{spend});
    EXPECT_EQ(lines[2], "return (x * half) ");
    EXPECT_EQ(lines[3], "end ");
    EXPECT_EQ(lines[7],
              "local riskd_rule_check="
              "function(order,account,instrument,exposure,group,history,params) " +
                  std::string{spend});
    EXPECT_EQ(lines[8], "return 1,");
    EXPECT_EQ(lines[9], "f(riskd_known(order.price)),");
    EXPECT_EQ(lines[10], "riskd_known(order.price) ");
    EXPECT_EQ(lines[11], "end return riskd_rule_check");
}

TEST(Emitter, checks_every_division_but_by_a_written_number) {
    EXPECT_EQ(
        body_line("    return limit(order.notional / 2, params.m / (params.m / order.notional))"),
        "return 1,(riskd_known(order.notional) / 2),"
        "riskd_divide(params[0],(riskd_divide(params[0],riskd_known(order.notional)))) ");
}

TEST(Emitter, checks_computed_numbers_before_comparing_them) {
    EXPECT_EQ(body_line("    if order.notional - params.m > 0 then return pass() end "
                        "return limit(order.notional, params.m)"),
              "if (riskd_known((riskd_known(order.notional) - params[0])) > 0) then return 0,0,0 "
              "end return 1,riskd_known(order.notional),params[0] ");
}

TEST(Emitter, spends_a_step_in_each_turn_of_a_loop) {
    EXPECT_EQ(body_line("    local a = 0 for i = 1, 3 do a = a + i end "
                        "return limit(order.notional * a, params.m)"),
              "local a=0 for i=1,3 do " + std::string{spend} +
                  "a=(a + i) end return 1,(riskd_known(order.notional) * a),params[0] ");
}

TEST(Emitter, writes_enumerators_flags_steps_and_extremes) {
    EXPECT_EQ(body_line("    if order.side == side.sell and not params.f then return pass() end "
                        "local t = params.s:at(order.notional) "
                        "return limit(max(t.a, t.b, 1), params.s:at(1).a)",
                        "f = flag { default = true }, "
                        "s = steps { by = \"n\", columns = { a = ratio, b = ratio } }"),
              "if ((order.side == 1) and (not (params[0]~=0))) then return 0,0,0 end "
              "local t=riskd_row(params,10,3,riskd_known(order.notional)) "
              "return 1,riskd_max(riskd_max(params[t+1],params[t+2]),1),"
              "params[riskd_row(params,10,3,1)+1] ");
}

TEST(Emitter, writes_a_sum_over_steps_as_one_number) {
    EXPECT_EQ(body_line("    if params.s:across(order.notional).b > 0 then return pass() end "
                        "return limit((params.s:across(order.notional + 1)).a, 1)",
                        "s = steps { by = \"n\", columns = { a = ratio, b = ratio } }"),
              "if (riskd_known(riskd_across(params,0,3,2,riskd_known(order.notional))) > 0) then "
              "return 0,0,0 end return 1,riskd_across(params,0,3,1,"
              "riskd_known((riskd_known(order.notional) + 1))),1 ");
}

TEST(Emitter, writes_windows_by_their_place_in_the_ruleset) {
    const auto lines = emitted({"x.lua",
                                "rule { name = \"x\", kind = \"check\", reason = reject.other,\n"
                                "history = { day = window { of = account.net_pnl, over = \"1d\", "
                                "starts = \"00:00 UTC\" } },\n"
                                "check = function(history)\n"
                                "if known(history.day.change) then "
                                "return limit(-history.day.change, 1) end return pass()\n"
                                "end }\n"});
    EXPECT_EQ(lines.at(3),
              "if (history[3].change==history[3].change) then "
              "return 1,(-riskd_known(history[3].change)),1 end return 0,0,0 ");
}

}  // namespace
}  // namespace riskd::dsl
