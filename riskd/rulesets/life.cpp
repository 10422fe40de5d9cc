#include "riskd/rulesets/life.hpp"

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <span>
#include <system_error>
#include <utility>

#include "riskd/rule_names.hpp"

namespace riskd::rulesets {
namespace {

constexpr std::uint32_t accounts_a_turn = 1'024;

std::unique_ptr<Ruleset> configured_ruleset(const config::RulesSettings& settings,
                                            std::unique_ptr<dsl::LuaRulebook> rulebook) {
    auto made = std::make_unique<Ruleset>();
    made->bundle = bundle_of(settings, *rulebook);
    made->rulebook = std::move(rulebook);
    return made;
}

// On a thread of its own.
Admission look_at(const std::string& text, const config::RulesSettings& settings,
                  const Folder& folder) {
    Admission made = admit(text, settings);
    if (made.ruleset == nullptr) return made;
    made.ruleset->rulebook->warm();
    std::string fault = folder.keep(made.ruleset->bundle.hash, text);
    if (!fault.empty()) return {.ruleset = nullptr, .fault = std::move(fault)};
    return made;
}

std::string no_thread(const std::system_error& error) {
    return std::string{"no thread to look at it: "} + error.what();
}

// Of the accounts that either bundle sets something for, and of every group.
Membership members_of(const Ledger& ledger, std::initializer_list<const Bundle*> bundles) {
    Membership members;
    for (const Bundle* bundle : bundles) {
        for (const auto& setting : bundle->parameters) {
            const AccountId account = ledger.find_account(setting.account);
            if (!is_known(account) || !is_known(ledger.account(account).group)) continue;
            members.group_of_account[setting.account] =
                ledger.group(ledger.account(account).group).terms.name.view();
        }
    }
    for (std::uint32_t raw = 0; raw < ledger.group_count(); ++raw) {
        const Group& group = ledger.group(GroupId{raw});
        if (!is_known(group.parent)) continue;
        members.parent_of_group[std::string{group.terms.name.view()}] =
            ledger.group(group.parent).terms.name.view();
    }
    return members;
}

}  // namespace

Life::Life(const config::RulesSettings& settings, std::unique_ptr<dsl::LuaRulebook> configured)
    : settings_{settings},
      folder_{settings.directory},
      active_{configured_ruleset(settings, std::move(configured))},
      switch_{*active_->rulebook},
      canary_switch_{*active_->rulebook} {}

std::string Life::restore(std::string_view decided, std::string_view before) {
    const std::string configured = active_->bundle.hash;
    if (std::string fault = folder_.keep(configured, write(active_->bundle)); !fault.empty()) {
        return fault;
    }
    const auto find = [&](std::string_view hash) -> Admission {
        const auto text = folder_.find(hash);
        if (!text) return {.ruleset = nullptr, .fault = "there is no such file"};
        return admit_again(*text, hash, settings_);
    };
    if (!decided.empty() && decided != configured) {
        Admission found = find(decided);
        if (found.ruleset == nullptr) {
            return "the ruleset " + std::string{decided} +
                   " decides, but it is not that of the configuration, and of " +
                   settings_.directory + "/" + std::string{decided} + ".json: " + found.fault;
        }
        use(std::move(found.ruleset));
        previous_.reset();
    }
    if (!before.empty() && before != decided) previous_ = find(before).ruleset;
    return {};
}

void Life::define(const Ledger& ledger, const EventBody& body) {
    for (const auto* each : {&active_, &previous_, &candidate_, &learning_}) {
        if (*each != nullptr) verbs::define_name(*(*each)->rulebook, ledger, body);
    }
}

void Life::define_all(const Ledger& ledger) {
    for (const auto* each : {&active_, &previous_}) {
        if (*each == nullptr) continue;
        verbs::define_terms(*(*each)->rulebook, ledger);
        verbs::define_accounts(*(*each)->rulebook, ledger, 0,
                               static_cast<std::uint32_t>(ledger.account_count()));
    }
}

std::string Life::stage(std::string text) {
    if (!is_managed()) return "no signers of rulesets are configured (rules.signers)";
    if (is_staging()) return "another bundle is being looked at";
    try {
        looking_ = std::async(std::launch::async, [this, text = std::move(text),
                                                   retired = std::move(retired_)]() mutable {
            retired.clear();
            return look_at(text, settings_, folder_);
        });
        retired_.clear();
    } catch (const std::system_error& error) {
        return no_thread(error);
    }
    return {};
}

std::optional<std::string> Life::turn(const Ledger& ledger) {
    if (looking_.valid()) {
        if (looking_.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
            return std::nullopt;
        }
        Admission made = looking_.get();
        if (made.ruleset == nullptr) return std::move(made.fault);
        learning_ = std::move(made.ruleset);
        accounts_learnt_ = 0;
        verbs::define_terms(*learning_->rulebook, ledger);
    }
    if (learning_ == nullptr) return std::nullopt;
    if (comparing_.valid()) {
        if (comparing_.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
            return std::nullopt;
        }
        learning_->change = comparing_.get();
        retire(std::exchange(candidate_, std::move(learning_)));
        return std::string{};
    }
    std::string fault = learn_some(ledger);
    const bool learnt = accounts_learnt_ == ledger.account_count();
    if (fault.empty() && learnt) fault = begin_comparing(ledger);
    if (fault.empty()) return std::nullopt;
    retire(std::move(learning_));
    return fault;
}

// With copies of both: by the time it is done, other rules may decide.
std::string Life::begin_comparing(const Ledger& ledger) {
    const Bundle& before = active_->bundle;
    const Bundle& after = learning_->bundle;
    learning_->compared_with = before.hash;
    Membership members = members_of(ledger, {&before, &after});
    try {
        comparing_ = std::async(std::launch::async, [before, after, members = std::move(members)] {
            return compare(before, after, members);
        });
    } catch (const std::system_error& error) {
        return no_thread(error);
    }
    return {};
}

std::string Life::learn_some(const Ledger& ledger) {
    const auto all = static_cast<std::uint32_t>(ledger.account_count());
    const std::uint32_t end = std::min(accounts_learnt_ + accounts_a_turn, all);
    for (std::uint32_t raw = accounts_learnt_; raw < end; ++raw) {
        const Account& account = ledger.account(AccountId{raw});
        if (margin_model(*learning_->rulebook, account.terms.margin).known) continue;
        return "account " + std::string{account.terms.name.view()} + " names the margin rule `" +
               std::string{account.terms.margin.view()} + "`, which it does not have";
    }
    verbs::define_accounts(*learning_->rulebook, ledger, accounts_learnt_, end);
    accounts_learnt_ = end;
    return {};
}

std::string Life::why_not_activate(std::string_view hash, Timestamp now) const {
    if (candidate_ == nullptr) return "there is no candidate; stage a bundle first";
    if (candidate_->bundle.hash != hash) return "the candidate is " + candidate_->bundle.hash;
    if (hash == active_->bundle.hash) return "it decides already";
    return why_not_active(*candidate_, active_->bundle.hash, now);
}

void Life::activate() noexcept {
    use(std::move(candidate_));
}

void Life::roll_back() noexcept {
    use(std::move(previous_));
}

void Life::use(std::unique_ptr<Ruleset> next) noexcept {
    switch_.use(*next->rulebook);
    canary_switch_.use(*next->rulebook);
    retire(std::exchange(previous_, std::exchange(active_, std::move(next))));
}

void Life::retire(std::unique_ptr<Ruleset> ruleset) {
    if (ruleset != nullptr) retired_.push_back(std::move(ruleset));
}

}  // namespace riskd::rulesets
