#include "riskd/core/margin_anchors.hpp"

namespace riskd {

void Anchors::keep(AccountId account, const Anchor& anchor, std::span<const AnchorSource> sources) {
    if (index(account) >= places_.size()) places_.resize(index(account) + 1);
    std::uint32_t& place = places_[index(account)];
    if (place == 0 && !free_.empty()) {
        place = free_.back() + 1;
        free_.pop_back();
    } else if (place == 0) {
        rows_.emplace_back();
        place = static_cast<std::uint32_t>(rows_.size());
    }
    Row& row = rows_[place - 1];
    row.anchor = anchor;
    row.sources.assign(store_, sources);
}

void Anchors::drop(AccountId account) {
    if (index(account) >= places_.size()) return;
    std::uint32_t& place = places_[index(account)];
    if (place == 0) return;
    free_.push_back(place - 1);
    place = 0;
}

const Anchors::Row* Anchors::find(AccountId account) const noexcept {
    if (index(account) >= places_.size() || places_[index(account)] == 0) return nullptr;
    return &rows_[places_[index(account)] - 1];
}

void Anchors::clear() {
    for (std::uint32_t i = 0; i < places_.size(); ++i)
        drop(AccountId{i});
}

}  // namespace riskd
