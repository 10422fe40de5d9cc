#include "riskd/core/engine.hpp"

#include <algorithm>

#include "riskd/core/liquidation.hpp"
#include "riskd/core/withdrawal.hpp"

namespace riskd {

namespace {

constexpr std::size_t evaluation_batch = 256;  // accounts in one rule call

}  // namespace

Engine::Engine(const LedgerLimits& limits, Rulebook& rulebook, Rulebook& canary)
    : ledger_{limits},
      decider_{ledger_, windows_, rulebook},
      canary_decider_{ledger_, windows_, canary} {}

void Engine::apply(const Event& event, Outcome& outcome) noexcept {
    if (bands_are_old_) put_everyone_to_bed();
    outcome.clear();
    outcome_ = &outcome;
    stamp(event);
    std::visit([this](const auto& body) { commit(body); }, event.body);
    if (!std::holds_alternative<OrderRequest>(event.body)) {
        wake_due_steps();
        wake_expiring();
        take_woken();
    }
    evaluate_stages();
    outcome_ = nullptr;
}

void Engine::apply_recorded(const Event& event, const Outcome& recorded) noexcept {
    wakes_ = false;
    follow(event, recorded);
    wakes_ = true;
}

void Engine::apply_recorded(const Event& event, const Outcome& recorded,
                            std::vector<AccountId>& woken) noexcept {
    follow(event, recorded);
    if (!std::holds_alternative<OrderRequest>(event.body)) wake_expiring();
    sort_woken();
    woken.swap(to_evaluate_);
    to_evaluate_.clear();
}

void Engine::follow(const Event& event, const Outcome& recorded) {
    bands_are_old_ = true;
    stamp(event);
    const auto* request = std::get_if<OrderRequest>(&event.body);
    if (request == nullptr) {
        std::visit([this](const auto& body) { commit(body); }, event.body);
        wake_due_steps();
    }
    for (const Output& output : recorded.outputs) {
        if (const auto* decision = std::get_if<Decision>(&output)) {
            RISKD_CHECK(request != nullptr);
            commit_decision(*request, *decision);
        } else if (const auto* change = std::get_if<StageChange>(&output)) {
            commit_stage(*change);
        } else if (const auto* handover = std::get_if<Handover>(&output)) {
            RISKD_CHECK(commit_handover(*handover));
        } else {
            const Alert& alert = std::get<Alert>(output);
            ++counters_.alerts[static_cast<std::size_t>(alert.kind)];
            if (alert.kind == AlertKind::claim_broken) broken_claims_.add(alert.account);
        }
    }
}

void Engine::stamp(const Event& event) {
    RISKD_CHECK(event.sequence.raw == sequence_.raw + 1);
    RISKD_CHECK(event.time >= time_);
    sequence_ = event.sequence;
    time_ = event.time;
    if (event.stream_sequence != 0) {
        RISKD_CHECK(event.stream_sequence > stream_sequence_);
        stream_sequence_ = event.stream_sequence;
    }
    ++counters_.events_applied;
    windows_.pass_time(ledger_, time_);
    alerted_rules_.clear();
}

void Engine::commit(const OrderRequest& request) {
    OrderCheck& order_check = decider_of(request.account).order_check;
    Decision decision = order_check.decide(request, time_);
    if (!decision.repeated) {
        decision.sequence = sequence_;
        decision.time = time_;
    }
    outcome_->outputs.emplace_back(decision);
    if (!decision.repeated) order_check.append_answers(outcome_->answers);
    for (const RuleFaultSeen& seen : order_check.faults()) {
        alert_fault(seen.rule, seen.fault, request.account);
    }
    commit_decision(request, decision);
}

void Engine::commit_decision(const OrderRequest& request, const Decision& decision) {
    if (decision.repeated) {
        ++counters_.orders_repeated;
        return;
    }
    if (!decision.accepted) {
        ++counters_.orders_rejected[static_cast<std::size_t>(decision.reason)];
    }
    if (!is_known(request.account)) return;
    // A rejected order counts for the rate as well.
    windows_.count(ledger_, request.account, WindowMeasure::orders, 1, time_);
    ledger_.remember(decision);
    if (!decision.accepted) return;
    ++counters_.orders_accepted;
    const OpenOrder order = decider_.order_check.open_order(request, decision);
    if (!request.replaces.empty()) ledger_.release_order(request.account, request.replaces);
    ledger_.place_order(order);
    // A book may ask something for an order, by prices that no position depends on.
    const Decider& decider = decider_of(request.account);
    if (sleeps() && decider.evaluator.model_of(request.account).of_books) {
        find_sources(ledger_.account(request.account), decider);
        bands_.watch(request.account, sources_);
    }
    if (outcome_ != nullptr) outcome_->touched.push_back(request.account);
}

void Engine::sort_woken() {
    std::sort(to_evaluate_.begin(), to_evaluate_.end());
    to_evaluate_.erase(std::unique(to_evaluate_.begin(), to_evaluate_.end()), to_evaluate_.end());
}

// Whom a take-over has touched is judged again, in the same event.
void Engine::evaluate_stages() {
    judged_.clear();
    taken_over_.clear();
    std::size_t rounds = 0;
    for (; !to_evaluate_.empty(); ++rounds) {
        sort_woken();
        std::swap(judging_, to_evaluate_);
        evaluate_round(judging_);
        judged_.insert(judged_.end(), judging_.begin(), judging_.end());
        judging_.clear();
        take_over_waiting();
    }
    if (rounds < 2) return;
    std::sort(judged_.begin(), judged_.end());
    judged_.erase(std::unique(judged_.begin(), judged_.end()), judged_.end());
}

void Engine::evaluate_round(std::span<const AccountId> accounts) {
    for (std::size_t begin = 0; begin < accounts.size();) {
        Decider& decider = decider_of(accounts[begin]);
        std::size_t end = begin + 1;
        while (end < accounts.size() && end - begin < evaluation_batch &&
               &decider_of(accounts[end]) == &decider) {
            ++end;
        }
        evaluate_stages_of(accounts.subspan(begin, end - begin), decider);
        begin = end;
    }
    for (const AccountId account : accounts)
        evaluate_isolated(account);
    if (!sleeps()) return;
    for (const AccountId& account : accounts) {
        if (ledger_.account(account).isolated_positions == 0) continue;
        put_to_bed({&account, 1}, decider_of(account));
    }
}

void Engine::evaluate_stages_of(std::span<const AccountId> accounts, Decider& decider) {
    figures_.resize(accounts.size());
    decider.evaluator.figures_of(accounts, time_, figures_);
    counters_.accounts_evaluated += accounts.size();
    if (sleeps()) find_proofs(accounts, decider);
    stage_questions_.clear();
    asked_.clear();
    for (std::size_t i = 0; i < accounts.size(); ++i) {
        const AccountFigures& figures = figures_[i];
        if (figures.fault != RuleFault::none) {
            alert_fault(figures.rule, figures.fault, accounts[i]);
            continue;
        }
        if (!figures.margin.complete) continue;  // never a liquidation on an unknown price
        ledger_.store_margin(accounts[i], figures.margin);
        const Account& account = ledger_.account(accounts[i]);
        const bool at_rest = figures.margin.maintenance_margin.raw == 0 &&
                             figures.margin.owed.raw == 0 && account.stage == Stage::healthy;
        if (is_fund(account.id) && figures.margin.equity.raw < 0) fund_lacks_ = true;
        if (at_rest) continue;
        asked_.push_back(i);
        stage_questions_.push_back({.scope = {.account = account.id, .group = account.group},
                                    .account = account_view(ledger_, account, figures)});
    }
    stage_answers_.resize(asked_.size());
    if (!asked_.empty()) decider.rulebook.stage(stage_questions_, stage_answers_);
    for (std::size_t i = 0; i < asked_.size(); ++i)
        change_stage(accounts[asked_[i]], figures_[asked_[i]], stage_answers_[i]);
    if (!sleeps()) return;
    // Those with isolated positions lie down once these have been judged too.
    for (std::size_t i = 0; i < accounts.size(); ++i)
        proofs_[i].is_laid = ledger_.account(accounts[i]).isolated_positions != 0;
    lay_down(accounts, decider);
}

void Engine::alert(Alert alert) {
    if (outcome_ == nullptr) return;  // a replay counts what was recorded
    ++counters_.alerts[static_cast<std::size_t>(alert.kind)];
    alert.sequence = sequence_;
    alert.time = time_;
    outcome_->outputs.emplace_back(alert);
}

void Engine::alert_fault(RuleId rule, RuleFault fault, AccountId account) {
    if (std::find(alerted_rules_.begin(), alerted_rules_.end(), rule) != alerted_rules_.end()) {
        return;
    }
    alerted_rules_.push_back(rule);
    Alert fault_alert{.severity = Severity::critical,
                      .kind = AlertKind::rule_fault,
                      .account = account,
                      .rule = rule,
                      .fault = fault,
                      .detail = Text<64>{name(fault)}};
    if (is_known(rule)) {
        fault_alert.about = decider_of(account).rulebook.rules()[index(rule)].name;
    } else if (fault == RuleFault::unknown_rule && is_known(account)) {
        fault_alert.about = ledger_.account(account).terms.margin;
    }
    alert(fault_alert);
}

Money Engine::value_now(AccountId account, AssetId asset, Money amount) const noexcept {
    return convert(Marks{ledger_, time_}, amount,
                   {.from = asset,
                    .to = ledger_.account(account).currency,
                    .rounding = Rounding::toward_minus})
        .value_or(Money{});
}

Preview Engine::preview(const OrderRequest& request, Timestamp now) noexcept {
    OrderRequest question = request;
    question.order = Id{};  // a preview is not the order: its id is not looked up
    Decider& decider = decider_of(request.account);
    OrderCheck& order_check = decider.order_check;
    previewed_ = &order_check;
    Preview preview{.decision = order_check.decide(question, now)};
    preview.decision.order = request.order;
    preview.decision.sequence = sequence_;
    preview.decision.time = now;
    preview.margin_after = order_check.verdict().after.margin;
    if (order_check.facts().amounts) {
        preview.fee = order_check.facts().amounts->fee;
        preview.fee_asset = order_check.facts().instrument->settle;
    }
    if (order_check.facts().request != nullptr) {
        preview.liquidation_price =
            liquidation_price_after(ledger_, decider.evaluator, order_check.facts(), now);
        preview.isolated_margin = isolated_margin_after(order_check.facts());
    }
    order_check.append_answers(preview.limits);
    return preview;
}

AccountFigures Engine::figures(AccountId account, Timestamp now) noexcept {
    return decider_of(account).evaluator.figures(account, now);
}

MarginEvaluator::PositionMargin Engine::position_margin(AccountId account, const Position& position,
                                                        Price mark, Timestamp now) noexcept {
    return decider_of(account).evaluator.position_margin(account, position, mark, now);
}

std::optional<Price> Engine::liquidation_price(AccountId account, InstrumentId instrument,
                                               Timestamp now, PositionSide side) noexcept {
    return riskd::liquidation_price(
        ledger_, decider_of(account).evaluator,
        {.account = account, .instrument = instrument, .side = side, .now = now});
}

std::optional<Money> Engine::withdrawable(AccountId account, AssetId asset,
                                          Timestamp now) noexcept {
    return riskd::withdrawable(ledger_, decider_of(account).evaluator,
                               {.account = account, .asset = asset, .now = now});
}

bool Engine::in_canary(AccountId account) const noexcept {
    if (canary_.hash.empty() || !is_known(account)) return false;
    if (std::binary_search(canary_accounts_.begin(), canary_accounts_.end(), account)) return true;
    return canary_.share != 0 &&
           hash_text(ledger_.account(account).terms.name.view()) % canary_whole < canary_.share;
}

RulesetSeen Engine::ruleset_of(AccountId account) const noexcept {
    if (in_canary(account)) return {canary_.hash.view(), canary_.rules};
    return {ruleset_.hash.view(), ruleset_.rules};
}

Digest Engine::digest() const noexcept {
    std::uint64_t beside = waiting_.end - waiting_.next + broken_claims_.digest();
    if (!canary_.hash.empty()) {
        beside = hash_text(canary_.hash.view(), beside + canary_.share);
        for (const AccountId account : canary_accounts_)
            beside = hash_text({}, beside + account.raw);
    }
    return riskd::digest(ledger_, beside);
}

}  // namespace riskd
