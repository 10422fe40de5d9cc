#include "tests/integration/episodes_audit.hpp"

#include <algorithm>

#include "riskd/rule_names.hpp"
#include "riskd/station.hpp"

namespace riskd::tests {
namespace {

// Empty: the same, but for members that tell of the moment.
std::string first_difference(const Json& left, const Json& right, const std::string& at) {
    if (left.kind() != right.kind() || left.text() != right.text() ||
        left.items().size() != right.items().size() ||
        left.members().size() != right.members().size()) {
        return at + ": " + left.text() + " and " + right.text();
    }
    for (std::size_t i = 0; i < left.items().size(); ++i) {
        const auto found =
            first_difference(left.items()[i], right.items()[i], at + "." + std::to_string(i));
        if (!found.empty()) return found;
    }
    for (const auto& [name, value] : left.members()) {
        const bool is_of_moment =
            name == "adl" || name == "time" || (at.empty() && name == "sequence");
        if (is_of_moment) continue;
        const auto found = first_difference(value, right[name], at + "." + name);
        if (!found.empty()) return found;
    }
    return {};
}

}  // namespace

EpisodeReplay::EpisodeReplay(const std::string& configuration_file)
    : loaded_{verbs::load_all(configuration_file)} {
    if (!loaded_) return;
    const auto& limits = loaded_->settings.limits;
    engine_ = std::make_unique<Engine>(verbs::ledger_limits(limits), *loaded_->rulebook);
    engine_->set_judged_at_once(limits.judged_at_once_max);
    announcer_ = std::make_unique<verbs::Announcer>(*engine_, subjects_, counters_);
}

std::string EpisodeReplay::follow(const std::string& journal) {
    if (!engine_) return "the configuration cannot be read";
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, journal);
    const auto after = [this](const runtime::JournalRecord& record) { take(record); };
    return runtime::replay(reader, *engine_, nullptr, after).fault;
}

std::string EpisodeReplay::decide_again(const std::string& journal) {
    if (!engine_) return "the configuration cannot be read";
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, journal);
    const auto differs = [this](const runtime::ReplayDifference& difference) { note(difference); };
    const auto after = [this](const runtime::JournalRecord& record) { take(record); };
    return runtime::replay_asking(reader, *engine_, nullptr, differs, after).fault;
}

void EpisodeReplay::note(const runtime::ReplayDifference& difference) {
    if (++differing_ > 5) return;
    first_ += "at " + std::to_string(difference.recorded.event.sequence.raw) + " riskd said " +
              std::to_string(difference.recorded.outcome.outputs.size()) +
              " outputs, decided again " + std::to_string(difference.asked.outputs.size()) +
              "; the first that differs is number " + std::to_string(difference.output + 1) + '\n';
}

// In the words of what was recorded: what is decided otherwise is among the differences.
void EpisodeReplay::take(const runtime::JournalRecord& record) {
    verbs::define_name(*loaded_->rulebook, engine_->ledger(), record.event.body);
    announcer_->announce(record.event, record.outcome);
    for (verbs::Outbox& outputs = announcer_->outputs(); !outputs.empty(); outputs.pop()) {
        const verbs::Waiting output = outputs.front();
        messages_.push_back({.sequence = output.sequence.raw,
                             .number = output.number,
                             .subject = std::string(output.subject),
                             .payload = std::string(output.payload)});
    }
}

std::string EpisodeReplay::account(const std::string& name, std::uint64_t time_ns) {
    const AccountId id = engine_->ledger().find_account(name);
    if (!is_known(id)) return {};
    std::string text;
    feeds::encode_account(announcer_->scope(), *engine_,
                          {.account = id, .now = {static_cast<std::int64_t>(time_ns)}}, text);
    return text;
}

std::string differences(const std::vector<SaidMessage>& said, const std::vector<SaidMessage>& due) {
    std::string lines;
    auto left = said.begin();
    auto right = due.begin();
    const auto id = [](const auto& message) {
        return std::pair{message->sequence, message->number};
    };
    for (int told = 0; (left != said.end() || right != due.end()) && told < 5;) {
        if (left != said.end() && right != due.end() && *left == *right) {
            ++left;
            ++right;
            continue;
        }
        ++told;
        if (left != said.end() && right != due.end() && id(left) == id(right)) {
            lines += "said " + text(*left++) + "\n due " + text(*right++) + '\n';
        } else if (left == said.end() || (right != due.end() && id(right) < id(left))) {
            lines += "not said: " + text(*right++) + '\n';
        } else {
            lines += "said and not due: " + text(*left++) + '\n';
        }
    }
    return lines;
}

std::string account_differences(const Json& answer, const Json& due) {
    return first_difference(answer, due, "");
}

std::uint64_t triggers_behind(const std::string& journal, std::uint64_t sequence,
                              std::uint32_t number) {
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, journal);
    if (!reader.open().empty()) return 0;
    std::uint64_t behind = 0;
    runtime::JournalRecord record;
    while (reader.next(record) == runtime::JournalReader::Step::record) {
        std::uint32_t at = 0;
        for (const Output& output : record.outcome.outputs) {
            ++at;
            const bool is_trigger = std::holds_alternative<StageChange>(output) ||
                                    std::holds_alternative<Handover>(output);
            const std::pair id{record.event.sequence.raw, at};
            if (is_trigger && id > std::pair{sequence, number}) ++behind;
        }
    }
    return behind;
}

}  // namespace riskd::tests
