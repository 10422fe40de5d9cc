#include <array>

#include "dsl/completion.hpp"
#include "dsl/json_text.hpp"
#include "dsl/schema.hpp"
#include "dsl/step_bound.hpp"
#include "dsl/type.hpp"
#include "riskd/core/reasons.hpp"

namespace riskd::dsl {
namespace {

void write_views(JsonText& json) {
    json.key("views");
    json.open('{');
    for (const ViewInfo& each : views()) {
        json.key(each.name);
        json.open('{');
        json.pair("doc", each.title);
        json.key("fields");
        json.open('[');
        for (const FieldInfo& field : each.fields) {
            const EnumerationInfo* of = find_enumeration(field.unit);
            json.open('{');
            json.pair("name", field.name);
            json.pair("type", field.storage == Storage::number ? "number"
                              : field.storage == Storage::flag ? "flag"
                              : of != nullptr                  ? of->name
                                                               : "number");
            json.pair("unit", name(type_of(field, each.id)));
            json.pair("doc", field.doc);
            if (field.needs_mark) {
                json.key("absent_while_mark_is_stale");
                json.plain("true");
            }
            json.close();
        }
        json.close();
        json.key("walks");
        json.open('[');
        for (const CollectionInfo& walked : collections) {
            if (walked.of != each.id) continue;
            json.open('{');
            json.pair("name", walked.name);
            json.pair("each", view(walked.element).name);
            json.close();
        }
        json.close();
        json.close();
    }
    json.close();
}

void write_enumerations(JsonText& json) {
    json.key("enumerations");
    json.open('{');
    for (const EnumerationInfo& each : enumerations()) {
        json.key(each.name);
        json.open('{');
        json.key("ordered");
        json.plain(each.ordered ? "true" : "false");
        json.key("values");
        json.open('{');
        for (std::size_t i = 0; i < each.enumerators.size(); ++i) {
            json.key(each.enumerators[i]);
            json.plain(std::to_string(i));
        }
        json.close();
        json.close();
    }
    json.close();
    json.key("reasons");
    json.open('[');
    for (const std::string_view reason : reject_reason_names)
        json.text(reason);
    json.close();
    json.key("window_measures");
    json.open('[');
    for (const std::string_view measure : window_measure_names)
        json.text(measure);
    json.close();
}

void write_functions(JsonText& json) {
    json.key("functions");
    json.open('{');
    for (const BuiltinInfo& each : builtins()) {
        json.key(each.name);
        json.open('{');
        json.pair("use", each.use);
        json.pair("signature",
                  "(" + std::string{each.parameters} + "): " + std::string{each.answers});
        json.pair("doc", each.doc);
        json.close();
    }
    json.close();
}

void write_kinds(JsonText& json) {
    json.key("rule_kinds");
    json.open('{');
    for (const std::string_view kind : written_kinds()) {
        json.key(kind);
        json.open('{');
        json.key("functions");
        json.open('{');
        for (const RoleInfo& each : roles()) {
            if (name(each.kind) != kind) continue;
            json.key(each.name);
            json.open('{');
            json.key("parameters");
            json.open('{');
            for (const RoleParameter& parameter : each.parameters) {
                const bool seen = parameter.source == RoleParameter::Source::view;
                json.pair(parameter.name, seen ? view(parameter.view).name : parameter.name);
            }
            json.close();
            json.pair("answers", each.answer);
            const bool of_books = each.role == FunctionRole::portfolio;
            const std::int64_t steps_max = config::RulesSettings{}.steps_max;
            json.key("steps_max");
            json.plain(std::to_string(step_budget(of_books, steps_max)));
            json.close();
        }
        json.close();
        json.close();
    }
    json.close();
}

void write_words(JsonText& json, std::string_view name, std::span<const WordInfo> words) {
    json.key(name);
    json.open('{');
    for (const WordInfo& each : words)
        json.pair(each.name, each.doc);
    json.close();
}

}  // namespace

std::string language_json() {
    JsonText json;
    json.open('{');
    json.key("schema_version");
    json.plain(std::to_string(schema_version));
    write_views(json);
    write_enumerations(json);
    write_functions(json);
    write_kinds(json);
    write_words(json, "rule_entries", rule_entries());
    write_words(json, "parameter_kinds", parameter_kinds());
    json.close();
    return json.take();
}

}  // namespace riskd::dsl
