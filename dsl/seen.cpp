// What a rule saw, for people: the values of the fields it reads, found by the schema.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "dsl/host.hpp"

namespace riskd::dsl {
namespace {

std::string value_of(const FieldInfo& field, const void* view) {
    const char* at = static_cast<const char*>(view) + field.offset;
    if (field.storage == Storage::number) {
        double number{};
        std::memcpy(&number, at, sizeof number);
        return std::isnan(number) ? "unknown" : shown(number);
    }
    if (field.storage == Storage::flag) {
        bool flag{};
        std::memcpy(&flag, at, sizeof flag);
        return flag ? "true" : "false";
    }
    std::int32_t number{};
    std::memcpy(&number, at, sizeof number);
    const EnumerationInfo* enumeration = find_enumeration(field.unit);
    const auto place = static_cast<std::size_t>(number);
    const bool named = enumeration != nullptr && place < enumeration->enumerators.size();
    return named ? std::string{enumeration->enumerators[place]} : std::to_string(number);
}

std::string value_of(ViewId id, std::string_view field, const void* view_at) {
    const FieldInfo* found = find_field(view(id), field);
    return found == nullptr ? std::string{} : value_of(*found, view_at);
}

// The window of a rule among those of the ruleset.
const WindowView* find_window(const CheckedRule& rule, std::span<const WindowSpec> windows,
                              std::string_view name, const CheckQuestion& question) {
    for (const WindowDeclaration& each : rule.declaration.windows) {
        if (each.name != name) continue;
        const auto found = std::find(windows.begin(), windows.end(), each.spec);
        const auto place = static_cast<std::size_t>(found - windows.begin());
        return place < question.history.size() ? &question.history[place] : nullptr;
    }
    return nullptr;
}

}  // namespace

std::vector<SeenValue> LuaRulebook::seen(RuleId id, const CheckQuestion& question) const {
    const CheckedRule& rule = ruleset_.rules[index(id)];
    std::vector<SeenValue> values;
    const auto add = [&](const std::string& name, std::string value) {
        if (!value.empty()) values.push_back({name, std::move(value)});
    };
    for (const std::string& read : rule.reads) {
        const std::size_t point = read.find('.');
        const std::string_view owner = std::string_view{read}.substr(0, point);
        const std::string_view rest = std::string_view{read}.substr(point + 1);
        if (owner == "order") {
            add(read, value_of(ViewId::order, rest, &question.order));
        } else if (owner == "account") {
            add(read, value_of(ViewId::account, rest, &question.account));
        } else if (owner == "instrument") {
            add(read, value_of(ViewId::instrument, rest, &question.instrument));
        } else if (owner == "exposure") {
            add(read, value_of(ViewId::exposure, rest, &question.exposure));
        } else if (owner == "group" && question.groups_count > 0) {
            add(read, value_of(ViewId::group, rest, &question.groups[0].view));
        } else if (owner == "history") {
            const std::size_t second = rest.find('.');
            const WindowView* window =
                find_window(rule, ruleset_.windows, rest.substr(0, second), question);
            if (window == nullptr) continue;
            add(read, value_of(ViewId::window, rest.substr(second + 1), window));
        }
    }
    const ParameterBlock& block = parameters_.find(question.scope);
    for (std::size_t p = 0; p < rule.declaration.parameters.size(); ++p) {
        const ValueDeclaration& declared = rule.declaration.parameters[p].value;
        if (declared.kind == ParameterKind::steps) continue;
        const double value = block.values[static_cast<std::size_t>(parameters_.slot(index(id), p))];
        const bool flag = declared.kind == ParameterKind::flag;
        add("params." + declared.name, std::isnan(value) ? "not set"
                                       : flag            ? (value != 0 ? "true" : "false")
                                                         : shown(value));
    }
    return values;
}

}  // namespace riskd::dsl
