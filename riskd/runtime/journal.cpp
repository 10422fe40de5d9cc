#include "riskd/runtime/journal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "riskd/core/check.hpp"

namespace riskd::runtime {
namespace {

// Room is made this far ahead: a growing file costs a second write per sync (docs/decisions/0002).
constexpr std::size_t room_step = 1U << 20;
constexpr std::array<std::byte, room_step> blank{};

}  // namespace

Journal::Journal(Files& files, JournalOptions options)
    : files_(files), options_(std::move(options)), epoch_(options_.epoch) {}

Journal::~Journal() {
    if (file_.is_open() && status_ == JournalStatus::healthy) end_segment();
    files_.close(file_);
    files_.close(lock_file_);
}

std::string Journal::lock() {
    if (const int error = files_.make_directories(options_.directory)) {
        return options_.directory + ": " + error_text(error);
    }
    const std::string path = path_of(std::string(journal_lock_name));
    const int error = files_.lock(path, lock_file_);
    if (error == EWOULDBLOCK) return path + ": another riskd is using this journal";
    return error == 0 ? std::string{} : path + ": " + error_text(error);
}

std::string Journal::start(const JournalEnd& end) {
    RISKD_CHECK(lock_file_.is_open());
    RISKD_CHECK(!file_.is_open());
    committed_ = appended_ = end.last;
    if (!end.unfinished.empty()) {
        if (const int error = files_.remove(path_of(end.unfinished))) {
            return path_of(end.unfinished) + ": " + error_text(error);
        }
    }
    if (end.segment.empty()) return {};
    epoch_ = end.epoch;
    const std::string path = path_of(end.segment);
    if (const int error = files_.open_to_write(path, file_)) {
        return path + ": " + error_text(error);
    }
    offset_ = room_ = end.offset;
    if (const int error = files_.truncate(file_, offset_)) return path + ": " + error_text(error);
    if (options_.sync) {
        if (const int error = files_.sync_contents(file_)) return path + ": " + error_text(error);
    }
    figures_.torn_bytes_cut += end.torn_bytes;
    return {};
}

void Journal::append(const Event& event, const Outcome& outcome) {
    RISKD_CHECK(event.sequence.raw == appended_.raw + 1);
    const bool begins_batch = pending_.size() == 0;
    const std::size_t head = pending_.size();
    pending_.reserve(record_head_bytes);
    pending_.extend(record_head_bytes);
    encode_record(event, outcome, pending_);
    const auto payload = pending_.view().subspan(head + record_head_bytes);
    RISKD_CHECK(payload.size() <= record_bytes_max);
    seal_record(pending_.at(head), payload, begins_batch);
    appended_ = event.sequence;
}

JournalStatus Journal::commit() noexcept {
    if (pending_.size() == 0) return status_;
    if (!write_pending()) {
        status_ = JournalStatus::failing;
        return status_;
    }
    figures_.records += appended_.raw - committed_.raw;
    figures_.bytes += pending_.size();
    ++figures_.batches;
    committed_ = appended_;
    pending_.clear();
    if (status_ == JournalStatus::failing) last_error_.clear();
    status_ = JournalStatus::healthy;
    return status_;
}

bool Journal::write_pending() {
    const std::uint64_t needed = offset_ + pending_.size();
    const bool has_records = offset_ > segment_header_bytes;
    if (file_.is_open() && has_records && needed > options_.segment_bytes && !end_segment()) {
        return false;
    }
    if (!file_.is_open() && !begin_segment()) return false;
    if (options_.sync && !make_room(offset_ + pending_.size())) return false;
    const std::int64_t began = interval_clock_ns();
    if (!write_all(offset_, pending_.view())) {
        // What is torn goes at once; if even that fails, the next try writes over it.
        if (files_.truncate(file_, offset_) == 0) room_ = offset_;
        return false;
    }
    figures_.write.record(interval_clock_ns() - began);
    // After a failed sync the pages may pass for clean, so the next try writes them again.
    if (options_.sync && !sync()) return false;
    offset_ += pending_.size();
    return true;
}

bool Journal::begin_segment() {
    const Sequence first{committed_.raw + 1};
    const std::string name = segment_name(first);
    // A try before this one may have left it without records.
    const int removed = files_.remove(path_of(name));
    if (removed != 0 && removed != ENOENT) return failed("remove", removed);
    if (const int error = files_.create(path_of(name), file_)) return failed("create", error);
    const auto header = encode_segment_header(
        {.layout = journal_layout(), .epoch = epoch_, .first = first, .synced = options_.sync});
    offset_ = room_ = 0;
    int error = 0;
    if (!write_all(0, header)) {
        error = EIO;
    } else if (options_.sync) {
        error = files_.sync_contents(file_);
        if (error == 0) error = files_.sync_directory(options_.directory);
        if (error != 0) failed("sync", error);
    }
    if (error != 0) {
        files_.close(file_);
        files_.remove(path_of(name));
        return false;
    }
    offset_ = room_ = header.size();
    ++figures_.segments_begun;
    return true;
}

// Takes back the room made in advance, so that zeros never stand inside a journal.
bool Journal::end_segment() {
    if (room_ > offset_) {
        if (const int error = files_.truncate(file_, offset_)) return failed("truncate", error);
        room_ = offset_;
    }
    if (options_.sync && !sync()) return false;
    files_.close(file_);
    return true;
}

bool Journal::make_room(std::uint64_t until) {
    while (room_ < until) {
        if (!write_all(room_, blank)) return false;
        room_ += blank.size();
    }
    return true;
}

bool Journal::write_all(std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const Transferred put = files_.write_at(file_, offset, bytes);
        if (put.error != 0) return failed("write", put.error);
        if (put.bytes == 0) return failed("write", ENOSPC);
        offset += put.bytes;
        bytes = bytes.subspan(put.bytes);
    }
    return true;
}

bool Journal::sync() {
    const std::int64_t began = interval_clock_ns();
    if (const int error = files_.sync_contents(file_)) return failed("sync", error);
    figures_.sync.record(interval_clock_ns() - began);
    return true;
}

bool Journal::failed(const char* what, int error) {
    ++figures_.errors;
    last_error_ = std::string(what) + ": " + error_text(error);
    return false;
}

}  // namespace riskd::runtime
