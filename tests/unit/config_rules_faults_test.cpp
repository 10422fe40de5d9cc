// Wrong rule files, parameters and overrides: one table line each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config_wrong_file.hpp"

namespace riskd::config {
namespace {

using testing::ElementsAreArray;

class WrongRules : public testing::TestWithParam<WrongFile> {};

TEST_P(WrongRules, says_all_that_is_wrong_and_where) {
    EXPECT_THAT(faults_of(with_right_sections(GetParam().text)),
                ElementsAreArray(GetParam().faults));
}

// clang-format off
const std::vector<WrongFile> wrong_rules_files{
    {"rule_file_missing",
     "rules:\n"
     "  files: [nothing.lua, nothing, riskd.yaml]\n",
     {"riskd.yaml:2:11: there is no file `nothing.lua`",
      "riskd.yaml:2:24: `nothing` is neither a .lua file nor a directory",
      "riskd.yaml:2:33: `riskd.yaml` is neither a .lua file nor a directory"}},
    {"parameter_is_no_value",
     "rules:\n"
     "  parameters:\n"
     "    price_collar: { deviation_max: five }\n",
     {"riskd.yaml:3:36: `price_collar.deviation_max` is `five`, which is not a "
      "number, a share (5%, 5bp), a duration (60s), true, false or a list of tiers"}},
    {"parameter_names",
     "rules:\n"
     "  parameters:\n"
     "    Price-Collar: { a: 1 }\n"
     "    price_collar: { deviation-max: 1 }\n"
     "    ladder: 5\n",
     {"riskd.yaml:3:5: `Price-Collar` is not the name of a rule",
      "riskd.yaml:4:21: `deviation-max` is not the name of a parameter",
      "riskd.yaml:5:13: `ladder` must be a map of keys, not a single value"}},
    {"parameter_set_twice",
     "rules:\n"
     "  parameters:\n"
     "    a: { b: 1 }\n"
     "  overrides:\n"
     "    - { for: { account: alice }, set: { a.b: 2 } }\n"
     "    - { for: { account: alice }, set: { a.b: 3 } }\n"
     "    - { for: { group: retail }, set: { a.b: 3 } }\n",
     {"riskd.yaml:6:41: `a.b for account alice` is set twice; first at riskd.yaml:5"}},
    {"override_for_nobody_known",
     "rules:\n"
     "  overrides:\n"
     "    - { for: { account: alcie }, set: { a.b: 1 } }\n"
     "    - { for: { instrument: BTC-PERP }, set: { a.b: 1 } }\n"
     "    - { for: { group: x, asset: USD }, set: { a.b: 1 } }\n",
     {"riskd.yaml:3:25: account `alcie` is not defined; did you mean `alice`?",
      "riskd.yaml:4:28: instrument `BTC-PERP` is not defined",
      "riskd.yaml:5:23: group `x` is not defined",
      "riskd.yaml:5:33: asset `USD` is not defined; did you mean `USDT`?"}},
    {"override_scope_wrong",
     "rules:\n"
     "  overrides:\n"
     "    - { for: { acount: alice }, set: { a.b: 1 } }\n"
     "    - { for: { account: alice, group: retail }, set: { a.b: 1 } }\n"
     "    - { for: { instrument: BTC-USDT, asset: BTC }, set: { a.b: 1 } }\n"
     "    - { for: {}, set: { a.b: 1 } }\n",
     {"riskd.yaml:3:16: `for` has no key `acount`; did you mean `account`?",
      "riskd.yaml:4:14: `for` names a group and an account; one of them is enough",
      "riskd.yaml:5:14: `for` names an instrument and an asset; no rule is asked of "
      "both",
      "riskd.yaml:6:14: `for` names nobody; parameters for everyone are in "
      "`parameters`"}},
    {"override_incomplete",
     "rules:\n"
     "  overrides:\n"
     "    - { for: { account: alice } }\n"
     "    - { set: { a.b: 1 } }\n"
     "    - { for: { account: alice }, sett: { a.b: 1 } }\n"
     "    - 5\n"
     "    -\n",
     {"riskd.yaml:3:5: an override needs `for` and `set`",
      "riskd.yaml:3:7: an override needs `for` and `set`",
      "riskd.yaml:4:7: an override needs `for` and `set`",
      "riskd.yaml:5:7: an override needs `for` and `set`",
      "riskd.yaml:5:34: an override has no key `sett`; did you mean `set`?",
      "riskd.yaml:6:7: `rules.overrides` must be a map of keys, not a single value"}},
    {"override_without_parameter",
     "rules:\n"
     "  overrides:\n"
     "    - { for: { account: alice }, set: { price_collar: 5% } }\n",
     {"riskd.yaml:3:41: `price_collar` must be rule.parameter"}},
    {"tiers_wrong",
     "rules:\n"
     "  parameters:\n"
     "    tiered:\n"
     "      tiers:\n"
     "        - { notional: 0, initial: 10% }\n"
     "        - { notional: 0, initial: 20% }\n"
     "        - { notional: 5, maintenance: 20% }\n"
     "        - { notional: 6, initial: much }\n"
     "        - {}\n"
     "      other: []\n",
     {"riskd.yaml:6:11: `notional` of this tier of `tiered.tiers` is not above that "
      "of the tier before",
      "riskd.yaml:7:11: a tier of `tiered.tiers` has other columns than the first one",
      "riskd.yaml:8:35: `initial` is `much`, which is not a number or a share",
      "riskd.yaml:9:11: `tiered.tiers` has an empty tier",
      "riskd.yaml:10:14: `tiered.other` has no tier"}},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(Table, WrongRules, testing::ValuesIn(wrong_rules_files),
                         [](const auto& line) { return std::string{line.param.name}; });

}  // namespace
}  // namespace riskd::config
