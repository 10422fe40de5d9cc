#include "feeds/nats_session.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <utility>

#include "feeds/nats_link.hpp"

namespace riskd::feeds {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds ping_interval{1'000};
constexpr milliseconds pong_wait_max{2'000};
constexpr milliseconds reconnect_wait_max{1'000};
constexpr int send_backlog_bytes_max = 64 * 1024 * 1024;
constexpr int last_reads_max = 1'000;
constexpr std::size_t subject_bytes_max = 511;
constexpr std::size_t header_bytes_max = 127;

// The library wants texts that end with a zero byte.
template <std::size_t capacity>
struct ZeroEnded {
    explicit ZeroEnded(std::string_view text) noexcept {
        const std::size_t size = std::min(text.size(), capacity);
        std::memcpy(bytes.data(), text.data(), size);
        bytes[size] = '\0';
    }
    std::array<char, capacity + 1> bytes;
};

std::string make_inbox() {
    natsInbox* raw = nullptr;
    if (natsInbox_Create(&raw) != NATS_OK) return {};
    std::string inbox(raw);
    natsInbox_Destroy(raw);
    return inbox;
}

}  // namespace

std::string_view Message::header(const char* header_name) const noexcept {
    const char* value = nullptr;
    if (natsMsgHeader_Get(static_cast<natsMsg*>(handle), header_name, &value) != NATS_OK) return {};
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

NatsSession::NatsSession(const config::NatsSettings& settings, std::string name, Poller& poller)
    : settings_(settings), name_(std::move(name)), inbox_(make_inbox()), poller_(poller) {}

NatsSession::Opened NatsSession::open(const config::NatsSettings& settings, std::string name,
                                      Poller& poller) {
    Opened opened;
    std::unique_ptr<NatsSession> session(new NatsSession(settings, std::move(name), poller));
    std::shared_ptr<NatsLink> link =
        NatsLink::open(settings, session->name_, {}, poller, opened.error);
    if (!link) return opened;
    session->live_ = link;
    session->ready_ = std::move(link);
    session->offered_ = true;
    poller.enlist(*session);
    session->adopt();
    session->connector_ = std::thread([raw = session.get()] { raw->run_connector(); });
    opened.session = std::move(session);
    return opened;
}

NatsSession::~NatsSession() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (link_) {
        // Read to the end, so that the library sees the loss and does not wait for a last flush.
        ::shutdown(link_->socket, SHUT_RDWR);
        for (int i = 0; i < last_reads_max && !link_->lost; ++i) {
            natsConnection_ProcessReadEvent(link_->connection);
        }
    }
    if (connector_.joinable()) connector_.join();
    release_current();
    poller_.strike(*this);
}

std::size_t NatsSession::subscribe(std::string subject) {
    const std::lock_guard lock(mutex_);
    std::string error;
    // A failure here is a lost link: the connector subscribes again with the next one.
    if (link_ && !link_->subscribe(subject, error)) link_->stale = true;
    subjects_.push_back(std::move(subject));
    return subjects_.size() - 1;
}

bool NatsSession::read() noexcept {
    polls_.store(polls_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    adopt();
    if (!link_) return false;
    if (link_->stale.load(std::memory_order_acquire)) {
        ::shutdown(link_->socket, SHUT_RDWR);
        readable_ = true;
    }
    if (!readable_) return false;
    readable_ = false;
    ++counters_.reads;
    natsConnection_ProcessReadEvent(link_->connection);
    drop_if_lost();
    return true;
}

// Asking an empty queue for a message would format an error text; asking its length is cheap and is
// done once per batch.
int NatsSession::count_untaken(std::size_t subscription) noexcept {
    int& untaken = link_->untaken[subscription];
    if (untaken == 0 && natsSubscription_GetPending(link_->subscriptions[subscription], &untaken,
                                                    nullptr) != NATS_OK) {
        untaken = 0;
    }
    return untaken;
}

// Does not note the length: what nobody wants to take now must not keep the poller from waiting.
bool NatsSession::has_next(std::size_t subscription) noexcept {
    if (!link_ || subscription >= link_->subscriptions.size()) return false;
    int waiting = link_->untaken[subscription];
    if (waiting == 0) {
        natsSubscription_GetPending(link_->subscriptions[subscription], &waiting, nullptr);
    }
    return waiting > 0;
}

// Moves the next message of the queue into current_.
bool NatsSession::take(std::size_t subscription) noexcept {
    natsSubscription* queue = link_->subscriptions[subscription];
    int& untaken = link_->untaken[subscription];
    while (count_untaken(subscription) > 0) {
        natsMsg* taken = nullptr;
        const natsStatus status = natsSubscription_NextMsg(&taken, queue, 0);
        --untaken;
        if (status == NATS_OK) {
            current_ = taken;
            return true;
        }
        if (status == NATS_NO_RESPONDERS) {  // the library keeps the message and its subject
            ++counters_.no_responders;
        } else {
            untaken = 0;
        }
    }
    return false;
}

bool NatsSession::next(std::size_t subscription, Message& message) noexcept {
    release_current();
    if (!link_ || subscription >= link_->subscriptions.size() || !take(subscription)) return false;
    auto* taken = static_cast<natsMsg*>(current_);
    const char* reply = natsMsg_GetReply(taken);
    message.subject = natsMsg_GetSubject(taken);
    message.reply = reply == nullptr ? std::string_view{} : std::string_view{reply};
    message.payload = {natsMsg_GetData(taken),
                       static_cast<std::size_t>(natsMsg_GetDataLength(taken))};
    message.handle = taken;
    ++counters_.messages_in;
    counters_.bytes_in += message.payload.size();
    return true;
}

void NatsSession::release_current() noexcept {
    if (current_ == nullptr) return;
    natsMsg_Destroy(static_cast<natsMsg*>(current_));
    current_ = nullptr;
}

bool NatsSession::has_untaken() const noexcept {
    if (!link_) return false;
    return std::any_of(link_->untaken.begin(), link_->untaken.end(),
                       [](int count) { return count > 0; });
}

bool NatsSession::publishable(std::string_view subject, std::string_view reply) noexcept {
    bool possible = link_ != nullptr && !subject.empty() && subject.size() <= subject_bytes_max &&
                    reply.size() <= subject_bytes_max;
    if (possible && link_->watched_for_writing) {
        possible = natsConnection_Buffered(link_->connection) < send_backlog_bytes_max;
    }
    if (!possible) ++counters_.publish_failures;
    return possible;
}

bool NatsSession::count_published(int status, std::size_t bytes) noexcept {
    if (status != NATS_OK) {
        ++counters_.publish_failures;
        return false;
    }
    ++counters_.messages_out;
    counters_.bytes_out += bytes;
    return true;
}

bool NatsSession::publish(std::string_view subject, std::string_view reply,
                          std::string_view payload) noexcept {
    if (!publishable(subject, reply)) return false;
    const ZeroEnded<subject_bytes_max> to(subject);
    const int size = static_cast<int>(payload.size());
    natsStatus status = NATS_OK;
    if (reply.empty()) {
        status = natsConnection_Publish(link_->connection, to.bytes.data(), payload.data(), size);
    } else {
        const ZeroEnded<subject_bytes_max> back(reply);
        status = natsConnection_PublishRequest(link_->connection, to.bytes.data(),
                                               back.bytes.data(), payload.data(), size);
    }
    return count_published(status, payload.size());
}

bool NatsSession::publish(std::string_view subject, std::string_view reply,
                          std::string_view payload, std::span<const Header> headers) noexcept {
    if (!publishable(subject, reply)) return false;
    const ZeroEnded<subject_bytes_max> to(subject);
    const ZeroEnded<subject_bytes_max> back(reply);
    natsMsg* message = nullptr;
    natsStatus status =
        natsMsg_Create(&message, to.bytes.data(), reply.empty() ? nullptr : back.bytes.data(),
                       payload.data(), static_cast<int>(payload.size()));
    for (const Header& header : headers) {
        if (status != NATS_OK) break;
        const ZeroEnded<header_bytes_max> value(header.value);
        status = natsMsgHeader_Set(message, header.name, value.bytes.data());
    }
    if (status == NATS_OK) status = natsConnection_PublishMsg(link_->connection, message);
    natsMsg_Destroy(message);
    return count_published(status, payload.size());
}

void NatsSession::flush() noexcept {
    if (!link_ || !link_->write_wanted.load(std::memory_order_acquire)) return;
    // The library takes a send of nothing for a lost connection.
    if (natsConnection_Buffered(link_->connection) <= 0) return;
    ++counters_.sends;
    natsConnection_ProcessWriteEvent(link_->connection);
    drop_if_lost();
    if (!link_) return;
    const bool unsent = link_->write_wanted.load(std::memory_order_acquire);
    if (unsent != link_->watched_for_writing) {
        link_->watched_for_writing = unsent;
        poller_.watch_for_writing(link_->socket, *this, unsent);
    }
}

bool NatsSession::drain(int timeout_ms) noexcept {
    if (!link_) return false;
    natsStatus status = NATS_TIMEOUT;
    std::atomic<bool> done{false};
    std::thread waiter([&] {
        status = natsConnection_FlushTimeout(link_->connection, timeout_ms);
        done = true;
    });
    while (!done) {
        natsConnection_ProcessReadEvent(link_->connection);
        if (natsConnection_Buffered(link_->connection) > 0) {
            natsConnection_ProcessWriteEvent(link_->connection);
        }
        pollfd socket{link_->socket, POLLIN, 0};
        ::poll(&socket, 1, 1);
    }
    waiter.join();
    drop_if_lost();
    return status == NATS_OK;
}

void NatsSession::adopt() noexcept {
    if (!offered_.load(std::memory_order_acquire)) return;
    {
        const std::lock_guard lock(mutex_);
        link_ = std::move(ready_);
        offered_.store(false, std::memory_order_relaxed);
    }
    if (!link_) return;
    poller_.watch(link_->socket, *this);
    ++counters_.connects;
    connected_.store(true, std::memory_order_release);
    readable_ = true;  // what came between connect and now
}

void NatsSession::drop_if_lost() noexcept {
    if (link_->lost.load(std::memory_order_acquire)) drop();
}

void NatsSession::drop() noexcept {
    connected_.store(false, std::memory_order_release);
    ++counters_.disconnects;
    {
        const std::lock_guard lock(mutex_);
        live_.reset();
        retired_ = std::move(link_);
    }
    link_.reset();
    wake_.notify_all();
}

void NatsSession::run_connector() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (!live_) {
            reconnect(lock);
            continue;
        }
        wake_.wait_for(lock, ping_interval, [this] { return stopping_ || !live_; });
        if (stopping_ || !live_) continue;
        const std::shared_ptr<NatsLink> link = live_;
        watch_link(lock, *link);
    }
    retired_.reset();
    ready_.reset();
    live_.reset();
}

// Asks the server for a sign of life. Only a server that stays silent while the core thread does
// read counts as gone: a long pause of our own must not cost the connection.
void NatsSession::watch_link(std::unique_lock<std::mutex>& lock, NatsLink& link) {
    lock.unlock();
    const std::uint64_t polls = polls_.load(std::memory_order_relaxed);
    natsStatus status = natsConnection_FlushTimeout(link.connection, pong_wait_max.count());
    const bool core_reads = polls_.load(std::memory_order_relaxed) - polls >= 2;
    if (status == NATS_TIMEOUT && core_reads && !link.lost) {
        link.stale.store(true, std::memory_order_release);
        poller_.poke();
    }
    lock.lock();
}

void NatsSession::reconnect(std::unique_lock<std::mutex>& lock) {
    milliseconds wait{std::max(1, settings_.reconnect_wait_ms)};
    while (!stopping_ && !live_) {
        const std::shared_ptr<NatsLink> lost = std::move(retired_);
        const std::vector<std::string> subjects = subjects_;
        wake_.wait_for(lock, wait, [this] { return stopping_; });
        if (stopping_) return;
        lock.unlock();
        std::string error;
        std::shared_ptr<NatsLink> link = NatsLink::open(settings_, name_, subjects, poller_, error);
        lock.lock();
        if (link) {
            live_ = link;
            ready_ = std::move(link);
            offered_.store(true, std::memory_order_release);
            poller_.poke();
            return;
        }
        wait = std::min(wait * 2, std::max(wait, reconnect_wait_max));
    }
}

}  // namespace riskd::feeds
