#include "riskd/announcer.hpp"

namespace riskd::verbs {
namespace {

// Decisions about accounts that nobody defined are recorded under this token.
constexpr std::string_view unknown_token = "unknown";

}  // namespace

Announcer::Announcer(Engine& engine, const feeds::Subjects& subjects,
                     runtime::DaemonCounters& counters)
    : engine_(engine), subjects_(subjects), counters_(counters) {}

void Announcer::announce(const Event& event, const Outcome& outcome, feeds::OutputId already_said) {
    if (const auto* activation = std::get_if<RulesetActivation>(&event.body)) {
        rejects_.assign(activation->rules.size(), 0);
    }
    std::uint32_t number = 0;
    for (const Output& output : outcome.outputs) {
        const feeds::OutputId id{event.sequence.raw, ++number};
        count(output);
        if (id <= already_said) continue;
        // A repeated answer was said when it was given first.
        const auto* decision = std::get_if<Decision>(&output);
        if (decision != nullptr && decision->repeated) continue;
        text_.clear();
        encode(event, outcome, output);
        outputs_.push({.sequence = event.sequence,
                       .number = number,
                       .asked_ns = 0,
                       .subject = subject_,
                       .payload = text_});
    }
    for (const AccountId account : outcome.touched)
        touch(account);
}

void Announcer::encode(const Event& event, const Outcome& outcome, const Output& output) {
    using feeds::Topic;
    if (const auto* decision = std::get_if<Decision>(&output)) {
        const std::string_view account = token_of(decision->account);
        feeds::encode_decision_record(
            scope(decision->account),
            {*decision, std::get<OrderRequest>(event.body), outcome.answers}, account, text_);
        subject_ = subjects_.format(Topic::out_decision, account, subject_buffer_);
    } else if (const auto* change = std::get_if<StageChange>(&output)) {
        feeds::encode_liquidation(scope(change->account), *change, text_);
        subject_ =
            subjects_.format(Topic::out_liquidation, token_of(change->account), subject_buffer_);
    } else if (const auto* handover = std::get_if<Handover>(&output)) {
        feeds::encode_handover(scope(handover->of), *handover, text_);
        subject_ =
            subjects_.format(Topic::out_liquidation, token_of(handover->account), subject_buffer_);
    } else {
        const auto& alert = std::get<Alert>(output);
        feeds::encode_alert(scope(alert.account), alert, text_);
        subject_ = subjects_.format(Topic::out_alert, name(alert.severity), subject_buffer_);
    }
}

void Announcer::count(const Output& output) {
    if (const auto* decision = std::get_if<Decision>(&output)) {
        // Those of a canary are its candidate's.
        const bool by_rule = is_known(decision->rule) && index(decision->rule) < rejects_.size() &&
                             !engine_.in_canary(decision->account);
        if (by_rule && !decision->accepted && !decision->repeated) {
            ++rejects_[index(decision->rule)];
        }
    } else if (const auto* alert = std::get_if<Alert>(&output)) {
        ++counters_.alerts[static_cast<std::size_t>(alert->kind)]
                          [static_cast<std::size_t>(alert->severity)];
    }
}

void Announcer::touch(AccountId account) {
    if (index(account) >= touched_.size()) touched_.resize(index(account) + 1);
    if (touched_[index(account)]) return;
    touched_[index(account)] = true;
    changed_.push_back(account);
}

void Announcer::begin_interval() {
    if (!telling_.empty()) return;  // the last one is still being told
    std::swap(telling_, changed_);
    for (const AccountId account : telling_)
        touched_[index(account)] = false;
}

std::string_view Announcer::account_subject(AccountId account) noexcept {
    return subjects_.format(feeds::Topic::out_account, token_of(account), subject_buffer_);
}

std::string_view Announcer::token_of(AccountId account) const noexcept {
    if (!is_known(account)) return unknown_token;
    return engine_.ledger().account(account).terms.name.view();
}

}  // namespace riskd::verbs
