#include "riskd/core/nearest_edges.hpp"

#include <algorithm>

#include "riskd/core/margin.hpp"

namespace riskd {

namespace {

std::uint64_t distance_of(Price mark, Price edge) noexcept {
    constexpr Wide billion = 1'000'000'000;
    const Wide apart = magnitude(Price{mark.raw - edge.raw}).raw;
    return static_cast<std::uint64_t>(
        std::min<Wide>(apart * billion / mark.raw, std::int64_t{1} << 62));
}

}  // namespace

bool NearestEdges::comes_later(const Cursor& a, const Cursor& b) noexcept {
    return a.distance > b.distance;
}

// At the shelf that it names or the first one behind it that has edges.
void NearestEdges::open(const Bands& bands, Cursor cursor) {
    const EdgeShelves& shelves = bands.edges_of(cursor.instrument, cursor.side);
    const auto shelf = shelves.find_from(cursor.shelf);
    if (!shelf) return;
    const PriceSpan span = EdgeShelves::prices_on(*shelf);
    const Price nearest = cursor.side == EdgeSide::low ? std::min(span.last, cursor.mark)
                                                       : std::max(span.first, cursor.mark);
    cursor.shelf = *shelf;
    cursor.at = 0;
    cursor.distance = distance_of(cursor.mark, nearest);
    cursors_.push_back(cursor);
    std::push_heap(cursors_.begin(), cursors_.end(), comes_later);
}

void NearestEdges::begin(const Bands& bands, const Ledger& ledger, std::span<const Woken> waiting) {
    cursors_.clear();
    near_.clear();
    risky_.clear();
    found_.clear();
    watcher_ = 0;
    awake_in_ = 0;
    awake_at_ = 0;
    rung_.reset();
    if (most_ == 0) return;
    const auto instruments = static_cast<std::uint32_t>(
        std::min<std::size_t>(bands.instrument_count(), ledger.instrument_count()));
    for (std::uint32_t i = 0; i < instruments; ++i) {
        const Price mark = ledger.instrument(InstrumentId{i}).prices.mark;
        if (mark.raw <= 0) continue;
        for (const EdgeSide side : {EdgeSide::low, EdgeSide::high}) {
            open(bands, {.mark = mark,
                         .instrument = InstrumentId{i},
                         .side = side,
                         .shelf = EdgeShelves::shelf_with(mark)});
        }
    }
    take_most_urgent(bands, waiting);
}

// `waiting` is a heap: whoever is among the first so many has only such above him.
void NearestEdges::take_most_urgent(const Bands& bands, std::span<const Woken> waiting) {
    const auto comes_after = [&](std::size_t a, std::size_t b) {
        return is_more_urgent(waiting[b], waiting[a]);
    };
    std::vector<std::size_t> next;
    if (!waiting.empty()) next.push_back(0);
    // Those that were judged meanwhile still lie in it.
    for (std::uint32_t looked = 0; !next.empty() && looked < 4 * most_; ++looked) {
        std::pop_heap(next.begin(), next.end(), comes_after);
        const std::size_t at = next.back();
        next.pop_back();
        if (found_.size() < most_ && bands.is_current(waiting[at])) {
            found_.push_back(waiting[at].account);
        }
        for (const std::size_t below : {2 * at + 1, 2 * at + 2}) {
            if (below >= waiting.size()) continue;
            next.push_back(below);
            std::push_heap(next.begin(), next.end(), comes_after);
        }
    }
}

void NearestEdges::consider(Near near) {
    if (near_.size() == most_ && !(near < near_.front())) return;
    const auto same = std::find_if(near_.begin(), near_.end(),
                                   [&](const Near& each) { return each.account == near.account; });
    if (same != near_.end()) {
        if (same->distance <= near.distance) return;
        *same = near;
        std::make_heap(near_.begin(), near_.end());
        return;
    }
    if (near_.size() == most_) {
        std::pop_heap(near_.begin(), near_.end());
        near_.pop_back();
    }
    near_.push_back(near);
    std::push_heap(near_.begin(), near_.end());
}

void NearestEdges::consider(const Account& account) {
    const AccountMargin& margin = nearest_margin(account);
    if (margin.maintenance_margin.raw <= 0) return;
    const auto riskier = [](const Risky& a, const Risky& b) {
        return is_riskier(a.margin, b.margin);
    };
    if (risky_.size() == most_ && !is_riskier(margin, risky_.front().margin)) return;
    const bool known = std::any_of(risky_.begin(), risky_.end(),
                                   [&](const Risky& each) { return each.account == account.id; });
    if (known) return;
    if (risky_.size() == most_) {
        std::pop_heap(risky_.begin(), risky_.end(), riskier);
        risky_.pop_back();
    }
    risky_.push_back({margin, account.id});
    std::push_heap(risky_.begin(), risky_.end(), riskier);
}

bool NearestEdges::walk_watchers(const Watchers& watchers, std::uint32_t& budget) {
    constexpr std::uint64_t billionths = 1'000'000'000 / whole_width;
    for (; watcher_ < watchers.slots(); ++watcher_, --budget) {
        if (budget == 0) return false;
        const auto watching = watchers.watching(watcher_);
        if (watching) consider(Near{watching->width * billionths, watching->account});
    }
    return true;
}

bool NearestEdges::walk_shelves(const Bands& bands, std::uint32_t& budget) {
    while (!cursors_.empty()) {
        if (near_.size() == most_ && cursors_.front().distance > near_.front().distance) {
            cursors_.clear();
            return true;
        }
        if (budget == 0) return false;
        std::pop_heap(cursors_.begin(), cursors_.end(), comes_later);
        Cursor cursor = cursors_.back();
        cursors_.pop_back();
        const std::span<const Edge> edges =
            bands.edges_of(cursor.instrument, cursor.side).edges_on(cursor.shelf);
        for (; cursor.at < edges.size() && budget > 0; ++cursor.at, --budget) {
            const Edge& edge = edges[cursor.at];
            if (!bands.is_live(edge)) continue;
            consider(Near{distance_of(cursor.mark, edge.price), AccountId{edge.account}});
        }
        if (cursor.at < edges.size()) {
            cursors_.push_back(cursor);
            std::push_heap(cursors_.begin(), cursors_.end(), comes_later);
            return false;
        }
        if (budget > 0) --budget;
        if (cursor.side == EdgeSide::low && cursor.shelf == 0) continue;
        cursor.side == EdgeSide::low ? --cursor.shelf : ++cursor.shelf;
        open(bands, cursor);
    }
    return true;
}

bool NearestEdges::walk_awake(const Bands& bands, const Ledger& ledger, std::uint32_t& budget) {
    for (; awake_in_ < bands.instrument_count(); ++awake_in_, awake_at_ = 0) {
        const std::span<const Edge> awake = bands.awake_in(InstrumentId{awake_in_});
        for (; awake_at_ < awake.size(); ++awake_at_) {
            if (budget == 0) return false;
            --budget;
            const Edge& each = awake[awake_at_];
            if (bands.is_live(each)) consider(ledger.account(AccountId{each.account}));
        }
    }
    return true;
}

bool NearestEdges::walk_rungs(const Ledger& ledger, std::uint32_t& budget) {
    const auto& steps = ledger.steps();
    for (auto at = rung_ ? steps.upper_bound(*rung_) : steps.begin(); at != steps.end(); ++at) {
        if (budget == 0) return false;
        --budget;
        rung_ = at->first;
        consider(ledger.account(at->first.account));
    }
    return true;
}

bool NearestEdges::step(const Bands& bands, const Watchers& watchers, const Ledger& ledger,
                        std::uint32_t& budget) {
    if (most_ == 0) return true;
    if (!walk_watchers(watchers, budget) || !walk_shelves(bands, budget) ||
        !walk_awake(bands, ledger, budget) || !walk_rungs(ledger, budget)) {
        return false;
    }
    for (const Near& near : near_)
        found_.push_back(near.account);
    for (const Risky& risky : risky_)
        found_.push_back(risky.account);
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    return true;
}

}  // namespace riskd
