#include "riskd/rulesets/bundle.hpp"

#include <charconv>

#include "feeds/codec_client.hpp"
#include "feeds/json_writer.hpp"
#include "riskd/rulesets/json_reading.hpp"

namespace riskd::rulesets {
namespace {

using feeds::JsonWriter;
using feeds::Tree;
using feeds::TreeKind;

constexpr std::string_view form = "riskd ruleset 1";

// The shortest text that reads back as the same number.
std::string number_text(double value) {
    char text[32];
    const auto end = std::to_chars(std::begin(text), std::end(text), value).ptr;
    return {std::begin(text), end};
}

void write_value(JsonWriter& json, const config::ParameterValue& value) {
    if (value.number) json.key("number").literal(number_text(*value.number));
    if (!value.rows.empty()) {
        json.key("rows").begin_array();
        for (const auto& row : value.rows) {
            json.begin_array();
            for (const auto& [column, cell] : row) {
                json.begin_array();
                json.string(column);
                json.literal(number_text(cell));
                json.end_array();
            }
            json.end_array();
        }
        json.end_array();
    }
    json.key("text").string(value.text);
}

void write_parameter(JsonWriter& json, const config::ParameterSetting& setting) {
    json.begin_object();
    json.key("rule").string(setting.rule);
    json.key("parameter").string(setting.parameter);
    const auto scope = [&](std::string_view key, const std::string& name) {
        if (!name.empty()) json.key(key).string(name);
    };
    scope("group", setting.group);
    scope("account", setting.account);
    scope("instrument", setting.instrument);
    scope("asset", setting.asset);
    write_value(json, setting.value);
    json.end_object();
}

std::span<const Tree> overrides_of(const Tree& tree, JsonReading& reading) {
    if (tree["overrides"].kind() == TreeKind::absent) return {};
    return reading.list(tree, "overrides");
}

}  // namespace

std::vector<config::ParameterSetting> effective_parameters(const Bundle& bundle) {
    std::vector<config::ParameterSetting> made = bundle.parameters;
    for (const Override& each : bundle.overrides) {
        std::erase_if(made, [&](const auto& other) { return same_place(other, each.setting); });
        made.push_back(each.setting);
    }
    return made;
}

std::string statement(const Bundle& bundle) {
    return std::string{form} + "\nschema " + std::to_string(bundle.schema) + "\nhash " +
           bundle.hash + "\nexpires " + std::to_string(bundle.expires.ns) + "\nnote " +
           std::to_string(bundle.note.size()) + " " + bundle.note + "\n";
}

std::string write(const Bundle& bundle) {
    std::string text;
    {
        JsonWriter json{text};
        json.begin_object();
        json.key("form").string(form);
        json.key("schema").integer(bundle.schema);
        json.key("hash").string(bundle.hash);
        json.key("expires").integer(bundle.expires.ns);
        json.key("note").string(bundle.note);
        json.key("signatures");
        write(json, bundle.signatures);
        if (!bundle.overrides.empty()) {
            json.key("overrides").begin_array();
            for (const Override& each : bundle.overrides)
                write(json, each);
            json.end_array();
        }
        json.key("parameters").begin_array();
        for (const auto& each : bundle.parameters)
            write_parameter(json, each);
        json.end_array();
        json.key("rules").begin_array();
        for (const dsl::RuleText& each : bundle.rules) {
            json.begin_object();
            json.key("file").string(each.path);
            json.key("text").string(each.text);
            json.end_object();
        }
        json.end_array();
        json.end_object();
    }
    return text + "\n";
}

BundleRead read(std::string_view text) {
    if (text.size() > bundle_bytes_max) {
        return {.bundle = {}, .fault = "the bundle is longer than 900 KiB"};
    }
    const auto tree = Tree::parse(text);
    if (!tree || tree->kind() != TreeKind::object) {
        return {.bundle = {}, .fault = "this is not a bundle: it is no JSON object"};
    }
    JsonReading reading;
    if ((*tree)["form"].text() != form) {
        return {.bundle = {},
                .fault = "this is not a bundle: `form` is not `" + std::string{form} + "`"};
    }
    Bundle bundle;
    bundle.schema = static_cast<int>(reading.integer(*tree, "schema"));
    bundle.hash = reading.text(*tree, "hash");
    bundle.expires.ns = reading.integer(*tree, "expires");
    bundle.note = reading.text(*tree, "note");
    bundle.signatures = read_signatures(reading, *tree);
    for (const Tree& each : overrides_of(*tree, reading)) {
        OverrideRead made = read_override(each);
        if (!made.made) return {.bundle = {}, .fault = "of its overrides: " + made.fault};
        bundle.overrides.push_back(std::move(*made.made));
    }
    for (const Tree& each : reading.list(*tree, "parameters"))
        bundle.parameters.push_back(reading.parameter(each));
    for (const Tree& each : reading.list(*tree, "rules"))
        bundle.rules.push_back({reading.text(each, "file"), reading.text(each, "text")});
    if (!reading.well()) return {.bundle = {}, .fault = reading.take_fault()};
    return {.bundle = std::move(bundle), .fault = {}};
}

}  // namespace riskd::rulesets
