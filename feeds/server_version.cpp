#include "feeds/server_version.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string>

namespace riskd::feeds {
namespace {

constexpr ServerVersion version_with_fixes{2, 9, 25};
constexpr int wait_ms = 2'000;

struct Address {
    std::string host;
    std::string port{"4222"};
};

Address address_of(std::string url) {
    Address address;
    url.erase(std::min(url.find(','), url.size()));
    if (const auto scheme = url.find("://"); scheme != std::string::npos) url.erase(0, scheme + 3);
    if (const auto user = url.rfind('@'); user != std::string::npos) url.erase(0, user + 1);
    const auto bracket = url.find(']');
    const auto colon = url.find(':', bracket == std::string::npos ? 0 : bracket);
    if (colon != std::string::npos) {
        address.port = url.substr(colon + 1);
        url.erase(colon);
    }
    if (bracket != std::string::npos) url = url.substr(1, bracket - 1);
    address.host = url;
    return address;
}

int open_socket(const Address& address) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found) != 0) return -1;
    int connected = -1;
    for (const addrinfo* each = found; each != nullptr && connected < 0; each = each->ai_next) {
        const int candidate =
            ::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (candidate < 0) continue;
        ::connect(candidate, each->ai_addr, each->ai_addrlen);
        pollfd writable{candidate, POLLOUT, 0};
        int fault = 0;
        socklen_t size = sizeof fault;
        const bool open = ::poll(&writable, 1, wait_ms) == 1 &&
                          ::getsockopt(candidate, SOL_SOCKET, SO_ERROR, &fault, &size) == 0 &&
                          fault == 0;
        if (open) {
            connected = candidate;
        } else {
            ::close(candidate);
        }
    }
    ::freeaddrinfo(found);
    return connected;
}

}  // namespace

std::optional<ServerVersion> parse_server_version(std::string_view text) noexcept {
    ServerVersion version;
    std::array<int*, 3> parts{&version.major, &version.minor, &version.patch};
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0 && (at == end || *at++ != '.')) return std::nullopt;
        const auto parsed = std::from_chars(at, end, *parts[i]);
        if (parsed.ec != std::errc{} || *parts[i] < 0) return std::nullopt;
        at = parsed.ptr;
    }
    return version;
}

std::optional<ServerVersion> server_version_of_greeting(std::string_view line) noexcept {
    constexpr std::string_view key = "\"version\":\"";
    const auto start = line.find(key);
    if (!line.starts_with("INFO ") || start == std::string_view::npos) return std::nullopt;
    line.remove_prefix(start + key.size());
    return parse_server_version(line.substr(0, line.find('"')));
}

std::optional<ServerVersion> ask_server_version(const std::string& url) {
    const int socket = open_socket(address_of(url));
    if (socket < 0) return std::nullopt;
    std::string greeting;
    std::array<char, 4096> buffer;
    pollfd readable{socket, POLLIN, 0};
    while (greeting.find("\r\n") == std::string::npos && greeting.size() < 65'536) {
        if (::poll(&readable, 1, wait_ms) != 1) break;
        const auto count = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (count <= 0) break;
        greeting.append(buffer.data(), static_cast<std::size_t>(count));
    }
    ::close(socket);
    return server_version_of_greeting(greeting);
}

std::string server_version_warning(const ServerVersion& version) {
    if (version >= version_with_fixes) return {};
    return "nats-server " + std::to_string(version.major) + '.' + std::to_string(version.minor) +
           '.' + std::to_string(version.patch) +
           " lacks JetStream fixes that protect streams on restart; 2.9.25 or later is advised";
}

}  // namespace riskd::feeds
