// The version a nats-server states in its greeting, and what is wrong with it. Any thread;
// ask_server_version blocks up to two seconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace riskd::feeds {

struct ServerVersion {
    int major{};
    int minor{};
    int patch{};
    friend auto operator<=>(const ServerVersion&, const ServerVersion&) = default;
};

// From "2.9.10" or "2.10.0-beta.1".
std::optional<ServerVersion> parse_server_version(std::string_view text) noexcept;

// From the first line a server sends: INFO {... "version":"2.9.10" ...}.
std::optional<ServerVersion> server_version_of_greeting(std::string_view line) noexcept;

// Connects to host:port of the URL and reads the greeting, which is sent before any login or TLS.
std::optional<ServerVersion> ask_server_version(const std::string& url);

// Empty when the version has the JetStream fixes that riskd counts on.
std::string server_version_warning(const ServerVersion& version);

}  // namespace riskd::feeds
