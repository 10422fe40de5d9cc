// A 128-bit fingerprint of the business state: two engines with the same digest would give the same
// answers. The same on every machine. Not part of it: counters, boards, what rules derive.
#pragma once

#include <cstdint>
#include <string>

namespace riskd {

class Ledger;

struct Digest {
    std::uint64_t high{};
    std::uint64_t low{};
    friend bool operator==(const Digest&, const Digest&) = default;
};

std::string text(Digest digest);  // 32 hexadecimal figures
// `accounts_waiting`: those that are still to be judged by new rules.
Digest digest(const Ledger& ledger, std::uint32_t accounts_waiting) noexcept;

}  // namespace riskd
