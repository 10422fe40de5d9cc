#include "dsl/reference.hpp"

#include "dsl/type.hpp"

namespace riskd::dsl {
namespace {

std::string unit_text(const FieldInfo& field, ViewId view) {
    const std::string text = name(type_of(field, view));
    return field.storage == Storage::flag ? "flag" : text;
}

// A bar would end the cell.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c;
    }
    return out;
}

}  // namespace

std::string language_tables() {
    std::string out;
    for (const ViewInfo& each : views()) {
        out += "### " + std::string{each.title} + "\n\n| field | unit | meaning |\n|---|---|---|\n";
        for (const FieldInfo& field : each.fields) {
            out += "| `" + std::string{field.name} + "` | " + unit_text(field, each.id) + " | " +
                   cell(field.doc) + " |\n";
        }
        out += "\n";
    }
    out += "### Enumerations\n\n| name | enumerators |\n|---|---|\n";
    for (const EnumerationInfo& each : enumerations()) {
        out += "| `" + std::string{each.name} + "` |";
        for (std::size_t i = 0; i < each.enumerators.size(); ++i) {
            out += (i == 0         ? " `"
                    : each.ordered ? " < `"
                                   : ", `") +
                   std::string{each.enumerators[i]} + "`";
        }
        out += " |\n";
    }
    out += "\n### Functions of the language\n\n| write | meaning |\n|---|---|\n";
    for (const BuiltinInfo& each : builtins()) {
        out += "| `" + std::string{each.use} + "` | " + cell(each.doc) + " |\n";
    }
    return out;
}

std::string rule_tables(std::span<const RuleDescription> rules) {
    std::string out = "| rule | what it does | reason of a reject |\n|---|---|---|\n";
    for (const RuleDescription& rule : rules) {
        out += "| `" + rule.name + "` | " + cell(rule.doc) + " | " +
               (rule.reason.empty() ? "" : "`" + rule.reason + "`") + " |\n";
    }
    out +=
        "\n| parameter | kind | default | bounds | tighter | meaning "
        "|\n|---|---|---|---|---|---|\n";
    for (const RuleDescription& rule : rules) {
        const std::string short_name = rule.name.substr(rule.name.find('/') + 1);
        for (const ParameterDescription& each : rule.parameters) {
            out += "| `" + short_name + "." + each.name + "` | " + each.kind + " | " +
                   cell(each.preset) + " | " + each.bounds + " | " + each.tighter + " | " +
                   cell(each.doc) + " |\n";
        }
    }
    return out;
}

}  // namespace riskd::dsl
