// Where the core thread waits: one epoll over the sockets of all its sessions and one eventfd.
// Core thread, except poke(), which any thread may call. It outlives the sessions registered in it.
#pragma once

#include <pthread.h>

#include <atomic>
#include <vector>

namespace riskd::feeds {

class NatsSession;

class Poller {
public:
    Poller();
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    // Waits until a session can be read or written, someone pokes, or the time is over. Does not
    // wait at all when a session still holds messages that were read but not taken, nor when
    // spinning.
    void wait(int timeout_ms) noexcept;
    void set_spin(bool spin) noexcept { spin_ = spin; }
    void poke() noexcept;
    // For the callbacks of a link: drops a socket that is about to be closed.
    void forget(int socket) noexcept;
    bool on_core_thread() const noexcept {
        return core_known_.load(std::memory_order_acquire) &&
               pthread_equal(core_thread_, pthread_self()) != 0;
    }

private:
    friend class NatsSession;

    void enlist(NatsSession& session);
    void strike(NatsSession& session) noexcept;
    void watch(int socket, NatsSession& session) noexcept;
    void watch_for_writing(int socket, NatsSession& session, bool wanted) noexcept;

    int epoll_{-1};
    int eventfd_{-1};
    bool spin_{false};
    std::vector<NatsSession*> sessions_;
    pthread_t core_thread_{};
    std::atomic<bool> core_known_{false};
};

}  // namespace riskd::feeds
