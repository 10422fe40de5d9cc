// Rows of one owner side by side, in memory of a BlockStore that all owners share: no allocation
// for each owner, sixteen bytes in its row, and what one gives back another takes. The store grows
// by a MiB at a time and never shrinks. Blocks do not outlive their store; a row moves when its
// block grows. Core thread only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "riskd/core/check.hpp"

namespace riskd {

class BlockStore {
public:
    BlockStore() = default;
    BlockStore(const BlockStore&) = delete;
    BlockStore& operator=(const BlockStore&) = delete;

    // Aligned for any row. What is given back is said with the size it was taken with.
    std::byte* take(std::size_t bytes);
    void give_back(std::byte* block, std::size_t bytes) noexcept;
    // Taken from the machine.
    std::size_t bytes_held() const noexcept { return held_; }

private:
    static constexpr std::size_t grain = 16;
    static constexpr std::size_t small_max = 2'048;  // above it, sizes are powers of two
    static constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
    static constexpr std::size_t sizes = small_max / grain + 1 + 64;
    struct Size {
        std::size_t place{};  // in free_
        std::size_t bytes{};
    };
    static Size size_of(std::size_t bytes) noexcept;
    void put(std::size_t place, std::byte* block) noexcept;
    std::byte* carve(std::size_t bytes);
    std::byte* hold(std::size_t bytes);

    std::array<std::byte*, sizes> free_{};  // of each size the latest given back, a list
    std::byte* next_{};                     // what is left of the newest chunk
    std::size_t left_{};
    std::size_t held_{};
    std::vector<std::unique_ptr<std::byte[]>> chunks_;
};

template <typename Row>
class Block {
    static_assert(std::is_trivially_copyable_v<Row> && std::is_trivially_destructible_v<Row>);

public:
    Block() = default;
    Block(Block&& other) noexcept
        : rows_{std::exchange(other.rows_, nullptr)},
          size_{std::exchange(other.size_, 0)},
          room_{std::exchange(other.room_, 0)} {}
    Block& operator=(Block&&) = delete;

    Row* begin() noexcept { return rows_; }
    Row* end() noexcept { return rows_ + size_; }
    const Row* begin() const noexcept { return rows_; }
    const Row* end() const noexcept { return rows_ + size_; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    std::span<const Row> rows() const noexcept { return {rows_, size_}; }
    Row& operator[](std::size_t at) noexcept { return rows_[at]; }
    const Row& operator[](std::size_t at) const noexcept { return rows_[at]; }
    Row& back() noexcept { return rows_[size_ - 1]; }

    Row& insert(BlockStore& store, std::size_t at, const Row& row) {
        RISKD_CHECK(at <= size_);
        const Row copy = row;  // it may be one of ours
        if (size_ == room_) grow(store, room_ < 4 ? room_ + 1 : room_ + room_ / 2);
        std::memmove(static_cast<void*>(rows_ + at + 1), rows_ + at, (size_ - at) * sizeof(Row));
        ++size_;
        return *std::construct_at(rows_ + at, copy);
    }
    Row& append(BlockStore& store, const Row& row) { return insert(store, size_, row); }
    void assign(BlockStore& store, std::span<const Row> rows) {
        if (rows.size() > room_) grow(store, static_cast<std::uint32_t>(rows.size()));
        std::uninitialized_copy(rows.begin(), rows.end(), rows_);
        size_ = static_cast<std::uint32_t>(rows.size());
    }

private:
    void grow(BlockStore& store, std::uint32_t room) {
        std::byte* bytes = store.take(room * sizeof(Row));
        if (size_ != 0) std::memcpy(bytes, static_cast<const void*>(rows_), size_ * sizeof(Row));
        if (room_ != 0) {
            store.give_back(reinterpret_cast<std::byte*>(rows_), room_ * sizeof(Row));
        }
        rows_ = reinterpret_cast<Row*>(bytes);
        room_ = room;
    }

    Row* rows_{};
    std::uint32_t size_{};
    std::uint32_t room_{};
};

// For tables whose nodes come and go one at a time: each node is a block. Arrays are taken from the
// machine, at the start.
template <typename Row>
class BlockAllocator {
public:
    using value_type = Row;

    explicit BlockAllocator(BlockStore& store) noexcept : store_{&store} {}
    template <typename Other>
    BlockAllocator(const BlockAllocator<Other>& other) noexcept : store_{other.store()} {}
    Row* allocate(std::size_t count) {
        if (count != 1) return std::allocator<Row>{}.allocate(count);
        return reinterpret_cast<Row*>(store_->take(sizeof(Row)));
    }
    void deallocate(Row* rows, std::size_t count) noexcept {
        if (count != 1) return std::allocator<Row>{}.deallocate(rows, count);
        store_->give_back(reinterpret_cast<std::byte*>(rows), sizeof(Row));
    }
    BlockStore* store() const noexcept { return store_; }
    friend bool operator==(const BlockAllocator& a, const BlockAllocator& b) noexcept {
        return a.store_ == b.store_;
    }

private:
    BlockStore* store_;
};

// A text that stays where it was put, in eight bytes: its length, then its characters.
class StoredText {
public:
    StoredText() = default;
    // REQUIRES: at most 255 characters.
    StoredText(BlockStore& store, std::string_view text) {
        RISKD_CHECK(text.size() <= 255);
        bytes_ = store.take(text.size() + 1);
        bytes_[0] = static_cast<std::byte>(text.size());
        std::copy_n(text.data(), text.size(), reinterpret_cast<char*>(bytes_) + 1);
    }
    std::string_view view() const noexcept {
        if (bytes_ == nullptr) return {};
        return {reinterpret_cast<const char*>(bytes_) + 1, std::to_integer<std::size_t>(bytes_[0])};
    }
    bool empty() const noexcept { return view().empty(); }

private:
    std::byte* bytes_{};
};

}  // namespace riskd
