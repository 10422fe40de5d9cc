// The fields of reference data from text, as the YAML files and the messages of the stream give
// them.
#include "riskd/core/reference_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "config/nearest.hpp"

namespace riskd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> said(const FieldFaults& faults) {
    std::vector<std::string> lines;
    for (const FieldFault& fault : faults.items()) {
        lines.push_back(std::string{fault.field} + " " + std::string{fault.error});
    }
    return lines;
}

template <typename Texts>
Texts texts_of(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
    Texts texts;
    for (const auto& [field, text] : fields)
        EXPECT_TRUE(texts.set(field, text)) << field;
    return texts;
}

TEST(RateText, is_a_share_in_eight_decimals) {
    EXPECT_EQ(parse_rate("0.05%").raw, 50'000);
    EXPECT_EQ(parse_rate("5bp").raw, 50'000);
    EXPECT_EQ(parse_rate("0.0005").raw, 50'000);
    EXPECT_EQ(parse_rate("-0.5bp").raw, -5'000);
    EXPECT_EQ(parse_rate("100%").raw, 100'000'000);
    EXPECT_EQ(parse_rate("0").raw, 0);
    EXPECT_EQ(parse_rate("0.0000001%").fault, DecimalFault::too_many_decimals);
    EXPECT_EQ(parse_rate("%").fault, DecimalFault::not_a_decimal);
    EXPECT_EQ(parse_rate("bp").fault, DecimalFault::not_a_decimal);
    EXPECT_EQ(parse_rate("5 %").fault, DecimalFault::not_a_decimal);
    EXPECT_EQ(parse_rate("").fault, DecimalFault::not_a_decimal);
}

TEST(DurationText, needs_a_unit_and_is_never_negative) {
    EXPECT_EQ(parse_duration("1ns").raw, 1);
    EXPECT_EQ(parse_duration("2us").raw, 2'000);
    EXPECT_EQ(parse_duration("250ms").raw, 250'000'000);
    EXPECT_EQ(parse_duration("60s").raw, 60'000'000'000);
    EXPECT_EQ(parse_duration("2m").raw, 120'000'000'000);
    EXPECT_EQ(parse_duration("1.5h").raw, 5'400'000'000'000);
    EXPECT_EQ(parse_duration("7d").raw, 604'800'000'000'000);
    EXPECT_EQ(parse_duration("0s").raw, 0);
    EXPECT_EQ(parse_duration("60").fault, DecimalFault::not_a_decimal);
    EXPECT_EQ(parse_duration("s").fault, DecimalFault::not_a_decimal);
    EXPECT_EQ(parse_duration("1w").fault, DecimalFault::not_a_decimal);
    EXPECT_EQ(parse_duration("0.5ns").fault, DecimalFault::too_many_decimals);
    EXPECT_EQ(parse_duration("-1s").fault, DecimalFault::out_of_range);
    EXPECT_EQ(parse_duration("999999999d").fault, DecimalFault::out_of_range);
}

TEST(TimeText, is_a_date_a_moment_or_nanoseconds) {
    EXPECT_EQ(parse_time("1970-01-01").raw, 0);
    EXPECT_EQ(parse_time("2027-12-31T08:00:00Z").raw, 1'830'240'000'000'000'000);
    EXPECT_EQ(parse_time("2024-02-29").raw, 1'709'164'800'000'000'000);
    EXPECT_EQ(parse_time("1830240000000000000").raw, 1'830'240'000'000'000'000);
    for (const std::string_view wrong :
         {"", "2027-12", "2027-12-31 08:00:00Z", "2027-12-31T08:00:00", "2027-12-31T08:00:00+01:00",
          "2027/12/31", "31-12-2027", "2027-1-1", "1.5", "soon"}) {
        EXPECT_EQ(parse_time(wrong).fault, DecimalFault::not_a_decimal) << wrong;
    }
    for (const std::string_view wrong :
         {"2027-02-29", "2027-13-01", "2027-00-10", "2027-12-31T24:00:00Z", "1969-12-31",
          "2101-01-01", "99999999999999999999"}) {
        EXPECT_EQ(parse_time(wrong).fault, DecimalFault::out_of_range) << wrong;
    }
}

TEST(InstrumentFields, build_what_a_message_says) {
    const auto texts = texts_of<InstrumentTexts>({{"kind", "linear_perpetual"},
                                                  {"base", "BTC"},
                                                  {"quote", "USDT"},
                                                  {"tick", "0.5"},
                                                  {"lot", "0.001"},
                                                  {"quantity_max", "10"},
                                                  {"price_decimals", "1"},
                                                  {"quantity_decimals", "3"},
                                                  {"maker_fee_rate", "0.0002"},
                                                  {"taker_fee_rate", "0.0005"},
                                                  {"market_price_band", "0.05"},
                                                  {"mark_age_max", "60s"}});
    FieldFaults faults;
    const InstrumentDefinition made = build_instrument("BTC-PERP", texts, faults);
    EXPECT_THAT(said(faults), IsEmpty());
    EXPECT_EQ(made.name.view(), "BTC-PERP");
    EXPECT_EQ(made.settle.view(), "USDT");
    EXPECT_EQ(made.tick, Price{5});
    EXPECT_EQ(made.lot, Quantity{1});
    EXPECT_EQ(made.quantity_min, Quantity{1});
    EXPECT_EQ(made.quantity_max, Quantity{10'000});
    EXPECT_EQ(made.maker_fee_rate, 20'000);
    EXPECT_EQ(made.market_price_band, 5'000'000);
    EXPECT_EQ(made.leverage_max, 1U);
    EXPECT_EQ(made.jump_max, 0) << "off, unless it is asked for";
    EXPECT_EQ(made.divergence_max, 0);
    EXPECT_EQ(made.confirmations, 2U);
}

TEST(InstrumentFields, say_how_far_marks_may_be_from_each_other) {
    const auto built = [](std::string_view jump, std::string_view confirmations,
                          std::string_view divergence, FieldFaults& faults) {
        return build_instrument("BTC-PERP",
                                texts_of<InstrumentTexts>({{"jump_max", jump},
                                                           {"confirmations", confirmations},
                                                           {"divergence_max", divergence}}),
                                faults);
    };
    FieldFaults well;
    const InstrumentDefinition made = built("10%", "3", "250bp", well);
    EXPECT_EQ(made.jump_max, 10'000'000);
    EXPECT_EQ(made.confirmations, 3U);
    EXPECT_EQ(made.divergence_max, 2'500'000);
    EXPECT_FALSE(well.about("jump_max") || well.about("confirmations"));
    FieldFaults wrong;
    built("-1%", "0", "10001%", wrong);
    EXPECT_THAT(said(wrong), ::testing::IsSupersetOf({"jump_max must be 0% to 10000%",
                                                      "confirmations must be 1 to 100",
                                                      "divergence_max must be 0% to 10000%"}));
}

TEST(InstrumentFields, say_each_fault_once_and_all_of_them) {
    const auto texts = texts_of<InstrumentTexts>({{"kind", "linear_future"},
                                                  {"status", "shut"},
                                                  {"base", "BTC"},
                                                  {"quote", "a.b"},
                                                  {"tick", "x"},
                                                  {"lot", "0"},
                                                  {"price_decimals", "13"},
                                                  {"quantity_decimals", "3"},
                                                  {"contract_size", "-1"},
                                                  {"leverage_max", "0"},
                                                  {"mark_age_max", "0s"}});
    FieldFaults faults;
    build_instrument("BTC.F", texts, faults);
    EXPECT_THAT(
        said(faults),
        ElementsAre("name not a name (A-Z a-z 0-9 _ : -, at most 64)",
                    "status not a word it may be", "quote not a name (A-Z a-z 0-9 _ : -)",
                    "price_decimals must be 0 to 12", "tick not a decimal", "lot must be positive",
                    "quantity_max is missing", "contract_size must be positive",
                    "maker_fee_rate is missing", "taker_fee_rate is missing",
                    "market_price_band is missing", "leverage_max must be 1 to 1000",
                    "mark_age_max must be positive", "expiry is missing"));
}

TEST(InstrumentFields, all_wrong_at_once_fit) {
    InstrumentTexts texts;
    for (const Field& field : instrument_fields)
        EXPECT_TRUE(texts.set(field.name, "?"));
    FieldFaults faults;
    build_instrument("?", texts, faults);
    EXPECT_EQ(faults.items().size(), instrument_fields.size() + 1);
}

TEST(InstrumentFields, unknown_ones_are_left_to_the_reader) {
    InstrumentTexts texts;
    EXPECT_FALSE(texts.set("symbol", "BTC"));
    EXPECT_FALSE(texts.set("", "BTC"));
}

TEST(AccountFields, have_careful_defaults) {
    FieldFaults faults;
    const AccountDefinition made =
        build_account("A1", texts_of<AccountTexts>({{"currency", "USDT"}}), faults);
    EXPECT_THAT(said(faults), IsEmpty());
    EXPECT_EQ(made.name.view(), "A1");
    EXPECT_TRUE(made.group.empty());
    EXPECT_EQ(made.currency.view(), "USDT");
    EXPECT_EQ(made.status, AccountStatus::active);
    EXPECT_EQ(made.leverage, 0U);
    EXPECT_FALSE(made.borrow);
    EXPECT_EQ(made.position_mode, PositionMode::one_way);
}

TEST(AccountFields, are_read_all) {
    FieldFaults faults;
    const AccountDefinition made =
        build_account("A1",
                      texts_of<AccountTexts>({{"group", "retail"},
                                              {"currency", "USDC"},
                                              {"status", "suspended"},
                                              {"leverage", "20"},
                                              {"borrow", "true"},
                                              {"position_mode", "hedge"}}),
                      faults);
    EXPECT_THAT(said(faults), IsEmpty());
    EXPECT_EQ(made.group.view(), "retail");
    EXPECT_EQ(made.currency.view(), "USDC");
    EXPECT_EQ(made.status, AccountStatus::suspended);
    EXPECT_EQ(made.leverage, 20U);
    EXPECT_TRUE(made.borrow);
    EXPECT_EQ(made.position_mode, PositionMode::hedge);
}

TEST(AccountFields, refuse_a_name_longer_than_its_room) {
    FieldFaults faults;
    build_account(std::string(65, 'a'),
                  texts_of<AccountTexts>({{"group", ""}, {"currency", ""}, {"leverage", "1001"}}),
                  faults);
    EXPECT_THAT(said(faults), ElementsAre("name not a name (A-Z a-z 0-9 _ : -, at most 64)",
                                          "currency not a name (A-Z a-z 0-9 _ : -)",
                                          "leverage must be 0 to 1000"));
}

TEST(AssetFields, need_decimals) {
    FieldFaults faults;
    build_asset("USDT", AssetTexts{}, faults);
    EXPECT_THAT(said(faults), ElementsAre("decimals is missing"));
    FieldFaults none;
    const AssetDefinition made = build_asset(
        "BTC", texts_of<AssetTexts>({{"decimals", "0"}, {"priced_by", "BTC-USDT"}}), none);
    EXPECT_THAT(said(none), IsEmpty());
    EXPECT_EQ(made.decimals, 0);
    EXPECT_EQ(made.priced_by.view(), "BTC-USDT");
}

TEST(NearestName, is_near_or_nothing) {
    const std::vector<std::string_view> names{"url", "user", "replicas", "reconnect_wait"};
    EXPECT_EQ(config::nearest("urll", names), "url");
    EXPECT_EQ(config::nearest("usre", names), "user");
    EXPECT_EQ(config::nearest("reconect_wiat", names), "reconnect_wait");
    EXPECT_EQ(config::nearest("password", names), "");
    EXPECT_EQ(config::nearest("", names), "");
    EXPECT_EQ(config::nearest(std::string(1'000, 'u'), names), "");
    EXPECT_EQ(config::suggestion("replica", names), "; did you mean `replicas`?");
    EXPECT_EQ(config::suggestion("zzz", names), "");
}

}  // namespace
}  // namespace riskd
