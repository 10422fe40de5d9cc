#include "riskd/verbs/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace riskd::verbs {

namespace {

std::atomic<int> signals_seen{0};
static_assert(std::atomic<int>::is_always_lock_free);

void take_signal(int signal) noexcept {
    if (signals_seen.fetch_add(1) > 0) ::_exit(128 + signal);
}

}  // namespace

void watch_interrupt() noexcept {
    struct sigaction action {};
    action.sa_handler = take_signal;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, nullptr);
}

bool is_interrupted() noexcept {
    return signals_seen.load(std::memory_order_relaxed) > 0;
}

}  // namespace riskd::verbs
