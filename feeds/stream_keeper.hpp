// The thread that does JetStream administration for the core thread: it makes the consumer the
// core thread reads facts from, and reads back the end of the output stream. The core thread leaves
// a wish and later finds the answer; neither side ever waits for the other.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "feeds/poller.hpp"
#include "feeds/streams.hpp"

namespace riskd::feeds {

// A cycle that took longer was our own pause, and says nothing about the silence of others.
inline constexpr std::int64_t silence_step_ns_max = 250'000'000;

// One value on its way from one thread to another; a newer one replaces it. Never waits: when the
// other side is just looking, try_put and try_take are refused and are tried again next cycle.
template <typename T>
class Slot {
public:
    bool try_put(const T& value) {
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock.owns_lock()) return false;
        value_ = value;
        full_.store(true, std::memory_order_release);
        return true;
    }
    std::optional<T> try_take() {
        if (!full_.load(std::memory_order_acquire)) return std::nullopt;
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock.owns_lock()) return std::nullopt;
        full_.store(false, std::memory_order_relaxed);
        std::optional<T> taken;
        taken.swap(value_);
        return taken;
    }
    // For the keeper's side, which may wait.
    void put(const T& value) {
        const std::lock_guard lock(mutex_);
        value_ = value;
        full_.store(true, std::memory_order_release);
    }
    bool full() const noexcept { return full_.load(std::memory_order_acquire); }

private:
    std::mutex mutex_;
    std::optional<T> value_;
    std::atomic<bool> full_{false};
};

struct ConsumerWish {
    std::uint64_t generation{};
    std::uint64_t applied_sequence{};
    std::int64_t applied_time_ns{};  // the server's time of that message; 0: not known
    std::string stream;
    std::string name;
    std::string deliver_subject;
};

enum class ConsumerStatus : std::uint8_t {
    made,
    stream_behind,     // the stream ends before what was applied: it lost messages
    stream_rewritten,  // it holds another message where the applied one was
};

struct ConsumerAnswer {
    std::uint64_t generation{};
    ConsumerStatus status{ConsumerStatus::made};
    StreamState stream;
};

struct TailWish {
    std::uint64_t generation{};
    std::string stream;
};
struct TailAnswer {
    std::uint64_t generation{};
    OutputTail tail;
};

class StreamKeeper {
public:
    // REQUIRES: the admin is used by nobody else from here on; the poller outlives this.
    StreamKeeper(std::unique_ptr<StreamAdmin> admin, Poller& poller);
    ~StreamKeeper();
    StreamKeeper(const StreamKeeper&) = delete;
    StreamKeeper& operator=(const StreamKeeper&) = delete;

    // Core thread. False: not now, ask again.
    bool try_ask(const ConsumerWish& wish);
    bool try_ask(const TailWish& wish);
    std::optional<ConsumerAnswer> try_take_consumer() { return consumer_answers_.try_take(); }
    std::optional<TailAnswer> try_take_tail() { return tail_answers_.try_take(); }

    std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }
    // Any thread: why the last attempt failed; empty when it did not.
    std::string last_error() const;

private:
    void run();
    void wake();
    void delete_discarded();
    bool serve_consumer();
    bool serve_tail();
    void note(const std::string& error);
    std::optional<ConsumerAnswer> make_consumer(const ConsumerWish& wish, std::string& error);

    std::unique_ptr<StreamAdmin> admin_;
    Poller& poller_;
    Slot<ConsumerWish> consumer_wishes_;
    Slot<ConsumerAnswer> consumer_answers_;
    Slot<TailWish> tail_wishes_;
    Slot<TailAnswer> tail_answers_;

    // Keeper's thread only: what is not yet fulfilled, and what exists on the server.
    std::optional<ConsumerWish> consumer_wish_;
    std::optional<TailWish> tail_wish_;
    std::vector<ConsumerWish> made_;  // the last one is in use, the others shall be deleted

    std::atomic<std::uint64_t> failures_{0};
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::string last_error_;
    bool stopping_{false};
    std::thread thread_;
};

}  // namespace riskd::feeds
