#include "feeds/output_list.hpp"

#include <algorithm>

#include "riskd/core/check.hpp"

namespace riskd::feeds {
namespace {

constexpr std::size_t no_place = static_cast<std::size_t>(-1);

}  // namespace

OutputList::OutputList(std::size_t records_max, std::size_t bytes_max)
    : records_(records_max), bytes_(bytes_max) {
    RISKD_CHECK(records_max > 0);
}

// The used bytes run from the oldest record to write_, possibly around the end. A record never
// crosses the end, and write_ never catches up with the oldest record.
std::size_t OutputList::place(std::size_t size) const noexcept {
    if (empty()) return size <= bytes_.size() ? 0 : no_place;
    const std::size_t oldest = records_[head_ % records_.size()].offset;
    if (write_ > oldest) {
        if (bytes_.size() - write_ >= size) return write_;
        return size < oldest ? 0 : no_place;
    }
    return oldest - write_ > size ? write_ : no_place;
}

bool OutputList::try_push(OutputId id, std::string_view subject, std::string_view payload) {
    if (size() == records_.size()) return false;
    const std::size_t bytes = subject.size() + payload.size();
    const std::size_t offset = place(bytes);
    if (offset == no_place || bytes == 0) return false;
    std::copy(subject.begin(), subject.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
    std::copy(payload.begin(), payload.end(),
              bytes_.begin() + static_cast<std::ptrdiff_t>(offset + subject.size()));
    write_ = offset + bytes;
    at(tail_) = {.id = id,
                 .subject_size = static_cast<std::uint32_t>(subject.size()),
                 .payload_size = static_cast<std::uint32_t>(payload.size()),
                 .offset = offset,
                 .confirmed = false,
                 .refused = false};
    ++tail_;
    return true;
}

bool OutputList::confirm(std::uint64_t index) {
    if (index < head_ || index >= tail_) return false;
    Record& record = at(index);
    if (record.confirmed) return false;
    record.confirmed = true;
    record.refused = false;
    while (head_ != tail_ && at(head_).confirmed)
        ++head_;
    return true;
}

}  // namespace riskd::feeds
