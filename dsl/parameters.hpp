// The parameters of a ruleset: what was set for everyone, a group and all below it, an account, an
// instrument or an asset, resolved into one flat block of doubles for each distinct combination: an
// answer costs two look-ups by number. Definitions bind names to ids and may allocate; finding a
// block does not. Core thread after start. An account without settings of its own costs nothing.
//
// A block: one double per parameter at its slot; a steps parameter takes two slots, the place of
// its rows in the same block and their count. A row is [from, column, column...].
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/settings.hpp"
#include "dsl/checker.hpp"
#include "riskd/core/rulebook.hpp"

namespace riskd::dsl {

// A number as a person writes it: up to 15 digits, no trailing zeros.
std::string shown(double value);

struct ParameterBlock {
    std::uint64_t ready{};  // bit of each rule whose parameters are all set
    std::vector<double> values;
};

// The blocks of one profile: those that are asked about the same account, or have the same groups.
struct ParameterRow {
    const ParameterBlock* general{};
    std::vector<const ParameterBlock*> by_instrument;
    std::vector<const ParameterBlock*> by_asset;
};

class ParameterFinder {
public:
    ParameterFinder(std::span<const std::uint32_t> accounts, std::span<const std::uint32_t> groups,
                    const ParameterRow* rows) noexcept
        : accounts_(accounts), groups_(groups), rows_(rows) {}

    const ParameterBlock& find(const RuleScope& scope) const noexcept {
        const ParameterRow& row = rows_[profile(scope)];
        return at(row.by_instrument, row.general, scope.instrument.raw);
    }
    const ParameterBlock& find(const RuleScope& scope, AssetId asset) const noexcept {
        const ParameterRow& row = rows_[profile(scope)];
        return at(row.by_asset, row.general, asset.raw);
    }

private:
    std::uint32_t profile(const RuleScope& scope) const noexcept {
        if (scope.account.raw < accounts_.size()) {
            const std::uint32_t own = accounts_[scope.account.raw];
            if (own != 0) return own;
        }
        return scope.group.raw < groups_.size() ? groups_[scope.group.raw] : 0;
    }
    static const ParameterBlock& at(const std::vector<const ParameterBlock*>& row,
                                    const ParameterBlock* general, std::uint32_t index) noexcept {
        return index < row.size() ? *row[index] : *general;
    }

    std::span<const std::uint32_t> accounts_;
    std::span<const std::uint32_t> groups_;
    const ParameterRow* rows_{};
};

class ParameterBook {
public:
    // REQUIRES: the rules outlive the book; at most 64 of them.
    explicit ParameterBook(std::span<const CheckedRule> rules);

    // By rule and parameter: the slot in a block.
    int slot(std::size_t rule, std::size_t parameter) const noexcept {
        return slots_[rule][parameter];
    }

    // Replaces everything that was set. With faults, what was wrong is left out.
    std::vector<config::Fault> set_all(std::span<const config::ParameterSetting> settings);
    // Adds one setting, or changes the value of the same one. An account that has settings for the
    // first time is found after the next define_account() for it.
    std::vector<config::Fault> set(const config::ParameterSetting& setting);

    void define_account(AccountId account, std::string_view name, GroupId group);
    // A parent may be defined after its groups.
    void define_group(GroupId group, std::string_view name, GroupId parent);
    void define_instrument(InstrumentId instrument, std::string_view name);
    void define_asset(AssetId asset, std::string_view name);

    const ParameterBlock& find(const RuleScope& scope) const noexcept {
        return finder().find(scope);
    }
    // For many questions: what the search reads, by value. Good until anything is set or defined.
    ParameterFinder finder() const noexcept {
        return {account_profiles_, group_profiles_, rows_.data()};
    }

    // One line a setting, in order of rule, parameter and scope: the same settings give the same
    // text.
    std::string canonical() const { return canonical(none_of_rules); }
    // Of one rule alone.
    std::string canonical(std::size_t rule) const;
    std::size_t blocks() const noexcept { return blocks_.size(); }

    // What the rule can be asked with before any name is known: for everyone, and for each scope
    // that has a setting of it, crossings of scopes left out; at most so many.
    struct Tried {
        ParameterBlock block;
        std::string whom;  // "group pro, instrument BTC-PERP"; empty: everyone
    };
    std::vector<Tried> tried_with(std::size_t rule, std::size_t most) const;

private:
    static constexpr std::size_t none_of_rules = static_cast<std::size_t>(-1);
    struct Setting {
        std::size_t rule{};
        std::size_t parameter{};
        std::string group;
        std::string account;
        std::string instrument;
        std::string asset;
        double value{};
        std::vector<double> rows;  // steps: cells, row after row
        bool same_scope(const Setting& other) const noexcept;
    };
    struct Profile {
        std::vector<std::string> groups;  // the group itself, then those above it
        std::string account;
        // How specific a setting is for whom this describes; negative when it is not for him.
        int rank(const Setting& setting) const noexcept;
    };
    struct Owner {  // an account with settings of its own
        std::string name;
        GroupId group{no_group};
        std::uint32_t profile{};
    };

    bool read(const config::ParameterSetting& from, Setting& setting,
              std::vector<config::Fault>& faults) const;
    bool read_steps(const config::ParameterSetting& from, Setting& setting,
                    std::vector<config::Fault>& faults) const;
    void keep(Setting setting);
    void rebuild();
    void build_row(std::uint32_t profile);
    std::vector<const Setting*> settings_of(const Profile& profile) const;
    ParameterBlock resolved(std::span<const Setting* const> settings, std::string_view instrument,
                            std::string_view asset) const;
    const ParameterBlock* resolve(std::span<const Setting* const> settings,
                                  std::string_view instrument, std::string_view asset);
    bool mentions_account(std::string_view name) const noexcept;
    bool mentions_any(std::span<const std::string> groups) const noexcept;
    bool is_parent(GroupId group) const noexcept;
    std::uint32_t add_profile(Profile profile);
    std::vector<std::string> groups_from(GroupId group) const;
    std::uint32_t add_group_profile(GroupId group);

    std::span<const CheckedRule> rules_;
    std::vector<std::vector<int>> slots_;
    std::size_t slot_count_{};
    std::vector<Setting> settings_;

    struct GroupNode {
        std::string name;
        GroupId parent{no_group};
    };
    std::vector<GroupNode> groups_;
    std::vector<std::string> instrument_names_;
    std::vector<std::string> asset_names_;
    std::map<std::uint32_t, Owner> owners_;  // by account

    std::vector<Profile> profiles_;   // 0: everyone
    std::vector<ParameterRow> rows_;  // by profile
    std::vector<std::uint32_t> account_profiles_;
    std::vector<std::uint32_t> group_profiles_;
    std::unordered_map<std::string, std::unique_ptr<ParameterBlock>> blocks_;  // by content
};

}  // namespace riskd::dsl
