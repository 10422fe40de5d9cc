// Accounts so near the next rung that edges would be met at once (margin_anchor.hpp has the proof):
// each mark of their instruments is taken off the room that they have left, a few additions each.
// What a position does is worked out from its mark at the anchor each time, so nothing adds up but
// the rounding of doubles, which is allowed for. Core thread; allocates only while it grows.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "riskd/core/margin_anchor.hpp"

namespace riskd {

class Watchers {
public:
    // REQUIRES: reach_of() said something of it at these marks.
    void watch(AccountId account, const Anchor& anchor, std::span<const AnchorSource> sources,
               std::span<const Price> marks, BandWidth far);
    void drop(AccountId account);
    // Those who have no room left, or as much on each side as edges are worth it: wider than `far`.
    void see(InstrumentId instrument, Price mark, std::vector<AccountId>& leaving);
    bool is_full(std::span<const AnchorSource> sources) const noexcept;

    // Of those who watch, one after another, how wide a band on their narrower side would be; below
    // slots() there may be nobody.
    struct Watching {
        AccountId account{no_account};
        BandWidth width{};
    };
    std::size_t slots() const noexcept { return slots_.size(); }
    std::optional<Watching> watching(std::size_t slot) const noexcept;

private:
    struct Slot {
        double adverse{};  // room, in quanta
        double favourable{};
        double adverse_far{};
        double favourable_far{};
        AccountId account{no_account};
        std::uint32_t turn{};
        BandWidth far{};
    };
    struct Entry {
        AnchorSource source;
        RoomSlopes slopes;
        double adverse_seen{};  // what it did to the room at the latest mark
        double favourable_seen{};
        std::uint32_t slot{};
        std::uint32_t turn{};
    };
    std::uint32_t take_slot(AccountId account);

    std::vector<std::vector<Entry>> entries_;  // by instrument
    std::vector<std::uint32_t> places_;        // by account: its slot's number and one, or nothing
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
};

}  // namespace riskd
