// What a rule file declares besides its functions: name, kind, reason, parameters with kind, bounds
// and default, windows of history, the order types it applies to. Load time only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/ast.hpp"
#include "dsl/source.hpp"
#include "dsl/type.hpp"
#include "riskd/core/rulebook.hpp"

namespace riskd::dsl {

enum class ParameterKind : std::uint8_t {
    ratio,
    money,
    quantity,
    price,
    count,
    duration,
    flag,
    steps,
};
std::string_view name(ParameterKind kind) noexcept;

// Which way of changing a value refuses more. none: nobody said.
enum class Tighter : std::uint8_t { none, lower, higher };

// One value a person can set: a parameter, or a column of a steps parameter.
struct ValueDeclaration {
    std::string name;
    Span at;
    ParameterKind kind{};
    Unit unit{};
    double at_least{-std::numeric_limits<double>::infinity()};
    double at_most{std::numeric_limits<double>::infinity()};
    Tighter tighter{};
    std::optional<double> value_default;  // a flag is 0 or 1
    std::string doc;
};

struct ParameterDeclaration {
    ValueDeclaration value;
    // steps only: a row applies from its first number up to the next row's.
    std::string by;
    std::vector<ValueDeclaration> columns;
    std::vector<std::vector<double>> rows_default;  // each: from, columns in order
    bool used{};
    bool walked{};  // `for row in params.<name>`: each row is a turn

    // Rows that may be set, so that a walk over them has a bound.
    std::size_t rows_max() const noexcept {
        constexpr std::size_t any = 10'000;
        return walked ? std::max<std::size_t>(64, rows_default.size()) : any;
    }
};

struct WindowDeclaration {
    std::string name;
    Span at;
    WindowSpec spec;
    bool used{};
};

struct RuleDeclaration {
    std::string name;
    Span name_at;
    RuleKind kind{};
    std::string doc;
    RejectReason reason{RejectReason::order_exceeds_limit};
    double rate_max{};   // margin only
    double slope_max{};  // margin and collateral; 0: nothing is claimed
    double slope_min{};  // margin only
    Span slope_at;
    bool monotone{};  // liquidation only
    Span monotone_at;
    std::uint32_t order_types{0xf};  // bit of each OrderType it applies to
    std::vector<ParameterDeclaration> parameters;
    std::vector<WindowDeclaration> windows;
    std::vector<std::string> broken;  // parameters and windows whose declaration is at fault

    struct Role {
        FunctionRole role{};
        const Function* function{};
        Span at;
    };
    std::vector<Role> functions;
};

// Reads `rule { ... }`. Every fault is in `diagnostics`.
RuleDeclaration declare(const Expression& call, Diagnostics& diagnostics);

// The scenarios of a margin rule about books: its parameter `scenarios`; null when it has none.
const ParameterDeclaration* find_scenarios(const RuleDeclaration& rule) noexcept;
bool is_about_books(const RuleDeclaration& rule) noexcept;
// What is wrong with rows of scenarios; empty when nothing is.
std::string fault_of_scenarios(const ParameterDeclaration& declared, std::span<const double> cells);

// The value of an expression made of numbers, signs and parentheses only.
std::optional<double> constant_of(const Expression& expression) noexcept;

// Where an expression begins.
Span start_of(const Expression& expression) noexcept;

// "1d", "30s", "500ms" as a duration; "00:00 UTC" as an offset into the day.
std::optional<Duration> parse_span(std::string_view text) noexcept;
std::optional<Duration> parse_time_of_day(std::string_view text) noexcept;

}  // namespace riskd::dsl
