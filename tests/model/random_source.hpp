// Random numbers that are the same on every machine for a seed: splitmix64, no library
// distributions. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace riskd::model {

class RandomSource {
public:
    explicit RandomSource(std::uint64_t seed) noexcept : state_{seed} {}

    std::uint64_t bits() noexcept {
        std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15ULL);
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
        return mixed ^ (mixed >> 31);
    }
    // 0 to bound - 1. REQUIRES: bound is positive.
    std::uint64_t below(std::uint64_t bound) noexcept { return bits() % bound; }
    std::int64_t between(std::int64_t least, std::int64_t most) noexcept {
        // Unsigned, as the span may be wider than an integer with a sign.
        const auto from = static_cast<std::uint64_t>(least);
        return static_cast<std::int64_t>(from + below(static_cast<std::uint64_t>(most) - from + 1));
    }
    bool one_in(std::uint64_t count) noexcept { return below(count) == 0; }
    bool percent(std::uint64_t share) noexcept { return below(100) < share; }
    double unit() noexcept { return static_cast<double>(bits() >> 11) * 0x1p-53; }

    template <typename Item>
    const Item& pick(std::span<const Item> items) noexcept {
        return items[below(items.size())];
    }
    // The index of one weight, chosen in proportion.
    std::size_t weighted(std::initializer_list<unsigned> weights) noexcept {
        std::uint64_t total = 0;
        for (const unsigned weight : weights)
            total += weight;
        std::uint64_t left = below(total);
        std::size_t at = 0;
        for (const unsigned weight : weights) {
            if (left < weight) return at;
            left -= weight;
            ++at;
        }
        return 0;
    }

private:
    std::uint64_t state_;
};

}  // namespace riskd::model
