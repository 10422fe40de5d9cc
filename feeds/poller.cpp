#include "feeds/poller.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "feeds/nats_session.hpp"
#include "riskd/core/check.hpp"

namespace riskd::feeds {

Poller::Poller()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), eventfd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    RISKD_CHECK(epoll_ >= 0);
    RISKD_CHECK(eventfd_ >= 0);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;
    RISKD_CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, eventfd_, &event) == 0);
}

Poller::~Poller() {
    RISKD_CHECK(sessions_.empty());
    ::close(eventfd_);
    ::close(epoll_);
}

void Poller::poke() noexcept {
    const std::uint64_t one = 1;
    // A full counter is fine: the core thread is woken already.
    [[maybe_unused]] const auto written = ::write(eventfd_, &one, sizeof one);
}

void Poller::wait(int timeout_ms) noexcept {
    if (!core_known_.load(std::memory_order_relaxed)) {
        core_thread_ = pthread_self();
        core_known_.store(true, std::memory_order_release);
    }
    bool ready = spin_;
    for (NatsSession* session : sessions_) {
        session->adopt();
        session->flush();  // what library threads queued: PING, PONG, SUB
        if (spin_) session->readable_ = true;
        ready = ready || session->has_untaken();
    }
    if (spin_) return;

    std::array<epoll_event, 16> events;
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                   ready ? 0 : timeout_ms);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.ptr == nullptr) {
            std::uint64_t pokes = 0;
            [[maybe_unused]] const auto got = ::read(eventfd_, &pokes, sizeof pokes);
            for (NatsSession* session : sessions_) {
                session->adopt();
                session->flush();
            }
            continue;
        }
        auto* session = static_cast<NatsSession*>(event.data.ptr);
        if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) session->readable_ = true;
        if ((event.events & EPOLLOUT) != 0) session->flush();
    }
}

void Poller::enlist(NatsSession& session) {
    sessions_.push_back(&session);
}

void Poller::strike(NatsSession& session) noexcept {
    std::erase(sessions_, &session);
}

void Poller::watch(int socket, NatsSession& session) noexcept {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.ptr = &session;
    RISKD_CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0);
}

void Poller::watch_for_writing(int socket, NatsSession& session, bool wanted) noexcept {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    if (wanted) event.events |= EPOLLOUT;
    event.data.ptr = &session;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event);
}

void Poller::forget(int socket) noexcept {
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
}

}  // namespace riskd::feeds
