#include "riskd/runtime/sequencer.hpp"

#include "riskd/core/check.hpp"
#include "riskd/core/order_terms.hpp"

namespace riskd::runtime {

Sequencer::Sequencer(Engine& engine, Journal& journal, Clock& clock, SequencerLimits limits)
    : engine_(engine), journal_(journal), clock_(clock), limits_(limits) {
    RISKD_CHECK(journal_.appended() == engine_.sequence());
    clock_.not_before(engine_.time());
}

Admission Sequencer::admit(const OrderRequest& request) const noexcept {
    if (journal_.status() == JournalStatus::healthy) return Admission::apply;
    if (is_known(request.account)) {
        const Decision* given = engine_.ledger().find_decision(request.account, request.order);
        if (given != nullptr) {
            // Behind the batch that failed there are only reductions; they were answered.
            const bool answered = may_leave(given->sequence) || given->sequence > torn_batch_end_;
            return answered ? Admission::answered : Admission::wait;
        }
    }
    const bool room = journal_.pending_bytes() < limits_.unwritten_bytes_max;
    if (room && only_reduces(engine_.ledger(), request)) return Admission::reduce;
    return Admission::unavailable;
}

const Outcome& Sequencer::apply(const EventBody& body, std::uint64_t stream_sequence) {
    event_.sequence = Sequence{engine_.sequence().raw + 1};
    event_.time = clock_.now();
    event_.stream_sequence = stream_sequence;
    event_.body = body;
    if (watcher_ != nullptr) {
        engine_.pass_time(event_.time);  // so that it sees the windows the event will
        watcher_->before(event_);
    }
    engine_.apply(event_, outcome_);
    if (watcher_ != nullptr) watcher_->after(event_, outcome_);
    journal_.append(event_, outcome_);
    return outcome_;
}

JournalStatus Sequencer::commit() noexcept {
    const JournalStatus before = journal_.status();
    const JournalStatus after = journal_.commit();
    if (before == JournalStatus::healthy && after == JournalStatus::failing) {
        torn_batch_end_ = journal_.appended();
    }
    return after;
}

bool only_reduces(const Ledger& ledger, const OrderRequest& request) noexcept {
    if (!is_known(request.account) || !is_known(request.instrument)) return false;
    if (request.quantity.raw <= 0 || !request.replaces.empty()) return false;
    const Position* position =
        ledger.find_position(request.account, request.instrument, request.position_side);
    if (position == nullptr) return false;
    return reduces_exposure(
        {.position = position->quantity,
         .side = request.side,
         .open = request.side == Side::buy ? position->open_buy : position->open_sell,
         .quantity = request.quantity});
}

}  // namespace riskd::runtime
