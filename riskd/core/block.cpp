#include "riskd/core/block.hpp"

#include <bit>

namespace riskd {

BlockStore::Size BlockStore::size_of(std::size_t bytes) noexcept {
    if (bytes <= small_max) {
        const std::size_t grains = std::max<std::size_t>((bytes + grain - 1) / grain, 1);
        return {.place = grains, .bytes = grains * grain};
    }
    const std::size_t rounded = std::bit_ceil(bytes);
    const auto power = static_cast<std::size_t>(std::countr_zero(rounded));
    return {.place = small_max / grain + 1 + power, .bytes = rounded};
}

std::byte* BlockStore::take(std::size_t bytes) {
    const Size size = size_of(bytes);
    std::byte* block = free_[size.place];
    if (block == nullptr) return carve(size.bytes);
    std::memcpy(&free_[size.place], block, sizeof(std::byte*));
    return block;
}

void BlockStore::give_back(std::byte* block, std::size_t bytes) noexcept {
    put(size_of(bytes).place, block);
}

// A free block has in its first bytes where the next one is.
void BlockStore::put(std::size_t place, std::byte* block) noexcept {
    std::memcpy(block, &free_[place], sizeof(std::byte*));
    free_[place] = block;
}

std::byte* BlockStore::carve(std::size_t bytes) {
    if (bytes > chunk_bytes / 8) return hold(bytes);
    if (bytes > left_) {
        while (left_ != 0) {  // the rest serves small rows
            const std::size_t part = std::min(left_, small_max);
            put(part / grain, next_);
            next_ += part;
            left_ -= part;
        }
        next_ = hold(chunk_bytes);
        left_ = chunk_bytes;
    }
    std::byte* block = next_;
    next_ += bytes;
    left_ -= bytes;
    return block;
}

std::byte* BlockStore::hold(std::size_t bytes) {
    held_ += bytes;
    return chunks_.emplace_back(std::make_unique_for_overwrite<std::byte[]>(bytes)).get();
}

}  // namespace riskd
