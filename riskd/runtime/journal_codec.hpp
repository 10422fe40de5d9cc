// One journal record in bytes: the event and what it led to. encode never fails; decode distrusts
// every byte and gives nothing when one is wrong. Any thread; encoding into warm bytes does not
// allocate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "riskd/core/event.hpp"
#include "riskd/core/outcome.hpp"

namespace riskd::runtime {

struct JournalRecord {
    Event event;
    Outcome outcome;
};

// Bytes that grow at the end, without the zeroing of a vector.
class ByteBuffer {
public:
    // Room for `size` more bytes; the pointer is good until the next call.
    std::byte* reserve(std::size_t size);
    // REQUIRES: size was reserved and written.
    void extend(std::size_t size) noexcept { size_ += size; }
    void clear() noexcept { size_ = 0; }
    void shrink_to(std::size_t size) noexcept { size_ = size; }
    std::size_t size() const noexcept { return size_; }
    std::byte* at(std::size_t offset) noexcept { return bytes_.get() + offset; }
    std::span<const std::byte> view() const noexcept { return {bytes_.get(), size_}; }

private:
    std::unique_ptr<std::byte[]> bytes_;
    std::size_t size_{};
    std::size_t capacity_{};
};

// Appends the record.
void encode_record(const Event& event, const Outcome& outcome, ByteBuffer& buffer);

// False: not a record of this layout; `record` then holds nothing of use.
[[nodiscard]] bool decode_record(std::span<const std::byte> bytes, JournalRecord& record);

// The sequence at the head of a record, without decoding the rest.
std::optional<Sequence> sequence_of_record(std::span<const std::byte> bytes) noexcept;

// Changes whenever what a record holds changes.
std::uint64_t journal_layout();

}  // namespace riskd::runtime
