// The journal of a riskd that was killed, gone through by one engine that never stops, from its
// first record: as it was decided, or decided again by the rules of the configuration; and what
// riskd has to say then, word for word. Reads beside a running riskd. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "riskd/announcer.hpp"
#include "riskd/daemon.hpp"
#include "riskd/runtime/replay.hpp"
#include "tests/integration/episodes_log.hpp"

namespace riskd::tests {

class EpisodeReplay {
public:
    explicit EpisodeReplay(const std::string& configuration_file);

    // Either, once. Empty: it came to the end of the journal.
    std::string follow(const std::string& journal);
    std::string decide_again(const std::string& journal);

    // Events about which something else was decided again, the first few in words.
    std::uint64_t differences() const { return differing_; }
    const std::string& first_differences() const { return first_; }
    const std::vector<SaidMessage>& messages() const { return messages_; }
    std::string digest() const { return riskd::text(engine_->digest()); }
    // As risk.query.account would be answered at that time.
    std::string account(const std::string& name, std::uint64_t time_ns);

private:
    void note(const runtime::ReplayDifference& difference);
    void take(const runtime::JournalRecord& record);

    std::optional<verbs::Loaded> loaded_;
    feeds::Subjects subjects_{"risk"};
    runtime::DaemonCounters counters_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<verbs::Announcer> announcer_;
    std::vector<SaidMessage> messages_;
    std::uint64_t differing_{};
    std::string first_;
};

// What differs, at most a few lines.
std::string differences(const std::vector<SaidMessage>& said, const std::vector<SaidMessage>& due);
// Two answers about an account, but for the moment they are of.
std::string account_differences(const Json& answer, const Json& due);

// Triggers and handovers in the journal behind this output.
std::uint64_t triggers_behind(const std::string& journal, std::uint64_t sequence,
                              std::uint32_t number);

}  // namespace riskd::tests
