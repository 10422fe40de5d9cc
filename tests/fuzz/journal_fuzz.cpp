// Arbitrary bytes as a journal record: decoding must refuse them or give a record that encodes to
// exactly the same bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "riskd/runtime/journal_codec.hpp"
#include "riskd/runtime/journal_format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    using namespace riskd::runtime;
    const std::span<const std::byte> input = std::as_bytes(std::span(bytes, count));
    const RecordRead read = read_record(input);
    if (read.fault == RecordFault::none && read.size > count) std::abort();
    decode_segment_header(input);
    static JournalRecord record;
    if (!decode_record(input, record)) return 0;
    ByteBuffer buffer;
    encode_record(record.event, record.outcome, buffer);
    if (buffer.size() != count) std::abort();
    if (std::memcmp(buffer.view().data(), bytes, count) != 0) std::abort();
    return 0;
}
