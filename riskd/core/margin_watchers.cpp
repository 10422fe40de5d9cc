#include "riskd/core/margin_watchers.hpp"

#include <algorithm>

namespace riskd {

namespace {

constexpr std::size_t watchers_max = 16'384;  // of one instrument

}  // namespace

std::uint32_t Watchers::take_slot(AccountId account) {
    if (index(account) >= places_.size()) places_.resize(index(account) + 1);
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    places_[index(account)] = slot + 1;
    return slot;
}

bool Watchers::is_full(std::span<const AnchorSource> sources) const noexcept {
    return std::any_of(sources.begin(), sources.end(), [this](const AnchorSource& source) {
        return index(source.instrument) < entries_.size() &&
               entries_[index(source.instrument)].size() >= watchers_max;
    });
}

void Watchers::watch(AccountId account, const Anchor& anchor, std::span<const AnchorSource> sources,
                     std::span<const Price> marks, BandWidth far) {
    drop(account);
    const std::uint32_t number = take_slot(account);
    Slot& slot = slots_[number];
    const AnchorRoom room = room_of(anchor, sources, marks);
    const double share = static_cast<double>(far) / whole_width;
    slot.account = account;
    slot.far = far;
    slot.adverse = room.adverse;
    slot.favourable = room.favourable;
    slot.adverse_far = share * room.adverse_per_move;
    slot.favourable_far = share * room.favourable_per_move;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const AnchorSource& source = sources[i];
        Entry entry{.source = source,
                    .slopes = slopes_of(anchor, source.per_price > 0),
                    .slot = number,
                    .turn = slot.turn};
        const double gain = source.gain_at(marks[i]);
        entry.adverse_seen = entry.slopes.adverse(gain);
        entry.favourable_seen = entry.slopes.favourable(gain);
        if (index(source.instrument) >= entries_.size()) {
            entries_.resize(index(source.instrument) + 1);
        }
        entries_[index(source.instrument)].push_back(entry);
    }
}

void Watchers::drop(AccountId account) {
    if (index(account) >= places_.size()) return;
    std::uint32_t& place = places_[index(account)];
    if (place == 0) return;
    ++slots_[place - 1].turn;
    slots_[place - 1].account = no_account;
    free_.push_back(place - 1);
    place = 0;
}

std::optional<Watchers::Watching> Watchers::watching(std::size_t slot) const noexcept {
    const Slot& seen = slots_[slot];
    if (!is_known(seen.account)) return std::nullopt;
    const double part = std::min(seen.adverse / std::max(seen.adverse_far, 1.0),
                                 seen.favourable / std::max(seen.favourable_far, 1.0));
    const double width = std::clamp(part, 0.0, 1.0) * seen.far;
    return Watching{.account = seen.account, .width = static_cast<BandWidth>(width)};
}

void Watchers::see(InstrumentId instrument, Price mark, std::vector<AccountId>& leaving) {
    if (index(instrument) >= entries_.size()) return;
    std::vector<Entry>& entries = entries_[index(instrument)];
    for (std::size_t i = 0; i < entries.size();) {
        Entry& entry = entries[i];
        Slot& slot = slots_[entry.slot];
        if (slot.turn != entry.turn) {  // dropped
            entry = entries.back();
            entries.pop_back();
            continue;
        }
        const double gain = entry.source.gain_at(mark);
        const double adverse = entry.slopes.adverse(gain);
        const double favourable = entry.slopes.favourable(gain);
        slot.adverse += adverse - entry.adverse_seen;
        slot.favourable += favourable - entry.favourable_seen;
        entry.adverse_seen = adverse;
        entry.favourable_seen = favourable;
        const bool has_none =
            slot.adverse < 0 || slot.favourable < 0 || !entry.source.is_near(mark);
        const bool is_far =
            slot.adverse > slot.adverse_far && slot.favourable > slot.favourable_far;
        if (has_none || is_far) leaving.push_back(slot.account);
        ++i;
    }
}

}  // namespace riskd
