// Wrong instruments: one table line each. What a case changes is the whole of its text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/config_wrong_file.hpp"

namespace riskd::config {
namespace {

using testing::ElementsAreArray;

class WrongInstrument : public testing::TestWithParam<WrongFile> {};

TEST_P(WrongInstrument, says_all_that_is_wrong_and_where) {
    EXPECT_THAT(faults_of(with_right_sections(GetParam().text)),
                ElementsAreArray(GetParam().faults));
}

using Changes = std::vector<std::pair<std::string, std::string>>;

// A right instrument, one field a line, but for the changes; new fields come last.
std::string right_instrument(const Changes& changes) {
    Changes fields{{"kind", "spot"},
                   {"base", "BTC"},
                   {"quote", "USDT"},
                   {"price_decimals", "2"},
                   {"quantity_decimals", "5"},
                   {"tick", "0.01"},
                   {"lot", "0.00001"},
                   {"quantity_max", "100"},
                   {"maker_fee_rate", "0"},
                   {"taker_fee_rate", "0"},
                   {"market_price_band", "5%"},
                   {"mark_age_max", "60s"}};
    for (const auto& change : changes) {
        const auto same = [&](const auto& field) { return field.first == change.first; };
        const auto found = std::find_if(fields.begin(), fields.end(), same);
        if (found == fields.end()) {
            fields.push_back(change);
        } else {
            found->second = change.second;
        }
    }
    std::string text = "instruments:\n  BTC-USDT:\n";
    for (const auto& [key, value] : fields)
        text += "    " + key + ": " + value + "\n";
    return text;
}

// clang-format off
const std::vector<WrongFile> wrong_files{
    {"instrument_unknown_field",
     right_instrument({{"tik", "0.1"}}),
     {"riskd.yaml:15:5: instrument `BTC-USDT` has no key `tik`; did you mean `tick`?"}},
    {"instrument_fields_missing",
     "instruments:\n"
     "  BTC-USDT:\n"
     "    kind: spot\n"
     "    base: BTC\n"
     "    quote: USDT\n"
     "  ETH-USDT:\n",
     {"riskd.yaml:2:3: `price_decimals` of `BTC-USDT` is missing",
      "riskd.yaml:2:3: `quantity_decimals` of `BTC-USDT` is missing",
      "riskd.yaml:2:3: `tick` of `BTC-USDT` is missing",
      "riskd.yaml:2:3: `lot` of `BTC-USDT` is missing",
      "riskd.yaml:2:3: `quantity_max` of `BTC-USDT` is missing",
      "riskd.yaml:2:3: `maker_fee_rate` of `BTC-USDT` is missing",
      "riskd.yaml:2:3: `taker_fee_rate` of `BTC-USDT` is missing",
      "riskd.yaml:2:3: `market_price_band` of `BTC-USDT` is missing",
      "riskd.yaml:2:3: `mark_age_max` of `BTC-USDT` is missing",
      "riskd.yaml:6:3: `kind` of `ETH-USDT` is missing",
      "riskd.yaml:6:3: `base` of `ETH-USDT` is missing",
      "riskd.yaml:6:3: `quote` of `ETH-USDT` is missing",
      "riskd.yaml:6:3: `price_decimals` of `ETH-USDT` is missing",
      "riskd.yaml:6:3: `quantity_decimals` of `ETH-USDT` is missing",
      "riskd.yaml:6:3: `tick` of `ETH-USDT` is missing",
      "riskd.yaml:6:3: `lot` of `ETH-USDT` is missing",
      "riskd.yaml:6:3: `quantity_max` of `ETH-USDT` is missing",
      "riskd.yaml:6:3: `maker_fee_rate` of `ETH-USDT` is missing",
      "riskd.yaml:6:3: `taker_fee_rate` of `ETH-USDT` is missing",
      "riskd.yaml:6:3: `market_price_band` of `ETH-USDT` is missing",
      "riskd.yaml:6:3: `mark_age_max` of `ETH-USDT` is missing"}},
    {"instrument_kind_misspelt",
     right_instrument({{"kind", "linear_perpetul"}, {"status", "closed"}}),
     {"riskd.yaml:3:11: `kind` of `BTC-USDT` is `linear_perpetul`: must be one of "
      "spot linear_future linear_perpetual inverse_future inverse_perpetual quanto_future "
      "quanto_perpetual linear_option inverse_option perpetual_option binary_option; did you "
      "mean `linear_perpetual`?",
      "riskd.yaml:15:13: `status` of `BTC-USDT` is `closed`: must be one of open "
      "reduce_only halted settled"}},
    {"instrument_asset_unknown",
     right_instrument({{"kind", "linear_perpetual"}, {"base", "ETH"}, {"quote", "USTD"}}),
     {"riskd.yaml:4:11: asset `ETH` is not defined",
      "riskd.yaml:5:12: asset `USTD` is not defined; did you mean `USDT`?",
      "riskd.yaml:15:65: `BTC-USDT` is a price of `ETH` in `USTD`, not of `BTC` in "
      "`USDT`"}},
    {"instrument_tick_and_lot_not_positive",
     right_instrument({{"tick", "0"}, {"lot", "-0.1"}}),
     {"riskd.yaml:8:11: `tick` of `BTC-USDT` is `0`: must be positive",
      "riskd.yaml:9:10: `lot` of `BTC-USDT` is `-0.1`: must be positive"}},
    {"instrument_tick_finer_than_decimals",
     right_instrument({{"tick", "0.001"}, {"quantity_max", "1e3"}}),
     {"riskd.yaml:8:11: `tick` of `BTC-USDT` is `0.001`: more decimals than allowed",
      "riskd.yaml:10:19: `quantity_max` of `BTC-USDT` is `1e3`: not a decimal"}},
    {"instrument_decimals_above_12",
     right_instrument({{"price_decimals", "13"}, {"quantity_decimals", "-1"}}),
     {"riskd.yaml:6:21: `price_decimals` of `BTC-USDT` is `13`: must be 0 to 12",
      "riskd.yaml:7:24: `quantity_decimals` of `BTC-USDT` is `-1`: must be 0 to 12"}},
    {"instrument_quantity_out_of_order",
     right_instrument({{"quantity_min", "0.5"}, {"lot", "0.3"}, {"quantity_max", "0.4"}}),
     {"riskd.yaml:15:19: `quantity_min` of `BTC-USDT` is `0.5`: must be a multiple "
      "of lot"}},
    {"instrument_number_too_large",
     right_instrument({{"quantity_max", "99999999999999999"}}),
     {"riskd.yaml:10:19: `quantity_max` of `BTC-USDT` is `99999999999999999`: out of "
      "range"}},
    {"instrument_rates_out_of_range",
     right_instrument({{"maker_fee_rate", "-200%"},
                       {"taker_fee_rate", "-0.1%"},
                       {"market_price_band", "100%"}}),
     {"riskd.yaml:11:21: `maker_fee_rate` of `BTC-USDT` is `-200%`: must be -100% to "
      "100%",
      "riskd.yaml:12:21: `taker_fee_rate` of `BTC-USDT` is `-0.1%`: must be 0% to "
      "100%",
      "riskd.yaml:13:24: `market_price_band` of `BTC-USDT` is `100%`: must be 0% to "
      "below 100%"}},
    {"instrument_rate_is_no_share",
     right_instrument({{"taker_fee_rate", "5 bp"}, {"maker_fee_rate", "0.000000001"}}),
     {"riskd.yaml:11:21: `maker_fee_rate` of `BTC-USDT` is `0.000000001`: more "
      "decimals than allowed",
      "riskd.yaml:12:21: `taker_fee_rate` of `BTC-USDT` is `5 bp`: not a share such "
      "as 0.05% or 5bp"}},
    {"instrument_leverage_out_of_range",
     right_instrument({{"kind", "linear_perpetual"}, {"leverage_max", "1001"}}),
     {"riskd.yaml:15:19: `leverage_max` of `BTC-USDT` is `1001`: must be 1 to 1000"}},
    {"instrument_mark_age_without_unit",
     right_instrument({{"mark_age_max", "60"}}),
     {"riskd.yaml:14:19: `mark_age_max` of `BTC-USDT` is `60`: not a duration such "
      "as 60s or 1d"}},
    {"inverse_settles_in_its_base",
     right_instrument({{"kind", "inverse_perpetual"}, {"settle", "USDT"}}),
     {"riskd.yaml:15:13: `settle` of `BTC-USDT` is `USDT`: must be the base asset "
      "for this kind"}},
    {"quanto_must_say_what_it_settles_in",
     right_instrument({{"kind", "quanto_perpetual"}}),
     {"riskd.yaml:2:3: `settle` of `BTC-USDT` is missing"}},
    {"spot_settles_in_its_quote",
     right_instrument({{"settle", "BTC"}}),
     {"riskd.yaml:15:13: `settle` of `BTC-USDT` is `BTC`: must be the quote asset "
      "for this kind"}},
    {"spot_has_contract_size_one",
     right_instrument({{"contract_size", "10"}}),
     {"riskd.yaml:15:20: `contract_size` of `BTC-USDT` is `10`: must be 1 for spot"}},
    {"contract_size_not_positive",
     right_instrument({{"kind", "linear_perpetual"}, {"contract_size", "0"}}),
     {"riskd.yaml:15:20: `contract_size` of `BTC-USDT` is `0`: must be positive"}},
    {"base_is_the_quote",
     right_instrument({{"base", "USDT"}}),
     {"riskd.yaml:4:11: `base` of `BTC-USDT` is `USDT`: must not be the quote asset"}},
    {"future_without_expiry",
     right_instrument({{"kind", "linear_future"}}),
     {"riskd.yaml:2:3: `expiry` of `BTC-USDT` is missing"}},
    {"expiry_is_no_time",
     right_instrument({{"kind", "linear_future"}, {"expiry", "31DEC27"}}),
     {"riskd.yaml:15:13: `expiry` of `BTC-USDT` is `31DEC27`: not a time such as "
      "2027-12-31T08:00:00Z"}},
    {"expiry_on_a_day_that_is_not",
     right_instrument({{"kind", "linear_future"}, {"expiry", "2027-02-29"}}),
     {"riskd.yaml:15:13: `expiry` of `BTC-USDT` is `2027-02-29`: out of range"}},
    {"perpetual_with_expiry",
     right_instrument({{"kind", "linear_perpetual"}, {"expiry", "2027-12-31"}}),
     {"riskd.yaml:15:13: `expiry` of `BTC-USDT` is `2027-12-31`: this kind has none"}},
    {"option_without_its_terms",
     right_instrument({{"kind", "linear_option"}}),
     {"riskd.yaml:2:3: `underlying` of `BTC-USDT` is missing",
      "riskd.yaml:2:3: `right` of `BTC-USDT` is missing",
      "riskd.yaml:2:3: `strike` of `BTC-USDT` is missing",
      "riskd.yaml:2:3: `expiry` of `BTC-USDT` is missing"}},
    {"option_terms_out_of_range",
     right_instrument({{"kind", "perpetual_option"},
                       {"underlying", "BTC-USDT"},
                       {"right", "Call"},
                       {"strike", "0.00"},
                       {"funding_interval", "1"}}),
     {"riskd.yaml:16:12: `right` of `BTC-USDT` is `Call`: must be one of call put; did you "
      "mean `call`?",
      "riskd.yaml:17:13: `strike` of `BTC-USDT` is `0.00`: must be positive",
      "riskd.yaml:18:23: `funding_interval` of `BTC-USDT` is `1`: not a duration such as 8h or "
      "1d"}},
    {"option_of_a_kind_that_pays_no_fixed_amount",
     right_instrument({{"kind", "perpetual_option"},
                       {"underlying", "BTC-USDT"},
                       {"right", "put"},
                       {"strike", "60000"},
                       {"payout", "1"}}),
     {"riskd.yaml:2:3: `funding_interval` of `BTC-USDT` is missing",
      "riskd.yaml:18:13: `payout` of `BTC-USDT` is `1`: this kind has none"}},
    {"option_on_itself",
     right_instrument({{"kind", "binary_option"},
                       {"underlying", "BTC-USDT"},
                       {"right", "put"},
                       {"strike", "60000"},
                       {"payout", "1"},
                       {"expiry", "2027-12-31"}}),
     {"riskd.yaml:15:17: `BTC-USDT` is an option itself"}},
    {"option_on_nothing_known",
     right_instrument({{"kind", "binary_option"},
                       {"underlying", "BTC-USTD"},
                       {"right", "put"},
                       {"strike", "60000"},
                       {"payout", "1"},
                       {"expiry", "2027-12-31"}}),
     {"riskd.yaml:15:17: instrument `BTC-USTD` is not defined; did you mean `BTC-USDT`?"}},
    {"inverse_option_is_quoted_in_its_coin",
     right_instrument({{"kind", "inverse_option"},
                       {"underlying", "BTC-USDT"},
                       {"right", "put"},
                       {"strike", "60000"},
                       {"expiry", "2027-12-31"},
                       {"settle", "BTC"}}),
     {"riskd.yaml:5:12: `quote` of `BTC-USDT` is `USDT`: must be the base asset for this kind"}},
    {"strike_of_what_is_no_option",
     right_instrument({{"strike", "60000"}}),
     {"riskd.yaml:15:13: `strike` of `BTC-USDT` is `60000`: this kind has none"}},
    {"instrument_name_with_a_point",
     "instruments:\n"
     "  BTC.USDT:\n"
     "    kind: spot\n"
     "    base: BTC\n"
     "    quote: USDT\n"
     "    price_decimals: 2\n"
     "    quantity_decimals: 5\n"
     "    tick: 0.01\n"
     "    lot: 0.00001\n"
     "    quantity_max: 100\n"
     "    maker_fee_rate: 0\n"
     "    taker_fee_rate: 0\n"
     "    market_price_band: 5%\n"
     "    mark_age_max: 60s\n",
     {"riskd.yaml:2:3: `BTC.USDT`: not a name (A-Z a-z 0-9 _ : -, at most 64)",
      "riskd.yaml:15:65: instrument `BTC-USDT` is not defined; did you mean "
      "`BTC.USDT`?"}},
    {"instrument_is_a_text",
     "instruments:\n"
     "  BTC-USDT: spot\n",
     {"riskd.yaml:2:13: `BTC-USDT` must be a map of keys, not a single value"}},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(Table, WrongInstrument, testing::ValuesIn(wrong_files),
                         [](const auto& line) { return std::string{line.param.name}; });

}  // namespace
}  // namespace riskd::config
