// One pass after another over the ledger for the boards, in slices small enough for a duty cycle:
// accounts by stage, the N accounts nearest the edge, exposure by instrument, group and asset. A
// million accounts take many cycles; the figures of the last whole pass stand until then.
// Those nearest the edge come from the bands, at most N of each kind that core/nearest_edges.hpp
// names; they are judged anew, at the marks there are, and the N riskiest by equity over
// maintenance margin are shown. `stale`: by a mark that is not fresh. Core thread only.
#pragma once

#include <cstdint>
#include <vector>

#include "riskd/core/engine.hpp"
#include "riskd/core/nearest_edges.hpp"
#include "riskd/runtime/board.hpp"

namespace riskd::runtime {

class BoardScan {
public:
    explicit BoardScan(std::uint32_t nearest_accounts);

    // Looks at `budget` accounts more (an instrument counts as some). True when a pass ended; then
    // figures() is new.
    bool step(Engine& engine, Timestamp now, std::uint32_t budget);
    const ExposureFigures& figures() const noexcept { return whole_; }

private:
    struct Shown {
        AccountStanding standing;
        InstrumentId instrument{no_instrument};
    };
    struct Exposure {
        double gross{};
        double net{};
    };
    void begin_pass(const Engine& engine);
    void sum_instrument(const Ledger& ledger, InstrumentId id, Timestamp now);
    void end_pass(const Ledger& ledger, Timestamp now);
    bool judge_nearest(Engine& engine, Timestamp now, std::uint32_t& budget);
    void write_nearest(const Ledger& ledger);
    void write_assets(const Ledger& ledger, Timestamp now);

    std::uint32_t nearest_accounts_;
    std::uint32_t account_{};
    std::uint32_t instrument_{};
    enum class Nearest : std::uint8_t { not_looked_for, looked_for, found };
    NearestEdges nearest_;
    Nearest nearest_is_{};
    std::size_t judged_{};  // of those found
    std::vector<Shown> shown_;
    std::vector<Exposure> groups_;
    ExposureFigures pass_;   // being filled
    ExposureFigures whole_;  // of the last whole pass
};

}  // namespace riskd::runtime
