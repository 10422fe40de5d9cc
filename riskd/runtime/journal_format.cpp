#include "riskd/runtime/journal_format.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "riskd/runtime/crc32c.hpp"
#include "riskd/runtime/journal_codec.hpp"

namespace riskd::runtime {
namespace {

constexpr std::string_view magic = "RISKDJNL";
constexpr std::string_view name_prefix = "journal-";
constexpr std::string_view name_suffix = ".riskd";
constexpr std::size_t name_digits = 20;

struct RawHeader {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t synced;
    std::uint64_t layout;
    std::uint64_t epoch;
    std::uint64_t first;
    std::array<std::byte, 20> unused;
    std::uint32_t crc;  // of all before it
};
static_assert(sizeof(RawHeader) == segment_header_bytes);

}  // namespace

std::array<std::byte, segment_header_bytes> encode_segment_header(
    const SegmentHeader& header) noexcept {
    RawHeader raw{};
    std::copy(magic.begin(), magic.end(), raw.magic.begin());
    raw.version = journal_format_version;
    raw.synced = header.synced ? 1 : 0;
    raw.layout = header.layout;
    raw.epoch = header.epoch;
    raw.first = header.first.raw;
    std::array<std::byte, segment_header_bytes> bytes{};
    std::memcpy(bytes.data(), &raw, sizeof raw);
    raw.crc = crc32c(std::span(bytes).first(offsetof(RawHeader, crc)));
    std::memcpy(bytes.data(), &raw, sizeof raw);
    return bytes;
}

HeaderRead decode_segment_header(std::span<const std::byte> bytes) {
    HeaderRead read;
    if (bytes.size() < segment_header_bytes) return {.fault = HeaderFault::torn};
    RawHeader raw{};
    std::memcpy(&raw, bytes.data(), sizeof raw);
    const bool blank = std::all_of(bytes.begin(), bytes.begin() + segment_header_bytes,
                                   [](std::byte byte) { return byte == std::byte{}; });
    if (blank) return {.fault = HeaderFault::torn};
    if (std::string_view(raw.magic.data(), raw.magic.size()) != magic) {
        return {.fault = HeaderFault::not_a_journal};
    }
    if (raw.crc != crc32c(bytes.first(offsetof(RawHeader, crc)))) {
        return {.fault = HeaderFault::not_a_journal};
    }
    read.header = {.layout = raw.layout,
                   .epoch = raw.epoch,
                   .first = Sequence{raw.first},
                   .synced = raw.synced != 0};
    if (raw.version != journal_format_version) {
        read.fault = HeaderFault::other_version;
    } else if (raw.layout != journal_layout()) {
        read.fault = HeaderFault::other_layout;
    }
    return read;
}

std::string_view explain(HeaderFault fault) noexcept {
    switch (fault) {
        case HeaderFault::none: return "well";
        case HeaderFault::torn: return "its header was never finished";
        case HeaderFault::not_a_journal: return "its header is damaged or it is no journal";
        case HeaderFault::other_version: return "it has another format version";
        case HeaderFault::other_layout:
            return "its records have the layout of another build of riskd; use that build, or "
                   "move the journal away to begin a new one";
    }
    return "";
}

std::string segment_name(Sequence first) {
    std::array<char, 32> digits{};
    std::snprintf(digits.data(), digits.size(), "%020llu",
                  static_cast<unsigned long long>(first.raw));
    return std::string(name_prefix) + digits.data() + std::string(name_suffix);
}

std::optional<Sequence> parse_segment_name(std::string_view name) noexcept {
    if (name.size() != name_prefix.size() + name_digits + name_suffix.size()) return std::nullopt;
    if (name.substr(0, name_prefix.size()) != name_prefix) return std::nullopt;
    if (name.substr(name_prefix.size() + name_digits) != name_suffix) return std::nullopt;
    std::uint64_t sequence = 0;
    for (const char c : name.substr(name_prefix.size(), name_digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (__builtin_mul_overflow(sequence, std::uint64_t{10}, &sequence)) return std::nullopt;
        if (__builtin_add_overflow(sequence, digit, &sequence)) return std::nullopt;
    }
    return Sequence{sequence};
}

RecordRead read_record(std::span<const std::byte> bytes) noexcept {
    RecordRead read;
    read.size = record_head_bytes;
    if (bytes.size() < record_head_bytes) {
        read.fault = RecordFault::incomplete;
        return read;
    }
    std::uint32_t word{};
    std::uint32_t crc{};
    std::memcpy(&word, bytes.data(), sizeof word);
    std::memcpy(&crc, bytes.data() + sizeof word, sizeof crc);
    const std::uint32_t length = word & ~batch_begins;
    if (length == 0 || length > record_bytes_max) {
        read.fault = RecordFault::corrupt;
        return read;
    }
    read.size = record_head_bytes + length;
    if (bytes.size() < read.size) {
        read.fault = RecordFault::incomplete;
        return read;
    }
    read.begins_batch = (word & batch_begins) != 0;
    read.payload = bytes.subspan(record_head_bytes, length);
    const std::uint32_t of_word = crc32c(bytes.first(sizeof word));
    if (crc32c(read.payload, of_word) != crc) read.fault = RecordFault::corrupt;
    return read;
}

void seal_record(std::byte* head, std::span<const std::byte> payload, bool begins_batch) noexcept {
    auto word = static_cast<std::uint32_t>(payload.size());
    if (begins_batch) word |= batch_begins;
    std::memcpy(head, &word, sizeof word);
    const std::uint32_t of_word = crc32c({head, sizeof word});
    const std::uint32_t crc = crc32c(payload, of_word);
    std::memcpy(head + sizeof word, &crc, sizeof crc);
}

}  // namespace riskd::runtime
