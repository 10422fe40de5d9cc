#include "dsl/completion.hpp"

#include <algorithm>

#include "dsl/schema.hpp"
#include "dsl/type.hpp"
#include "riskd/core/reasons.hpp"

namespace riskd::dsl {
namespace {

constexpr std::size_t comment_columns = 98;

// A sentence as comment lines that go before what they explain.
std::string comment(std::string_view text) {
    std::string out;
    std::string line = "---";
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (line.size() + 1 + end > comment_columns) {
            out += line + "\n";
            line = "---";
        }
        line += (line.size() > 3 ? " " : "") + std::string{text.substr(0, end)};
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out + line + "\n";
}

std::string lua_type(std::string_view type) {
    return type == "flag" ? "boolean" : std::string{type};
}

std::string type_of_field(const FieldInfo& field) {
    if (field.storage == Storage::flag) return "boolean";
    if (field.storage == Storage::number) return "number";
    const EnumerationInfo* of = find_enumeration(field.unit);
    return of == nullptr ? "number" : std::string{of->name};
}

std::string classes() {
    std::string out;
    for (const ViewInfo& each : views()) {
        out += comment(each.title) + "---@class (exact) " + std::string{each.name} + "\n";
        for (const FieldInfo& field : each.fields) {
            const std::string unit =
                field.storage == Storage::number ? name(type_of(field, each.id)) + ": " : "";
            out += comment(unit + std::string{field.doc}) + "---@field " + std::string{field.name} +
                   " " + type_of_field(field) + "\n";
        }
        for (const CollectionInfo& walked : collections) {
            if (walked.of != each.id) continue;
            const std::string element{view(walked.element).name};
            out += "---walk it: `for x in book." + std::string{walked.name} + " do`\n---@field " +
                   std::string{walked.name} + " fun(): " + element + "\n";
        }
        const bool walked = std::any_of(
            collections.begin(), collections.end(),
            [&](const CollectionInfo& collection) { return collection.element == each.id; });
        if (walked) out += "---parameters as set for it\n---@field params table<string, any>\n";
        out += "\n";
    }
    return out;
}

std::string enumerations_as_tables() {
    std::string out;
    for (const EnumerationInfo& each : enumerations()) {
        out += "---@enum " + std::string{each.name} + "\n" + std::string{each.name} + " = {\n";
        for (std::size_t i = 0; i < each.enumerators.size(); ++i) {
            out += "  " + std::string{each.enumerators[i]} + " = " + std::to_string(i) + ",\n";
        }
        out += "}\n\n";
    }
    out += "---@enum reject\nreject = {\n";
    for (std::size_t i = 0; i < reject_reason_names.size(); ++i) {
        out += "  " + std::string{reject_reason_names[i]} + " = " + std::to_string(i) + ",\n";
    }
    return out + "}\n\n---@enum by\nby = {\n  largest_margin_first = 0,\n}\n\n";
}

// "x: number, y: number" as lines of ---@param, and the names between parentheses.
std::string parameters_of(std::string_view signature, std::string& names) {
    std::string out;
    while (!signature.empty()) {
        const std::size_t colon = signature.find(": ");
        const std::size_t comma = std::min(signature.find(", ", colon), signature.size());
        const std::string name{signature.substr(0, colon)};
        out += "---@param " + name + " " +
               lua_type(signature.substr(colon + 2, comma - colon - 2)) + "\n";
        names += (names.empty() ? "" : ", ") + name;
        signature.remove_prefix(std::min(comma + 2, signature.size()));
    }
    return out;
}

std::string functions() {
    std::string out = "---@class answer\n---@class closing\n\n";
    for (const BuiltinInfo& each : builtins()) {
        std::string names;
        const std::string parameters = parameters_of(each.parameters, names);
        out += comment(each.doc) + parameters + "---@return " + lua_type(each.answers) +
               "\nfunction " + std::string{each.name} + "(" + names + ") end\n\n";
    }
    return out;
}

// A function of a rule takes its parameters by name, in any order and as many as it uses. An editor
// knows them by their place, which is told where there are two, and would mislead where there are
// more.
std::string role_type(const RoleInfo& role) {
    std::string parameters;
    for (const RoleParameter& each : role.parameters) {
        const bool seen = each.source == RoleParameter::Source::view;
        parameters += (parameters.empty() ? "" : ", ") + std::string{each.name} + ": " +
                      (seen ? std::string{view(each.view).name} : "table<string, any>");
    }
    if (role.parameters.size() > 2) parameters = "...";
    const bool two = role.role == FunctionRole::margin || role.role == FunctionRole::portfolio;
    const std::string_view answers = two                                     ? "number, number"
                                     : role.role == FunctionRole::check      ? "answer"
                                     : role.role == FunctionRole::collateral ? "number"
                                     : role.role == FunctionRole::stage      ? "stage"
                                                                             : "closing";
    return "fun(" + parameters + "): " + std::string{answers};
}

std::string declarations() {
    std::string out = "---@class rule_declaration\n";
    for (const WordInfo& each : rule_entries()) {
        const bool required = each.name == "name" || each.name == "kind";
        const std::string_view type =
            each.name == "reason"                                       ? "reject"
            : each.name == "rate_max" || each.name.starts_with("slope") ? "number"
            : each.name == "monotone"                                   ? "boolean"
            : each.name == "when"                                       ? "order_type"
            : each.name == "params" || each.name == "history"           ? "table<string, any>"
            : each.name == "kind"                                       ? "rule_kind"
                                                                        : "string";
        out += comment(each.doc) + "---@field " + std::string{each.name} + (required ? "" : "?") +
               " " + std::string{type} + "\n";
    }
    std::string kinds;
    for (const std::string_view kind : written_kinds())
        kinds += (kinds.empty() ? "" : "|") + ("'" + std::string{kind} + "'");
    for (const RoleInfo& each : roles()) {
        out += comment("answers " + std::string{each.answer}) + "---@field " +
               std::string{each.name} + "? " + std::string{each.name} + "_function\n";
    }
    out += "\n---@alias rule_kind " + kinds + "\n";
    for (const RoleInfo& each : roles())
        out += "---@alias " + std::string{each.name} + "_function " + role_type(each) + "\n";
    out += "\n---@param declared rule_declaration\nfunction rule(declared) end\n\n";
    for (const WordInfo& each : parameter_kinds()) {
        out += comment(each.doc) + "---@param declared table<string, any>\nfunction " +
               std::string{each.name} + "(declared) end\n\n";
    }
    return out +
           "---a window of history, kept by riskd: of, over, starts\n"
           "---@param declared table<string, any>\nfunction window(declared) end\n";
}

}  // namespace

std::string language_completion() {
    return "---@meta riskd\n"
           "-- What a rule can name, for the Lua language server; no rule. Made by\n"
           "-- `riskd rules schema --lua`; a test compares it. Schema version " +
           std::to_string(schema_version) + ".\n\n" + classes() + enumerations_as_tables() +
           functions() + declarations();
}

}  // namespace riskd::dsl
