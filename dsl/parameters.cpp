#include "dsl/parameters.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>
#include <tuple>
#include <utility>

namespace riskd::dsl {
namespace {

constexpr double unset = std::numeric_limits<double>::quiet_NaN();

void store_name(std::vector<std::string>& names, std::uint32_t index, std::string_view name) {
    if (index >= names.size()) names.resize(index + 1);
    names[index] = name;
}

}  // namespace

int ParameterBook::Profile::rank(const Setting& setting) const noexcept {
    constexpr int of_account = static_cast<int>(group_depth_max) + 1;
    int owner = 0;
    if (!setting.account.empty()) {
        if (setting.account != account) return -1;
        owner = of_account;
    }
    if (!setting.group.empty()) {
        const auto found = std::find(groups.begin(), groups.end(), setting.group);
        if (found == groups.end()) return -1;
        const int of_group = of_account - 1 - static_cast<int>(found - groups.begin());
        owner = std::max(owner, of_group);
    }
    const bool particular = !setting.instrument.empty() || !setting.asset.empty();
    return particular ? of_account + 1 + owner : owner;
}

bool ParameterBook::Setting::same_scope(const Setting& other) const noexcept {
    return rule == other.rule && parameter == other.parameter && group == other.group &&
           account == other.account && instrument == other.instrument && asset == other.asset;
}

ParameterBook::ParameterBook(std::span<const CheckedRule> rules) : rules_(rules) {
    int next = 0;
    for (const CheckedRule& rule : rules_) {
        std::vector<int>& slots = slots_.emplace_back();
        for (const ParameterDeclaration& each : rule.declaration.parameters) {
            slots.push_back(next);
            next += each.value.kind == ParameterKind::steps ? 2 : 1;
        }
    }
    slot_count_ = static_cast<std::size_t>(next);
    rebuild();
}

std::vector<config::Fault> ParameterBook::set_all(
    std::span<const config::ParameterSetting> settings) {
    std::vector<config::Fault> faults;
    settings_.clear();
    for (const config::ParameterSetting& each : settings) {
        Setting setting;
        if (read(each, setting, faults)) keep(std::move(setting));
    }
    rebuild();
    return faults;
}

std::vector<config::Fault> ParameterBook::set(const config::ParameterSetting& each) {
    std::vector<config::Fault> faults;
    Setting setting;
    if (!read(each, setting, faults)) return faults;
    keep(std::move(setting));
    rebuild();
    return faults;
}

void ParameterBook::keep(Setting setting) {
    for (Setting& each : settings_) {
        if (!each.same_scope(setting)) continue;
        each = std::move(setting);
        return;
    }
    settings_.push_back(std::move(setting));
}

bool ParameterBook::mentions_account(std::string_view name) const noexcept {
    return std::any_of(settings_.begin(), settings_.end(),
                       [&](const Setting& each) { return each.account == name; });
}

bool ParameterBook::mentions_any(std::span<const std::string> groups) const noexcept {
    return std::any_of(settings_.begin(), settings_.end(), [&](const Setting& each) {
        return std::find(groups.begin(), groups.end(), each.group) != groups.end();
    });
}

// The group itself, then those above it. The ledger has seen to it that there is an end.
std::vector<std::string> ParameterBook::groups_from(GroupId group) const {
    std::vector<std::string> names;
    while (group.raw < groups_.size() && names.size() < group_depth_max) {
        if (!groups_[group.raw].name.empty()) names.push_back(groups_[group.raw].name);
        group = groups_[group.raw].parent;
    }
    return names;
}

bool ParameterBook::is_parent(GroupId group) const noexcept {
    return std::any_of(groups_.begin(), groups_.end(),
                       [&](const GroupNode& each) { return each.parent == group; });
}

std::uint32_t ParameterBook::add_group_profile(GroupId group) {
    std::vector<std::string> names = groups_from(group);
    return mentions_any(names) ? add_profile({.groups = std::move(names), .account = {}}) : 0;
}

void ParameterBook::define_account(AccountId account, std::string_view name, GroupId group) {
    if (!name.empty() && mentions_account(name)) {
        Owner& owner = owners_[account.raw];
        owner.name = name;
        owner.group = group;
        if (owner.profile == 0) owner.profile = add_profile({});
        profiles_[owner.profile] = {.groups = groups_from(group), .account = owner.name};
        if (account.raw >= account_profiles_.size()) account_profiles_.resize(account.raw + 1);
        account_profiles_[account.raw] = owner.profile;
        build_row(owner.profile);
    }
}

void ParameterBook::define_group(GroupId group, std::string_view name, GroupId parent) {
    if (group.raw >= groups_.size()) groups_.resize(group.raw + 1);
    GroupNode& node = groups_[group.raw];
    if (node.name == name && node.parent == parent) return;
    const bool is_new = node.name.empty();
    const bool concerned = !is_new && mentions_any(groups_from(group));
    node = {.name = std::string{name}, .parent = parent};
    if (!is_new || is_parent(group)) {  // those below it see other settings now
        if (concerned || mentions_any(groups_from(group))) rebuild();
        return;
    }
    group_profiles_.resize(groups_.size(), 0);
    group_profiles_[group.raw] = add_group_profile(group);
    if (group_profiles_[group.raw] != 0) build_row(group_profiles_[group.raw]);
}

void ParameterBook::define_instrument(InstrumentId instrument, std::string_view name) {
    if (instrument.raw < instrument_names_.size() && instrument_names_[instrument.raw] == name) {
        return;
    }
    store_name(instrument_names_, instrument.raw, name);
    for (std::uint32_t i = 0; i < profiles_.size(); ++i) {
        const auto settings = settings_of(profiles_[i]);
        ParameterRow& row = rows_[i];
        row.by_instrument.resize(instrument_names_.size(), row.general);
        row.by_instrument[instrument.raw] = resolve(settings, name, {});
    }
}

void ParameterBook::define_asset(AssetId asset, std::string_view name) {
    if (asset.raw < asset_names_.size() && asset_names_[asset.raw] == name) return;
    store_name(asset_names_, asset.raw, name);
    for (std::uint32_t i = 0; i < profiles_.size(); ++i) {
        const auto settings = settings_of(profiles_[i]);
        ParameterRow& row = rows_[i];
        row.by_asset.resize(asset_names_.size(), row.general);
        row.by_asset[asset.raw] = resolve(settings, {}, name);
    }
}

std::uint32_t ParameterBook::add_profile(Profile profile) {
    profiles_.push_back(std::move(profile));
    rows_.emplace_back();
    return static_cast<std::uint32_t>(profiles_.size() - 1);
}

// Everything again; at load and when a setting changes, never on the way of an answer.
void ParameterBook::rebuild() {
    profiles_.clear();
    rows_.clear();
    blocks_.clear();
    std::fill(account_profiles_.begin(), account_profiles_.end(), 0);
    group_profiles_.assign(groups_.size(), 0);
    add_profile({});
    for (std::uint32_t i = 0; i < groups_.size(); ++i)
        group_profiles_[i] = add_group_profile(GroupId{i});
    for (auto& [account, owner] : owners_) {
        owner.profile = 0;
        if (!mentions_account(owner.name)) continue;
        owner.profile = add_profile({.groups = groups_from(owner.group), .account = owner.name});
        account_profiles_[account] = owner.profile;
    }
    for (std::uint32_t i = 0; i < profiles_.size(); ++i)
        build_row(i);
}

std::vector<const ParameterBook::Setting*> ParameterBook::settings_of(
    const Profile& profile) const {
    std::vector<const Setting*> found;
    for (const Setting& each : settings_) {
        if (profile.rank(each) >= 0) found.push_back(&each);
    }
    // The most specific last, so that it wins.
    std::stable_sort(found.begin(), found.end(), [&](const Setting* a, const Setting* b) {
        return profile.rank(*a) < profile.rank(*b);
    });
    return found;
}

void ParameterBook::build_row(std::uint32_t profile) {
    const auto settings = settings_of(profiles_[profile]);
    ParameterRow& row = rows_[profile];
    row.general = resolve(settings, {}, {});
    row.by_instrument.assign(instrument_names_.size(), row.general);
    row.by_asset.assign(asset_names_.size(), row.general);
    const auto particular = [&](const auto member, std::string_view name) {
        return std::any_of(settings.begin(), settings.end(),
                           [&](const Setting* each) { return each->*member == name; });
    };
    for (std::size_t i = 0; i < instrument_names_.size(); ++i) {
        const std::string& name = instrument_names_[i];
        if (name.empty() || !particular(&Setting::instrument, name)) continue;
        row.by_instrument[i] = resolve(settings, name, {});
    }
    for (std::size_t i = 0; i < asset_names_.size(); ++i) {
        const std::string& name = asset_names_[i];
        if (name.empty() || !particular(&Setting::asset, name)) continue;
        row.by_asset[i] = resolve(settings, {}, name);
    }
}

ParameterBlock ParameterBook::resolved(std::span<const Setting* const> settings,
                                       std::string_view instrument, std::string_view asset) const {
    std::vector<std::vector<const Setting*>> winners(rules_.size());
    for (std::size_t r = 0; r < rules_.size(); ++r) {
        winners[r].resize(rules_[r].declaration.parameters.size());
    }
    for (const Setting* each : settings) {
        if (!each->instrument.empty() && each->instrument != instrument) continue;
        if (!each->asset.empty() && each->asset != asset) continue;
        winners[each->rule][each->parameter] = each;
    }
    ParameterBlock block;
    block.values.assign(std::max<std::size_t>(slot_count_, 1), unset);
    for (std::size_t r = 0; r < rules_.size(); ++r) {
        bool ready = true;
        const auto& parameters = rules_[r].declaration.parameters;
        for (std::size_t p = 0; p < parameters.size(); ++p) {
            const auto slot = static_cast<std::size_t>(slots_[r][p]);
            const Setting* winner = winners[r][p];
            if (parameters[p].value.kind == ParameterKind::steps) {
                std::vector<double> cells;
                for (const auto& row : parameters[p].rows_default) {
                    cells.insert(cells.end(), row.begin(), row.end());
                }
                if (winner != nullptr) cells = winner->rows;
                const std::size_t width = parameters[p].columns.size() + 1;
                block.values[slot] = static_cast<double>(block.values.size());
                block.values[slot + 1] = static_cast<double>(cells.size() / width);
                block.values.insert(block.values.end(), cells.begin(), cells.end());
                ready &= !cells.empty();
            } else if (winner != nullptr) {
                block.values[slot] = winner->value;
            } else if (parameters[p].value.value_default) {
                block.values[slot] = *parameters[p].value.value_default;
            } else {
                ready = false;
            }
        }
        if (ready) block.ready |= std::uint64_t{1} << r;
    }
    return block;
}

const ParameterBlock* ParameterBook::resolve(std::span<const Setting* const> settings,
                                             std::string_view instrument, std::string_view asset) {
    ParameterBlock block = resolved(settings, instrument, asset);
    std::string key(block.values.size() * sizeof(double), '\0');
    std::memcpy(key.data(), block.values.data(), key.size());
    auto& kept = blocks_[key];
    if (kept == nullptr) kept = std::make_unique<ParameterBlock>(std::move(block));
    return kept.get();
}

std::vector<ParameterBook::Tried> ParameterBook::tried_with(std::size_t rule,
                                                            std::size_t most) const {
    std::vector<Tried> tried;
    std::set<std::string> seen;
    const auto add = [&](const Setting& scope) {
        std::string whom;
        const auto say = [&whom](std::string_view what, const std::string& name) {
            if (name.empty()) return;
            whom.append(whom.empty() ? "" : ", ").append(what).append(" ").append(name);
        };
        say("group", scope.group);
        say("account", scope.account);
        say("instrument", scope.instrument);
        say("asset", scope.asset);
        if (tried.size() == most || !seen.insert(whom).second) return;
        Profile profile{.groups = {}, .account = scope.account};
        if (!scope.group.empty()) profile.groups.push_back(scope.group);
        tried.push_back({.block = resolved(settings_of(profile), scope.instrument, scope.asset),
                         .whom = std::move(whom)});
    };
    add({});
    for (const Setting& each : settings_) {
        if (each.rule == rule) add(each);
    }
    return tried;
}

std::string ParameterBook::canonical(std::size_t of_rule) const {
    std::vector<std::string> lines;
    for (const Setting& each : settings_) {
        if (of_rule != none_of_rules && each.rule != of_rule) continue;
        const RuleDeclaration& rule = rules_[each.rule].declaration;
        std::string line = rule.name + "." + rule.parameters[each.parameter].value.name + "|" +
                           each.group + "|" + each.account + "|" + each.instrument + "|" +
                           each.asset + "|";
        std::vector<double> cells = each.rows;
        cells.push_back(each.value);
        for (const double cell : cells) {
            std::uint64_t bits{};
            std::memcpy(&bits, &cell, sizeof bits);
            line += std::to_string(bits) + ",";
        }
        lines.push_back(std::move(line));
    }
    std::sort(lines.begin(), lines.end());
    std::string out;
    for (const std::string& line : lines)
        out += line + "\n";
    return out;
}

}  // namespace riskd::dsl
