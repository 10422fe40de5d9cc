#include "riskd/rulesets/json_reading.hpp"

#include <charconv>
#include <cmath>

namespace riskd::rulesets {

using feeds::TreeKind;

void JsonReading::refuse(std::string_view what, std::string_view why) {
    if (fault_.empty()) fault_ = "`" + std::string{what} + "` " + std::string{why};
}

std::string JsonReading::text(const Tree& node, std::string_view key) {
    if (node[key].kind() != TreeKind::string) refuse(key, "must be text");
    return std::string{node[key].text()};
}

std::string JsonReading::text_or_nothing(const Tree& node, std::string_view key) {
    return node[key].kind() == TreeKind::absent ? std::string{} : text(node, key);
}

std::span<const feeds::Tree> JsonReading::list(const Tree& node, std::string_view key) {
    if (node[key].kind() != TreeKind::array) refuse(key, "must be a list");
    return node[key].elements();
}

double JsonReading::number(const Tree& node, std::string_view what) {
    double value = 0;
    const std::string_view text = node.text();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (node.kind() != TreeKind::number || !whole || !std::isfinite(value)) {
        refuse(what, "must be a number");
    }
    return value;
}

std::int64_t JsonReading::integer(const Tree& node, std::string_view key) {
    std::int64_t value = 0;
    const std::string_view text = node[key].text();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (node[key].kind() != TreeKind::number || !whole) refuse(key, "must be a whole number");
    return value;
}

config::ParameterSetting JsonReading::parameter(const Tree& node) {
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

}  // namespace riskd::rulesets
