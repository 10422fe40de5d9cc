#include "riskd/runtime/journal_codec.hpp"

#include <algorithm>
#include <cstring>

#include "riskd/runtime/journal_fields.hpp"

namespace riskd::runtime {
namespace {

// A field takes at most as many bytes as in memory, a text or list one or two more.
std::size_t bytes_at_most(const Event& event, const Outcome& outcome) noexcept {
    std::size_t most = 2 * sizeof(Event) + 2 * sizeof(std::uint64_t);
    if (const auto* activation = std::get_if<RulesetActivation>(&event.body)) {
        most += activation->rules.size() * 2 * sizeof(Name);
    } else if (const auto* canary = std::get_if<CanaryChange>(&event.body)) {
        most += (canary->rules.size() + canary->accounts.size()) * 2 * sizeof(Name);
    }
    most += outcome.answers.size() * sizeof(RuleAnswer);
    for (const Output& output : outcome.outputs) {
        most += 2 * sizeof(Output);
        if (const auto* change = std::get_if<StageChange>(&output)) {
            most += change->close.size() * sizeof(CloseLeg);
            most += change->prices.size() * sizeof(PriceUsed);
        }
    }
    return most;
}

}  // namespace

std::byte* ByteBuffer::reserve(std::size_t size) {
    if (size_ + size > capacity_) {
        const std::size_t grown = std::max<std::size_t>({size_ + size, capacity_ * 2, 64 * 1024});
        std::unique_ptr<std::byte[]> bytes(new std::byte[grown]);
        if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
        bytes_ = std::move(bytes);
        capacity_ = grown;
    }
    return bytes_.get() + size_;
}

void encode_record(const Event& event, const Outcome& outcome, ByteBuffer& buffer) {
    const std::size_t most = bytes_at_most(event, outcome);
    ByteWriter writer(buffer.reserve(most));
    elements(writer, event, outcome);
    RISKD_CHECK(writer.size() <= most);
    buffer.extend(writer.size());
}

bool decode_record(std::span<const std::byte> bytes, JournalRecord& record) {
    record.outcome.clear();
    ByteReader reader(bytes);
    elements(reader, record.event, record.outcome);
    return reader.ok() && reader.at_end();
}

std::optional<Sequence> sequence_of_record(std::span<const std::byte> bytes) noexcept {
    Sequence sequence;
    if (bytes.size() < sizeof sequence.raw) return std::nullopt;
    std::memcpy(&sequence.raw, bytes.data(), sizeof sequence.raw);
    return sequence;
}

std::uint64_t journal_layout() {
    LayoutPrint print;
    JournalRecord record;
    elements(print, record.event, record.outcome);
    return print.value();
}

}  // namespace riskd::runtime
