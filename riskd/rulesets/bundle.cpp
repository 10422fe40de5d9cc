#include "riskd/rulesets/bundle.hpp"

#include <charconv>
#include <cmath>

#include "feeds/codec_client.hpp"
#include "feeds/json_writer.hpp"

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

// Collects the first fault; what is read after one is of no use.
class Reading {
public:
    std::string take_fault() { return std::move(fault_); }
    bool well() const noexcept { return fault_.empty(); }
    void refuse(std::string_view what, std::string_view why) {
        if (fault_.empty()) fault_ = "`" + std::string{what} + "` " + std::string{why};
    }
    std::string text(const Tree& node, std::string_view key) {
        if (node[key].kind() != TreeKind::string) refuse(key, "must be text");
        return std::string{node[key].text()};
    }
    std::string text_or_nothing(const Tree& node, std::string_view key) {
        return node[key].kind() == TreeKind::absent ? std::string{} : text(node, key);
    }
    std::span<const Tree> list(const Tree& node, std::string_view key) {
        if (node[key].kind() != TreeKind::array) refuse(key, "must be a list");
        return node[key].elements();
    }
    double number(const Tree& node, std::string_view what) {
        double value = 0;
        const std::string_view text = node.text();
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool whole = error == std::errc{} && end == text.data() + text.size();
        if (node.kind() != TreeKind::number || !whole || !std::isfinite(value)) {
            refuse(what, "must be a number");
        }
        return value;
    }
    std::int64_t integer(const Tree& node, std::string_view key) {
        std::int64_t value = 0;
        const std::string_view text = node[key].text();
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool whole = error == std::errc{} && end == text.data() + text.size();
        if (node[key].kind() != TreeKind::number || !whole) refuse(key, "must be a whole number");
        return value;
    }
    config::ParameterSetting parameter(const Tree& node) {
        config::ParameterSetting setting;
        setting.rule = text(node, "rule");
        setting.parameter = text(node, "parameter");
        setting.group = text_or_nothing(node, "group");
        setting.account = text_or_nothing(node, "account");
        setting.instrument = text_or_nothing(node, "instrument");
        setting.asset = text_or_nothing(node, "asset");
        setting.value.text = text_or_nothing(node, "text");
        if (node["number"].kind() != TreeKind::absent) {
            setting.value.number = number(node["number"], "number");
        }
        if (node["rows"].kind() == TreeKind::absent) return setting;
        for (const Tree& row : list(node, "rows")) {
            auto& cells = setting.value.rows.emplace_back();
            for (const Tree& cell : row.elements()) {
                const auto pair = cell.elements();
                const bool formed = pair.size() == 2 && pair[0].kind() == TreeKind::string;
                if (!formed) refuse("rows", "must be lists of [column, number]");
                if (formed) cells.emplace_back(pair[0].text(), number(pair[1], "rows"));
            }
        }
        return setting;
    }

private:
    std::string fault_;
};

}  // namespace

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
        json.key("signatures").begin_array();
        for (const Signature& each : bundle.signatures) {
            json.begin_object();
            json.key("name").string(each.name);
            json.key("signature").string(each.text);
            json.end_object();
        }
        json.end_array();
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
    Reading reading;
    if ((*tree)["form"].text() != form) {
        return {.bundle = {},
                .fault = "this is not a bundle: `form` is not `" + std::string{form} + "`"};
    }
    Bundle bundle;
    bundle.schema = static_cast<int>(reading.integer(*tree, "schema"));
    bundle.hash = reading.text(*tree, "hash");
    bundle.expires.ns = reading.integer(*tree, "expires");
    bundle.note = reading.text(*tree, "note");
    for (const Tree& each : reading.list(*tree, "signatures")) {
        bundle.signatures.push_back(
            {.name = reading.text(each, "name"), .text = reading.text(each, "signature")});
    }
    for (const Tree& each : reading.list(*tree, "parameters"))
        bundle.parameters.push_back(reading.parameter(each));
    for (const Tree& each : reading.list(*tree, "rules"))
        bundle.rules.push_back({reading.text(each, "file"), reading.text(each, "text")});
    if (!reading.well()) return {.bundle = {}, .fault = reading.take_fault()};
    return {.bundle = std::move(bundle), .fault = {}};
}

}  // namespace riskd::rulesets
