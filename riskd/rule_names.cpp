#include "riskd/rule_names.hpp"

namespace riskd::verbs {

void define_terms(dsl::LuaRulebook& rulebook, const Ledger& ledger) {
    for (std::uint32_t raw = 0; raw < ledger.group_count(); ++raw) {
        const Group& group = ledger.group(GroupId{raw});
        rulebook.define_group(group.id, group.terms.name.view(), group.parent);
    }
    for (std::uint32_t raw = 0; raw < ledger.asset_count(); ++raw) {
        rulebook.define_asset(AssetId{raw}, ledger.asset(AssetId{raw}).terms.name.view());
    }
    for (std::uint32_t raw = 0; raw < ledger.instrument_count(); ++raw) {
        rulebook.define_instrument(InstrumentId{raw},
                                   ledger.instrument(InstrumentId{raw}).terms.name.view());
    }
}

void define_accounts(dsl::LuaRulebook& rulebook, const Ledger& ledger, std::uint32_t begin,
                     std::uint32_t end) {
    for (std::uint32_t raw = begin; raw < end; ++raw) {
        const Account& account = ledger.account(AccountId{raw});
        rulebook.define_account(account.id, account.terms.name.view(), account.group);
    }
}

void define_name(dsl::LuaRulebook& rulebook, const Ledger& ledger, const EventBody& body) {
    if (const auto* account = std::get_if<AccountDefinition>(&body)) {
        const AccountId id = ledger.find_account(account->name.view());
        if (!is_known(id)) return;
        rulebook.define_account(id, account->name.view(), ledger.account(id).group);
    } else if (const auto* group = std::get_if<GroupDefinition>(&body)) {
        const GroupId id = ledger.find_group(group->name.view());
        if (is_known(id)) {
            rulebook.define_group(id, group->name.view(), ledger.group(id).parent);
        }
    } else if (const auto* asset = std::get_if<AssetDefinition>(&body)) {
        const AssetId id = ledger.find_asset(asset->name.view());
        if (is_known(id)) rulebook.define_asset(id, asset->name.view());
    } else if (const auto* instrument = std::get_if<InstrumentDefinition>(&body)) {
        const InstrumentId id = ledger.find_instrument(instrument->name.view());
        if (is_known(id)) rulebook.define_instrument(id, instrument->name.view());
    }
}

}  // namespace riskd::verbs
