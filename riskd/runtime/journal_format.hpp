// The shape of journal files on disk, shared by the reader and the writer. A directory holds
// segments `journal-<sequence of the first record, 20 digits>.riskd`. A segment is a header and
// records; a record is a word (length, and a flag on the first record of a write), a CRC-32C of
// that word and the payload, and the payload (journal_codec.hpp). Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "riskd/core/units.hpp"

namespace riskd::runtime {

inline constexpr std::uint32_t journal_format_version = 2;
inline constexpr std::size_t segment_header_bytes = 64;
inline constexpr std::size_t record_head_bytes = 8;
inline constexpr std::uint32_t record_bytes_max = 1U << 29;
inline constexpr std::uint32_t batch_begins = 1U << 31;  // flag in a record's first word
inline constexpr std::string_view journal_lock_name = "journal.lock";

struct SegmentHeader {
    std::uint64_t layout{};  // journal_layout() of the build that wrote it
    std::uint64_t epoch{};   // the same in every segment of one journal
    Sequence first;
    bool synced{};  // written under the promise `disk`: each write was durable before the next
};

std::array<std::byte, segment_header_bytes> encode_segment_header(
    const SegmentHeader& header) noexcept;

enum class HeaderFault : std::uint8_t { none, torn, not_a_journal, other_version, other_layout };
struct HeaderRead {
    SegmentHeader header{};
    HeaderFault fault{};
};
HeaderRead decode_segment_header(std::span<const std::byte> bytes);
std::string_view explain(HeaderFault fault) noexcept;

std::string segment_name(Sequence first);
std::optional<Sequence> parse_segment_name(std::string_view name) noexcept;

// What stands at the head of some bytes.
enum class RecordFault : std::uint8_t {
    none,
    incomplete,  // the bytes end before the record does
    corrupt,     // the length is impossible or the checksum is wrong
};
struct RecordRead {
    RecordFault fault{};
    bool begins_batch{};
    std::span<const std::byte> payload;
    std::size_t size{};  // of head and payload; what is wanted when incomplete
};
RecordRead read_record(std::span<const std::byte> bytes) noexcept;

// Writes the head before a payload that is already in place.
void seal_record(std::byte* head, std::span<const std::byte> payload, bool begins_batch) noexcept;

}  // namespace riskd::runtime
