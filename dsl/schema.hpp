// What a rule can name, made from riskd/core/rulebook_schema.hpp: the views with their fields and
// offsets, the enumerations, the builtins. The checker, the LuaJIT declarations, docs/RULES.md and
// completion read this one list. Constant; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "riskd/core/rulebook.hpp"
#include "riskd/core/rulebook_schema.hpp"

namespace riskd::dsl {

// A ruleset made for another version is refused.
inline constexpr int schema_version = 1;

enum class Storage : std::uint8_t { number, flag, enumeration };

struct FieldInfo {
    std::string_view name;
    Unit unit{};
    Storage storage{};
    std::size_t offset{};
    std::string_view doc;
    bool needs_mark{};  // absent while the mark price is stale
};

// clang-format off
enum class ViewId : std::uint8_t {
    order, account, instrument, exposure, margin, collateral, position, window,
    group,
    book, balance, book_order,
};
// clang-format on

struct ViewInfo {
    ViewId id{};
    std::string_view name;   // as in C: riskd_order_view
    std::string_view title;  // for the manual
    std::size_t size{};
    std::span<const FieldInfo> fields;
};

std::span<const ViewInfo> views() noexcept;
const ViewInfo& view(ViewId id) noexcept;
const FieldInfo* find_field(const ViewInfo& view, std::string_view name) noexcept;

struct EnumerationInfo {
    std::string_view name;
    Unit unit{};
    bool ordered{};
    std::span<const std::string_view> enumerators;
};
std::span<const EnumerationInfo> enumerations() noexcept;
const EnumerationInfo* find_enumeration(std::string_view name) noexcept;
const EnumerationInfo* find_enumeration(Unit unit) noexcept;
// The number of an enumerator, or -1.
int enumerator_number(const EnumerationInfo& enumeration, std::string_view name) noexcept;

// What a function of a rule answers, and the parameters it may name.
enum class FunctionRole : std::uint8_t { check, margin, portfolio, collateral, stage, close };

struct RoleParameter {
    std::string_view name;
    enum class Source : std::uint8_t { view, history, params } source{};
    ViewId view{};
};
struct RoleInfo {
    FunctionRole role{};
    RuleKind kind{};
    std::string_view name;
    std::string_view answer;  // for messages
    std::span<const RoleParameter> parameters;
};
std::span<const RoleInfo> roles() noexcept;
const RoleInfo& role(FunctionRole role) noexcept;

// What `for ... in` walks, besides the rows of a steps parameter.
struct CollectionInfo {
    std::string_view name;
    ViewId of{};       // the view that has it
    ViewId element{};  // the view of each turn
};
inline constexpr CollectionInfo book_positions{"positions", ViewId::book, ViewId::position};
inline constexpr CollectionInfo book_balances{"balances", ViewId::book, ViewId::balance};
inline constexpr CollectionInfo book_orders{"orders", ViewId::book, ViewId::book_order};
inline constexpr std::array<CollectionInfo, 3> collections{book_balances, book_positions,
                                                           book_orders};

struct BuiltinInfo {
    std::string_view name;
    std::string_view use;
    std::string_view doc;
    std::string_view parameters;  // "x: number, y: number"
    std::string_view answers;     // "number"
};
std::span<const BuiltinInfo> builtins() noexcept;

// The kinds of rule that have functions, in the order of RuleKind.
std::vector<std::string_view> written_kinds();

// What a declaration is made of: the kinds of parameter and the entries of `rule { ... }`.
struct WordInfo {
    std::string_view name;
    std::string_view doc;
};
std::span<const WordInfo> parameter_kinds() noexcept;  // in the order of ParameterKind
std::span<const WordInfo> rule_entries() noexcept;     // without its functions, which are roles()

std::vector<std::string_view> names_of(std::span<const FieldInfo> fields);
// What `rule { ... }` may hold, functions included.
std::vector<std::string_view> rule_entry_names();

// What the C declarations of the views look like to LuaJIT.
std::string view_declarations();

}  // namespace riskd::dsl
