// An amount of one asset in another, by the marks of the instruments that price them. Core thread.
// An unknown or stale mark gives nothing, never a guess; the caller names the rounding.
#pragma once

#include <optional>
#include <span>

#include "riskd/core/ledger.hpp"

namespace riskd {

// Which marks to go by: the present ones while fresh, or those of a moment that was recorded.
class Marks {
public:
    Marks(const Ledger& ledger, Timestamp now) noexcept : ledger_{&ledger}, now_{now} {}
    // `recorded` holds a price by instrument; zero, or past its end, is unknown.
    Marks(const Ledger& ledger, std::span<const Price> recorded) noexcept
        : ledger_{&ledger}, recorded_{recorded}, is_recorded_{true} {}

    // With one of them as it might be.
    Marks(const Ledger& ledger, Timestamp now, InstrumentId assumed, Price mark) noexcept
        : ledger_{&ledger}, now_{now}, assumed_{assumed}, assumed_mark_{mark} {}

    // Every mark there is, old or in doubt: for what is proved of prices and decides nothing.
    static Marks of_any_age(const Ledger& ledger) noexcept {
        Marks marks{ledger, Timestamp{}};
        marks.is_any_age_ = true;
        return marks;
    }

    const Ledger& ledger() const noexcept { return *ledger_; }
    std::optional<Price> mark(InstrumentId instrument) const noexcept;

private:
    const Ledger* ledger_;
    Timestamp now_{};
    InstrumentId assumed_{no_instrument};
    Price assumed_mark_{};
    std::span<const Price> recorded_;
    bool is_recorded_{};
    bool is_any_age_{};
};

// The price of one unit of an asset in the reference asset: raw / 10^decimals.
struct AssetPrice {
    std::int64_t raw{1};
    int decimals{};
    double number() const noexcept {
        return static_cast<double>(raw) / static_cast<double>(power_of_ten(decimals));
    }
};
std::optional<AssetPrice> price_of(const Marks& marks, AssetId asset) noexcept;

struct Conversion {
    AssetId from{no_asset};
    AssetId to{no_asset};
    Rounding rounding{};
};
std::optional<Money> convert_by_price(const Marks& marks, Money amount,
                                      Conversion conversion) noexcept;
// Nothing when a price is unknown or the result does not fit.
inline std::optional<Money> convert(const Marks& marks, Money amount,
                                    Conversion conversion) noexcept {
    if (conversion.from == conversion.to || amount.raw == 0) return amount;
    return convert_by_price(marks, amount, conversion);
}

// balances without haircut + what positions add - net deposits, in the account's currency, as far
// as its prices are known.
Money net_pnl(const Marks& marks, const Account& account) noexcept;

}  // namespace riskd
