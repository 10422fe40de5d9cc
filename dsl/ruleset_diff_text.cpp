#include <array>

#include "dsl/json_text.hpp"
#include "dsl/ruleset_diff.hpp"

namespace riskd::dsl {
namespace {

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.resize(width, ' ');
    return text;
}

std::string line_of(const RulesetDifference& each) {
    constexpr std::size_t name_width = 32;
    constexpr std::size_t whom_width = 30;
    std::string out;
    if (each.parameter.empty()) {
        out = padded(each.rule.empty() ? "ruleset" : each.rule, name_width) + " " +
              padded(each.note, whom_width);
        if (!each.before.empty() || !each.after.empty()) {
            out += " " + each.before + " -> " + each.after;
        }
        return out + " " + std::string{name(each.change)} + "\n";
    }
    out = padded(each.rule + "." + each.parameter, name_width) + " " +
          padded(in_words(each.scope), whom_width) + " " + each.before + " -> " + each.after + " " +
          std::string{name(each.change)} + "\n";
    if (!each.note.empty()) out += "    " + each.note + "\n";
    return out;
}

}  // namespace

std::string in_words(const ParameterScope& scope) {
    const std::string thing = scope.instrument + scope.asset;
    std::string out;
    if (!scope.account.empty()) out = "account " + scope.account;
    if (!scope.group.empty()) out = "group " + scope.group + " and those below it";
    if (thing.empty()) return out.empty() ? "everyone" : out;
    if (out.empty()) return (scope.asset.empty() ? "instrument " : "asset ") + thing;
    return out + (scope.asset.empty() ? " in " : " with ") + thing;
}

std::string render(const RulesetDifferences& differences) {
    std::string out;
    for (const RulesetDifference& each : differences.list)
        out += line_of(each);
    return out + std::string{name(differences.verdict)} + "\n";
}

std::string to_json(const RulesetDifferences& differences) {
    JsonText json;
    json.open('{');
    json.pair("verdict", name(differences.verdict));
    json.key("differences");
    json.open('[');
    for (const RulesetDifference& each : differences.list) {
        json.open('{');
        json.pair("rule", each.rule);
        json.pair("parameter", each.parameter);
        json.key("for");
        json.open('{');
        const std::array<std::pair<std::string_view, const std::string*>, 4> names{
            {{"group", &each.scope.group},
             {"account", &each.scope.account},
             {"instrument", &each.scope.instrument},
             {"asset", &each.scope.asset}}};
        for (const auto& [key, value] : names) {
            if (!value->empty()) json.pair(key, *value);
        }
        json.close();
        json.pair("for_whom", each.parameter.empty() ? std::string{} : in_words(each.scope));
        json.pair("before", each.before);
        json.pair("after", each.after);
        json.pair("change", name(each.change));
        json.pair("note", each.note);
        json.close();
    }
    json.close();
    json.close();
    return json.take();
}

}  // namespace riskd::dsl
