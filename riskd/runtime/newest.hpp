// The newest value of something big, from one writing thread to one reading thread, in three
// copies: the writer fills its own, the reader keeps its own, the third waits between. Neither ever
// waits for the other; values the reader did not come for in time are lost, which is the point.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace riskd::runtime {

template <typename T>
class Newest {
public:
    // Writer: fill this (it holds an old value, so that vectors keep their room), then publish().
    T& draft() noexcept { return copies_[writing_]; }
    void publish() noexcept {
        writing_ = waiting_.exchange(static_cast<std::uint8_t>(writing_ | fresh),
                                     std::memory_order_acq_rel) &
                   index_mask;
    }
    // Reader: the newest published value; it stays as it is until the next call.
    const T& read() noexcept {
        if ((waiting_.load(std::memory_order_acquire) & fresh) != 0) {
            reading_ = waiting_.exchange(reading_, std::memory_order_acq_rel) & index_mask;
        }
        return copies_[reading_];
    }

private:
    static constexpr std::uint8_t fresh = 4;
    static constexpr std::uint8_t index_mask = 3;

    std::array<T, 3> copies_{};
    std::uint8_t writing_{0};
    std::atomic<std::uint8_t> waiting_{1};
    std::uint8_t reading_{2};
};

}  // namespace riskd::runtime
