#include "riskd/rulesets/override.hpp"

#include <algorithm>
#include <utility>

#include "config/parameters.hpp"

namespace riskd::rulesets {
namespace {

using feeds::JsonWriter;
using feeds::Tree;
using feeds::TreeKind;

constexpr std::string_view override_form = "riskd override 1";
constexpr std::size_t name_bytes_max = 128;
constexpr std::size_t reason_bytes_max = 1'000;

// With its length, so that no text can look like the next line.
std::string line(std::string_view key, std::string_view text) {
    return std::string{key} + " " + std::to_string(text.size()) + " " + std::string{text} + "\n";
}

void check_texts(const Override& made, JsonReading& reading) {
    const auto of_length = [&](std::string_view key, const std::string& text, std::size_t most) {
        if (text.size() > most) {
            reading.refuse(key, "is longer than " + std::to_string(most) + " bytes");
        }
        // Whoever signs reads it on a terminal, where such could show him something else.
        const auto is_control = [](char each) {
            const auto byte = static_cast<unsigned char>(each);
            return byte < 0x20 || byte == 0x7f;
        };
        if (std::any_of(text.begin(), text.end(), is_control)) {
            reading.refuse(key, "has a control character");
        }
    };
    of_length("account", made.setting.account, name_bytes_max);
    of_length("instrument", made.setting.instrument, name_bytes_max);
    of_length("asset", made.setting.asset, name_bytes_max);
    of_length("parameter", parameter_of(made), name_bytes_max);
    of_length("value", made.setting.value.text, name_bytes_max);
    of_length("reason", made.reason, reason_bytes_max);
    of_length("base", made.base, name_bytes_max);
    if (made.setting.account.empty()) reading.refuse("account", "is missing");
    if (made.reason.empty()) reading.refuse("reason", "is missing: say why");
    if (!made.setting.instrument.empty() && !made.setting.asset.empty()) {
        reading.refuse("asset", "and `instrument` exclude each other");
    }
}

}  // namespace

void write(JsonWriter& json, const std::vector<Signature>& signatures) {
    json.begin_array();
    for (const Signature& each : signatures) {
        json.begin_object();
        json.key("name").string(each.name);
        json.key("signature").string(each.text);
        json.end_object();
    }
    json.end_array();
}

std::vector<Signature> read_signatures(JsonReading& reading, const Tree& node) {
    std::vector<Signature> made;
    for (const Tree& each : reading.list(node, "signatures")) {
        made.push_back(
            {.name = reading.text(each, "name"), .text = reading.text(each, "signature")});
    }
    return made;
}

std::string parameter_of(const Override& from) {
    return from.setting.rule + "." + from.setting.parameter;
}

std::string in_words(const Override& from) {
    std::string words = parameter_of(from) + " of account " + from.setting.account;
    if (!from.setting.instrument.empty()) words += " in " + from.setting.instrument;
    if (!from.setting.asset.empty()) words += " for " + from.setting.asset;
    return words;
}

bool same_place(const config::ParameterSetting& a, const config::ParameterSetting& b) {
    const auto rule_of = [](const config::ParameterSetting& from) {
        return std::string_view{from.rule}.substr(from.rule.find('/') + 1);
    };
    return rule_of(a) == rule_of(b) && a.parameter == b.parameter && a.group == b.group &&
           a.account == b.account && a.instrument == b.instrument && a.asset == b.asset;
}

std::vector<std::string> signers_of(const Override& from) {
    std::vector<std::string> names;
    for (const Signature& each : from.signatures) {
        if (std::find(names.begin(), names.end(), each.name) == names.end()) {
            names.push_back(each.name);
        }
    }
    return names;
}

std::string statement(const Override& from) {
    return std::string{override_form} + "\n" + line("account", from.setting.account) +
           line("instrument", from.setting.instrument) + line("asset", from.setting.asset) +
           line("parameter", parameter_of(from)) + line("value", from.setting.value.text) +
           line("reason", from.reason) + "until " + std::to_string(from.until.ns) + "\n" +
           line("base", from.base);
}

void write(JsonWriter& json, const Override& from) {
    json.begin_object();
    json.key("form").string(override_form);
    json.key("account").string(from.setting.account);
    if (!from.setting.instrument.empty()) json.key("instrument").string(from.setting.instrument);
    if (!from.setting.asset.empty()) json.key("asset").string(from.setting.asset);
    json.key("parameter").string(parameter_of(from));
    json.key("value").string(from.setting.value.text);
    json.key("reason").string(from.reason);
    json.key("until").integer(from.until.ns);
    json.key("base").string(from.base);
    if (!from.instead.empty()) json.key("instead").string(from.instead);
    json.key("signatures");
    write(json, from.signatures);
    json.end_object();
}

std::string write(const Override& from) {
    std::string text;
    {
        JsonWriter json{text};
        write(json, from);
    }
    return text + "\n";
}

std::string set_parameter(std::string_view text, config::ParameterSetting& setting) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == text.size()) {
        return "is written rule.parameter, not `" + std::string{text} + "`";
    }
    setting.rule = text.substr(0, dot);
    setting.parameter = text.substr(dot + 1);
    return {};
}

std::string set_value(std::string_view text, config::ParameterSetting& setting) {
    setting.value.text = text;
    setting.value.number = config::parse_number(text);
    if (setting.value.number || text == "true" || text == "false") return {};
    return "is a number such as 250000, 5% or 30s, true or false, not `" + std::string{text} + "`";
}

bool is_override(std::string_view text) {
    if (text.size() > override_bytes_max) return false;
    const auto tree = Tree::parse(text);
    return tree && (*tree)["form"].text() == override_form;
}

OverrideRead read_override(std::string_view text) {
    const auto tree = Tree::parse(text.substr(0, override_bytes_max));
    if (!tree) return {.made = {}, .fault = "this is not an override: it is no JSON"};
    return read_override(*tree);
}

OverrideRead read_override(const Tree& node) {
    if (node["form"].text() != override_form) {
        return {
            .made = {},
            .fault = "this is not an override: `form` is not `" + std::string{override_form} + "`"};
    }
    JsonReading reading;
    Override made;
    made.setting.account = reading.text(node, "account");
    made.setting.instrument = reading.text_or_nothing(node, "instrument");
    made.setting.asset = reading.text_or_nothing(node, "asset");
    const auto refuse = [&](std::string_view key, const std::string& why) {
        if (!why.empty()) reading.refuse(key, why);
    };
    refuse("parameter", set_parameter(reading.text(node, "parameter"), made.setting));
    refuse("value", set_value(reading.text(node, "value"), made.setting));
    made.reason = reading.text(node, "reason");
    made.until.ns = reading.integer(node, "until");
    made.base = reading.text(node, "base");
    made.instead = reading.text_or_nothing(node, "instead");
    made.signatures = read_signatures(reading, node);
    check_texts(made, reading);
    if (!reading.well()) return {.made = {}, .fault = reading.take_fault()};
    return {.made = std::move(made), .fault = {}};
}

}  // namespace riskd::rulesets
