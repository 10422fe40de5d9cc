#include "tests/integration/durability_audit.hpp"

#include "riskd/core/engine.hpp"
#include "riskd/runtime/journal_reader.hpp"
#include "tests/integration/oms_model_json.hpp"
#include "tests/integration/oms_model_market.hpp"

namespace riskd::tests {
namespace {

// A replay asks no rule: this one only counts who does.
class SilentRulebook : public Rulebook {
public:
    std::string_view hash() const noexcept override { return ""; }
    std::span<const RuleInfo> rules() const noexcept override { return {}; }
    std::span<const WindowSpec> windows() const noexcept override { return {}; }
    RuleId margin_rule() const noexcept override { return no_rule; }
    RuleId collateral_rule() const noexcept override { return no_rule; }
    RuleId liquidation_rule() const noexcept override { return no_rule; }
    std::span<const RuleId> check_rules() const noexcept override { return {}; }
    void check(const CheckQuestion&, std::span<CheckAnswer>) noexcept override { ++asked; }
    void margin(std::span<const MarginQuestion>, std::span<MarginAnswer>) noexcept override {
        ++asked;
    }
    void collateral(std::span<const CollateralQuestion>,
                    std::span<CollateralAnswer>) noexcept override {
        ++asked;
    }
    void stage(std::span<const StageQuestion>, std::span<StageAnswer>) noexcept override {
        ++asked;
    }
    std::uint64_t asked{};
};

std::string name_of(const Ledger& ledger, AccountId account) {
    return is_known(account) ? std::string(ledger.account(account).terms.name.view()) : "unknown";
}

void note_decision(const Ledger& ledger, const Decision& decision, JournalAudit& audit) {
    const std::string key =
        name_of(ledger, decision.account) + "/" + std::string(decision.order.view());
    const JournalledDecision noted{decision.accepted, decision.sequence.raw};
    if (!audit.decisions.emplace(key, noted).second) audit.decided_twice.push_back(key);
}

// What is to be said of one output; empty for a repeated answer, which was said before.
std::string about(const Ledger& ledger, const Output& output) {
    if (const auto* decision = std::get_if<Decision>(&output)) {
        if (decision->repeated) return {};
        return "decision." + name_of(ledger, decision->account) + " " +
               std::string(decision->order.view()) + (decision->accepted ? " accept" : " reject");
    }
    if (const auto* change = std::get_if<StageChange>(&output)) {
        const std::string account = name_of(ledger, change->account);
        const bool closed = change->stage == Stage::healthy;
        return "liquidation." + account + " " + account + "-" + std::to_string(change->episode) +
               " " + (closed ? "closed" : std::string(name(change->stage)));
    }
    if (const auto* handover = std::get_if<Handover>(&output)) {
        return "liquidation." + name_of(ledger, handover->account) + " " +
               name_of(ledger, handover->of) + "-" + std::to_string(handover->episode) + " " +
               std::string(name(handover->kind));
    }
    const auto& alert = std::get<Alert>(output);
    return "alert." + std::string(name(alert.severity)) + " " + std::string(name(alert.kind)) +
           " " + std::string(alert.about.view());
}

std::string about(std::string_view subject, const Json& message) {
    std::string made(subject.substr(std::string_view("risk.out.").size()));
    if (made.starts_with("decision.")) {
        return made + " " + message["order"].text() + " " + message["decision"].text();
    }
    if (made.starts_with("liquidation.")) {
        const auto stage = message["stage"].text();
        return made + " " + message["episode"].text() + " " +
               (stage.empty() ? message["handover"].text() : stage);
    }
    return made + " " + message["kind"].text() + " " + message["about"].text();
}

}  // namespace

std::string text(const SaidOutput& output) {
    return std::to_string(output.sequence) + "-" + std::to_string(output.number) + " " +
           output.about;
}

JournalAudit audit_journal(const std::string& directory, std::uint64_t until) {
    JournalAudit audit;
    SilentRulebook rules;
    runtime::DiskFiles files;
    Engine engine(market_limits, rules);
    runtime::JournalReader reader(files, directory);
    audit.fault = reader.open();
    runtime::JournalRecord record;
    while (audit.fault.empty() && engine.sequence().raw < until) {
        const auto step = reader.next(record);
        if (step == runtime::JournalReader::Step::fault) audit.fault = reader.fault();
        if (step != runtime::JournalReader::Step::record) break;
        engine.apply_recorded(record.event, record.outcome);
        std::uint32_t number = 0;
        for (const Output& output : record.outcome.outputs) {
            ++number;
            const auto* decision = std::get_if<Decision>(&output);
            const bool first = decision != nullptr && !decision->repeated;
            if (first && is_known(decision->account)) {
                note_decision(engine.ledger(), *decision, audit);
            }
            if (std::holds_alternative<StageChange>(output)) ++audit.stage_changes;
            std::string said = about(engine.ledger(), output);
            if (!said.empty()) {
                audit.outputs.push_back({record.event.sequence.raw, number, std::move(said)});
            }
        }
    }
    audit.last = engine.sequence().raw;
    audit.stream_sequence = engine.stream_sequence();
    audit.digest = riskd::text(engine.digest());
    audit.rules_asked = rules.asked;
    return audit;
}

bool OutputWatcher::follow() {
    if (following_) return true;
    // A server that was killed may bring back the consumer of a watcher before us.
    static std::uint64_t watchers = 0;
    const std::string subject = "watch.outputs." + std::to_string(++watchers);
    nats_.subscribe(subject, 1);
    nats_.subscribe("watch.made", 2);
    nats_.publish("$JS.API.CONSUMER.CREATE.RISK_OUT",
                  "{\"stream_name\":\"RISK_OUT\",\"config\":{\"deliver_policy\":\"all\","
                  "\"ack_policy\":\"none\",\"deliver_subject\":\"" +
                      subject + "\"}}",
                  "watch.made");
    RawMessage message;
    while (nats_.next(message, 2'000)) {
        if (message.subject == "watch.made") {
            return following_ = message.payload.find("\"error\"") == std::string_view::npos;
        }
        take(message);  // the server does not wait for its own answer
    }
    return false;
}

void OutputWatcher::take(const RawMessage& message) {
    constexpr std::string_view header = "Nats-Msg-Id: ";
    const std::size_t at = message.headers.find(header);
    const auto answer = Json::parse(message.payload);
    if (at == std::string_view::npos || !answer) return;
    // <epoch>-<sequence>-<number>
    std::string_view id = message.headers.substr(at + header.size());
    id = id.substr(0, id.find('\r'));
    id = id.substr(id.find('-') + 1);
    SaidOutput output;
    std::from_chars(id.data(), id.data() + id.size(), output.sequence);
    id = id.substr(id.find('-') + 1);
    std::from_chars(id.data(), id.data() + id.size(), output.number);
    output.about = about(message.subject, *answer);
    if (each_) each_(output, message);
    seen_.push_back(std::move(output));
}

void OutputWatcher::pump(std::size_t count, int timeout_ms) {
    RawMessage message;
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    do {
        while (nats_.next(message, seen_.size() < count ? 20 : 0))
            take(message);
    } while (seen_.size() < count && std::chrono::steady_clock::now() < until);
}

std::string differences(const std::vector<SaidOutput>& seen,
                        const std::vector<SaidOutput>& journalled) {
    std::string lines;
    std::size_t left = 0;
    std::size_t right = 0;
    int said = 0;
    while ((left < seen.size() || right < journalled.size()) && said < 5) {
        if (left < seen.size() && right < journalled.size() && seen[left] == journalled[right]) {
            ++left;
            ++right;
        } else if (right < journalled.size() &&
                   (left == seen.size() || journalled[right] < seen[left])) {
            lines += "missing in the stream: " + text(journalled[right++]) + '\n';
            ++said;
        } else {
            lines += "in the stream and not due: " + text(seen[left++]) + '\n';
            ++said;
        }
    }
    return lines;
}

}  // namespace riskd::tests
