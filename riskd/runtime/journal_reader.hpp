// Reads a journal from its first record to its end, across segments, and judges damage: a torn tail
// is an end that says how many bytes lie behind it; damage with whole records behind it, a gap in
// the sequence, or a record that cannot be decoded is a fault and nothing may start on it. Changes
// no file, so it may read beside a running riskd. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "riskd/runtime/files.hpp"
#include "riskd/runtime/journal_codec.hpp"
#include "riskd/runtime/journal_format.hpp"

namespace riskd::runtime {

// Where the whole records end, and so where writing goes on.
struct JournalEnd {
    std::string segment;  // file name; empty when there is none
    std::uint64_t offset{};
    std::uint64_t epoch{};
    Sequence last;               // zero in an empty journal
    std::uint64_t torn_bytes{};  // behind `offset`, to be cut
    std::string unfinished;      // a segment whose header was never written, to be removed
};

struct JournalProgress {
    std::uint64_t bytes_read{};
    std::uint64_t bytes_total{};
    std::uint64_t records{};
};

class JournalReader {
public:
    JournalReader(Files& files, std::string directory);
    ~JournalReader();
    JournalReader(const JournalReader&) = delete;
    JournalReader& operator=(const JournalReader&) = delete;

    // Looks at every segment's header. Empty: well; a directory without segments is an empty
    // journal.
    [[nodiscard]] std::string open();

    enum class Step : std::uint8_t { record, end, fault };
    // REQUIRES: open() was well, and no end or fault came before.
    Step next(JournalRecord& record);

    const JournalEnd& end() const noexcept { return end_; }       // after Step::end
    const std::string& fault() const noexcept { return fault_; }  // after Step::fault
    const JournalProgress& progress() const noexcept { return progress_; }
    // Of the first segment; zero when there is none. After open().
    Sequence first() const noexcept;
    std::uint64_t epoch() const noexcept {
        return segments_.empty() ? 0 : segments_.front().header.epoch;
    }

private:
    struct Segment {
        std::string name;
        SegmentHeader header;
        std::uint64_t bytes{};
    };
    std::string look_at(const std::string& name, bool is_last);
    bool load_whole(FileHandle file, std::uint64_t offset, std::vector<std::byte>& bytes);
    bool enter(const Segment& segment);
    bool fill(std::size_t wanted);
    Step take(const RecordRead& read, JournalRecord& record);
    Step judge_damage();
    std::size_t find_whole_record(std::span<const std::byte> bytes, bool synced) const noexcept;
    Step fail(std::string why);
    Step finish(std::uint64_t torn_bytes);
    const Segment& current() const noexcept { return segments_[at_]; }

    Files& files_;
    std::string directory_;
    std::vector<Segment> segments_;
    std::size_t at_{};
    FileHandle file_;
    std::vector<std::byte> window_;  // bytes of the segment from window_offset_ on
    std::size_t window_used_{};
    std::uint64_t window_offset_{};
    Sequence last_;
    JournalEnd end_;
    JournalProgress progress_;
    std::string fault_;
};

}  // namespace riskd::runtime
