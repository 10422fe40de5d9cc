// The journal beside its floor: a bare write of the same bytes. One check and its decision a
// record; batches of 1 and 64; promises os and disk; then reading back and replaying. Each figure
// is of this machine and this run: compare rows, not runs. --quick only shows that it works.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "riskd/core/check.hpp"
#include "riskd/runtime/journal.hpp"

namespace riskd::bench {
namespace {

using runtime::interval_clock_ns;
using runtime::LatencyHistogram;

struct Row {
    std::string what;
    LatencyHistogram batches;
    std::uint64_t records{};
    std::int64_t ns{};
};

void print(const Row& row) {
    std::printf("%-34s p50 %8.2f  p99 %8.2f  p99.9 %8.2f  max %9.2f us  %8.0f records/s\n",
                row.what.c_str(), static_cast<double>(row.batches.percentile_ns(0.5)) / 1e3,
                static_cast<double>(row.batches.percentile_ns(0.99)) / 1e3,
                static_cast<double>(row.batches.percentile_ns(0.999)) / 1e3,
                static_cast<double>(row.batches.max_ns()) / 1e3,
                static_cast<double>(row.records) * 1e9 / static_cast<double>(row.ns));
}

Event check_event(std::uint64_t sequence) {
    return {.sequence = Sequence{sequence},
            .time = Timestamp{1'700'000'000'000'000'000 + static_cast<std::int64_t>(sequence)},
            .body = OrderRequest{.account = AccountId{7},
                                 .instrument = InstrumentId{3},
                                 .order = Id{"order-" + std::to_string(sequence)},
                                 .price = Price{500'000},
                                 .quantity = Quantity{100},
                                 .trader = Name{"t7"},
                                 .strategy = Name{"mm1"}}};
}

Outcome accept_of(const Event& event) {
    const auto& request = std::get<OrderRequest>(event.body);
    Outcome outcome;
    outcome.outputs.emplace_back(Decision{.account = request.account,
                                          .instrument = request.instrument,
                                          .order = request.order,
                                          .accepted = true,
                                          .hold_asset = AssetId{0},
                                          .hold = Money{50'000},
                                          .has_margin = true,
                                          .margin = {.equity = Money{1'000'000}},
                                          .currency = AssetId{0},
                                          .sequence = event.sequence,
                                          .time = event.time});
    return outcome;
}

class Scratch {
public:
    Scratch() {
        std::string pattern = (std::filesystem::current_path() / "journal-bench-XXXXXX").string();
        RISKD_CHECK(::mkdtemp(pattern.data()) != nullptr);
        path = pattern;
    }
    ~Scratch() { std::filesystem::remove_all(path); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    std::string path;
};

std::size_t record_bytes() {
    const Event event = check_event(1'000'000);
    runtime::ByteBuffer buffer;
    runtime::encode_record(event, accept_of(event), buffer);
    return buffer.size() + runtime::record_head_bytes;
}

struct Load {
    std::uint64_t batches{};
    std::uint64_t batch_records{};
    bool sync{};
};

// The floor: the same bytes with one pwrite each batch, into a growing file or over zeros.
Row bare_write(const Load& load) {
    const Scratch scratch;
    const int file = ::open((scratch.path + "/bare").c_str(), O_RDWR | O_CREAT, 0600);
    RISKD_CHECK(file >= 0);
    const std::string batch(record_bytes() * load.batch_records, 'x');
    if (load.sync) {
        const std::string zeros(batch.size() * load.batches, '\0');
        RISKD_CHECK(::pwrite(file, zeros.data(), zeros.size(), 0) ==
                    static_cast<ssize_t>(zeros.size()));
        ::fsync(file);
    }
    Row row;
    row.what = std::string(load.sync ? "bare write + fdatasync" : "bare write") + ", batch of " +
               std::to_string(load.batch_records);
    off_t offset = 0;
    const std::int64_t began = interval_clock_ns();
    for (std::uint64_t i = 0; i < load.batches; ++i) {
        const std::int64_t start = interval_clock_ns();
        RISKD_CHECK(::pwrite(file, batch.data(), batch.size(), offset) ==
                    static_cast<ssize_t>(batch.size()));
        if (load.sync) ::fdatasync(file);
        row.batches.record(interval_clock_ns() - start);
        offset += static_cast<off_t>(batch.size());
    }
    row.ns = interval_clock_ns() - began;
    row.records = load.batches * load.batch_records;
    ::close(file);
    return row;
}

Row journal_write(const Load& load, const std::string& directory) {
    runtime::DiskFiles files;
    runtime::Journal journal(files, {.directory = directory, .sync = load.sync, .epoch = 1});
    RISKD_CHECK(journal.lock().empty());
    RISKD_CHECK(journal.start({}).empty());
    Row row;
    row.what = std::string(load.sync ? "journal, promise disk" : "journal, promise os") +
               ", batch of " + std::to_string(load.batch_records);
    std::uint64_t sequence = 0;
    Event event = check_event(1);
    Outcome outcome = accept_of(event);
    const std::int64_t began = interval_clock_ns();
    for (std::uint64_t i = 0; i < load.batches; ++i) {
        const std::int64_t start = interval_clock_ns();
        for (std::uint64_t record = 0; record < load.batch_records; ++record) {
            event.sequence = Sequence{++sequence};
            journal.append(event, outcome);
        }
        RISKD_CHECK(journal.commit() == runtime::JournalStatus::healthy);
        row.batches.record(interval_clock_ns() - start);
    }
    row.ns = interval_clock_ns() - began;
    row.records = sequence;
    return row;
}

void read_back(const std::string& directory) {
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, directory);
    RISKD_CHECK(reader.open().empty());
    runtime::JournalRecord record;
    const std::int64_t began = interval_clock_ns();
    while (reader.next(record) == runtime::JournalReader::Step::record) {
    }
    const double seconds = static_cast<double>(interval_clock_ns() - began) / 1e9;
    const auto& progress = reader.progress();
    std::printf("%-34s %.0f records/s, %.0f MiB/s\n", "read, check and decode",
                static_cast<double>(progress.records) / seconds,
                static_cast<double>(progress.bytes_read) / seconds / (1 << 20));
}

}  // namespace
}  // namespace riskd::bench

int main(int count, char** arguments) {
    using namespace riskd::bench;
    const bool quick = count > 1 && std::strcmp(arguments[1], "--quick") == 0;
    const std::uint64_t scale = quick ? 1 : 100;
    std::printf("journal: one check and its decision a record of %zu bytes, files in %s\n",
                record_bytes(), std::filesystem::current_path().c_str());
    for (const std::uint64_t size : {1U, 64U}) {
        for (const bool sync : {false, true}) {
            const std::uint64_t batches = sync ? 20 * scale : 2'000 * scale / (size == 1 ? 1 : 8);
            const Load load{.batches = batches, .batch_records = size, .sync = sync};
            print(bare_write(load));
            const Scratch scratch;
            print(journal_write(load, scratch.path));
            if (!sync && size > 1) read_back(scratch.path);
        }
    }
    return 0;
}
