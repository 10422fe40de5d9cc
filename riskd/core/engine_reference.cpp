// Reference data, controls, activation of a ruleset, and time.
#include <algorithm>

#include "riskd/core/activation.hpp"
#include "riskd/core/engine.hpp"

namespace riskd {

namespace {

Alert refused_definition(
    const Name& name,
    std::string_view why = "definition refused: unknown name, scale changed, or full") noexcept {
    return {.severity = Severity::critical,
            .kind = AlertKind::refused_fact,
            .about = name,
            .detail = Text<64>{why}};
}

// Whether figures of the account are in the asset, or converted from it.
bool uses(const Ledger& ledger, const Account& account, AssetId asset) noexcept {
    const auto holds = [&](const Balance& balance) { return balance.asset == asset; };
    const std::vector<InstrumentId>& quoted = ledger.asset(asset).quoted;
    const auto is_in = [&](const Position& position) {
        return ledger.instrument(position.instrument).settle == asset ||
               std::find(quoted.begin(), quoted.end(), position.instrument) != quoted.end();
    };
    return account.currency == asset ||
           std::any_of(account.balances.begin(), account.balances.end(), holds) ||
           std::any_of(account.positions.begin(), account.positions.end(), is_in);
}

// `about`: the account that names it, or the rule itself. The account is kept, since another
// ruleset may have the rule; until then it takes no new risk.
Alert unknown_margin(const Name& about) noexcept {
    return {.severity = Severity::critical,
            .kind = AlertKind::unknown_name,
            .about = about,
            .detail = Text<64>{"no such margin rule: what adds risk is refused"}};
}

}  // namespace

// Definitions are rare: every account is looked at once, and those concerned are judged in the same
// event. What waits for their next event would trade on under terms that no longer hold.
template <typename Concerns>
void Engine::wake_accounts(Concerns concerns) {
    if (!wakes_) return;
    for (std::uint32_t i = 0; i < ledger_.account_count(); ++i) {
        if (concerns(ledger_.account(AccountId{i}))) to_evaluate_.push_back(AccountId{i});
    }
}

void Engine::roll_windows(AssetId asset) {
    for (std::uint32_t i = 0; i < ledger_.account_count(); ++i) {
        const AccountId id{i};
        if (uses(ledger_, ledger_.account(id), asset)) windows_.roll(ledger_, id, time_);
    }
}

void Engine::commit(const AssetDefinition& definition) {
    const AssetId known = ledger_.find_asset(definition.name.view());
    const Asset before = is_known(known) ? ledger_.asset(known) : Asset{};
    // What stood when a period began is counted at the account's first change in it. It was priced
    // as before.
    if (is_known(known)) roll_windows(known);
    const auto id = ledger_.apply_asset(definition);
    if (!id) return alert(refused_definition(definition.name));
    ++terms_turn_;
    const Asset& after = ledger_.asset(*id);
    if (after.priced_by == before.priced_by && after.is_reference == before.is_reference) return;
    wake_accounts([&](const Account& account) { return uses(ledger_, account, *id); });
}

void Engine::commit(const InstrumentDefinition& definition) {
    const auto id = ledger_.apply_instrument(definition);
    if (!id) return alert(refused_definition(definition.name));
    ++terms_turn_;
    review_prices(*id);
    wake_holders(*id);
}

void Engine::commit(const GroupDefinition& definition) {
    const auto fault = ledger_.group_fault(definition);
    if (!fault) {
        const GroupId known = ledger_.find_group(definition.name.view());
        const GroupId before = is_known(known) ? ledger_.group(known).parent : no_group;
        const auto id = ledger_.apply_group(definition);
        ++terms_turn_;
        const Group& group = ledger_.group(*id);
        for (Decider* decider : {&decider_, &canary_decider_})
            decider->rulebook.define_group(*id, definition.name.view(), group.parent);
        if (!is_known(known) || group.parent == before) return;
        return wake_accounts(
            [&](const Account& account) { return ledger_.is_within(account.group, *id); });
    }
    alert(refused_definition(definition.name, *fault));
}

void Engine::commit(const AccountDefinition& definition) {
    auto fault = ledger_.position_mode_fault(definition);
    if (!fault) fault = ledger_.insurance_fund_fault(definition);
    if (fault) return alert(refused_definition(definition.name, *fault));
    const auto id = ledger_.apply_account(definition);
    if (!id) return alert(refused_definition(definition.name));
    windows_.roll(ledger_, *id, time_);
    for (Decider* decider : {&decider_, &canary_decider_}) {
        decider->rulebook.define_account(*id, definition.name.view(), ledger_.account(*id).group);
    }
    touch(*id);
    if (!margin_model(decider_of(*id).rulebook, definition.margin).known) {
        alert(unknown_margin(definition.name));
    }
}

void Engine::commit(const AccountControl& control) {
    if (!is_known(control.account)) return;
    ledger_.apply_status(control.account, control.status);
    touch(control.account);
}

void Engine::commit(const InstrumentControl& control) {
    if (!is_known(control.instrument)) return;
    ledger_.apply_status(control.instrument, control.status);
}

void Engine::commit(const RulesetActivation& activation) {
    ruleset_ = activation;
    windows_.activate(windows_of(activation), ledger_, time_);
    set_canary({});
    if (outcome_ != nullptr) alert_unknown_margins();
}

void Engine::commit(const CanaryChange& change) {
    set_canary(change);
}

// Whoever the rules of are others now waits to be judged by them; that may be everyone.
void Engine::set_canary(const CanaryChange& change) {
    canary_ = change;
    broken_claims_.clear();
    ++terms_turn_;
    canary_accounts_.clear();
    for (const Name& name : change.accounts) {
        const AccountId account = ledger_.find_account(name.view());
        if (is_known(account)) canary_accounts_.push_back(account);
    }
    std::sort(canary_accounts_.begin(), canary_accounts_.end());
    waiting_ = {.next = 0, .end = static_cast<std::uint32_t>(ledger_.account_count())};
}

// One alert for each margin rule that accounts name and the ruleset lacks, up to a handful.
void Engine::alert_unknown_margins() {
    constexpr std::size_t alerts_max = 8;
    std::size_t said = 0;
    for (const auto& [margin, accounts] : ledger_.margins_named()) {
        if (accounts == 0 || margin_model(decider_.rulebook, Name{margin}).known) continue;
        if (said++ == alerts_max) return;
        alert(unknown_margin(Name{margin}));
    }
}

// Everyone is judged by new rules, but not in one event: whoever asked next would wait for them
// all. What a slice may cost is counted in accounts and open positions.
void Engine::wake_waiting() {
    constexpr std::size_t work_max = 32;
    for (std::size_t work = 0; waiting_.next < waiting_.end && work < work_max; ++waiting_.next) {
        const AccountId account{waiting_.next};
        if (wakes_) to_evaluate_.push_back(account);
        const Block<Position>& positions = ledger_.account(account).positions;
        const auto open = [](const Position& position) { return position.quantity.raw != 0; };
        work +=
            1 + static_cast<std::size_t>(std::count_if(positions.begin(), positions.end(), open));
    }
}

void Engine::commit(const TimePassed&) {
    wake_waiting();
    for (std::uint32_t i = 0; i < ledger_.instrument_count(); ++i) {
        review_prices(InstrumentId{i});
        report_stale(InstrumentId{i});
    }
}

}  // namespace riskd
