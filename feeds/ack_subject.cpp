#include "feeds/ack_subject.hpp"

#include <array>
#include <charconv>
#include <cstddef>

namespace riskd::feeds {
namespace {

constexpr std::string_view prefix = "$JS.ACK.";

template <typename Number>
bool read_number(std::string_view token, Number& value) noexcept {
    const char* const end = token.data() + token.size();
    const auto parsed = std::from_chars(token.data(), end, value);
    return parsed.ec == std::errc{} && parsed.ptr == end;
}

}  // namespace

std::optional<AckSubject> parse_ack_subject(std::string_view subject) noexcept {
    if (!subject.starts_with(prefix)) return std::nullopt;
    subject.remove_prefix(prefix.size());
    std::array<std::string_view, 10> tokens;
    std::size_t count = 0;
    while (!subject.empty() && count < tokens.size()) {
        const std::size_t dot = subject.find('.');
        tokens[count++] = subject.substr(0, dot);
        subject.remove_prefix(dot == std::string_view::npos ? subject.size() : dot + 1);
    }
    if (count != 7 && count < 9) return std::nullopt;
    const std::size_t first = count == 7 ? 0 : 2;
    AckSubject ack;
    ack.stream = tokens[first];
    ack.consumer = tokens[first + 1];
    const bool read = read_number(tokens[first + 2], ack.delivered) &&
                      read_number(tokens[first + 3], ack.stream_sequence) &&
                      read_number(tokens[first + 4], ack.consumer_sequence) &&
                      read_number(tokens[first + 5], ack.time_ns) &&
                      read_number(tokens[first + 6], ack.pending);
    if (!read || ack.stream.empty() || ack.consumer.empty()) return std::nullopt;
    return ack;
}

}  // namespace riskd::feeds
