// Messages that are made but may not leave yet, oldest first: answers and outputs wait here for the
// journal, outputs also for room in their stream. One run of bytes, reused, so a warm one does not
// allocate. Core thread only. Bounded by its owner: see size() and bytes().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "riskd/core/units.hpp"

namespace riskd::verbs {

struct Waiting {
    Sequence sequence;        // may leave when the journal holds this; zero: at once
    std::uint32_t number{};   // of the output among those of its sequence
    std::int64_t asked_ns{};  // answers only: when the question was read
    std::string_view subject;
    std::string_view payload;
};

class Outbox {
public:
    void push(const Waiting& message);

    bool empty() const noexcept { return head_ == items_.size(); }
    std::size_t size() const noexcept { return items_.size() - head_; }
    std::size_t bytes() const noexcept { return text_.size(); }
    // REQUIRES: not empty. Good until the next push() or pop().
    Waiting front() const noexcept { return at(0); }
    // REQUIRES: index < size().
    Waiting at(std::size_t index) const noexcept;
    void pop() noexcept;
    void clear() noexcept;

private:
    struct Item {
        Sequence sequence;
        std::uint32_t number{};
        std::int64_t asked_ns{};
        std::size_t offset{};
        std::uint32_t subject_size{};
        std::uint32_t payload_size{};
    };
    void reclaim();

    std::string text_;
    std::vector<Item> items_;
    std::size_t head_{};
};

}  // namespace riskd::verbs
