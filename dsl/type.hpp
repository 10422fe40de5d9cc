// Static types of the rule language: numbers carry a unit made of money, quantity and time, so that
// price x quantity is money and money / money is a ratio. A number written in the text adapts to
// any unit. Plain values; load time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dsl/schema.hpp"

namespace riskd::dsl {

// Exponents. A ratio is all zero; a count is a ratio that counts things.
struct Dimension {
    std::int8_t account{};  // money in the account's currency
    std::int8_t settle{};   // money in the settlement asset
    std::int8_t quantity{};
    std::int8_t time{};
    bool count{};
    std::int8_t reference{};  // money in the reference asset
    friend constexpr bool operator==(const Dimension&, const Dimension&) = default;
};

struct Type {
    enum class Kind : std::uint8_t {
        unknown,  // already reported; fits everything
        number,
        literal,  // a number of no unit yet
        flag,
        enumeration,
        view,
        history,
        window,
        params,
        row,      // of a steps parameter
        spread,   // a number spread over the rows of a steps parameter
        answer,   // of limit() and pass()
        closing,  // of reduce_until()
    };
    Kind kind{Kind::unknown};
    Dimension dimension{};  // of a number, or of what is spread
    Unit enumeration{};
    ViewId view{};
    int index{-1};  // of the window or the steps parameter

    friend constexpr bool operator==(const Type&, const Type&) = default;
    constexpr bool numeric() const noexcept {
        return kind == Kind::number || kind == Kind::literal;
    }
};

constexpr Type number_of(Dimension dimension) noexcept {
    return {.kind = Type::Kind::number, .dimension = dimension};
}
constexpr Type ratio_type() noexcept {
    return number_of({});
}
constexpr Type literal_type() noexcept {
    return {.kind = Type::Kind::literal};
}
constexpr Type flag_type() noexcept {
    return {.kind = Type::Kind::flag};
}

// The type of a field. Prices are in the settlement asset, those of collateral and of the positions
// of a book in the account's currency.
Type type_of(const FieldInfo& field, ViewId view) noexcept;
Type type_of(Unit unit) noexcept;

// "money[account]", "quantity[contracts]", "a flag", "stage".
std::string name(const Type& type);

// The type of two numbers added or compared; nothing when they do not fit.
std::optional<Type> unify(const Type& a, const Type& b) noexcept;
// Nothing when the exponents leave their range.
std::optional<Type> multiply(const Type& a, const Type& b) noexcept;
std::optional<Type> divide(const Type& a, const Type& b) noexcept;
// The square root: of a ratio a ratio, of money x money money. Nothing for a unit that is no
// square.
std::optional<Type> root(const Type& of) noexcept;

}  // namespace riskd::dsl
