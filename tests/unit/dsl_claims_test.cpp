// What rules claim so that accounts may sleep is tried when they are loaded: a claim that its own
// numbers break is refused, with its place and the two points that break it.
#include "tests/unit/dsl_rig.hpp"

namespace riskd::dsl {
namespace {

using rig::plain_collateral;
using rig::plain_ladder;
using rig::plain_margin;

LoadResult load_with(RuleText margin, config::RulesSettings settings = {}) {
    return load_rules({std::move(margin), plain_collateral(), plain_ladder()}, settings);
}

RuleText tiers(const std::string& claim, const std::string& rows) {
    return {"tiers.lua", R"(rule {
  name = "tiers", kind = "margin", rate_max = 1, )" +
                             claim + R"(,
  params = {
    tiers = steps {
      by = "notional",
      columns = { rate = ratio {}, deduction = money { unit = "settle", default = 0 } },
      default = { )" + rows + R"( },
    },
  },
  margin = function(exposure, params)
    local tier = params.tiers:at(exposure.notional)
    local needed = exposure.notional * tier.rate - tier.deduction
    return needed, needed
  end,
})"};
}

RuleText ladder(const std::string& body) {
    return {"ladder.lua", R"(rule {
  name = "rungs", kind = "liquidation", monotone = true,
  params = { warn_at = ratio { default = 0.7 } },
  stage = function(account, params)
)" + body + R"(
  end,
  close = function() return reduce_until(0.5, by.largest_margin_first) end,
})"};
}

std::string fault_of(const LoadResult& result) {
    if (result.faults.size() != 1) return std::to_string(result.faults.size()) + " faults";
    const config::Fault& fault = result.faults[0];
    return fault.place.file + ":" + std::to_string(fault.place.line) + ":" +
           std::to_string(fault.place.column) + ": " + fault.message;
}

TEST(Claims, of_tiers_that_meet_at_their_edges_are_kept) {
    const LoadResult result = load_with(tiers(
        "slope_max = 0.5, slope_min = 0",
        "{ notional = 0, rate = 0.05, deduction = 0 }, { notional = 40000, rate = 0.5, deduction "
        "= 18000 }"));
    EXPECT_EQ(result.rendered, "");
}

TEST(Claims, of_tiers_that_jump_are_refused_with_both_points) {
    const LoadResult result = load_with(tiers(
        "slope_max = 0.5", "{ notional = 0, rate = 0.05 }, { notional = 40000, rate = 0.5 }"));
    EXPECT_EQ(fault_of(result),
              "tiers.lua:2:50: this is not kept: 1999.998 is asked of a notional of 39999.96, and "
              "20000 is asked of a notional of 40000");
}

TEST(Claims, are_tried_with_what_is_set_for_some) {
    config::RulesSettings settings;
    config::ParameterSetting set = rig::setting("flat", "rate", 0.3);
    set.instrument = "BTC-PERP";
    set.group = "pro";
    settings.parameters.push_back(set);
    const LoadResult result = load_with({"flat.lua", R"(rule {
  name = "flat", kind = "margin", rate_max = 1, slope_max = 0.2,
  params = { rate = ratio { default = 0.1 } },
  margin = function(exposure, params)
    return exposure.notional, exposure.notional * params.rate
  end,
})"},
                                        settings);
    EXPECT_EQ(fault_of(result),
              "flat.lua:2:49: this is not kept: 3e-05 is asked of a notional of 0.0001, and "
              "5.33483823011677e-05 is asked of a notional of 0.000177827941003892, with the "
              "parameters of group pro, instrument BTC-PERP");
}

TEST(Claims, are_tried_at_the_numbers_of_the_rule_itself) {
    const LoadResult result = load_with({"jump.lua", R"(rule {
  name = "jump", kind = "margin", rate_max = 1, slope_max = 0.5,
  margin = function(exposure)
    local needed = exposure.notional / 20
    if exposure.notional > 73211 then needed = exposure.notional / 10 end
    return needed, needed
  end,
})"});
    EXPECT_EQ(fault_of(result),
              "jump.lua:2:49: this is not kept: 3660.55 is asked of a notional of 73211, and "
              "7321.1073211 is asked of a notional of 73211.073211");
}

TEST(Claims, that_a_requirement_never_falls_with_the_notional_are_tried) {
    const LoadResult result = load_with({"cheap.lua", R"(rule {
  name = "cheap", kind = "margin", rate_max = 1, slope_max = 0.5, slope_min = 0,
  margin = function(exposure)
    local needed = min(exposure.notional, max(0, exposure.entry_notional - exposure.notional)) / 2
    return needed, needed
  end,
})"});
    EXPECT_NE(fault_of(result).find("cheap.lua:2:50: this is not kept"), std::string::npos);
}

TEST(Claims, of_options_hold_for_the_underlying_too) {
    const LoadResult result = load_with({"option.lua", R"(rule {
  name = "option", kind = "margin", rate_max = 10, slope_max = 1,
  margin = function(exposure)
    if exposure.right == option_right.none then return exposure.notional, exposure.notional end
    local size = abs(exposure.quantity) * exposure.contract_size
    local needed = exposure.notional + 2 * size * exposure.underlying_value
    return needed, needed
  end,
})"});
    EXPECT_NE(fault_of(result).find("option.lua:2:52: this is not kept"), std::string::npos);
}

TEST(Claims, of_collateral_hold_for_debts_too) {
    const RuleText collateral{"debts.lua", R"(rule {
  name = "debts", kind = "collateral", slope_max = 1,
  collateral = function(collateral)
    if collateral.amount < 0 then return collateral.value * 1.5 end
    return collateral.value
  end,
})"};
    const LoadResult result = load_rules({plain_margin(), collateral, plain_ladder()}, {});
    EXPECT_EQ(fault_of(result),
              "debts.lua:2:40: this is not kept: -1500000000000 is counted of -1000000000000, and "
              "-843511987785.524 is counted of -562341325190.349");
}

TEST(Claims, of_a_ladder_that_goes_down_are_refused_with_both_accounts) {
    const auto load_ladder = [](const std::string& body) {
        return load_rules({plain_margin(), plain_collateral(), ladder(body)}, {});
    };
    EXPECT_EQ(load_ladder("    if account.margin_ratio >= params.warn_at then return "
                          "stage.margin_call end\n    return stage.healthy")
                  .rendered,
              "");
    EXPECT_EQ(
        fault_of(load_ladder(
            "    if account.margin_ratio >= 1 then return stage.margin_call end\n"
            "    if account.margin_ratio >= params.warn_at then return stage.reduce end\n"
            "    return stage.healthy")),
        "ladder.lua:2:41: this is not kept: of accounts on healthy, reduce for an equity of "
        "1.000001000001, a maintenance margin of 1 and an exposure of 20, but margin_call for an "
        "equity of 1, a maintenance margin of 1 and an exposure of 20");
    // On one of its stages alone.
    const std::string sticky = fault_of(load_ladder(
        "    if account.margin_ratio >= 1 then return stage.liquidate end\n"
        "    if account.stage == stage.take_over and account.margin_ratio >= params.warn_at then\n"
        "      return stage.take_over\n    end\n    return stage.healthy"));
    EXPECT_NE(sticky.find("of accounts on take_over, take_over for"), std::string::npos) << sticky;
}

TEST(Claims, of_every_shipped_rule_are_kept) {
    for (const std::string& path : rig::rule_files()) {
        const LoadResult result = load_rules(rig::shipped_with(path));
        EXPECT_EQ(result.rendered, "") << path;
    }
}

}  // namespace
}  // namespace riskd::dsl
