// The journal of a riskd under test, replayed from nothing by itself: the digest it gives, every
// output it says there must be, and every decision. Reads beside a running riskd. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/raw_nats.hpp"

namespace riskd::tests {

struct SaidOutput {
    std::uint64_t sequence{};
    std::uint32_t number{};
    std::string about;  // subject without its prefix, and what makes the message itself: its order
                        // and decision, stage, or kind of alert
    friend bool operator==(const SaidOutput&, const SaidOutput&) = default;
    friend bool operator<(const SaidOutput& left, const SaidOutput& right) {
        return left.sequence != right.sequence ? left.sequence < right.sequence
                                               : left.number < right.number;
    }
};
std::string text(const SaidOutput& output);

struct JournalledDecision {
    bool accepted{};
    std::uint64_t sequence{};
};

struct JournalAudit {
    std::string fault;  // empty: well
    std::uint64_t last{};
    std::uint64_t stream_sequence{};
    std::uint64_t stage_changes{};
    std::string digest;  // at `last`
    std::vector<SaidOutput> outputs;
    std::map<std::string, JournalledDecision> decisions;  // by account/order, first answers only
    std::vector<std::string> decided_twice;
    std::uint64_t rules_asked{};  // none may be
};
// Replays until `until` (all of it by default).
JournalAudit audit_journal(const std::string& directory, std::uint64_t until = ~std::uint64_t{0});

// Follows the output stream from its first message.
class OutputWatcher {
public:
    // `each` is given every output as it comes, with the message it was.
    using Each = std::function<void(const SaidOutput&, const RawMessage&)>;
    explicit OutputWatcher(int nats_port, Each each = nullptr)
        : nats_(nats_port), each_(std::move(each)) {}

    // Starts to follow; false while there is no such stream.
    bool follow();
    // Takes what came until as many as `count` were seen or the time is over.
    void pump(std::size_t count, int timeout_ms);
    const std::vector<SaidOutput>& seen() const { return seen_; }

private:
    void take(const RawMessage& message);

    RawNats nats_;
    Each each_;
    bool following_{};
    std::vector<SaidOutput> seen_;
};

// What differs between what was said and what the journal says, at most a few lines.
std::string differences(const std::vector<SaidOutput>& seen,
                        const std::vector<SaidOutput>& journalled);

}  // namespace riskd::tests
