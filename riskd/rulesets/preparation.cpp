#include "riskd/rulesets/preparation.hpp"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "riskd/rule_names.hpp"

namespace riskd::rulesets {
namespace {

constexpr std::uint32_t accounts_a_turn = 1'024;

}  // namespace

std::string no_thread(const std::system_error& error) {
    return std::string{"no thread to look at it: "} + error.what();
}

std::string Preparation::begin(std::function<Admission()> look,
                               std::vector<std::unique_ptr<Ruleset>>& retired) {
    try {
        looking_ = std::async(std::launch::async,
                              [look = std::move(look), retired = std::move(retired)]() mutable {
                                  retired.clear();
                                  return look();
                              });
        retired.clear();
    } catch (const std::system_error& error) {
        return no_thread(error);
    }
    return {};
}

std::optional<Admission> Preparation::turn(const Engine& engine) {
    const Ledger& ledger = engine.ledger();
    if (looking_.valid()) {
        if (looking_.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
            return std::nullopt;
        }
        Admission made = looking_.get();
        if (made.ruleset == nullptr) return made;
        learning_ = std::move(made.ruleset);
        accounts_learnt_ = 0;
        verbs::define_terms(*learning_->rulebook, ledger);
        rehearsal_ = std::make_unique<Rehearsal>(engine, *learning_->rulebook);
    }
    if (learning_ == nullptr) return std::nullopt;
    std::string fault = learn_some(ledger);
    if (fault.empty() && accounts_learnt_ < ledger.account_count()) return std::nullopt;
    rehearsal_.reset();
    Admission made{.ruleset = std::move(learning_), .fault = std::move(fault)};
    return made;
}

std::string Preparation::learn_some(const Ledger& ledger) {
    const auto all = static_cast<std::uint32_t>(ledger.account_count());
    const std::uint32_t end = std::min(accounts_learnt_ + accounts_a_turn, all);
    for (std::uint32_t raw = accounts_learnt_; raw < end; ++raw) {
        const Account& account = ledger.account(AccountId{raw});
        if (margin_model(*learning_->rulebook, account.terms.margin).known) continue;
        return "account " + std::string{account.terms.name.view()} + " names the margin rule `" +
               std::string{account.terms.margin.view()} + "`, which it does not have";
    }
    verbs::define_accounts(*learning_->rulebook, ledger, accounts_learnt_, end);
    rehearsal_->ask(accounts_learnt_, end);
    accounts_learnt_ = end;
    return {};
}

}  // namespace riskd::rulesets
