#include "tests/integration/durability_inspection.hpp"

#include <algorithm>

namespace riskd::tests {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

DurabilityOptions& durability_options() {
    static DurabilityOptions options;
    return options;
}

std::optional<Json> Inspection::ask(const std::string& subject, const std::string& payload) {
    const auto answer = oms_.ask(subject, payload);
    return answer ? Json::parse(*answer) : std::nullopt;
}

std::string Inspection::everything() {
    std::string wrong = wait_until_caught_up();
    if (wrong.empty()) wrong = ask_again();
    if (wrong.empty()) wrong = compare_accounts();
    if (wrong.empty()) wrong = compare_journal();
    if (wrong.empty()) wrong = oms_.complaints();
    return wrong;
}

std::string Inspection::wait_until_caught_up(int timeout_ms) {
    if (!oms_.settle(timeout_ms)) return "the stream did not confirm every fact\n";
    const auto until = Clock::now() + std::chrono::milliseconds(timeout_ms);
    std::string last = "nobody answers risk.query.status";
    while (Clock::now() < until) {
        if (!riskd_.running()) return "riskd has ended: " + riskd_.last_words() + '\n';
        if (const auto status = ask("risk.query.status")) {
            last = "stream_sequence " + (*status)["stream_sequence"].text() + ", ready " +
                   (*status)["ready"].text();
            const bool applied = (*status)["stream_sequence"].integer() >= oms_.newest_fact();
            if (applied && (*status)["ready"].is_true()) return {};
        }
        oms_.pump(10);
    }
    return "riskd did not catch up with fact " + std::to_string(oms_.newest_fact()) + ": " + last +
           "\n" + riskd_.last_words() + '\n';
}

// `account` is how it stood before the order was asked again.
std::string Inspection::judge_unheard(std::size_t number, const Json& account) const {
    const OmsOrder& order = oms_.orders()[number];
    const std::uint64_t before = account["sequence"].integer();
    const Json* open = nullptr;
    for (const Json& candidate : account["open_orders"].items()) {
        if (candidate["order"].text() == order.terms.id) open = &candidate;
    }
    const std::string about = "order " + order.terms.id + " of " + order.terms.account;
    if (open == nullptr && order.accepted && order.sequence <= before) {
        return about + " was accepted at " + std::to_string(order.sequence) +
               " and had no hold at " + std::to_string(before) + '\n';
    }
    if (open == nullptr) return {};
    if (!order.accepted) return about + " had a hold and was answered " + order.answer + '\n';
    if ((*open)["sequence"].integer() != order.sequence) {
        return about + " was decided twice: its hold is of " + (*open)["sequence"].text() +
               ", its answer " + order.answer + '\n';
    }
    return {};
}

std::string Inspection::ask_again() {
    const auto unanswered = oms_.unanswered();
    const auto answered = oms_.answered_lately();
    std::map<std::string, Json> before;
    for (const std::size_t order : unanswered) {
        const std::string& account = oms_.orders()[order].terms.account;
        if (before.contains(account)) continue;
        const auto state = ask("risk.query.account." + account);
        if (!state) return "no answer about " + account + '\n';
        before[account] = *state;
    }
    oms_.forget_questions();
    if (!oms_.ask_all(unanswered, 15'000)) return "an order asked again had no answer\n";
    std::string wrong;
    for (const std::size_t order : unanswered) {
        const Json& state = before[oms_.orders()[order].terms.account];
        wrong += judge_unheard(order, state);
        ++inspected_.orders_asked_again;
        if (oms_.orders()[order].sequence <= state["sequence"].integer()) {
            ++inspected_.orders_kept_unheard;
        }
    }
    if (!oms_.ask_all(answered, 15'000)) return wrong + "a repeated check had no answer\n";
    return wrong + oms_.complaints();
}

std::string Inspection::compare_accounts(Books::Compared compared) {
    oms_.close_books();
    std::string wrong;
    for (const auto& [account, booked] : oms_.books().accounts()) {
        const auto answer = ask("risk.query.account." + account);
        if (!answer) return wrong + "no answer about " + account + '\n';
        wrong += oms_.books().differences(account, *answer, compared);
    }
    return wrong;
}

std::string Inspection::compare_digest() {
    JournalAudit audit;
    return compare_digest(audit);
}

std::string Inspection::compare_digest(JournalAudit& audit) {
    const auto status = ask("risk.query.status", R"({"digest":true})");
    if (!status) return "no answer to risk.query.status\n";
    const std::uint64_t sequence = (*status)["sequence"].integer();
    audit = audit_journal(riskd_.journal().string(), sequence);
    if (!audit.fault.empty()) return "the journal: " + audit.fault + '\n';
    if (audit.last != sequence) {
        return "riskd is at " + std::to_string(sequence) + ", its journal ends at " +
               std::to_string(audit.last) + '\n';
    }
    std::string wrong;
    if (audit.digest != (*status)["digest"].text()) {
        wrong += "at " + std::to_string(sequence) + " the digest is " + (*status)["digest"].text() +
                 ", of a clean replay " + audit.digest + '\n';
    }
    if (audit.rules_asked != 0) wrong += "the replay asked a rule\n";
    return wrong;
}

std::string Inspection::compare_journal() {
    JournalAudit audit;
    std::string wrong = compare_digest(audit);
    wrong += compare_decisions(audit);
    if (!watcher_.follow()) wrong += "the output stream cannot be followed\n";
    watcher_.pump(audit.outputs.size(), 10'000);
    std::vector<SaidOutput> seen = watcher_.seen();
    std::erase_if(seen, [&](const SaidOutput& output) { return output.sequence > audit.last; });
    wrong += differences(seen, audit.outputs);
    inspected_.sequence = audit.last;
    inspected_.outputs = audit.outputs.size();
    inspected_.stage_changes = audit.stage_changes;
    return wrong;
}

std::string Inspection::compare_decisions(const JournalAudit& audit) const {
    std::string wrong;
    for (const std::string& order : audit.decided_twice)
        wrong += order + " was decided twice\n";
    for (const OmsOrder& order : oms_.orders()) {
        if (order.answer.empty()) continue;
        const std::string key = order.terms.account + "/" + order.terms.id;
        const auto row = audit.decisions.find(key);
        if (row == audit.decisions.end()) {
            wrong += key + " was answered and is not in the journal\n";
        } else if (row->second.accepted != order.accepted ||
                   row->second.sequence != order.sequence) {
            wrong += key + " was answered " + order.answer + " and is otherwise in the journal\n";
        }
    }
    return wrong;
}

}  // namespace riskd::tests
