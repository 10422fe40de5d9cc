#include "riskd/outbox.hpp"

namespace riskd::verbs {
namespace {

constexpr std::size_t reclaim_at = 1U << 20;  // bytes; below it, waiting for empty is enough

}  // namespace

void Outbox::push(const Waiting& message) {
    if (text_.size() > reclaim_at && head_ > items_.size() / 2) reclaim();
    items_.push_back({.sequence = message.sequence,
                      .number = message.number,
                      .asked_ns = message.asked_ns,
                      .offset = text_.size(),
                      .subject_size = static_cast<std::uint32_t>(message.subject.size()),
                      .payload_size = static_cast<std::uint32_t>(message.payload.size())});
    text_ += message.subject;
    text_ += message.payload;
}

Waiting Outbox::at(std::size_t index) const noexcept {
    const Item& item = items_[head_ + index];
    const std::string_view text = text_;
    return {.sequence = item.sequence,
            .number = item.number,
            .asked_ns = item.asked_ns,
            .subject = text.substr(item.offset, item.subject_size),
            .payload = text.substr(item.offset + item.subject_size, item.payload_size)};
}

void Outbox::pop() noexcept {
    ++head_;
    if (head_ == items_.size()) clear();
}

void Outbox::clear() noexcept {
    head_ = 0;
    items_.clear();
    text_.clear();
}

// Moves what still waits to the front.
void Outbox::reclaim() {
    const std::size_t gone = items_[head_].offset;
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
    text_.erase(0, gone);
    for (Item& item : items_)
        item.offset -= gone;
}

}  // namespace riskd::verbs
