#include "riskd/core/conversion.hpp"

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/position_change.hpp"

namespace riskd {

std::optional<Price> Marks::mark(InstrumentId instrument) const noexcept {
    if (instrument == assumed_) return assumed_mark_;
    if (is_any_age_) return known_mark(ledger_->instrument(instrument));
    if (!is_recorded_) return fresh_mark(ledger_->instrument(instrument), now_);
    if (index(instrument) >= recorded_.size()) return std::nullopt;
    const Price price = recorded_[index(instrument)];
    if (price.raw <= 0) return std::nullopt;
    return price;
}

std::optional<AssetPrice> price_of(const Marks& marks, AssetId id) noexcept {
    const Asset& asset = marks.ledger().asset(id);
    if (asset.is_reference) return AssetPrice{};
    if (!is_known(asset.priced_by)) return std::nullopt;
    const auto mark = marks.mark(asset.priced_by);
    if (!mark) return std::nullopt;
    const Instrument& instrument = marks.ledger().instrument(asset.priced_by);
    return AssetPrice{.raw = mark->raw, .decimals = instrument.terms.price_decimals};
}

std::optional<Money> convert_by_price(const Marks& marks, Money amount,
                                      Conversion conversion) noexcept {
    const auto from_price = price_of(marks, conversion.from);
    const auto to_price = price_of(marks, conversion.to);
    if (!from_price || !to_price) return std::nullopt;
    // amount / 10^from x price_from / 10^a  /  (price_to / 10^b)  x 10^to
    const int up = marks.ledger().asset(conversion.to).terms.decimals + to_price->decimals;
    const int down = marks.ledger().asset(conversion.from).terms.decimals + from_price->decimals;
    Wide dividend = Wide{amount.raw} * Wide{from_price->raw};
    Wide divisor = to_price->raw;
    for (int i = down; i < up; ++i) {
        if (__builtin_mul_overflow(dividend, Wide{10}, &dividend)) return std::nullopt;
    }
    for (int i = up; i < down; ++i) {
        if (__builtin_mul_overflow(divisor, Wide{10}, &divisor)) return std::nullopt;
    }
    const auto raw = narrow(divide(dividend, divisor, conversion.rounding));
    if (!raw) return std::nullopt;
    return Money{*raw};
}

Money net_pnl(const Marks& marks, const Account& account) noexcept {
    Money total = -account.net_deposits;
    const auto add = [&](AssetId asset, std::optional<Money> amount) {
        if (!amount) return;
        const auto worth =
            convert(marks, *amount,
                    {.from = asset, .to = account.currency, .rounding = Rounding::toward_minus});
        const auto sum = worth ? checked_add(total, *worth) : std::nullopt;
        if (sum) total = *sum;
    };
    for (const Balance& balance : account.balances)
        add(balance.asset, balance.amount);
    for (const Position& position : account.positions) {
        const auto mark =
            position.quantity.raw == 0 ? std::nullopt : marks.mark(position.instrument);
        if (!mark) continue;
        const Instrument& instrument = marks.ledger().instrument(position.instrument);
        const auto worth = value(instrument, position.quantity, *mark, Rounding::toward_minus);
        if (worth) add(instrument.settle, position_worth(instrument, position, *worth));
    }
    return total;
}

}  // namespace riskd
