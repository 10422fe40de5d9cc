// What the groups of an account have at stake, with an order: summed over the instruments each of
// them holds, by fresh marks, in the reference asset. Every amount is rounded up.
#include "riskd/core/order_check.hpp"

namespace riskd {

namespace {

AssetId reference_asset(const Ledger& ledger) noexcept {
    for (std::uint32_t i = 0; i < ledger.asset_count(); ++i) {
        if (ledger.asset(AssetId{i}).is_reference) return AssetId{i};
    }
    return no_asset;
}

// By how much an order changes worst_quantity of its account: in its own instrument, and in that of
// the order it replaces.
class OrderEffect {
public:
    OrderEffect(const Ledger& ledger, const OrderFacts& facts) noexcept : facts_{facts} {
        own_ = change(facts.position, facts.request->instrument);
        const OpenOrder* replaced = facts.replaced;
        if (replaced == nullptr || replaced->instrument == facts.request->instrument) return;
        elsewhere_ = change(ledger.find_position(facts.account->id, replaced->instrument),
                            replaced->instrument);
    }

    Wide in(InstrumentId instrument) const noexcept {
        if (instrument == facts_.request->instrument) return own_;
        const bool replaced =
            facts_.replaced != nullptr && instrument == facts_.replaced->instrument;
        return replaced ? elsewhere_ : 0;
    }

private:
    Wide change(const Position* position, InstrumentId instrument) const noexcept {
        const Position empty{.instrument = instrument};
        const GroupExposure share = share_of(position == nullptr ? empty : *position);
        Wide buy = share.open_buy;
        Wide sell = share.open_sell;
        if (instrument == facts_.request->instrument) {
            (facts_.request->side == Side::buy ? buy : sell) += facts_.quantity.raw;
        }
        const OpenOrder* replaced = facts_.replaced;
        if (replaced != nullptr && replaced->instrument == instrument) {
            (replaced->side == Side::buy ? buy : sell) -= replaced->remaining.raw;
        }
        return worst_quantity(share.long_quantity - share.short_quantity, buy, sell) -
               share.worst_quantity;
    }

    const OrderFacts& facts_;
    Wide own_{};
    Wide elsewhere_{};
};

// What a quantity is worth at the fresh mark, in the reference asset.
class Worth {
public:
    Worth(const Ledger& ledger, AssetId reference, Timestamp now) noexcept
        : marks_{ledger, now}, reference_{reference}, now_{now} {}

    // Signed, as a position is; of no sign otherwise.
    std::optional<Money> of(const Instrument& instrument, Wide quantity,
                            bool is_signed) const noexcept {
        if (quantity == 0) return Money{};
        const auto raw = narrow(quantity);
        const auto mark = fresh_mark(instrument, now_);
        if (!raw || !mark) return std::nullopt;
        const auto worth = value(instrument, Quantity{*raw}, *mark,
                                 is_signed ? Rounding::toward_minus : Rounding::toward_plus);
        if (!worth) return std::nullopt;
        return convert(
            marks_, is_signed ? *worth : magnitude(*worth),
            {.from = instrument.settle, .to = reference_, .rounding = Rounding::toward_plus});
    }

private:
    Marks marks_;
    AssetId reference_;
    Timestamp now_;
};

// A sum that has no value once one of its amounts is missing or it does not fit.
class Sum {
public:
    void add(std::optional<Money> amount) noexcept {
        total_ = total_ && amount ? checked_add(*total_, *amount) : std::nullopt;
    }
    bool known() const noexcept { return total_.has_value(); }
    double number(double unit) const noexcept {
        return total_ ? static_cast<double>(total_->raw) / unit : absent;
    }

private:
    std::optional<Money> total_{Money{}};
};

}  // namespace

bool OrderCheck::view_groups(const OrderFacts& facts, Timestamp now) noexcept {
    question_.groups_count = 0;
    question_.groups_known = true;
    if (!is_known(facts.account->group)) return true;
    const AssetId reference = reference_asset(ledger_);
    if (!is_known(reference)) return question_.groups_known = false;
    const Worth worth{ledger_, reference, now};
    const OrderEffect effect{ledger_, facts};
    const double unit = ledger_.asset(reference).unit;
    const double scale = facts.instrument->quantity_unit;
    const auto quantity = [scale](Wide raw) { return static_cast<double>(raw) / scale; };
    const InstrumentId asked = facts.request->instrument;
    for (GroupId id = facts.account->group; is_known(id); id = ledger_.group(id).parent) {
        Sum gross;
        Sum net;
        Sum after;
        bool has_asked = false;
        const auto add = [&](const GroupExposure& exposure) {
            has_asked = has_asked || exposure.instrument == asked;
            const Instrument& instrument = ledger_.instrument(exposure.instrument);
            if (is_spot(instrument)) return;
            const Wide longs = exposure.long_quantity;
            const Wide shorts = exposure.short_quantity;
            gross.add(worth.of(instrument, longs + shorts, false));
            net.add(worth.of(instrument, longs - shorts, true));
            const Wide worst = exposure.worst_quantity + effect.in(exposure.instrument);
            after.add(worth.of(instrument, worst, false));
        };
        for (const GroupExposure& exposure : ledger_.group(id).exposures)
            add(exposure);
        const GroupExposure here = ledger_.group_exposure(id, asked);
        if (!has_asked) add(here);
        const Wide worst_here = here.worst_quantity + effect.in(asked);
        question_.groups[question_.groups_count++] = {
            .group = id,
            .view = {.gross_exposure = gross.number(unit),
                     .net_exposure = net.number(unit),
                     .gross_exposure_after = after.number(unit),
                     .long_quantity = quantity(here.long_quantity),
                     .short_quantity = quantity(here.short_quantity),
                     .open_buy_quantity = quantity(here.open_buy),
                     .open_sell_quantity = quantity(here.open_sell),
                     .instrument_quantity_after = quantity(worst_here)}};
        const bool known = gross.known() && net.known() && after.known();
        question_.groups_known = question_.groups_known && known;
    }
    return question_.groups_known;
}

}  // namespace riskd
