// The journal: every applied event with its outcome, appended to segments on the local disk, one
// write per batch. What commit() reports healthy has reached the operating system (promise `os`) or
// the disk (promise `disk`). When a write fails nothing is lost: the records wait in memory, the
// torn bytes are cut, and every later commit() tries again from the last good byte.
// Core thread only. Appending does not allocate once warm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "riskd/runtime/files.hpp"
#include "riskd/runtime/journal_codec.hpp"
#include "riskd/runtime/journal_reader.hpp"
#include "riskd/runtime/latency.hpp"

namespace riskd::runtime {

struct JournalOptions {
    std::string directory;
    std::uint64_t segment_bytes{256ULL << 20};
    bool sync{};            // fdatasync each batch, on room made in advance
    std::uint64_t epoch{};  // of a new journal; an existing one keeps its own
};

enum class JournalStatus : std::uint8_t { healthy, failing };

// Plain counters, copied out by the board.
struct JournalFigures {
    std::uint64_t records{};
    std::uint64_t batches{};
    std::uint64_t bytes{};
    std::uint64_t errors{};
    std::uint64_t segments_begun{};
    std::uint64_t torn_bytes_cut{};  // at start
    LatencyHistogram write;
    LatencyHistogram sync;
};

class Journal {
public:
    Journal(Files& files, JournalOptions options);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    // Makes the directory and takes it for this process. Empty: well.
    [[nodiscard]] std::string lock();
    // Cuts what is torn and goes on behind the whole records. Empty: well.
    // REQUIRES: lock() was well; `end` comes from a reader that reached it since.
    [[nodiscard]] std::string start(const JournalEnd& end);

    // REQUIRES: start() was well; the event's sequence follows the last one appended.
    void append(const Event& event, const Outcome& outcome);
    // One write of all that was appended since the last success.
    JournalStatus commit() noexcept;

    JournalStatus status() const noexcept { return status_; }
    // The last sequence that is safe under the promise.
    Sequence committed() const noexcept { return committed_; }
    Sequence appended() const noexcept { return appended_; }
    std::size_t pending_bytes() const noexcept { return pending_.size(); }
    std::uint64_t epoch() const noexcept { return epoch_; }
    const std::string& last_error() const noexcept { return last_error_; }
    const JournalFigures& figures() const noexcept { return figures_; }

private:
    bool write_pending();
    bool begin_segment();
    bool end_segment();
    bool make_room(std::uint64_t until);
    bool write_all(std::uint64_t offset, std::span<const std::byte> bytes);
    bool sync();
    bool failed(const char* what, int error);
    std::string path_of(const std::string& name) const { return options_.directory + "/" + name; }

    Files& files_;
    JournalOptions options_;
    FileHandle lock_file_;
    FileHandle file_;
    std::uint64_t epoch_{};
    std::uint64_t offset_{};  // behind the last record that is safe
    std::uint64_t room_{};    // the file is zero-filled up to here; promise `disk` only
    Sequence committed_;
    Sequence appended_;
    ByteBuffer pending_;
    JournalStatus status_{JournalStatus::healthy};
    std::string last_error_;
    JournalFigures figures_;
};

}  // namespace riskd::runtime
