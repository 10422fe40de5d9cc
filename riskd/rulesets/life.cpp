#include "riskd/rulesets/life.hpp"

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <span>
#include <system_error>
#include <utility>

#include "dsl/suggest.hpp"
#include "riskd/rule_names.hpp"

namespace riskd::rulesets {
namespace {

constexpr Duration ending_pause{5'000'000'000};

std::unique_ptr<Ruleset> configured_ruleset(const config::RulesSettings& settings,
                                            std::unique_ptr<dsl::LuaRulebook> rulebook) {
    auto made = std::make_unique<Ruleset>();
    made->bundle = bundle_of(settings, *rulebook);
    made->rulebook = std::move(rulebook);
    return made;
}

// On a thread of its own.
Admission warmed_and_kept(Admission made, std::string_view text, const Folder& folder) {
    if (made.ruleset == nullptr) return made;
    made.ruleset->rulebook->warm();
    std::string fault = folder.keep_staged(made.ruleset->bundle.hash, text);
    if (!fault.empty()) return {.ruleset = nullptr, .fault = std::move(fault)};
    return made;
}

// The same: what is on top of what decides, and in the place of which value.
Admission look_at_override(Override from, const Bundle& active, const Membership& members,
                           const config::RulesSettings& settings, const Folder& folder) {
    Admission made = admit_override(std::move(from), active, settings);
    if (made.ruleset == nullptr) return made;
    Bundle& bundle = made.ruleset->bundle;
    bundle.overrides.back().instead = value_of(bundle, bundle.overrides.back(), members);
    return warmed_and_kept(std::move(made), write(bundle), folder);
}

bool has_ended(const Ruleset* ruleset, Timestamp now) {
    if (ruleset == nullptr) return false;
    const auto& overrides = ruleset->bundle.overrides;
    return std::any_of(overrides.begin(), overrides.end(),
                       [&](const Override& each) { return each.until <= now; });
}

// Of the accounts that either bundle sets something for, and of every group.
Membership members_of(const Ledger& ledger, std::initializer_list<const Bundle*> bundles,
                      const std::string& besides) {
    Membership members;
    const auto add = [&](const std::string& name) {
        const AccountId account = ledger.find_account(name);
        if (!is_known(account) || !is_known(ledger.account(account).group)) return;
        members.group_of_account[name] =
            ledger.group(ledger.account(account).group).terms.name.view();
    };
    add(besides);
    for (const Bundle* bundle : bundles) {
        for (const auto& setting : effective_parameters(*bundle))
            add(setting.account);
    }
    for (std::uint32_t raw = 0; raw < ledger.group_count(); ++raw) {
        const Group& group = ledger.group(GroupId{raw});
        if (!is_known(group.parent)) continue;
        members.parent_of_group[std::string{group.terms.name.view()}] =
            ledger.group(group.parent).terms.name.view();
    }
    return members;
}

// Suggests only where there are few: with a million names it would keep every order waiting.
std::string why_no_account(const Ledger& ledger, const std::string& account) {
    if (is_known(ledger.find_account(account))) return {};
    std::vector<std::string_view> known;
    constexpr std::size_t suggested_from_max = 4'096;
    if (ledger.account_count() <= suggested_from_max) {
        for (std::uint32_t raw = 0; raw < ledger.account_count(); ++raw)
            known.push_back(ledger.account(AccountId{raw}).terms.name.view());
    }
    return "there is no account `" + account + "`" + dsl::did_you_mean(account, known);
}

std::string why_no_instrument(const Ledger& ledger, const std::string& instrument) {
    if (instrument.empty() || is_known(ledger.find_instrument(instrument))) return {};
    std::vector<std::string_view> known;
    for (std::uint32_t raw = 0; raw < ledger.instrument_count(); ++raw)
        known.push_back(ledger.instrument(InstrumentId{raw}).terms.name.view());
    return "there is no instrument `" + instrument + "`" + dsl::did_you_mean(instrument, known);
}

std::string why_no_asset(const Ledger& ledger, const std::string& asset) {
    const bool well = asset.empty() || is_known(ledger.find_asset(asset));
    return well ? std::string{} : "there is no asset `" + asset + "`";
}

}  // namespace

Life::Life(const config::RulesSettings& settings, std::unique_ptr<dsl::LuaRulebook> configured)
    : settings_{settings},
      folder_{settings.directory},
      active_{configured_ruleset(settings, std::move(configured))},
      switch_{*active_->rulebook},
      canary_switch_{*active_->rulebook} {}

void Life::define(const Ledger& ledger, const EventBody& body) {
    for (Ruleset* each : {active_.get(), previous_.get(), before_overrides_.get(), candidate_.get(),
                          judged_.get(), staging_.learning(), ended_.get(), ending_.learning()}) {
        if (each != nullptr) verbs::define_name(*each->rulebook, ledger, body);
    }
}

void Life::define_all(const Ledger& ledger) {
    for (Ruleset* each : {active_.get(), previous_.get(), before_overrides_.get()}) {
        if (each == nullptr) continue;
        verbs::define_terms(*each->rulebook, ledger);
        verbs::define_accounts(*each->rulebook, ledger, 0,
                               static_cast<std::uint32_t>(ledger.account_count()));
    }
}

std::string Life::stage(std::string text, const Ledger& ledger) {
    if (!is_managed()) return "no signers of rulesets are configured (rules.signers)";
    if (is_staging()) return "another bundle is being looked at";
    if (is_override(text)) {
        OverrideRead read = read_override(text);
        return read.made ? stage_override(std::move(*read.made), ledger) : std::move(read.fault);
    }
    return staging_.begin(
        [this, text = std::move(text)] {
            return warmed_and_kept(admit(text, settings_), text, folder_);
        },
        retired_);
}

std::string Life::stage_override(Override made, const Ledger& ledger) {
    for (std::string why : {why_no_account(ledger, made.setting.account),
                            why_no_instrument(ledger, made.setting.instrument),
                            why_no_asset(ledger, made.setting.asset)}) {
        if (!why.empty()) return why;
    }
    Membership members = members_of(ledger, {&active_->bundle}, made.setting.account);
    return staging_.begin(
        [this, made = std::move(made), active = active_->bundle, names = active_->signed_by,
         members = std::move(members)] {
            Admission looked = look_at_override(made, active, members, settings_, folder_);
            if (looked.ruleset != nullptr) looked.ruleset->signed_by = names;
            return looked;
        },
        retired_);
}

std::optional<std::string> Life::turn(const Engine& engine) {
    if (judged_ != nullptr) return turn_comparing();
    auto made = staging_.turn(engine);
    if (!made) return std::nullopt;
    if (!made->fault.empty()) {
        retire(std::move(made->ruleset));
        return std::move(made->fault);
    }
    judged_ = std::move(made->ruleset);
    std::string fault = begin_comparing(engine.ledger());
    if (fault.empty()) return std::nullopt;
    retire(std::move(judged_));
    return fault;
}

std::optional<std::string> Life::turn_comparing() {
    if (comparing_.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
        return std::nullopt;
    }
    judged_->change = comparing_.get();
    retire(std::exchange(candidate_, std::move(judged_)));
    return std::string{};
}

// With copies of both: by the time it is done, other rules may decide.
std::string Life::begin_comparing(const Ledger& ledger) {
    const Bundle& before = active_->bundle;
    const Bundle& after = judged_->bundle;
    judged_->compared_with = before.hash;
    Membership members = members_of(ledger, {&before, &after}, {});
    try {
        comparing_ = std::async(std::launch::async, [before, after, members = std::move(members)] {
            return compare(before, after, members);
        });
    } catch (const std::system_error& error) {
        return no_thread(error);
    }
    return {};
}

std::string Life::why_not_activate(std::string_view hash, Timestamp now) const {
    if (candidate_ == nullptr) return "there is no candidate; stage a bundle first";
    if (candidate_->bundle.hash != hash) return "the candidate is " + candidate_->bundle.hash;
    if (hash == active_->bundle.hash) {
        return active_->bundle.overrides.empty()
                   ? "it decides already"
                   : "it decides already, for as long as overrides are in force";
    }
    return why_not_active(*candidate_, active_->bundle.hash, now);
}

std::string Life::activate() {
    std::string fault = folder_.promote(candidate_->bundle.hash);
    if (!fault.empty()) return fault;
    if (candidate_->adds && active_->bundle.overrides.empty()) {
        retire(std::exchange(before_overrides_, std::move(previous_)));
    }
    use(std::move(candidate_));
    return {};
}

std::string Life::begin_canary() {
    std::string fault = folder_.promote(candidate_->bundle.hash);
    if (fault.empty()) canary_switch_.use(*candidate_->rulebook);
    return fault;
}

std::string Life::why_not_roll_back(Timestamp now) const {
    if (previous_ == nullptr) return "no ruleset decided before this one";
    if (!has_ended(previous_.get(), now)) return {};
    return "what decided before has an override that ended; it is being made without it, try again";
}

void Life::roll_back() noexcept {
    use(std::move(previous_));
}

void Life::use(std::unique_ptr<Ruleset> next) noexcept {
    switch_.use(*next->rulebook);
    canary_switch_.use(*next->rulebook);
    retire(std::exchange(previous_, std::exchange(active_, std::move(next))));
}

Life::Ending Life::turn_ending(const Engine& engine, Timestamp now) {
    if (!ending_.is_under_way()) return begin_ending(now);
    auto made = ending_.turn(engine);
    if (!made) return {};
    if (!made->fault.empty()) {
        retire(std::move(made->ruleset));
        ending_again_ = now + ending_pause;
        return {.is_ready = false, .fault = std::move(made->fault)};
    }
    // Others may decide by now.
    if (active_->bundle.hash == ending_of_) {
        ended_ = std::move(made->ruleset);
        return {.is_ready = true, .fault = {}};
    }
    replace_previous(std::move(made->ruleset));
    return {};
}

// What decides comes first.
Life::Ending Life::begin_ending(Timestamp now) {
    const Ruleset* of = has_ended(active_.get(), now) ? active_.get() : previous_.get();
    if (!has_ended(of, now) || now < ending_again_) return {};
    ending_of_ = of->bundle.hash;
    Bundle without = of->bundle;
    without.overrides = not_ended(without.overrides, now);
    std::string fault = ending_.begin(
        [this, without = std::move(without), names = of->signed_by] {
            Admission made = with_overrides(without, settings_);
            if (made.ruleset == nullptr) return made;
            made.ruleset->signed_by = names;
            made.ruleset->rulebook->warm();
            made.fault = folder_.keep(made.ruleset->bundle.hash, write(made.ruleset->bundle));
            if (!made.fault.empty()) made.ruleset.reset();
            return made;
        },
        retired_);
    if (!fault.empty()) ending_again_ = now + ending_pause;
    return {.is_ready = false, .fault = std::move(fault)};
}

Timestamp Life::next_end() const noexcept {
    Timestamp next;
    for (const Override& each : active_->bundle.overrides) {
        if (next.ns == 0 || each.until < next) next = each.until;
    }
    return next;
}

std::size_t Life::overdue(Timestamp now) const {
    const auto& overrides = active_->bundle.overrides;
    return static_cast<std::size_t>(
        std::count_if(overrides.begin(), overrides.end(),
                      [&](const Override& each) { return each.until <= now; }));
}

void Life::end_overrides() noexcept {
    switch_.use(*ended_->rulebook);
    canary_switch_.use(*ended_->rulebook);
    retire(std::exchange(active_, std::move(ended_)));
    forget_same();
}

void Life::replace_previous(std::unique_ptr<Ruleset> without) {
    if (previous_ == nullptr || previous_->bundle.hash != ending_of_) {
        return retire(std::move(without));
    }
    retire(std::exchange(previous_, std::move(without)));
    forget_same();
}

// There is no going back to what decides.
void Life::forget_same() {
    if (previous_ == nullptr || previous_->bundle.hash != active_->bundle.hash) return;
    retire(std::exchange(previous_, std::move(before_overrides_)));
}

void Life::retire(std::unique_ptr<Ruleset> ruleset) {
    if (ruleset != nullptr) retired_.push_back(std::move(ruleset));
}

std::vector<std::string> overrides_lost(std::span<const Override> before,
                                        std::span<const Override> after) {
    std::vector<std::string> lost;
    for (const Override& each : before) {
        const auto same = [&](const Override& other) {
            return statement(other) == statement(each);
        };
        if (std::none_of(after.begin(), after.end(), same)) lost.push_back(in_words(each));
    }
    return lost;
}

}  // namespace riskd::rulesets
