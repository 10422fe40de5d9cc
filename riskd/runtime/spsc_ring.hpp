// A bounded ring between exactly one producing and one consuming thread: how anything that may
// block meets the core thread. Never waits and never grows; full is an answer that the caller
// counts. The capacity is a power of two.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace riskd::runtime {

template <typename T, std::size_t capacity>
class SpscRing {
    static_assert((capacity & (capacity - 1)) == 0, "a ring index is a mask");

public:
    // Producer. False: full.
    [[nodiscard]] bool try_push(const T& item) noexcept {
        const std::size_t at = written_.load(std::memory_order_relaxed);
        if (at - read_seen_ == capacity) {
            read_seen_ = read_.load(std::memory_order_acquire);
            if (at - read_seen_ == capacity) return false;
        }
        slots_[at & (capacity - 1)] = item;
        written_.store(at + 1, std::memory_order_release);
        return true;
    }
    // Consumer. False: empty.
    [[nodiscard]] bool try_pop(T& item) noexcept {
        const std::size_t at = read_.load(std::memory_order_relaxed);
        if (at == written_seen_) {
            written_seen_ = written_.load(std::memory_order_acquire);
            if (at == written_seen_) return false;
        }
        item = slots_[at & (capacity - 1)];
        read_.store(at + 1, std::memory_order_release);
        return true;
    }

private:
    std::unique_ptr<T[]> slots_{std::make_unique<T[]>(capacity)};
    alignas(64) std::atomic<std::size_t> written_{0};
    std::size_t read_seen_{0};  // the producer's latest look at read_
    alignas(64) std::atomic<std::size_t> read_{0};
    std::size_t written_seen_{0};  // the consumer's latest look at written_
};

}  // namespace riskd::runtime
