// What a JetStream server tells in the reply subject of a message it delivers. Pure, any thread.
//   $JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>
// and, between domains, with <domain>.<account> after $JS.ACK and a random token at the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace riskd::feeds {

struct AckSubject {
    std::string_view stream;
    std::string_view consumer;
    std::uint64_t delivered{};
    std::uint64_t stream_sequence{};
    std::uint64_t consumer_sequence{};
    std::int64_t time_ns{};
    std::uint64_t pending{};  // messages of the stream still to come after this one
};

// Nothing when the text is not such a subject.
std::optional<AckSubject> parse_ack_subject(std::string_view subject) noexcept;

}  // namespace riskd::feeds
