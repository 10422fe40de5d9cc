#include "riskd/core/margin_claims.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "riskd/core/decimal.hpp"
#include "riskd/core/instrument.hpp"

namespace riskd {

namespace {

Wide share_of(Wide amount, std::int64_t rate) noexcept {
    return divide(amount * rate, power_of_ten(rate_decimals), Rounding::toward_plus);
}

// So that four of them fit; the last decimals say the least.
DecimalText shown_figure(Money amount, int decimals) noexcept {
    constexpr std::size_t figures_max = 12;
    std::int64_t raw = amount.raw;
    while (decimals > 0 && DecimalText(raw, decimals).view().size() > figures_max) {
        raw /= 10;
        --decimals;
    }
    return {raw, decimals};
}

}  // namespace

bool is_within(const AskedMargin& before, const AskedMargin& now, SlopeClaim claim) noexcept {
    const Wide moved = Wide{now.notional.raw} - before.notional.raw;
    const Wide asked_more = Wide{now.maintenance.raw} - before.maintenance.raw;
    // Each notional is rounded to a quantum, each answer too, and a rule reckons in doubles.
    const Wide size = (moved < 0 ? -moved : moved) + 2;
    const Wide slack = 2 + double_error(before.notional.raw) + double_error(now.notional.raw);
    const Wide with = share_of(size, claim.max) + slack;
    const Wide against = share_of(size, -std::min<std::int64_t>(claim.min, 0)) + slack;
    return moved < 0 ? asked_more <= against && asked_more >= -with
                     : asked_more <= with && asked_more >= -against;
}

Text<64> describe_points(const AskedMargin& before, const AskedMargin& now, int decimals) noexcept {
    Text<64> text;
    std::size_t size = 0;
    const auto add = [&](std::string_view part) {
        const std::size_t room = std::min(part.size(), text.bytes.size() - size);
        std::copy_n(part.begin(), room, text.bytes.begin() + static_cast<std::ptrdiff_t>(size));
        size += room;
    };
    const auto add_point = [&](const AskedMargin& point) {
        add(shown_figure(point.maintenance, decimals).view());
        add(" of ");
        add(shown_figure(point.notional, decimals).view());
    };
    add_point(before);
    add(", then ");
    add_point(now);
    return text;
}

void BrokenClaims::add(AccountId account) {
    if (index(account) >= broken_.size()) broken_.resize(index(account) + 1);
    broken_[index(account)] = true;
}

std::uint64_t BrokenClaims::digest() const noexcept {
    std::uint64_t digest = 0;
    for (std::size_t i = 0; i < broken_.size(); ++i) {
        if (broken_[i]) digest = hash_text({}, digest + i + 1);
    }
    return digest;
}

}  // namespace riskd
