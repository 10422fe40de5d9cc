// What was published and is not yet confirmed, oldest first, in memory that is allocated once.
// Core thread. Records are numbered from 1 and never renumbered; a full list refuses, never grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace riskd::feeds {

// Which output: the n-th message that came out of the journal's record `sequence`.
struct OutputId {
    std::uint64_t sequence{};
    std::uint32_t number{};
    friend auto operator<=>(const OutputId&, const OutputId&) = default;
};

class OutputList {
public:
    struct Record {
        OutputId id;
        std::uint32_t subject_size{};
        std::uint32_t payload_size{};
        std::size_t offset{};
        bool confirmed{};
        bool refused{};  // by the server, so it must be sent again whatever follows it
    };

    OutputList(std::size_t records_max, std::size_t bytes_max);

    // False: no room.
    bool try_push(OutputId id, std::string_view subject, std::string_view payload);
    // Marks one record and drops the confirmed ones at the head. False: it was not waiting.
    bool confirm(std::uint64_t index);

    bool empty() const noexcept { return head_ == tail_; }
    std::size_t size() const noexcept { return static_cast<std::size_t>(tail_ - head_); }
    std::uint64_t head() const noexcept { return head_; }  // index of the oldest record
    std::uint64_t tail() const noexcept { return tail_; }  // index after the newest
    // REQUIRES: head() <= index < tail().
    Record& at(std::uint64_t index) noexcept { return records_[index % records_.size()]; }
    std::string_view subject(const Record& record) const noexcept {
        return {bytes_.data() + record.offset, record.subject_size};
    }
    std::string_view payload(const Record& record) const noexcept {
        return {bytes_.data() + record.offset + record.subject_size, record.payload_size};
    }

private:
    std::size_t place(std::size_t size) const noexcept;

    std::vector<Record> records_;
    std::vector<char> bytes_;
    std::size_t write_{};  // where the next bytes go
    std::uint64_t head_{1};
    std::uint64_t tail_{1};
};

}  // namespace riskd::feeds
