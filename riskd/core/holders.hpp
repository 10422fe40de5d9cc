// The positions in one instrument, or the balances in one asset, in order of account: what prices,
// funding and settlement walk. Eight bytes a row, in runs of at most 512 rows, so that a row comes
// in without moving many. Rows are never taken out. A walk sees each row once, also when rows come
// in meanwhile: those behind it are not seen, those before it are. Core thread only.
#pragma once

#include <cstdint>
#include <iterator>
#include <vector>

#include "riskd/core/ids.hpp"
#include "riskd/core/words.hpp"

namespace riskd {

// `slot`: in the block of the account's positions, or of its balances.
struct Holder {
    AccountId account{no_account};
    PositionSide side{};
    std::uint32_t slot{};
    friend bool operator==(const Holder&, const Holder&) = default;
};

class HolderList {
public:
    class Iterator {
    public:
        explicit Iterator(const HolderList& list) noexcept : list_{&list} { settle(); }
        Holder operator*() const noexcept;
        Iterator& operator++() noexcept;
        bool operator==(std::default_sentinel_t) const noexcept {
            return run_ == list_->runs_.size();
        }

    private:
        void settle() noexcept;

        const HolderList* list_;
        std::size_t run_{};
        std::size_t at_{};
        std::uint64_t row_{};
        std::size_t rows_seen_{list_->size_};  // a row came in since when this is not the size
    };

    // REQUIRES: the list has no row of the account and side yet; slot is below 2^30.
    void add(const Holder& holder);
    Iterator begin() const noexcept { return Iterator{*this}; }
    std::default_sentinel_t end() const noexcept { return {}; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

private:
    using Run = std::vector<std::uint64_t>;  // rows as numbers, rising

    std::vector<Run> runs_;  // none is empty
    std::size_t size_{};
};

}  // namespace riskd
