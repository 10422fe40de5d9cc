#include "dsl/type.hpp"

#include <array>

namespace riskd::dsl {
namespace {

using TypeKind = Type::Kind;

constexpr Dimension dimension_of(Unit unit) noexcept {
    switch (unit) {
        case Unit::money_account: return {.account = 1};
        case Unit::money_settle: return {.settle = 1};
        case Unit::money_reference: return {.reference = 1};
        case Unit::quantity: return {.quantity = 1};
        case Unit::price: return {.settle = 1, .quantity = -1};
        case Unit::duration: return {.time = 1};
        case Unit::count: return {.count = true};
        default: return {};
    }
}

constexpr bool is_pure(const Dimension& d) noexcept {
    return d.account == 0 && d.settle == 0 && d.quantity == 0 && d.time == 0 && d.reference == 0;
}

constexpr int exponent_max = 8;

std::optional<Dimension> combine(const Dimension& a, const Dimension& b, int sign) noexcept {
    const std::array<int, 5> sums{a.account + sign * b.account, a.settle + sign * b.settle,
                                  a.quantity + sign * b.quantity, a.time + sign * b.time,
                                  a.reference + sign * b.reference};
    for (const int sum : sums) {
        if (sum > exponent_max || sum < -exponent_max) return std::nullopt;
    }
    Dimension made{.account = static_cast<std::int8_t>(sums[0]),
                   .settle = static_cast<std::int8_t>(sums[1]),
                   .quantity = static_cast<std::int8_t>(sums[2]),
                   .time = static_cast<std::int8_t>(sums[3]),
                   .reference = static_cast<std::int8_t>(sums[4])};
    // count x ratio is a count; count / count is a ratio; count x money is money.
    if (is_pure(a) && is_pure(b)) made.count = sign > 0 ? a.count || b.count : a.count && !b.count;
    return made;
}

void append(std::string& out, std::string_view word, int exponent) {
    if (exponent == 0) return;
    if (!out.empty()) out += " x ";
    out += word;
    if (exponent != 1) out += "^" + std::to_string(exponent);
}

std::string name_of(const Dimension& d) {
    constexpr std::array<Unit, 8> plain{Unit::money_account, Unit::money_settle,   Unit::quantity,
                                        Unit::price,         Unit::duration,       Unit::count,
                                        Unit::ratio,         Unit::money_reference};
    constexpr std::array<std::string_view, 8> names{
        "money[account]", "money[settle]", "quantity[contracts]", "price", "duration[seconds]",
        "count",          "ratio",         "money[reference]"};
    for (std::size_t i = 0; i < plain.size(); ++i) {
        if (dimension_of(plain[i]) == d) return std::string{names[i]};
    }
    if (d == Dimension{.account = 1, .quantity = -1}) return "price[account]";
    std::string out;
    append(out, "money[account]", d.account);
    append(out, "money[settle]", d.settle);
    append(out, "money[reference]", d.reference);
    append(out, "quantity", d.quantity);
    append(out, "duration", d.time);
    return out;
}

}  // namespace

Type type_of(Unit unit) noexcept {
    if (unit == Unit::flag) return flag_type();
    if (find_enumeration(unit) != nullptr)
        return {.kind = TypeKind::enumeration, .enumeration = unit};
    return number_of(dimension_of(unit));
}

Type type_of(const FieldInfo& field, ViewId of) noexcept {
    const bool in_currency = of == ViewId::collateral || of == ViewId::position ||
                             of == ViewId::balance || of == ViewId::book_order;
    if (field.unit == Unit::price && in_currency) {
        return number_of({.account = 1, .quantity = -1});
    }
    return type_of(field.unit);
}

std::string name(const Type& type) {
    switch (type.kind) {
        case TypeKind::unknown: return "something unknown";
        case TypeKind::number: return name_of(type.dimension);
        case TypeKind::literal: return "a number";
        case TypeKind::flag: return "a flag";
        case TypeKind::enumeration: return std::string{find_enumeration(type.enumeration)->name};
        case TypeKind::view: return "a view";
        case TypeKind::history: return "the history";
        case TypeKind::window: return "a window";
        case TypeKind::params: return "the parameters";
        case TypeKind::row: return "a row of steps";
        case TypeKind::spread: return "a sum over steps";
        case TypeKind::answer: return "an answer";
        case TypeKind::closing: return "a way to close";
    }
    return {};
}

std::optional<Type> unify(const Type& a, const Type& b) noexcept {
    if (a.kind == TypeKind::unknown) return b;
    if (b.kind == TypeKind::unknown) return a;
    if (a.numeric() && b.numeric()) {
        if (a.kind == TypeKind::literal) return b;
        if (b.kind == TypeKind::literal) return a;
        if (a.dimension == b.dimension) return a;
        return std::nullopt;
    }
    if (a == b && (a.kind == TypeKind::flag || a.kind == TypeKind::enumeration)) return a;
    return std::nullopt;
}

std::optional<Type> multiply(const Type& a, const Type& b) noexcept {
    if (a.kind == TypeKind::literal) return b;
    if (b.kind == TypeKind::literal) return a;
    const auto made = combine(a.dimension, b.dimension, 1);
    if (!made) return std::nullopt;
    return number_of(*made);
}

std::optional<Type> divide(const Type& a, const Type& b) noexcept {
    if (b.kind == TypeKind::literal) return a;
    const auto made =
        combine(a.kind == TypeKind::literal ? Dimension{} : a.dimension, b.dimension, -1);
    if (!made) return std::nullopt;
    return number_of(*made);
}

std::optional<Type> root(const Type& of) noexcept {
    if (of.kind != TypeKind::number) return of;
    // What counts things has no root that counts; the root of a count is a ratio.
    Dimension made;
    const auto halve = [](std::int8_t whole, std::int8_t& half) {
        half = static_cast<std::int8_t>(whole / 2);
        return whole % 2 == 0;
    };
    const Dimension& d = of.dimension;
    const bool square = halve(d.account, made.account) && halve(d.settle, made.settle) &&
                        halve(d.quantity, made.quantity) && halve(d.time, made.time) &&
                        halve(d.reference, made.reference);
    if (!square) return std::nullopt;
    return number_of(made);
}

}  // namespace riskd::dsl
