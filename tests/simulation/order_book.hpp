// A simulated order book: bids and asks in steps around the mark, deeper away from it, thinner the
// more the price has fallen of late. What is taken comes back by half a moment. Whole numbers; the
// same on every machine. Test thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "riskd/core/words.hpp"

namespace riskd::simulation {

struct BookTrade {
    std::int64_t price{};
    std::int64_t quantity{};
};

class OrderBook {
public:
    // `depth`: of the step next to the mark in calm; `step`: between prices, in 1e-4 of the mark.
    struct Terms {
        std::int64_t depth{};
        std::int64_t step{};
    };
    explicit OrderBook(Terms terms) : terms_{terms} {}

    void move(std::int64_t mark) {
        recent_.push_back(mark);
        if (recent_.size() > 20) recent_.pop_front();
        mark_ = mark;
        const std::int64_t high = *std::max_element(recent_.begin(), recent_.end());
        const std::int64_t fallen = (high - mark) * 10'000 / high;
        for (auto& side : open_) {
            for (std::size_t k = 0; k < side.size(); ++k) {
                const auto steps = static_cast<std::int64_t>(k) + 1;
                const std::int64_t full =
                    std::max<std::int64_t>(terms_.depth * steps * 100 / (100 + fallen), 1);
                side[k] = side[k] < full ? side[k] + (full - side[k] + 1) / 2 : full;
            }
        }
    }

    // The best step an order of this side meets; nothing when the book is empty there.
    std::optional<BookTrade> take(Side side, std::int64_t most) {
        auto& steps = open_[static_cast<std::size_t>(side)];
        for (std::size_t k = 0; k < steps.size(); ++k) {
            if (steps[k] == 0) continue;
            const std::int64_t away = terms_.step * (static_cast<std::int64_t>(k) + 1);
            const std::int64_t share = side == Side::buy ? 10'000 + away : 10'000 - away;
            const BookTrade trade{.price = std::max<std::int64_t>(mark_ * share / 10'000, 1),
                                  .quantity = std::min(most, steps[k])};
            steps[k] -= trade.quantity;
            return trade;
        }
        return std::nullopt;
    }

private:
    Terms terms_;
    std::int64_t mark_{};
    std::deque<std::int64_t> recent_;
    std::array<std::array<std::int64_t, 12>, 2> open_{};  // by the side of the order that takes
};

}  // namespace riskd::simulation
