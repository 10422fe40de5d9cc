// CRC-32C (Castagnoli), as in iSCSI and ext4: crc32c("123456789") is 0xe3069283. Uses the
// instruction of SSE 4.2 where the machine has it, tables otherwise; both are tested against each
// other. Any thread; no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace riskd::runtime {

// `seed` is the result over the bytes before these.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed = 0) noexcept;

// The portable form, eight bytes a step.
std::uint32_t crc32c_by_tables(std::span<const std::byte> bytes, std::uint32_t seed = 0) noexcept;

}  // namespace riskd::runtime
