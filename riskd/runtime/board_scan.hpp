// One pass after another over the ledger for the boards, in slices small enough for a duty cycle:
// accounts by stage, the N accounts nearest the edge, exposure by instrument, group and asset. A
// million accounts take many cycles; the figures of the last whole pass stand until then.
// Core thread only.
#pragma once

#include <cstdint>
#include <vector>

#include "riskd/core/engine.hpp"
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
    struct Candidate {
        AccountMargin margin;
        AccountId account{no_account};
    };
    struct Exposure {
        double gross{};
        double net{};
    };
    void begin_pass(const Ledger& ledger);
    void consider(const Account& account);
    void sum_instrument(const Ledger& ledger, InstrumentId id, Timestamp now);
    void end_pass(Engine& engine, Timestamp now);
    void write_nearest(Engine& engine, Timestamp now);
    void write_assets(const Ledger& ledger, Timestamp now);

    std::uint32_t nearest_accounts_;
    std::uint32_t account_{};
    std::uint32_t instrument_{};
    std::vector<Candidate> candidates_;  // a heap with the farthest on top
    std::vector<Exposure> groups_;
    ExposureFigures pass_;   // being filled
    ExposureFigures whole_;  // of the last whole pass
};

}  // namespace riskd::runtime
