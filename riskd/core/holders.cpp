#include "riskd/core/holders.hpp"

#include <algorithm>

#include "riskd/core/check.hpp"

namespace riskd {

namespace {

constexpr std::size_t run_rows_max = 512;
constexpr int slot_bits = 30;
constexpr std::uint64_t slot_mask = (std::uint64_t{1} << slot_bits) - 1;

// Account, side, slot from the highest bit down: rising numbers are rows in order.
std::uint64_t packed(const Holder& holder) noexcept {
    RISKD_CHECK(holder.slot <= slot_mask);
    return (static_cast<std::uint64_t>(holder.account.raw) << 32) |
           (static_cast<std::uint64_t>(holder.side) << slot_bits) | holder.slot;
}

// The run that has the first row which is not before `row`; the last one when all are.
template <typename Runs>
auto run_for(Runs& runs, std::uint64_t row) noexcept {
    const auto after = std::partition_point(runs.begin(), runs.end(),
                                            [&](const auto& run) { return run.back() < row; });
    return after == runs.end() ? std::prev(after) : after;
}

}  // namespace

Holder HolderList::Iterator::operator*() const noexcept {
    return {.account = AccountId{static_cast<std::uint32_t>(row_ >> 32)},
            .side = static_cast<PositionSide>((row_ >> slot_bits) & 3U),
            .slot = static_cast<std::uint32_t>(row_ & slot_mask)};
}

void HolderList::Iterator::settle() noexcept {
    if (run_ < list_->runs_.size() && at_ == list_->runs_[run_].size()) {
        ++run_;
        at_ = 0;
    }
    if (run_ < list_->runs_.size()) row_ = list_->runs_[run_][at_];
}

HolderList::Iterator& HolderList::Iterator::operator++() noexcept {
    if (rows_seen_ == list_->size_) {
        ++at_;
    } else {  // rows moved: go on behind the one we stood on
        rows_seen_ = list_->size_;
        const auto run = run_for(list_->runs_, row_ + 1);
        run_ = static_cast<std::size_t>(run - list_->runs_.begin());
        const auto next = std::lower_bound(run->begin(), run->end(), row_ + 1);
        at_ = static_cast<std::size_t>(next - run->begin());
    }
    settle();
    return *this;
}

void HolderList::add(const Holder& holder) {
    const std::uint64_t row = packed(holder);
    ++size_;
    if (runs_.empty()) runs_.emplace_back();
    auto run = runs_.size() == 1 && runs_.front().empty() ? runs_.begin() : run_for(runs_, row);
    if (run->size() == run_rows_max) {
        // Accounts that come in order fill their runs; others leave two halves.
        const bool is_last = run + 1 == runs_.end() && run->back() < row;
        const std::size_t kept = is_last ? run_rows_max : run_rows_max / 2;
        Run rest;
        rest.reserve(run_rows_max);
        rest.assign(run->begin() + static_cast<std::ptrdiff_t>(kept), run->end());
        run->resize(kept);
        const bool comes_behind = is_last || run->back() < row;
        run = runs_.insert(run + 1, std::move(rest));
        if (!comes_behind) --run;
    }
    run->insert(std::lower_bound(run->begin(), run->end(), row), row);
}

}  // namespace riskd
