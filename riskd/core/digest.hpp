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
// `beside`: what the engine knows besides, such as who is still to be judged by new rules; zero
// when there is nothing to know.
Digest digest(const Ledger& ledger, std::uint64_t beside) noexcept;

}  // namespace riskd
