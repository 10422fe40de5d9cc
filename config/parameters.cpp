#include "config/parameters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "riskd/core/reference_fields.hpp"

namespace riskd::config {

namespace {

constexpr std::array<std::string_view, 4> scope_keys{"group", "account", "instrument", "asset"};
constexpr std::array<std::string_view, 2> override_keys{"for", "set"};

constexpr std::string_view not_a_value =
    "is not a number, a share (5%, 5bp), a duration (60s), true, false or a list of tiers";

// A rule or parameter as Lua writes it.
bool is_lua_name(std::string_view text) noexcept {
    if (text.empty() || text.size() > 64) return false;
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || digit(c); });
}

// What tells an editor of the language; it lies among the rules and is none.
bool is_for_editors(const std::filesystem::path& path) {
    return path.string().ends_with(".meta.lua");
}

// 32 bytes in base64.
bool is_public_key(std::string_view text) noexcept {
    constexpr std::size_t characters = 44;
    if (text.size() != characters || text.back() != '=') return false;
    text.remove_suffix(1);
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '/';
    });
}

// The .lua files under a directory by name. False when it cannot be listed or holds more than any
// ruleset does.
bool find_rule_files(const std::filesystem::path& path, std::vector<std::string>& found) {
    constexpr int entries_max = 10'000;
    std::error_code error;
    std::filesystem::recursive_directory_iterator at{path, error};
    int entries = 0;
    for (; !error && at != std::filesystem::recursive_directory_iterator{}; at.increment(error)) {
        if (++entries > entries_max) return false;
        if (at->path().extension() != ".lua" || is_for_editors(at->path())) continue;
        found.push_back(at->path().string());
    }
    std::sort(found.begin(), found.end());
    return !error;
}

std::string path_of(const ParameterSetting& setting) {
    std::string path = setting.rule + "." + setting.parameter;
    const std::array<std::string_view, 4> names{setting.group, setting.account, setting.instrument,
                                                setting.asset};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].empty()) continue;
        path += " for " + std::string{scope_keys[i]} + " " + std::string{names[i]};
    }
    return path;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) noexcept {
    const DecimalRead span = parse_duration(text);
    if (span.fault == DecimalFault::none) return static_cast<double>(span.raw) / 1e9;
    std::string_view exponent = "";
    if (text.ends_with("%")) {
        text.remove_suffix(1);
        exponent = "e-2";
    } else if (text.ends_with("bp")) {
        text.remove_suffix(2);
        exponent = "e-4";
    }
    // The grammar of decimals, then the nearest double of the whole text: 5% is 0.05, not 5 / 100.
    std::array<char, 48> written{};
    if (text.size() + exponent.size() > written.size()) return std::nullopt;
    if (parse_decimal(text, decimals_max).fault == DecimalFault::not_a_decimal) return std::nullopt;
    char* end = std::copy(text.begin(), text.end(), written.begin());
    end = std::copy(exponent.begin(), exponent.end(), end);
    double value{};
    const auto [rest, error] = std::from_chars(written.data(), end, value);
    if (error != std::errc{} || rest != end || !std::isfinite(value)) return std::nullopt;
    return value;
}

void ParameterReader::read_files(const YamlNode& node, const std::string& directory) {
    for (const YamlNode& item : report_.items(node, "rules.files"))
        read_file(item, directory);
}

void ParameterReader::read_file(const YamlNode& item, const std::string& directory) {
    namespace fs = std::filesystem;
    const std::string* text = report_.text(item, "rules.files");
    if (text == nullptr) return;
    const fs::path path = (fs::path{directory} / *text).lexically_normal();
    std::error_code error;
    std::vector<std::string> found;
    if (fs::is_directory(path, error)) {
        if (!find_rule_files(path, found)) {
            report_.fault(item.place, "`" + path.string() + "` cannot be listed");
        } else if (found.empty()) {
            report_.fault(item.place, "`" + path.string() + "` holds no .lua file");
        }
    } else if (is_for_editors(path)) {
        report_.fault(item.place, "`" + path.string() + "` is for editors and holds no rule");
    } else if (path.extension() != ".lua") {
        report_.fault(item.place, "`" + path.string() + "` is neither a .lua file nor a directory");
    } else if (!fs::is_regular_file(path, error)) {
        report_.fault(item.place, "there is no file `" + path.string() + "`");
    } else {
        found.push_back(path.string());
    }
    for (std::string& file : found) {
        if (report_.set_once("rules.files " + file, item.place)) {
            into_.files.push_back(std::move(file));
        }
    }
}

void ParameterReader::read_parameters(const YamlNode& node) {
    for (const YamlNode::Entry* rule : report_.entries(node, "rules.parameters")) {
        if (!is_lua_name(rule->key)) {
            report_.fault(rule->place, "`" + rule->key + "` is not the name of a rule");
            continue;
        }
        for (const YamlNode::Entry* entry : report_.entries(rule->value, rule->key)) {
            ParameterSetting setting;
            setting.rule = rule->key;
            setting.parameter = entry->key;
            if (!is_lua_name(entry->key)) {
                report_.fault(entry->place, "`" + entry->key + "` is not the name of a parameter");
                continue;
            }
            const std::string path = path_of(setting);
            const bool is_new = report_.set_once(path, entry->place);
            if (!read_value(entry->value, path, setting.value) || !is_new) continue;
            into_.parameters.push_back(std::move(setting));
        }
    }
}

void ParameterReader::read_overrides(const YamlNode& node) {
    for (const YamlNode& item : report_.items(node, "rules.overrides"))
        read_override(item);
}

void ParameterReader::read_signers(const YamlNode& node) {
    for (const YamlNode::Entry* entry : report_.entries(node, "rules.signers")) {
        const std::string path = "rules.signers." + entry->key;
        const std::string* key = report_.text(entry->value, path);
        if (key == nullptr || !report_.set_once(path, entry->place)) continue;
        if (!is_lua_name(entry->key)) {
            report_.fault(entry->place, "`" + entry->key + "` is not the name of a signer");
        } else if (!is_public_key(*key)) {
            report_.fault(entry->value.place, "`" + path + "` is not a public key: `riskd rules " +
                                                  "key` prints one, 44 characters");
        } else if (std::any_of(into_.signers.begin(), into_.signers.end(),
                               [&](const RuleSigner& each) { return each.public_key == *key; })) {
            report_.fault(entry->value.place, "`" + path + "` is the key of another signer too");
        } else {
            into_.signers.push_back({.name = entry->key, .public_key = *key});
        }
    }
}

void ParameterReader::read_override(const YamlNode& item) {
    const YamlNode* scope_node = nullptr;
    const YamlNode* set_node = nullptr;
    if (item.kind == YamlNode::Kind::nothing) {
        report_.fault(item.place, "an override needs `for` and `set`");
        return;
    }
    for (const YamlNode::Entry* entry : report_.entries(item, "rules.overrides")) {
        if (entry->key == "for") {
            scope_node = &entry->value;
        } else if (entry->key == "set") {
            set_node = &entry->value;
        } else {
            report_.unknown_key(*entry, "an override", override_keys);
        }
    }
    if (item.kind != YamlNode::Kind::map) return;
    if (scope_node == nullptr || set_node == nullptr) {
        report_.fault(item.place, "an override needs `for` and `set`");
    }
    ParameterSetting scope;
    const bool scoped = scope_node != nullptr && read_scope(*scope_node, scope);
    if (set_node == nullptr) return;
    const auto settings = report_.entries(*set_node, "set");
    if (!scoped) return;
    for (const YamlNode::Entry* entry : settings)
        read_setting(*entry, scope);
}

bool ParameterReader::read_scope(const YamlNode& node, ParameterSetting& scope) {
    const std::size_t before = mentions_.size();
    for (const YamlNode::Entry* entry : report_.entries(node, "for")) {
        const auto key = std::find(scope_keys.begin(), scope_keys.end(), entry->key);
        if (key == scope_keys.end()) {
            report_.unknown_key(*entry, "`for`", scope_keys);
            continue;
        }
        const std::string* text = report_.text(entry->value, entry->key);
        if (text == nullptr) continue;
        const std::array<std::string*, 4> names{&scope.group, &scope.account, &scope.instrument,
                                                &scope.asset};
        *names[static_cast<std::size_t>(key - scope_keys.begin())] = *text;
        mentions_.push_back({entry->key, *text, entry->value.place});
    }
    if (!scope.group.empty() && !scope.account.empty()) {
        report_.fault(node.place, "`for` names a group and an account; one of them is enough");
        return false;
    }
    if (!scope.instrument.empty() && !scope.asset.empty()) {
        report_.fault(node.place,
                      "`for` names an instrument and an asset; no rule is asked of both");
        return false;
    }
    if (node.kind == YamlNode::Kind::map && node.entries.empty()) {
        report_.fault(node.place,
                      "`for` names nobody; parameters for everyone are in `parameters`");
    }
    return mentions_.size() > before;
}

void ParameterReader::read_setting(const YamlNode::Entry& entry, const ParameterSetting& scope) {
    ParameterSetting setting = scope;
    const std::size_t point = entry.key.find('.');
    setting.rule = entry.key.substr(0, point);
    if (point != std::string::npos) setting.parameter = entry.key.substr(point + 1);
    if (!is_lua_name(setting.rule) || !is_lua_name(setting.parameter)) {
        report_.fault(entry.place, "`" + entry.key + "` must be rule.parameter");
        return;
    }
    const std::string path = path_of(setting);
    const bool is_new = report_.set_once(path, entry.place);
    if (!read_value(entry.value, path, setting.value) || !is_new) return;
    into_.parameters.push_back(std::move(setting));
}

bool ParameterReader::read_value(const YamlNode& node, const std::string& what,
                                 ParameterValue& value) {
    value.place = node.place;
    if (node.kind == YamlNode::Kind::list) return read_rows(node, what, value);
    const std::string* text = report_.text(node, what);
    if (text == nullptr) return false;
    value.text = *text;
    if (*text == "true" || *text == "false") return true;
    value.number = parse_number(*text);
    if (value.number) return true;
    report_.fault(node.place,
                  "`" + what + "` is `" + *text + "`, which " + std::string{not_a_value});
    return false;
}

// Every tier has the columns of the first one, and the first column, the bound from which a tier
// holds, rises from tier to tier.
bool ParameterReader::read_rows(const YamlNode& node, const std::string& what,
                                ParameterValue& value) {
    bool well = !node.items.empty();
    if (!well) report_.fault(node.place, "`" + what + "` has no tier");
    for (const YamlNode& item : node.items) {
        std::vector<std::pair<std::string, double>> row;
        for (const YamlNode::Entry* cell : report_.entries(item, what)) {
            const std::string* text = report_.text(cell->value, cell->key);
            const auto number = text == nullptr ? std::nullopt : parse_number(*text);
            if (text != nullptr && !number) {
                report_.fault(cell->value.place, "`" + cell->key + "` is `" + *text +
                                                     "`, which is not a number or a share");
            }
            well = well && number;
            row.emplace_back(cell->key, number.value_or(0));
        }
        if (row.empty()) {
            if (item.kind != YamlNode::Kind::text && item.kind != YamlNode::Kind::list) {
                report_.fault(item.place, "`" + what + "` has an empty tier");
            }
            well = false;
            continue;
        }
        if (!value.rows.empty()) {
            const auto& first = value.rows.front();
            const bool same =
                std::equal(first.begin(), first.end(), row.begin(), row.end(),
                           [](const auto& a, const auto& b) { return a.first == b.first; });
            const bool rises = row.front().second > value.rows.back().front().second;
            if (!same) {
                report_.fault(item.place,
                              "a tier of `" + what + "` has other columns than the first one");
            } else if (well && !rises) {
                report_.fault(item.place, "`" + row.front().first + "` of this tier of `" + what +
                                              "` is not above that of the tier before");
            }
            well = well && same && rises;
        }
        value.rows.push_back(std::move(row));
    }
    value.text = std::to_string(value.rows.size()) + " tiers";
    return well;
}

void ParameterReader::check(const ReferenceReader& reference) {
    for (const Mention& mention : mentions_) {
        const bool known =
            (mention.kind == "group" && reference.has_group(mention.name)) ||
            (mention.kind == "account" && reference.has_account(mention.name)) ||
            (mention.kind == "instrument" && reference.has_instrument(mention.name)) ||
            (mention.kind == "asset" && reference.has_asset(mention.name));
        if (!known) report_.fault(mention.place, reference.not_defined(mention.kind, mention.name));
    }
}

}  // namespace riskd::config
