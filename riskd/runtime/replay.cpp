#include "riskd/runtime/replay.hpp"

#include <algorithm>

#include "riskd/runtime/journal_codec.hpp"

namespace riskd::runtime {
namespace {

template <typename Apply>
ReplayResult replay_each(JournalReader& reader, const ReplayProgress& progress, Apply apply) {
    ReplayResult result;
    result.fault = reader.open();
    if (!result.fault.empty()) return result;
    if (reader.first().raw > 1) {
        result.fault = "the journal begins at sequence " + std::to_string(reader.first().raw) +
                       "; the segments before it are missing";
        return result;
    }
    JournalRecord record;
    std::uint64_t reported = 0;
    while (true) {
        const JournalReader::Step step = reader.next(record);
        if (step != JournalReader::Step::record) {
            if (step == JournalReader::Step::fault) result.fault = reader.fault();
            break;
        }
        apply(record);
        const JournalProgress& now = reader.progress();
        if (progress && now.bytes_read - reported >= now.bytes_total / 100 + (1U << 20)) {
            reported = now.bytes_read;
            progress(now);
        }
    }
    if (progress && result.fault.empty()) progress(reader.progress());
    result.end = reader.end();
    result.records = reader.progress().records;
    return result;
}

bool same_bytes(const Output& left, const Output& right) {
    static const Event no_event{};
    ByteBuffer left_bytes;
    ByteBuffer right_bytes;
    encode_record(no_event, Outcome{.outputs = {left}, .answers = {}, .touched = {}}, left_bytes);
    encode_record(no_event, Outcome{.outputs = {right}, .answers = {}, .touched = {}}, right_bytes);
    return std::equal(left_bytes.view().begin(), left_bytes.view().end(),
                      right_bytes.view().begin(), right_bytes.view().end());
}

std::size_t first_difference(const Outcome& left, const Outcome& right) {
    const std::size_t shared = std::min(left.outputs.size(), right.outputs.size());
    for (std::size_t i = 0; i < shared; ++i) {
        if (!same_bytes(left.outputs[i], right.outputs[i])) return i;
    }
    return shared;
}

}  // namespace

ReplayResult replay(JournalReader& reader, Engine& engine, const ReplayProgress& progress,
                    const ReplayEach& after) {
    return replay_each(reader, progress, [&](const JournalRecord& record) {
        engine.apply_recorded(record.event, record.outcome);
        if (after) after(record);
    });
}

ReplayResult replay_asking(JournalReader& reader, Engine& engine, const ReplayProgress& progress,
                           const ReplayDifferences& differences, const ReplayEach& after) {
    Outcome asked;
    ByteBuffer recorded_bytes;
    ByteBuffer asked_bytes;
    return replay_each(reader, progress, [&](const JournalRecord& record) {
        engine.apply(record.event, asked);
        if (after) after(record);
        recorded_bytes.clear();
        asked_bytes.clear();
        encode_record(record.event, record.outcome, recorded_bytes);
        encode_record(record.event, asked, asked_bytes);
        const auto left = recorded_bytes.view();
        const auto right = asked_bytes.view();
        if (std::equal(left.begin(), left.end(), right.begin(), right.end())) return;
        differences({.recorded = record,
                     .asked = asked,
                     .output = first_difference(record.outcome, asked)});
    });
}

}  // namespace riskd::runtime
