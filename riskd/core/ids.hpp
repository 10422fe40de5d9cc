// Dense ids, given in order of first definition: the same journal gives the same ids. A table is
// indexed by `id.raw`. `none` marks a name that nobody defined. Any thread; values only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "riskd/core/units.hpp"

namespace riskd {

using AccountId = Strong<struct AccountIdTag, std::uint32_t>;
using InstrumentId = Strong<struct InstrumentIdTag, std::uint32_t>;
using AssetId = Strong<struct AssetIdTag, std::uint32_t>;
using GroupId = Strong<struct GroupIdTag, std::uint32_t>;
using RuleId = Strong<struct RuleIdTag, std::uint32_t>;  // index into Rulebook::rules()

inline constexpr std::uint32_t none_raw = 0xffffffffU;
inline constexpr AccountId no_account{none_raw};
inline constexpr InstrumentId no_instrument{none_raw};
inline constexpr AssetId no_asset{none_raw};
inline constexpr GroupId no_group{none_raw};
inline constexpr RuleId no_rule{none_raw};

template <typename Tag>
constexpr bool is_known(Strong<Tag, std::uint32_t> id) noexcept {
    return id.raw != none_raw;
}

template <typename Tag>
constexpr std::size_t index(Strong<Tag, std::uint32_t> id) noexcept {
    return id.raw;
}

struct StrongHash {
    template <typename Tag, typename Raw>
    std::size_t operator()(Strong<Tag, Raw> id) const noexcept {
        std::uint64_t mixed = static_cast<std::uint64_t>(id.raw) * 0x9e3779b97f4a7c15ULL;
        return mixed ^ (mixed >> 32);
    }
};

}  // namespace riskd
