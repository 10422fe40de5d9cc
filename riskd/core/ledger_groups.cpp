// The tree of groups and what adds up along it.
#include "riskd/core/ledger.hpp"

namespace riskd {

std::string_view Ledger::group_name(GroupId id) const noexcept {
    return is_known(id) ? groups_[index(id)].terms.name.view() : std::string_view{};
}

GroupExposure Ledger::group_exposure(GroupId id, InstrumentId instrument) const noexcept {
    const Group& group = groups_[index(id)];
    const bool traded =
        index(instrument) < group.places.size() && group.places[index(instrument)] != none_raw;
    return traded ? group.exposures[group.places[index(instrument)]]
                  : GroupExposure{.instrument = instrument};
}

bool Ledger::is_within(GroupId group, GroupId above) const noexcept {
    if (!is_known(above)) return false;
    for (; is_known(group); group = groups_[index(group)].parent) {
        if (group == above) return true;
    }
    return false;
}

std::size_t Ledger::group_level(GroupId group) const noexcept {
    std::size_t level = 0;
    for (; is_known(group); group = groups_[index(group)].parent)
        ++level;
    return level;
}

// Levels from a group down to the lowest one below it, its own included; 1 for a new one.
std::size_t Ledger::group_height(GroupId top) const noexcept {
    if (!is_known(top)) return 1;
    std::size_t lowest = 0;
    for (const Group& group : groups_) {
        if (is_within(group.id, top)) lowest = std::max(lowest, group_level(group.id));
    }
    return lowest - group_level(top) + 1;
}

std::optional<std::string_view> Ledger::group_fault(
    const GroupDefinition& definition) const noexcept {
    if (definition.name.empty()) return "group refused: it has no name";
    const GroupId known = find_group(definition.name.view());
    if (!is_known(known) && groups_.size() >= groups_max) {
        return "group refused: there are as many as riskd keeps";
    }
    if (definition.parent.empty()) return std::nullopt;
    const GroupId parent = find_group(definition.parent.view());
    if (!is_known(parent)) return "group refused: its parent is not defined";
    if (is_within(parent, known)) return "group refused: its parent is itself or below it";
    if (group_level(parent) + group_height(known) > group_depth_max) {
        return "group refused: more than 8 groups one above another";
    }
    return std::nullopt;
}

std::optional<GroupId> Ledger::apply_group(const GroupDefinition& definition) {
    if (group_fault(definition)) return std::nullopt;
    const GroupId known = find_group(definition.name.view());
    const bool is_new = !is_known(known);
    const GroupId id = is_new ? GroupId{static_cast<std::uint32_t>(groups_.size())} : known;
    if (is_new) {
        groups_.emplace_back().id = id;
        group_names_.insert({.name = {store_, definition.name.view()}, .id = id});
    }
    const GroupId parent = find_group(definition.parent.view());
    groups_[index(id)].terms = definition;
    const GroupId before = groups_[index(id)].parent;
    if (before == parent) return id;
    // What it adds up moves with it, from the groups it was in to those it is in now.
    const std::vector<GroupExposure> exposures = groups_[index(id)].exposures;
    for (const GroupExposure& exposure : exposures) {
        const GroupExposure nothing{.instrument = exposure.instrument};
        track_groups(before, exposure, nothing);
        track_groups(parent, nothing, exposure);
    }
    groups_[index(id)].parent = parent;
    return id;
}

// Each group from `group` up has the change of one share of it.
void Ledger::track_groups(GroupId group, const GroupExposure& before, const GroupExposure& after) {
    for (; is_known(group); group = groups_[index(group)].parent) {
        Group& row = groups_[index(group)];
        const std::size_t at = index(after.instrument);
        if (at >= row.places.size()) row.places.resize(at + 1, none_raw);
        if (row.places[at] == none_raw) {
            row.places[at] = static_cast<std::uint32_t>(row.exposures.size());
            row.exposures.emplace_back().instrument = after.instrument;
        }
        GroupExposure& sum = row.exposures[row.places[at]];
        sum.long_quantity += after.long_quantity - before.long_quantity;
        sum.short_quantity += after.short_quantity - before.short_quantity;
        sum.open_buy += after.open_buy - before.open_buy;
        sum.open_sell += after.open_sell - before.open_sell;
        sum.worst_quantity += after.worst_quantity - before.worst_quantity;
    }
}

void Ledger::move_to_group(Account& account, GroupId group) {
    if (account.group == group) return;
    for (const Position& position : account.positions) {
        const GroupExposure share = share_of(position);
        const GroupExposure nothing{.instrument = position.instrument};
        track_groups(account.group, share, nothing);
        track_groups(group, nothing, share);
    }
    account.group = group;
}

}  // namespace riskd
