#include "feeds/stream_keeper.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace riskd::feeds {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds retry_wait_min{50};
constexpr milliseconds retry_wait_max{1'000};

}  // namespace

StreamKeeper::StreamKeeper(std::unique_ptr<StreamAdmin> admin, Poller& poller)
    : admin_(std::move(admin)), poller_(poller), thread_([this] { run(); }) {}

StreamKeeper::~StreamKeeper() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void StreamKeeper::wake() {
    // The lock is held for moments only on every side; without it the wake-up could be missed.
    { const std::lock_guard lock(mutex_); }
    wake_.notify_all();
}

bool StreamKeeper::try_ask(const ConsumerWish& wish) {
    if (!consumer_wishes_.try_put(wish)) return false;
    wake();
    return true;
}

bool StreamKeeper::try_ask(const TailWish& wish) {
    if (!tail_wishes_.try_put(wish)) return false;
    wake();
    return true;
}

std::string StreamKeeper::last_error() const {
    const std::lock_guard lock(mutex_);
    return last_error_;
}

void StreamKeeper::note(const std::string& error) {
    const std::lock_guard lock(mutex_);
    last_error_ = error;
    if (!error.empty()) failures_.fetch_add(1, std::memory_order_relaxed);
}

void StreamKeeper::run() {
    milliseconds wait = retry_wait_min;
    for (;;) {
        const bool consumer_done = serve_consumer();
        const bool tail_done = serve_tail();
        if (consumer_done) delete_discarded();
        const bool idle = consumer_done && tail_done && made_.size() <= 1;
        wait = idle ? retry_wait_min : std::min(wait * 2, retry_wait_max);
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, idle ? retry_wait_max : wait, [this] {
            return stopping_ || consumer_wishes_.full() || tail_wishes_.full();
        });
        if (stopping_) break;
    }
    // An orderly end leaves nothing on the server; after any other it forgets by itself.
    for (const ConsumerWish& wish : made_)
        admin_->delete_consumer(wish.stream, wish.name);
}

void StreamKeeper::delete_discarded() {
    std::erase_if(made_, [this](const ConsumerWish& wish) {
        return &wish != &made_.back() && admin_->delete_consumer(wish.stream, wish.name);
    });
}

// True when no wish is open.
bool StreamKeeper::serve_consumer() {
    if (auto wish = consumer_wishes_.try_take()) consumer_wish_ = std::move(wish);
    if (!consumer_wish_) return true;
    std::string error;
    const auto answer = make_consumer(*consumer_wish_, error);
    note(error);
    if (!answer) return false;
    consumer_wish_.reset();
    consumer_answers_.put(*answer);
    poller_.poke();
    return true;
}

std::optional<ConsumerAnswer> StreamKeeper::make_consumer(const ConsumerWish& wish,
                                                          std::string& error) {
    const auto state = admin_->state(wish.stream, error);
    if (!state) return std::nullopt;
    ConsumerAnswer answer{wish.generation, ConsumerStatus::made, *state};
    if (state->last_sequence < wish.applied_sequence) {
        answer.status = ConsumerStatus::stream_behind;
        return answer;
    }
    if (wish.applied_sequence > 0 && wish.applied_time_ns != 0) {
        const auto stored = admin_->message_time_ns(wish.stream, wish.applied_sequence, error);
        if (!error.empty()) return std::nullopt;
        if (stored && *stored != wish.applied_time_ns) {
            answer.status = ConsumerStatus::stream_rewritten;
            return answer;
        }
    }
    ConsumerSpec spec;
    spec.stream = wish.stream;
    spec.name = wish.name;
    spec.deliver_subject = wish.deliver_subject;
    spec.first_sequence = wish.applied_sequence + 1;
    // Noted before it is made: an answer that is lost must not leave a consumer behind.
    if (made_.empty() || made_.back().name != wish.name) made_.push_back(wish);
    if (!admin_->create_consumer(spec, error)) return std::nullopt;
    return answer;
}

bool StreamKeeper::serve_tail() {
    if (auto wish = tail_wishes_.try_take()) tail_wish_ = std::move(wish);
    if (!tail_wish_) return true;
    std::string error;
    const auto tail = admin_->output_tail(tail_wish_->stream, error);
    note(error);
    if (!tail) return false;
    tail_answers_.put({tail_wish_->generation, *tail});
    tail_wish_.reset();
    poller_.poke();
    return true;
}

}  // namespace riskd::feeds
