#include "riskd/core/bands.hpp"

#include <algorithm>
#include <limits>

namespace riskd {

namespace {

Price low_edge(Price mark, BandWidth width) noexcept {
    return {static_cast<std::int64_t>(
        divide(Wide{mark.raw} * (whole_width - width), whole_width, Rounding::toward_plus))};
}

Price high_edge(Price mark, BandWidth width) noexcept {
    return {static_cast<std::int64_t>(
        divide(Wide{mark.raw} * (whole_width + width), whole_width, Rounding::toward_minus))};
}

std::uint64_t urgency_of(Price edge, Price mark, BandWidth width) noexcept {
    const Wide beyond = magnitude(Price{mark.raw - edge.raw}).raw;
    const Wide share = beyond * whole_width / edge.raw;
    return static_cast<std::uint64_t>(
        std::min<Wide>(share * 1'000 / (width + 1), std::numeric_limits<std::int64_t>::max()));
}

constexpr std::uint64_t most_urgent = std::numeric_limits<std::uint64_t>::max();

}  // namespace

std::uint32_t Bands::begin_turn(AccountId account, BandWidth width) {
    if (index(account) >= turns_.size()) {
        turns_.resize(index(account) + 1);
        widths_.resize(index(account) + 1);
    }
    if (widths_[index(account)] == awake) --awake_;
    if (width == awake) ++awake_;
    widths_[index(account)] = width;
    return ++turns_[index(account)];
}

Bands::Place& Bands::place_at(InstrumentId instrument) {
    if (index(instrument) >= places_.size()) places_.resize(index(instrument) + 1);
    return places_[index(instrument)];
}

void Bands::sleep(AccountId account, std::span<const BandSource> sources) {
    BandWidth narrowest = width_max;
    for (const BandSource& source : sources)
        narrowest = std::min({narrowest, source.below, source.above});
    const std::uint32_t turn = begin_turn(account, narrowest);
    for (const BandSource& source : sources) {
        Place& place = place_at(source.instrument);
        if (source.mark.raw <= 0) {
            place.awake.push_back({source.mark, account.raw, turn});
            continue;
        }
        if (source.below != no_edge) {
            place.low.put({low_edge(source.mark, source.below), account.raw, turn}, turns_);
        }
        if (source.above != no_edge) {
            place.high.put({high_edge(source.mark, source.above), account.raw, turn}, turns_);
        }
    }
}

// Who stays awake is put down anew at each mark, so a list holds few that were given up; it is
// gone through when it would grow.
void Bands::stay_awake(AccountId account, std::span<const BandSource> sources) {
    begin_turn(account, awake);
    watch(account, sources);
}

void Bands::watch(AccountId account, std::span<const BandSource> sources) {
    if (index(account) >= turns_.size()) begin_turn(account, awake);
    const std::uint32_t turn = turns_[index(account)];
    for (const BandSource& source : sources) {
        std::vector<Edge>& list = place_at(source.instrument).awake;
        if (list.size() == list.capacity()) {
            std::erase_if(list,
                          [this](const Edge& edge) { return turns_[edge.account] != edge.turn; });
        }
        list.push_back({source.mark, account.raw, turn});
    }
}

Woken Bands::wake(AccountId account) {
    return {most_urgent, account, begin_turn(account, 0)};
}

void Bands::forget(AccountId account) {
    begin_turn(account, 0);
}

void Bands::leave(InstrumentId instrument, Price mark, std::vector<Woken>& woken) {
    leave_awake(instrument, woken);
    if (index(instrument) >= places_.size()) return;
    Place& place = places_[index(instrument)];
    left_.clear();
    left_shelves_.clear();
    place.low.leave(mark, turns_, left_, left_shelves_);
    place.high.leave(mark, turns_, left_, left_shelves_);
    for (const Edge& edge : left_)
        wake(edge, mark, woken);
    for (EdgeShelves::Shelf& shelf : left_shelves_) {
        edges_passed_ += shelf.size();
        passed_.push_back({std::move(shelf), mark});
    }
}

void Bands::wake(const Edge& edge, Price mark, std::vector<Woken>& woken) {
    if (turns_[edge.account] != edge.turn) return;  // by another edge, or judged, meanwhile
    const AccountId account{edge.account};
    const std::uint64_t urgency = urgency_of(edge.price, mark, widths_[edge.account]);
    woken.push_back({urgency, account, begin_turn(account, 0)});
}

void Bands::take_passed(std::size_t edges_max, std::vector<Woken>& woken) {
    for (std::size_t looked = 0; !passed_.empty() && looked < edges_max; ++looked) {
        Passed& latest = passed_.back();
        if (latest.shelf.empty()) {
            passed_.pop_back();
            continue;
        }
        wake(latest.shelf.back(), latest.mark, woken);
        latest.shelf.pop_back();
        --edges_passed_;
    }
}

void Bands::leave_awake(InstrumentId instrument, std::vector<Woken>& woken) {
    if (index(instrument) >= places_.size()) return;
    std::vector<Edge>& list = places_[index(instrument)].awake;
    for (const Edge& edge : list) {
        if (turns_[edge.account] != edge.turn) continue;
        const AccountId account{edge.account};
        woken.push_back({most_urgent, account, begin_turn(account, awake)});
    }
    list.clear();
}

Woken Bands::woken(AccountId account) const noexcept {
    return {most_urgent, account, turns_[index(account)]};
}

std::size_t Bands::edges() const noexcept {
    std::size_t sum = 0;
    for (const Place& place : places_)
        sum += place.low.size() + place.high.size() + place.awake.size();
    return sum;
}

void Bands::clear() {
    places_.clear();
    passed_.clear();
    edges_passed_ = 0;
    std::fill(widths_.begin(), widths_.end(), 0);
    for (std::uint32_t& turn : turns_)
        ++turn;
    awake_ = 0;
}

}  // namespace riskd
