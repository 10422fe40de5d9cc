// Wrong assets, groups, accounts and what they say of one another: one table line each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config_wrong_file.hpp"

namespace riskd::config {
namespace {

using testing::ElementsAreArray;

class WrongReference : public testing::TestWithParam<WrongFile> {};

TEST_P(WrongReference, says_all_that_is_wrong_and_where) {
    EXPECT_THAT(faults_of(with_right_sections(GetParam().text)),
                ElementsAreArray(GetParam().faults));
}

// clang-format off
const std::vector<WrongFile> wrong_reference_files{
    {"reference_asset_unknown",
     "reference_asset: USDD\n",
     {"riskd.yaml:1:1: reference asset `USDD` is not defined; did you mean `USDT`?",
      "riskd.yaml:2:11: `priced_by` of `USDT` is missing; only the reference asset "
      "`USDD` goes without",
      "riskd.yaml:2:65: `BTC-USDT` is a price of `BTC` in `USDT`, not of `BTC` in "
      "`USDD`"}},
    {"reference_asset_is_no_name",
     "reference_asset: \"U S\"\n",
     {"riskd.yaml:1:18: `reference_asset` must be the name of an asset"}},
    {"reference_asset_priced",
     "assets:\n"
     "  USDT: { decimals: 8, priced_by: BTC-USDT }\n"
     "  BTC: { decimals: 8, priced_by: BTC-USDT }\n",
     {"riskd.yaml:2:35: the reference asset `USDT` has the value 1; remove "
      "`priced_by`"}},
    {"asset_without_a_price",
     "assets:\n"
     "  USDT: { decimals: 8 }\n"
     "  BTC: { decimals: 8 }\n",
     {"riskd.yaml:3:3: `priced_by` of `BTC` is missing; only the reference asset "
      "`USDT` goes without"}},
    {"asset_priced_by_nothing_there",
     "assets:\n"
     "  USDT: { decimals: 8 }\n"
     "  BTC: { decimals: 8, priced_by: BTC-USTD }\n",
     {"riskd.yaml:3:34: instrument `BTC-USTD` is not defined; did you mean "
      "`BTC-USDT`?"}},
    {"asset_priced_by_another_asset",
     "assets:\n"
     "  USDT: { decimals: 8 }\n"
     "  BTC: { decimals: 8, priced_by: BTC-USDT }\n"
     "  ETH: { decimals: 8, priced_by: BTC-USDT }\n",
     {"riskd.yaml:4:34: `BTC-USDT` is a price of `BTC` in `USDT`, not of `ETH` in "
      "`USDT`"}},
    {"asset_decimals_out_of_range",
     "assets:\n"
     "  USDT: { decimals: 13 }\n"
     "  BTC: { decimals: 1.5, priced_by: BTC-USDT }\n",
     {"riskd.yaml:2:21: `decimals` of `USDT` is `13`: must be 0 to 12",
      "riskd.yaml:3:20: `decimals` of `BTC` is `1.5`: not a whole number"}},
    {"asset_defined_twice",
     "assets:\n"
     "  USDT: { decimals: 8 }\n"
     "  BTC: { decimals: 8, priced_by: BTC-USDT }\n"
     "  USDT: { decimals: 6 }\n",
     {"riskd.yaml:4:3: asset `USDT` is defined twice; first at riskd.yaml:2"}},
    {"spot_finer_than_its_asset",
     "assets:\n"
     "  USDT: { decimals: 8 }\n"
     "  BTC: { decimals: 4, priced_by: BTC-USDT }\n",
     {"riskd.yaml:4:102: `quantity_decimals` of `BTC-USDT` is more than the 4 "
      "decimals of asset `BTC`"}},
    {"account_group_unknown",
     "accounts:\n"
     "  alice: { group: retial, currency: USDT }\n",
     {"riskd.yaml:2:19: group `retial` is not defined; did you mean `retail`?"}},
    {"account_currency_unknown",
     "accounts:\n"
     "  alice: { currency: EUR }\n"
     "  bob: { group: retail }\n",
     {"riskd.yaml:2:22: asset `EUR` is not defined",
      "riskd.yaml:3:3: `currency` of `bob` is missing"}},
    {"account_status_and_leverage",
     "accounts:\n"
     "  alice: { currency: USDT, status: suspend, leverage: 1.5 }\n",
     {"riskd.yaml:2:36: `status` of `alice` is `suspend`: must be one of active "
      "suspended halted; did you mean `suspended`?",
      "riskd.yaml:2:55: `leverage` of `alice` is `1.5`: not a whole number"}},
    {"account_defined_twice",
     "accounts:\n"
     "  alice: { currency: USDT }\n"
     "  alice: { currency: USDT }\n",
     {"riskd.yaml:3:3: account `alice` is defined twice; first at riskd.yaml:2"}},
    {"groups_are_a_list_or_a_map",
     "groups: 7\n",
     {"riskd.yaml:1:9: `groups` must be a list, not a single value",
      "riskd.yaml:4:29: group `retail` is not defined"}},
    {"group_fields",
     "groups:\n"
     "  retail: 1\n"
     "  desk: { parents: retail }\n"
     "  team: { parent: [x] }\n",
     {"riskd.yaml:2:11: `retail` must be a map of keys, not a single value",
      "riskd.yaml:3:11: group `desk` has no key `parents`; did you mean `parent`?",
      "riskd.yaml:4:19: `parent` must be a single value, not a list"}},
    {"group_parent_unknown",
     "groups:\n"
     "  retail:\n"
     "  desk: { parent: retial }\n",
     {"riskd.yaml:3:19: group `retial` is not defined; did you mean `retail`?"}},
    {"group_below_itself",
     "groups:\n"
     "  retail: { parent: desk }\n"
     "  desk: { parent: team }\n"
     "  team: { parent: desk }\n"
     "  own: { parent: own }\n",
     {"riskd.yaml:2:21: group `retail` has more than 7 groups above it",
      "riskd.yaml:3:19: group `desk` is its own parent, or above it",
      "riskd.yaml:4:19: group `team` is its own parent, or above it",
      "riskd.yaml:5:18: group `own` is its own parent, or above it"}},
    {"group_too_deep",
     "groups:\n"
     "  retail: { parent: g2 }\n"
     "  g2: { parent: g3 }\n"
     "  g3: { parent: g4 }\n"
     "  g4: { parent: g5 }\n"
     "  g5: { parent: g6 }\n"
     "  g6: { parent: g7 }\n"
     "  g7: { parent: g8 }\n"
     "  g8: { parent: g9 }\n"
     "  g9:\n",
     {"riskd.yaml:2:21: group `retail` has more than 7 groups above it"}},
    {"group_twice_and_no_name",
     "groups: [retail, retail, \"a b\", [x]]\n",
     {"riskd.yaml:1:18: group `retail` is defined twice; first at riskd.yaml:1",
      "riskd.yaml:1:26: `a b`: not a name (A-Z a-z 0-9 _ : -, at most 64)",
      "riskd.yaml:1:33: `groups` must be a single value, not a list"}},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(Table, WrongReference, testing::ValuesIn(wrong_reference_files),
                         [](const auto& line) { return std::string{line.param.name}; });

}  // namespace
}  // namespace riskd::config
