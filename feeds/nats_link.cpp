#include "feeds/nats_link.hpp"

#include <cstdio>

namespace riskd::feeds {
namespace {

constexpr int io_buffer_bytes = 256 * 1024;
constexpr int connect_timeout_ms = 2'000;

NatsLink& link_of(void* user) {
    return *static_cast<NatsLink*>(user);
}

natsStatus attach(void** user, void* loop, natsConnection*, natsSock socket) {
    *user = loop;
    link_of(loop).socket = socket;
    return NATS_OK;
}

// Called with add = false once, when the connection is lost, just before its socket is closed.
natsStatus want_read(void* user, bool add) {
    NatsLink& link = link_of(user);
    if (!add) {
        link.poller.forget(link.socket);
        link.lost.store(true, std::memory_order_release);
    }
    return NATS_OK;
}

natsStatus want_write(void* user, bool add) {
    NatsLink& link = link_of(user);
    link.write_wanted.store(add, std::memory_order_release);
    if (add && !link.poller.on_core_thread()) link.poller.poke();
    return NATS_OK;
}

natsStatus detach(void* user) {
    link_of(user).lost.store(true, std::memory_order_release);
    return NATS_OK;
}

// -ERR from the server, such as a permission refused. The text goes to standard error once; the
// default of the library would do the same for each message.
void on_error(natsConnection* connection, natsSubscription*, natsStatus status, void*) {
    const char* text = nullptr;
    natsConnection_GetLastError(connection, &text);
    const bool has_text = text != nullptr && *text != '\0';
    std::fprintf(stderr, "nats: %s\n", has_text ? text : natsStatus_GetText(status));
}

}  // namespace

std::string nats_fault(std::string_view what, natsStatus status) {
    const char* text = nats_GetLastError(nullptr);
    std::string fault(what);
    fault += ": ";
    fault += natsStatus_GetText(status);
    if (text != nullptr && *text != '\0') {
        fault += " (";
        fault += text;
        fault += ')';
    }
    return fault;
}

OptionsPointer connection_options(const config::NatsSettings& settings, const std::string& name,
                                  std::string& error) {
    natsOptions* raw = nullptr;
    natsStatus status = natsOptions_Create(&raw);
    OptionsPointer options(raw);
    const auto set = [&](natsStatus result) {
        if (status == NATS_OK) status = result;
    };
    set(natsOptions_SetURL(raw, settings.url.c_str()));
    set(natsOptions_SetName(raw, name.c_str()));
    set(natsOptions_SetTimeout(raw, connect_timeout_ms));
    set(natsOptions_SetNoEcho(raw, true));
    set(natsOptions_SetReconnectBufSize(raw, 0));
    set(natsOptions_SetReconnectJitter(raw, 0, 0));
    set(natsOptions_SetIOBufSize(raw, io_buffer_bytes));
    set(natsOptions_SetErrorHandler(raw, on_error, nullptr));
    if (!settings.credentials_file.empty()) {
        set(natsOptions_SetUserCredentialsFromFiles(raw, settings.credentials_file.c_str(),
                                                    nullptr));
    }
    if (!settings.user.empty()) {
        set(natsOptions_SetUserInfo(raw, settings.user.c_str(), settings.password.c_str()));
    }
    if (status != NATS_OK) {
        error = nats_fault("nats: settings refused", status);
        return {};
    }
    return options;
}

NatsLink::~NatsLink() {
    for (natsSubscription* subscription : subscriptions)
        natsSubscription_Destroy(subscription);
    natsConnection_Destroy(connection);
}

std::unique_ptr<NatsLink> NatsLink::open(const config::NatsSettings& settings,
                                         const std::string& name,
                                         const std::vector<std::string>& subjects, Poller& poller,
                                         std::string& error) {
    const OptionsPointer options = connection_options(settings, name, error);
    if (!options) return {};
    auto link = std::make_unique<NatsLink>(poller);
    natsOptions_SetSendAsap(options.get(), true);
    natsOptions_SetAllowReconnect(options.get(), false);
    natsOptions_SetPingInterval(options.get(), 0);  // the connector thread pings, see its loop
    natsOptions_SetEventLoop(options.get(), link.get(), attach, want_read, want_write, detach);
    const natsStatus status = natsConnection_Connect(&link->connection, options.get());
    if (status != NATS_OK) {
        error = nats_fault("nats: cannot connect to " + settings.url, status);
        return {};
    }
    for (const std::string& subject : subjects) {
        if (!link->subscribe(subject, error)) return {};
    }
    return link;
}

bool NatsLink::subscribe(const std::string& subject, std::string& error) {
    natsSubscription* subscription = nullptr;
    natsStatus status = natsConnection_SubscribeSync(&subscription, connection, subject.c_str());
    if (status == NATS_OK) status = natsSubscription_SetPendingLimits(subscription, -1, -1);
    if (status != NATS_OK) {
        error = nats_fault("nats: cannot subscribe to " + subject, status);
        return false;
    }
    subscriptions.push_back(subscription);
    untaken.push_back(0);
    return true;
}

}  // namespace riskd::feeds
