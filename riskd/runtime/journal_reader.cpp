#include "riskd/runtime/journal_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "riskd/core/check.hpp"

namespace riskd::runtime {
namespace {

constexpr std::size_t chunk_bytes = 1U << 20;
constexpr std::uint64_t sequence_leap_max = 1ULL << 32;  // a record behind damage is not beyond it

}  // namespace

JournalReader::JournalReader(Files& files, std::string directory)
    : files_(files), directory_(std::move(directory)) {}

JournalReader::~JournalReader() {
    files_.close(file_);
}

Sequence JournalReader::first() const noexcept {
    return segments_.empty() ? Sequence{} : segments_.front().header.first;
}

std::string JournalReader::open() {
    std::vector<std::string> names;
    if (const int error = files_.list(directory_, names); error != 0 && error != ENOENT) {
        return directory_ + ": " + error_text(error);
    }
    std::erase_if(names, [](const std::string& name) { return !parse_segment_name(name); });
    for (const std::string& name : names) {
        if (std::string why = look_at(name, name == names.back()); !why.empty()) return why;
    }
    return {};
}

// Empty: well.
std::string JournalReader::look_at(const std::string& name, bool is_last) {
    const std::string path = directory_ + "/" + name;
    Segment segment;
    segment.name = name;
    FileHandle file;
    if (const int error = files_.open_to_read(path, file)) return path + ": " + error_text(error);
    std::array<std::byte, segment_header_bytes> bytes{};
    const Transferred got = files_.read_at(file, 0, bytes);
    const int error = got.error != 0 ? got.error : files_.size_of(file, segment.bytes);
    HeaderRead read;
    bool blank = false;
    if (error == 0) {
        read = decode_segment_header(std::span(bytes).first(got.bytes));
        if (read.fault == HeaderFault::torn && is_last) {
            std::vector<std::byte> rest;
            blank = segment.bytes < segment_header_bytes ||
                    (load_whole(file, 0, rest) &&
                     std::all_of(rest.begin(), rest.end(),
                                 [](std::byte byte) { return byte == std::byte{}; }));
        }
    }
    files_.close(file);
    if (error != 0) return path + ": " + error_text(error);
    if (blank) {
        end_.unfinished = name;
        return {};
    }
    if (read.fault != HeaderFault::none) return path + ": " + std::string(explain(read.fault));
    segment.header = read.header;
    if (parse_segment_name(name) != read.header.first || read.header.first.raw == 0) {
        return path + ": its header names another first sequence than its file name";
    }
    if (!segments_.empty() && segments_.front().header.epoch != read.header.epoch) {
        return path + ": it belongs to another journal (another epoch) than the segments before it";
    }
    progress_.bytes_total += segment.bytes;
    if (segments_.empty()) last_ = Sequence{read.header.first.raw - 1};
    segments_.push_back(std::move(segment));
    return {};
}

bool JournalReader::load_whole(FileHandle file, std::uint64_t offset,
                               std::vector<std::byte>& bytes) {
    std::uint64_t size = 0;
    if (files_.size_of(file, size) != 0 || size < offset) return false;
    bytes.resize(static_cast<std::size_t>(size - offset));
    std::size_t done = 0;
    while (done < bytes.size()) {
        const Transferred got = files_.read_at(file, offset + done, std::span(bytes).subspan(done));
        if (got.error != 0) return false;
        if (got.bytes == 0) break;
        done += got.bytes;
    }
    bytes.resize(done);
    return true;
}

bool JournalReader::enter(const Segment& segment) {
    files_.close(file_);
    window_offset_ = segment_header_bytes;
    window_used_ = 0;
    window_.clear();
    progress_.bytes_read += segment_header_bytes;
    const int error = files_.open_to_read(directory_ + "/" + segment.name, file_);
    if (error != 0) fail(segment.name + ": " + error_text(error));
    return error == 0;
}

// Brings at least `wanted` unread bytes into the window, fewer only at the end of the segment.
bool JournalReader::fill(std::size_t wanted) {
    window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(window_used_));
    window_offset_ += window_used_;
    window_used_ = 0;
    std::size_t have = window_.size();
    const std::uint64_t left = current().bytes - std::min(current().bytes, window_offset_);
    window_.resize(std::max<std::uint64_t>(std::min<std::uint64_t>(wanted, left), chunk_bytes));
    int error = 0;
    while (have < window_.size()) {
        const Transferred got =
            files_.read_at(file_, window_offset_ + have, std::span(window_).subspan(have));
        error = got.error;
        if (error != 0 || got.bytes == 0) break;
        have += got.bytes;
    }
    window_.resize(have);
    if (error != 0) fail(current().name + ": " + error_text(error));
    return error == 0;
}

JournalReader::Step JournalReader::next(JournalRecord& record) {
    while (true) {
        if (segments_.empty()) return finish(0);
        if (!file_.is_open() && !enter(current())) return Step::fault;
        std::span<const std::byte> unread(window_);
        unread = unread.subspan(window_used_);
        RecordRead read = read_record(unread);
        for (std::size_t wanted = 0; read.fault == RecordFault::incomplete && read.size > wanted;) {
            wanted = read.size;
            if (!fill(wanted)) return Step::fault;
            unread = window_;
            read = read_record(unread);
        }
        if (read.fault == RecordFault::none) return take(read, record);
        if (!unread.empty()) return judge_damage();
        if (at_ + 1 == segments_.size()) return finish(0);
        ++at_;
        if (current().header.first.raw != last_.raw + 1) {
            return fail(current().name + ": the records before it end at sequence " +
                        std::to_string(last_.raw) + "; a segment is missing");
        }
        if (!enter(current())) return Step::fault;
    }
}

JournalReader::Step JournalReader::take(const RecordRead& read, JournalRecord& record) {
    const auto where = [this] {
        return current().name + ", byte " + std::to_string(window_offset_ + window_used_);
    };
    if (!decode_record(read.payload, record)) {
        return fail(where() + ": a record with a right checksum cannot be decoded");
    }
    const Sequence expected{last_.raw + 1};
    if (record.event.sequence != expected) {
        return fail(where() + ": sequence " + std::to_string(record.event.sequence.raw) +
                    " where " + std::to_string(expected.raw) + " must follow");
    }
    last_ = expected;
    window_used_ += read.size;
    progress_.bytes_read += read.size;
    ++progress_.records;
    return Step::record;
}

// The bytes at the window's head are no whole record. Zeros to the end are room made in advance.
JournalReader::Step JournalReader::judge_damage() {
    const std::uint64_t offset = window_offset_ + window_used_;
    std::vector<std::byte> rest;
    if (!load_whole(file_, offset, rest)) return fail(current().name + ": cannot be read");
    while (!rest.empty() && rest.back() == std::byte{})
        rest.pop_back();
    const bool is_last = at_ + 1 == segments_.size();
    if (is_last && rest.empty()) return finish(0);
    const std::string where = current().name + ", byte " + std::to_string(offset) +
                              ", behind sequence " + std::to_string(last_.raw);
    if (!is_last) return fail(where + ": damaged, and it is not the last segment");
    if (find_whole_record(rest, current().header.synced) != 0) {
        return fail(where + ": damaged, and whole records lie behind the damage");
    }
    return finish(rest.size());
}

// The offset of a record that proves the damage is not a torn tail; zero when there is none. With
// the promise `disk`, the writes of one batch may reach the disk in any order before it is synced,
// so there only a record of a later batch is proof.
std::size_t JournalReader::find_whole_record(std::span<const std::byte> bytes,
                                             bool synced) const noexcept {
    for (std::size_t offset = 1; offset + record_head_bytes < bytes.size(); ++offset) {
        const std::span<const std::byte> tail = bytes.subspan(offset);
        const auto sequence = sequence_of_record(tail.subspan(record_head_bytes));
        if (!sequence || sequence->raw <= last_.raw) continue;
        if (sequence->raw - last_.raw > sequence_leap_max) continue;
        const RecordRead read = read_record(tail);
        if (read.fault == RecordFault::none && (!synced || read.begins_batch)) return offset;
    }
    return 0;
}

JournalReader::Step JournalReader::fail(std::string why) {
    fault_ = directory_ + "/" + std::move(why);
    files_.close(file_);
    return Step::fault;
}

JournalReader::Step JournalReader::finish(std::uint64_t torn_bytes) {
    end_.last = last_;
    end_.torn_bytes = torn_bytes;
    if (!segments_.empty()) {
        end_.segment = current().name;
        end_.offset = window_offset_ + window_used_;
        end_.epoch = current().header.epoch;
    }
    progress_.bytes_read = progress_.bytes_total;
    files_.close(file_);
    return Step::end;
}

}  // namespace riskd::runtime
