// JetStream administration on a connection of its own: every call blocks for an answer, so the
// core thread never makes one. One thread at a time. Failures are values with a text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "feeds/server_version.hpp"

namespace riskd::feeds {

// What riskd needs a stream to be. File storage, limits retention, oldest discarded, no bound on
// count or bytes: prices are not in it, and a fact must not be refused.
struct StreamSpec {
    std::string name;
    std::vector<std::string> subjects;
    int replicas{1};
    std::int64_t age_ns_max{};
    std::int64_t duplicate_window_ns{120'000'000'000};
};

StreamSpec input_stream(const config::NatsSettings& settings);
StreamSpec output_stream(const config::NatsSettings& settings);

struct StreamState {
    std::uint64_t messages{};
    std::uint64_t first_sequence{};
    std::uint64_t last_sequence{};
};

enum class StreamStatus : std::uint8_t { verified, created, differs, missing, unreachable };

struct StreamReport {
    StreamStatus status{StreamStatus::unreachable};
    std::vector<std::string> differences;  // "replicas: is 1, must be 3"
    std::string error;
    StreamState state;

    bool usable() const noexcept {
        return status == StreamStatus::verified || status == StreamStatus::created;
    }
};

// What riskd said last, read back from the output stream: `<epoch>-<sequence>-<number>`.
struct OutputTail {
    bool known{};                     // false: the stream holds no message
    std::uint64_t stream_sequence{};  // of that message, or of the last one that was ever stored
    std::uint64_t epoch{};
    std::uint64_t sequence{};
    std::uint32_t number{};
};
// Nothing when the text is not `<epoch>-<sequence>-<number>`.
std::optional<OutputTail> parse_output_id(std::string_view text) noexcept;

struct ConsumerSpec {
    std::string stream;
    std::string name;
    std::string deliver_subject;
    std::uint64_t first_sequence{1};
    std::int64_t heartbeat_ns{500'000'000};
};

class StreamAdmin {
public:
    struct Opened;

    static Opened open(const config::NatsSettings& settings, const std::string& name);
    ~StreamAdmin();
    StreamAdmin(const StreamAdmin&) = delete;
    StreamAdmin& operator=(const StreamAdmin&) = delete;

    // Creates the stream when it is missing and `create` is set; otherwise compares only. An
    // existing stream is never changed.
    StreamReport ensure(const StreamSpec& spec, bool create);
    std::optional<StreamState> state(const std::string& stream, std::string& error);
    // The server's time of a stored message; nothing with an empty error when it is not there.
    std::optional<std::int64_t> message_time_ns(const std::string& stream, std::uint64_t sequence,
                                                std::string& error);
    std::optional<OutputTail> output_tail(const std::string& stream, std::string& error);

    // A push consumer without acknowledgements, which the server forgets 5 s after its reader.
    bool create_consumer(const ConsumerSpec& spec, std::string& error);
    // True when it is gone, whether by us or not.
    bool delete_consumer(const std::string& stream, const std::string& name);

    std::optional<ServerVersion> server_version();

private:
    struct Connection;
    explicit StreamAdmin(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

struct StreamAdmin::Opened {
    std::unique_ptr<StreamAdmin> admin;  // empty: see error
    std::string error;
};

}  // namespace riskd::feeds
