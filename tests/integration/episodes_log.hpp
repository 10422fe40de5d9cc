// What the output stream says, in its order, held against itself: no message twice, none out of
// order; each episode opens once, goes from rung to rung as it says, counts its steps from one
// without a gap, none before its time, and closes. Test thread only.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/integration/durability_audit.hpp"
#include "tests/integration/oms_model_json.hpp"

namespace riskd::tests {

// One message of the stream as it left.
struct SaidMessage {
    std::uint64_t sequence{};
    std::uint32_t number{};
    std::string subject;
    std::string payload;
    friend bool operator==(const SaidMessage&, const SaidMessage&) = default;
};
std::string text(const SaidMessage& message);

struct EpisodeTally {
    std::map<std::string, std::size_t> stages;     // triggers by the stage entered
    std::map<std::string, std::size_t> handovers;  // by kind
    std::size_t further_steps{};                   // triggers that stay on their rung
    std::size_t opened{};
    std::size_t closed{};
    std::size_t isolated{};  // triggers of isolated positions
    std::uint64_t steps_max{};
};

class EpisodeLog {
public:
    // Of the account, or of its isolated position in an instrument.
    using Ladder = std::pair<std::string, std::string>;
    struct Standing {
        std::string stage{"closed"};
        std::uint64_t episode{};
        std::uint64_t step{};
        std::uint64_t next_step{};
        std::uint64_t sequence{};
    };

    // Gives what it says of a liquidation; nothing of other messages.
    std::optional<Json> take(const SaidOutput& output, const RawMessage& message);

    std::size_t open() const;
    // Episodes that took a step and have not ended.
    std::size_t in_steps() const;
    bool is_open(const std::string& account) const;
    const std::map<Ladder, Standing>& standings() const { return standings_; }
    const EpisodeTally& tally() const { return tally_; }
    const std::vector<SaidMessage>& messages() const { return messages_; }
    // One a line; empty: well.
    const std::string& faults() const { return faults_; }

private:
    void take_stage(const Json& message);
    void take_handover(const Json& message);
    void check_step(const Standing& before, const Json& message);
    void fault(const std::string& what);

    std::map<Ladder, Standing> standings_;
    std::map<std::string, std::uint64_t> episodes_;  // the newest of each account
    std::vector<SaidMessage> messages_;
    EpisodeTally tally_;
    std::string faults_;
};

}  // namespace riskd::tests
