// Journals for tests: written in one call, read in one call, with files that fail on demand.
// Test thread.
#pragma once

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "riskd/runtime/journal.hpp"
#include "tests/unit/runtime_random_record.hpp"

namespace riskd::test {

// The disk, with a fault that begins when `bytes_left` is written and stays until healed.
class FaultyFiles final : public runtime::DiskFiles {
public:
    std::uint64_t bytes_left{~std::uint64_t{0}};
    int write_error{};  // instead of a write once bytes_left is used up
    int sync_error{};
    int truncate_error{};
    int create_error{};
    std::size_t short_writes{~std::size_t{0}};  // no single write takes more than this
    std::size_t writes{};
    std::size_t syncs{};

    runtime::Transferred write_at(runtime::FileHandle file, std::uint64_t offset,
                                  std::span<const std::byte> bytes) override {
        ++writes;
        if (bytes_left == 0 && write_error != 0) return {.bytes = 0, .error = write_error};
        const std::size_t most =
            static_cast<std::size_t>(std::min<std::uint64_t>(bytes_left, short_writes));
        const auto put =
            DiskFiles::write_at(file, offset, bytes.first(std::min(most, bytes.size())));
        if (bytes_left != ~std::uint64_t{0}) bytes_left -= put.bytes;
        return put;
    }
    int sync_contents(runtime::FileHandle file) override {
        ++syncs;
        return sync_error != 0 ? sync_error : DiskFiles::sync_contents(file);
    }
    int truncate(runtime::FileHandle file, std::uint64_t size) override {
        return truncate_error != 0 ? truncate_error : DiskFiles::truncate(file, size);
    }
    int create(const std::string& path, runtime::FileHandle& file) override {
        return create_error != 0 ? create_error : DiskFiles::create(path, file);
    }
    void fill_disk_after(std::uint64_t bytes) {
        bytes_left = bytes;
        write_error = ENOSPC;
    }
    void heal() {
        bytes_left = ~std::uint64_t{0};
        write_error = sync_error = truncate_error = create_error = 0;
    }
};

struct JournalRead {
    std::vector<std::vector<std::byte>> records;  // each encoded again
    runtime::JournalEnd end;
    std::string fault;  // empty: the end was reached
};

inline JournalRead read_journal(const std::string& directory) {
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, directory);
    JournalRead result;
    result.fault = reader.open();
    if (!result.fault.empty()) return result;
    runtime::JournalRecord record;
    while (true) {
        const auto step = reader.next(record);
        if (step == runtime::JournalReader::Step::record) {
            result.records.push_back(bytes_of(record));
            continue;
        }
        if (step == runtime::JournalReader::Step::fault) result.fault = reader.fault();
        result.end = reader.end();
        return result;
    }
}

// A journal open for writing behind what is there.
class OpenJournal {
public:
    OpenJournal(runtime::Files& files, runtime::JournalOptions options)
        : journal(files, options), directory_(options.directory) {
        fault = journal.lock();
        if (!fault.empty()) return;
        const JournalRead read = read_journal(directory_);
        fault = read.fault;
        if (fault.empty()) fault = journal.start(read.end);
    }
    // Appends a random record and remembers its bytes.
    void append(std::mt19937_64& random) {
        const auto record = random_record(random, Sequence{journal.appended().raw + 1});
        journal.append(record.event, record.outcome);
        written.push_back(bytes_of(record));
    }
    runtime::JournalStatus append_batch(std::mt19937_64& random, int count) {
        for (int i = 0; i < count; ++i)
            append(random);
        return journal.commit();
    }

    runtime::Journal journal;
    std::string fault;
    std::vector<std::vector<std::byte>> written;

private:
    std::string directory_;
};

inline std::vector<std::string> segment_paths(const std::string& directory) {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().extension() == ".riskd") paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

inline std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::string& path, std::string_view text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace riskd::test
