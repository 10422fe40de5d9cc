// Whom a price wakes. An account sleeps between two prices of each instrument that its figures
// depend on, and is woken when one of them leaves its band; how wide the bands may be is proved in
// margin_reach.hpp and margin_anchor.hpp. An account that nothing can be proved about stays awake:
// each mark of its instruments wakes it. Derived from the state, no part of it: after a replay
// everyone is put to bed again.
// Core thread; steady operation allocates only as shelves grow.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "riskd/core/edge_shelves.hpp"
#include "riskd/core/figure_moves.hpp"
#include "riskd/core/ids.hpp"

namespace riskd {

struct BandSource {
    InstrumentId instrument{no_instrument};
    Price mark;
    BandWidth below{};  // at most width_max, or no_edge
    BandWidth above{};
    friend constexpr auto operator<=>(const BandSource&, const BandSource&) = default;
};

// Somebody whom a price woke. Urgency: by how many band widths the price is beyond the edge; of
// those that were awake, the most.
struct Woken {
    std::uint64_t urgency{};
    AccountId account{no_account};
    std::uint32_t turn{};
};
// The most endangered first; then in the order of accounts.
constexpr bool is_more_urgent(const Woken& a, const Woken& b) noexcept {
    if (a.urgency != b.urgency) return a.urgency > b.urgency;
    return a.account < b.account;
}

// So that accounts put to bed at one price do not all wake at another: a sixth to a quarter.
constexpr BandWidth widest_of(AccountId account) noexcept {
    constexpr BandWidth spread = width_max / 3;
    const std::uint64_t mixed = account.raw * 0x9e3779b97f4a7c15ULL;
    return width_max - static_cast<BandWidth>((mixed >> 32) % spread);
}

class Bands {
public:
    // Each ends what held for the account before. The first mark of a source without one wakes it.
    // REQUIRES: known ids.
    void sleep(AccountId account, std::span<const BandSource> sources);
    void stay_awake(AccountId account, std::span<const BandSource> sources);
    // These wake it too, from now on, if it stays awake or has just been woken.
    void watch(AccountId account, std::span<const BandSource> sources);
    // No price concerns it, or it is looked after elsewhere.
    void forget(AccountId account);

    // Whom the mark wakes; from then on they have no bands until put to bed again. A price that
    // goes far wakes very many: those whose edges it passed by whole shelves come with
    // take_passed().
    void leave(InstrumentId instrument, Price mark, std::vector<Woken>& woken);
    // Those, looking at so many edges at most, of the latest leave() first.
    void take_passed(std::size_t edges_max, std::vector<Woken>& woken);
    std::size_t edges_passed() const noexcept { return edges_passed_; }
    // A price has woken it, the most urgent of all.
    Woken wake(AccountId account);
    // Those only that stay awake: something else about the instrument has changed.
    void leave_awake(InstrumentId instrument, std::vector<Woken>& woken);

    // As if a price had woken it now, the most urgent of all. REQUIRES: it stays awake.
    Woken woken(AccountId account) const noexcept;
    // Whether it has been put to bed since it was woken so.
    bool is_current(const Woken& woken) const noexcept {
        return turns_[index(woken.account)] == woken.turn;
    }
    // For those who look for the nearest edges (nearest_edges.hpp).
    std::size_t instrument_count() const noexcept { return places_.size(); }
    // REQUIRES: below that count.
    const EdgeShelves& edges_of(InstrumentId instrument, EdgeSide side) const noexcept {
        const Place& place = places_[index(instrument)];
        return side == EdgeSide::low ? place.low : place.high;
    }
    std::span<const Edge> awake_in(InstrumentId instrument) const noexcept {
        return places_[index(instrument)].awake;
    }
    bool is_live(const Edge& edge) const noexcept { return turns_[edge.account] == edge.turn; }

    // How many edges there are, live and given up.
    std::size_t edges() const noexcept;
    std::uint32_t accounts_awake() const noexcept { return awake_; }
    void clear();

private:
    static constexpr BandWidth awake = no_edge;
    struct Place {
        EdgeShelves low{EdgeSide::low};
        EdgeShelves high{EdgeSide::high};
        std::vector<Edge> awake;
    };
    // Edges of one shelf that a mark has passed, the account of each not told yet.
    struct Passed {
        EdgeShelves::Shelf shelf;
        Price mark;
    };
    std::uint32_t begin_turn(AccountId account, BandWidth width);
    void wake(const Edge& edge, Price mark, std::vector<Woken>& woken);
    Place& place_at(InstrumentId instrument);

    std::vector<Place> places_;         // by instrument
    std::vector<std::uint32_t> turns_;  // by account
    std::vector<BandWidth> widths_;
    std::vector<Edge> left_;
    std::vector<EdgeShelves::Shelf> left_shelves_;
    std::vector<Passed> passed_;
    std::size_t edges_passed_{};
    std::uint32_t awake_{};
};

}  // namespace riskd
