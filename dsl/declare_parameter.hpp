// Reads one parameter or one window out of the declarations of a rule. Load time only.
// A fault is reported with its place and the reading goes on, so that all of them are listed.
#pragma once

#include <optional>

#include "dsl/declaration.hpp"

namespace riskd::dsl {

// `kind { ... }` or just `kind`. Nothing when it cannot be understood; the fault is reported.
std::optional<ParameterDeclaration> declare_parameter(const TableEntry& entry,
                                                      Diagnostics& diagnostics);
std::optional<WindowDeclaration> declare_window(const TableEntry& entry, Diagnostics& diagnostics);

// The name called and its table, for `name { ... }`; the table is null for `name` alone.
struct Construction {
    std::string_view name;
    Span at;
    const Expression* table{};
};
std::optional<Construction> construction_of(const Expression& expression) noexcept;

}  // namespace riskd::dsl
