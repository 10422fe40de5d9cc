// Short text of a fixed size, zero padded, so that rows and events hold no pointers. Any thread.
// An id on the wire is [A-Za-z0-9._:-]{1,64}; is_id says whether a text is one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "riskd/core/check.hpp"

namespace riskd {

template <std::size_t capacity>
struct Text {
    std::array<char, capacity> bytes{};

    constexpr Text() noexcept = default;
    // REQUIRES: text is not longer than the capacity.
    explicit Text(std::string_view text) noexcept {
        RISKD_CHECK(text.size() <= capacity);
        std::copy(text.begin(), text.end(), bytes.begin());
    }
    std::string_view view() const noexcept {
        const void* end = std::memchr(bytes.data(), 0, capacity);
        const auto size =
            end == nullptr ? capacity
                           : static_cast<std::size_t>(static_cast<const char*>(end) - bytes.data());
        return {bytes.data(), size};
    }
    bool empty() const noexcept { return bytes[0] == 0; }
    friend bool operator==(const Text& a, const Text& b) noexcept {
        return std::memcmp(a.bytes.data(), b.bytes.data(), capacity) == 0;
    }
};

using Name = Text<64>;  // of an account, group, instrument, rule
using Id = Text<64>;    // of an order, fill, transfer, balance change

constexpr bool is_id(std::string_view text) noexcept {
    if (text.empty() || text.size() > 64) return false;
    for (const char c : text) {
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        const bool other = (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' || c == '-';
        if (!letter && !other) return false;
    }
    return true;
}

// A 64-bit mix of the used bytes; the same on every machine and in every run. The seed is mixed
// before the text is: otherwise a seed and a text that differ in the same bits would cancel.
inline std::uint64_t hash_text(std::string_view text, std::uint64_t seed = 0) noexcept {
    std::uint64_t hash = (seed + 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL;
    hash = ((hash ^ (hash >> 30)) + text.size()) * 0x94d049bb133111ebULL;
    hash ^= hash >> 31;
    while (!text.empty()) {
        std::uint64_t word = 0;
        const std::size_t size = text.size() < 8 ? text.size() : 8;
        std::memcpy(&word, text.data(), size);
        hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
        hash ^= hash >> 32;
        text.remove_prefix(size);
    }
    hash *= 0xc4ceb9fe1a85ec53ULL;
    return hash ^ (hash >> 29);
}

struct TextHash {
    template <std::size_t capacity>
    std::size_t operator()(const Text<capacity>& text) const noexcept {
        return hash_text(text.view());
    }
};

}  // namespace riskd
