// Gives every input its sequence and time, lets the engine apply it and appends it to the journal
// with what it led to. A batch ends with commit(): one write, after which its answers may leave.
// While the journal fails (docs/decisions/0002-journal.md) facts, prices and new risk are not
// applied at all; orders that only reduce are, from a bounded memory of records not yet written.
// Core thread only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "riskd/core/engine.hpp"
#include "riskd/runtime/clock.hpp"
#include "riskd/runtime/journal.hpp"

namespace riskd::runtime {

// What to do with a check that just arrived.
enum class Admission : std::uint8_t {
    apply,        // apply it; its answer may leave when its sequence may_leave()
    reduce,       // apply it; its answer may leave at once, although it is not journalled yet
    answered,     // it repeats a question whose answer is safe: give that again, apply nothing
    wait,         // it repeats a question whose answer is not safe yet: stay silent
    unavailable,  // answer journal_unavailable, apply nothing
};

struct SequencerLimits {
    // Records that may wait in memory while the journal fails.
    std::size_t unwritten_bytes_max{16U << 20};
};

// Sees each event before and after it is applied. Must change nothing.
class Watcher {
public:
    virtual ~Watcher() = default;
    virtual void before(const Event& event) = 0;
    virtual void after(const Event& event, const Outcome& outcome) = 0;
};

class Sequencer {
public:
    // REQUIRES: the journal was started behind the engine's sequence.
    Sequencer(Engine& engine, Journal& journal, Clock& clock, SequencerLimits limits = {});

    // May facts, prices, definitions, controls and time be applied now? When not, facts stay in
    // their stream and prices are conflated until it is so again.
    bool takes_inputs() const noexcept { return journal_.status() == JournalStatus::healthy; }
    Admission admit(const OrderRequest& request) const noexcept;

    // What it led to; good until the next call. REQUIRES: takes_inputs(), or admit() said reduce.
    const Outcome& apply(const EventBody& body, std::uint64_t stream_sequence = 0);
    // The sequence and time the latest apply() gave.
    const Event& event() const noexcept { return event_; }

    // Nobody: null. REQUIRES: it lives until another is set.
    void watch(Watcher* watcher) noexcept { watcher_ = watcher; }

    // One write of all that was applied since the last success; also the next try after a failure.
    JournalStatus commit() noexcept;
    bool may_leave(Sequence sequence) const noexcept { return sequence <= journal_.committed(); }

private:
    Engine& engine_;
    Journal& journal_;
    Clock& clock_;
    SequencerLimits limits_;
    Sequence torn_batch_end_;  // while failing: the last event applied before it was known
    Event event_;
    Outcome outcome_;
    Watcher* watcher_{};
};

// An order that can only make the position smaller, whatever else of its side fills first.
bool only_reduces(const Ledger& ledger, const OrderRequest& request) noexcept;

}  // namespace riskd::runtime
