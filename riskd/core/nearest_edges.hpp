// The accounts nearest an edge, for boards: found where bands keep their edges, without a look at
// all accounts. Shelves are opened from the mark outwards, as many as it takes, in slices; what
// moves between two of them may be missed once. Core thread.
//
// Found are, at most so many of each:
//   - those that sleep, by the distance of the mark to the nearest edge of theirs, as a share of
//     the mark, whichever instrument that is in; each once. Who watches a rung closely has no edges
//     and counts as if it had;
//   - those that a price woke and that wait to be judged, the most endangered first;
//   - those that stay awake, and those on the rungs `reduce` and above, by the figures of their
//     latest evaluation, which for the awake is at the latest price; the riskiest first.
// Not among them is who has nothing at stake, and who is far from every edge: the edges of a band
// are where the stage may change, so a rung's middle is far from an edge too.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "riskd/core/bands.hpp"
#include "riskd/core/ledger.hpp"
#include "riskd/core/margin_watchers.hpp"

namespace riskd {

class NearestEdges {
public:
    explicit NearestEdges(std::uint32_t accounts) noexcept : most_{accounts} {}

    void begin(const Bands& bands, const Ledger& ledger, std::span<const Woken> waiting);
    // Looks at `budget` edges more, and takes off what it used. True at the end.
    bool step(const Bands& bands, const Watchers& watchers, const Ledger& ledger,
              std::uint32_t& budget);
    // Of all three, in the order of ids, each once. REQUIRES: step() was true.
    std::span<const AccountId> found() const noexcept { return found_; }

private:
    struct Near {
        std::uint64_t distance{};  // in billionths of the mark
        AccountId account{no_account};
        friend constexpr auto operator<=>(const Near&, const Near&) = default;
    };
    struct Risky {
        AccountMargin margin;
        AccountId account{no_account};
    };
    struct Cursor {                // the next shelf of one side of an instrument
        std::uint64_t distance{};  // no edge on it is nearer
        Price mark;
        InstrumentId instrument{no_instrument};
        EdgeSide side{};
        std::uint32_t shelf{};
        std::size_t at{};
    };
    static bool comes_later(const Cursor& a, const Cursor& b) noexcept;
    void open(const Bands& bands, Cursor cursor);
    void consider(Near near);
    void consider(const Account& account);
    void take_most_urgent(const Bands& bands, std::span<const Woken> waiting);
    bool walk_watchers(const Watchers& watchers, std::uint32_t& budget);
    bool walk_shelves(const Bands& bands, std::uint32_t& budget);
    bool walk_awake(const Bands& bands, const Ledger& ledger, std::uint32_t& budget);
    bool walk_rungs(const Ledger& ledger, std::uint32_t& budget);

    std::uint32_t most_;
    std::vector<Cursor> cursors_;  // a heap with the nearest on top
    std::vector<Near> near_;       // a heap with the farthest on top
    std::vector<Risky> risky_;     // a heap with the safest on top
    std::size_t watcher_{};        // the next to be looked at
    std::uint32_t awake_in_{};     // the instrument whose awake are looked at
    std::size_t awake_at_{};
    std::optional<LadderKey> rung_;  // the latest looked at
    std::vector<AccountId> found_;
};

}  // namespace riskd
