#include "tests/integration/crash_triggers.hpp"

#include <map>
#include <optional>

#include "tests/integration/oms_model_json.hpp"

namespace riskd::tests {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::string_view prefix = "risk.out.liquidation.";

std::string figures_of(const Json& message) {
    std::string made = "equity " + message["equity"].text() + " initial " +
                       message["initial_margin"].text() + " maintenance " +
                       message["maintenance_margin"].text() + " " + message["currency"].text();
    for (const auto& [instrument, price] : message["prices"].members())
        made += " " + instrument + "@" + price.text();
    for (const Json& leg : message["close"].items()) {
        const Json& bankruptcy = leg["bankruptcy_price"];
        made += " " + leg["side"].text() + " " + leg["quantity"].text() + " " +
                leg["instrument"].text() + " to " +
                (bankruptcy ? bankruptcy.text() : std::string("none"));
    }
    return made;
}

std::optional<Trigger> read_trigger(std::string_view subject, std::string_view payload) {
    const auto message = Json::parse(payload);
    if (!message || !subject.starts_with(prefix)) return std::nullopt;
    Trigger made{.sequence = (*message)["sequence"].integer(),
                 .account = (*message)["account"].text(),
                 .before = (*message)["before"].text(),
                 .stage = (*message)["stage"].text(),
                 .figures = figures_of(*message)};
    const std::string& episode = (*message)["episode"].text();
    if (!episode.starts_with(made.account + "-")) return std::nullopt;
    const char* number = episode.data() + made.account.size() + 1;
    const char* end = episode.data() + episode.size();
    if (std::from_chars(number, end, made.episode).ptr != end) return std::nullopt;
    if (subject.substr(prefix.size()) != made.account) return std::nullopt;
    return made;
}

}  // namespace

std::string text(const Trigger& trigger) {
    return std::to_string(trigger.sequence) + " " + trigger.account + "-" +
           std::to_string(trigger.episode) + " " + trigger.before + " > " + trigger.stage + " " +
           trigger.figures;
}

SaidTriggers read_triggers(int nats_port, std::size_t outputs, int timeout_ms) {
    SaidTriggers said;
    RawNats nats{nats_port};
    nats.subscribe("crash.answer", 1);
    nats.subscribe("crash.outputs", 2);
    nats.publish("$JS.API.CONSUMER.CREATE.RISK_OUT",
                 R"({"stream_name":"RISK_OUT","config":{"deliver_policy":"all",)"
                 R"("ack_policy":"none","deliver_subject":"crash.outputs"}})",
                 "crash.answer");
    // Taken as they come and read afterwards, so that the server never waits for us. It does not
    // wait for its own answer either: the first outputs may come before it.
    std::vector<std::pair<std::string, std::string>> messages;
    RawMessage message;
    const auto until = Clock::now() + std::chrono::milliseconds(timeout_ms);
    while (Clock::now() < until && said.fault.empty()) {
        // Quiet for a while after the last one: nothing more is said than there should be.
        if (!nats.next(message, 500)) {
            if (said.outputs >= outputs) break;
            continue;
        }
        if (message.subject.starts_with("risk.out.")) ++said.outputs;
        if (message.subject.starts_with(prefix)) {
            messages.emplace_back(message.subject, message.payload);
        } else if (message.subject == "crash.answer" &&
                   message.payload.find("\"error\"") != std::string_view::npos) {
            said.fault = "no consumer of the output stream: " + std::string(message.payload);
        }
    }
    for (const auto& [subject, payload] : messages) {
        const auto trigger = read_trigger(subject, payload);
        if (trigger) {
            said.triggers.push_back(*trigger);
        } else if (said.fault.empty()) {
            said.fault = subject + ": " + payload;
        }
    }
    return said;
}

std::string differences(const std::vector<Trigger>& said, const std::vector<Trigger>& due) {
    std::string lines;
    std::size_t left = 0;
    std::size_t right = 0;
    const auto place = [](const Trigger& trigger) {
        return std::make_pair(trigger.sequence, std::string_view(trigger.account));
    };
    for (int lines_said = 0; (left < said.size() || right < due.size()) && lines_said < 8;) {
        const bool both = left < said.size() && right < due.size();
        if (both && said[left] == due[right]) {
            ++left;
            ++right;
            continue;
        }
        ++lines_said;
        if (both && place(said[left]) == place(due[right])) {
            lines += "said " + text(said[left++]) + "\n due " + text(due[right++]) + '\n';
        } else if (left == said.size() ||
                   (right < due.size() && place(due[right]) < place(said[left]))) {
            lines += "not said: " + text(due[right++]) + '\n';
        } else {
            lines += "said and not due: " + text(said[left++]) + '\n';
        }
    }
    return lines;
}

std::string contradictions(const std::vector<Trigger>& triggers) {
    struct Standing {
        std::string stage{"closed"};
        std::uint64_t episode{};
        std::uint64_t sequence{};
    };
    std::map<std::string, Standing> accounts;
    std::string lines;
    for (const Trigger& trigger : triggers) {
        Standing& standing = accounts[trigger.account];
        const std::uint64_t episode = standing.episode + (standing.stage == "closed" ? 1 : 0);
        const bool follows = trigger.before == standing.stage && trigger.stage != standing.stage &&
                             trigger.episode == episode && trigger.sequence > standing.sequence;
        if (!follows) {
            lines += text(trigger) + ", but it stood at " + standing.stage + " of episode " +
                     std::to_string(standing.episode) + " since " +
                     std::to_string(standing.sequence) + '\n';
        }
        standing = {trigger.stage, trigger.episode, trigger.sequence};
        if (lines.size() > 4'000) break;
    }
    return lines;
}

}  // namespace riskd::tests
