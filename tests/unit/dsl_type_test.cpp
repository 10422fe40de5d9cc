#include <gtest/gtest.h>

#include "dsl/type.hpp"

namespace riskd::dsl {
namespace {

const Type account_money = type_of(Unit::money_account);
const Type settle_money = type_of(Unit::money_settle);
const Type quantity = type_of(Unit::quantity);
const Type price = type_of(Unit::price);
const Type ratio = type_of(Unit::ratio);
const Type count = type_of(Unit::count);
const Type duration = type_of(Unit::duration);

TEST(Types, price_times_quantity_is_money_of_the_settlement_asset) {
    EXPECT_EQ(multiply(price, quantity), settle_money);
    EXPECT_EQ(multiply(quantity, price), settle_money);
    EXPECT_EQ(divide(settle_money, quantity), price);
    EXPECT_EQ(divide(settle_money, price), quantity);
}

TEST(Types, a_ratio_changes_no_unit) {
    EXPECT_EQ(multiply(ratio, account_money), account_money);
    EXPECT_EQ(divide(account_money, ratio), account_money);
    EXPECT_EQ(divide(account_money, account_money), ratio);
    EXPECT_EQ(divide(price, price), ratio);
}

TEST(Types, a_count_stays_one_until_it_is_divided_by_one) {
    EXPECT_EQ(multiply(count, ratio), count);
    EXPECT_EQ(divide(count, count), ratio);
    EXPECT_EQ(divide(count, ratio), count);
    EXPECT_EQ(multiply(count, account_money), account_money);
    EXPECT_EQ(divide(account_money, count), account_money);
    EXPECT_EQ(unify(count, ratio), std::nullopt);
}

TEST(Types, a_square_has_a_root_and_nothing_else_has) {
    EXPECT_EQ(root(ratio), ratio);
    EXPECT_EQ(root(count), ratio);
    EXPECT_EQ(root(literal_type()), literal_type());
    EXPECT_EQ(root(*multiply(account_money, account_money)), account_money);
    EXPECT_EQ(root(*multiply(*multiply(price, price), *multiply(quantity, quantity))),
              settle_money);
    EXPECT_EQ(root(account_money), std::nullopt);
    EXPECT_EQ(root(price), std::nullopt);
    EXPECT_EQ(root(*divide(literal_type(), duration)), std::nullopt);
}

TEST(Types, a_written_number_adapts_to_any_unit) {
    EXPECT_EQ(unify(literal_type(), price), price);
    EXPECT_EQ(unify(duration, literal_type()), duration);
    EXPECT_EQ(unify(literal_type(), literal_type()), literal_type());
    EXPECT_EQ(multiply(literal_type(), price), price);
    EXPECT_EQ(divide(literal_type(), ratio), ratio);
    EXPECT_EQ(name(*divide(literal_type(), duration)), "duration^-1");
}

TEST(Types, different_units_do_not_fit) {
    EXPECT_EQ(unify(account_money, settle_money), std::nullopt);
    EXPECT_EQ(unify(account_money, quantity), std::nullopt);
    EXPECT_EQ(unify(price, ratio), std::nullopt);
    EXPECT_EQ(unify(duration, count), std::nullopt);
    EXPECT_EQ(unify(flag_type(), ratio), std::nullopt);
    EXPECT_EQ(unify(type_of(Unit::side), type_of(Unit::stage)), std::nullopt);
    EXPECT_EQ(unify(type_of(Unit::side), type_of(Unit::side)), type_of(Unit::side));
}

TEST(Types, collateral_is_priced_in_the_currency_of_the_account) {
    const FieldInfo& field = *find_field(view(ViewId::collateral), "price");
    const Type of_collateral = type_of(field, ViewId::collateral);
    EXPECT_EQ(multiply(of_collateral, quantity), account_money);
    EXPECT_EQ(unify(of_collateral, price), std::nullopt);
    EXPECT_EQ(name(of_collateral), "price[account]");
}

TEST(Types, exponents_have_an_end) {
    Type high = price;
    for (int i = 0; i < 7; ++i)
        high = *multiply(high, price);
    EXPECT_EQ(multiply(high, price), std::nullopt);
}

TEST(Types, names_read_as_a_person_would_say_them) {
    EXPECT_EQ(name(account_money), "money[account]");
    EXPECT_EQ(name(settle_money), "money[settle]");
    EXPECT_EQ(name(quantity), "quantity[contracts]");
    EXPECT_EQ(name(price), "price");
    EXPECT_EQ(name(ratio), "ratio");
    EXPECT_EQ(name(count), "count");
    EXPECT_EQ(name(duration), "duration[seconds]");
    EXPECT_EQ(name(flag_type()), "a flag");
    EXPECT_EQ(name(type_of(Unit::order_type)), "order_type");
    EXPECT_EQ(name(*multiply(account_money, settle_money)), "money[account] x money[settle]");
}

}  // namespace
}  // namespace riskd::dsl
