// One NATS connection from its connect to its loss. A NatsSession replaces a lost link by a new one
// and never repairs it: with an outside event loop cnats 3.4.1 keeps its half-read message across a
// reconnect of its own (nats.c issue 1007) and closes sockets under our feet (nats.c issue 814).
// Made and destroyed by the session's connector thread, used by the core thread in between.
#pragma once

#include <nats/nats.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "feeds/poller.hpp"

namespace riskd::feeds {

struct OptionsDeleter {
    void operator()(natsOptions* options) const noexcept { natsOptions_Destroy(options); }
};
using OptionsPointer = std::unique_ptr<natsOptions, OptionsDeleter>;

// Options that every connection of riskd shares: address, credentials, name, nothing kept while
// disconnected. Empty with the text in `error` when a setting is refused.
OptionsPointer connection_options(const config::NatsSettings& settings, const std::string& name,
                                  std::string& error);

// "what: last error text of the library" for the calling thread.
std::string nats_fault(std::string_view what, natsStatus status);

struct NatsLink {
    explicit NatsLink(Poller& where) : poller(where) {}
    ~NatsLink();
    NatsLink(const NatsLink&) = delete;
    NatsLink& operator=(const NatsLink&) = delete;

    // Connects and subscribes; blocks up to the connect timeout. Empty: the error says why.
    static std::unique_ptr<NatsLink> open(const config::NatsSettings& settings,
                                          const std::string& name,
                                          const std::vector<std::string>& subjects, Poller& poller,
                                          std::string& error);
    bool subscribe(const std::string& subject, std::string& error);

    Poller& poller;
    natsConnection* connection{};
    std::vector<natsSubscription*> subscriptions;
    std::vector<int> untaken;  // messages known to wait in each subscription
    int socket{-1};
    std::atomic<bool> write_wanted{false};
    std::atomic<bool> lost{false};
    std::atomic<bool> stale{false};  // the connector got no PONG: the core thread shall drop it
    bool watched_for_writing{false};
    bool refused_by_server{false};
};

}  // namespace riskd::feeds
