// What the groups of an account have at stake, with an order: summed over the instruments each of
// them holds, by fresh marks, in the reference asset. Every amount is rounded up.
#include "riskd/core/order_check.hpp"

namespace riskd {

namespace {

AssetId find_reference_asset(const Ledger& ledger) noexcept {
    for (std::uint32_t i = 0; i < ledger.asset_count(); ++i) {
        if (ledger.asset(AssetId{i}).is_reference) return AssetId{i};
    }
    return no_asset;
}

// By how much an order changes worst_quantity of its account: of the position it is for, and of
// that of the order it replaces.
class OrderEffect {
public:
    OrderEffect(const Ledger& ledger, const OrderFacts& facts) noexcept : facts_{facts} {
        const OrderRequest& request = *facts.request;
        own_ = change(facts.position, request.instrument, request.position_side);
        const OpenOrder* replaced = facts.replaced;
        if (replaced == nullptr || is_on(*replaced, request.instrument, request.position_side)) {
            return;
        }
        const InstrumentId there = replaced->instrument;
        const PositionSide side = replaced->position_side;
        elsewhere_ = change(ledger.find_position(facts.account->id, there, side), there, side);
    }

    Wide in(InstrumentId instrument) const noexcept {
        const bool own = instrument == facts_.request->instrument;
        const bool beside = facts_.replaced != nullptr && instrument == facts_.replaced->instrument;
        return (own ? own_ : 0) + (beside ? elsewhere_ : 0);
    }

private:
    Wide change(const Position* position, InstrumentId instrument,
                PositionSide side) const noexcept {
        const Position empty{.instrument = instrument, .side = side};
        const GroupExposure share = share_of(position == nullptr ? empty : *position);
        Wide buy = share.open_buy;
        Wide sell = share.open_sell;
        const OrderRequest& request = *facts_.request;
        if (instrument == request.instrument && side == request.position_side) {
            (request.side == Side::buy ? buy : sell) += facts_.quantity.raw;
        }
        const OpenOrder* replaced = facts_.replaced;
        if (replaced != nullptr && is_on(*replaced, instrument, side)) {
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
        auto worth = is_signed
                         ? value(instrument, Quantity{*raw}, *mark, Rounding::toward_minus)
                         : notional_of(instrument, Quantity{*raw}, *mark, Rounding::toward_plus);
        if (!worth) return std::nullopt;
        if (is_signed) worth = exposure_of(instrument, *worth);
        return convert(
            marks_, *worth,
            {.from = instrument.settle, .to = reference_, .rounding = Rounding::toward_plus});
    }

private:
    Marks marks_;
    AssetId reference_;
    Timestamp now_;
};

// A sum has no value once one of its amounts is missing or it does not fit.
void add(std::optional<Money>& sum, std::optional<Money> amount) noexcept {
    sum = sum && amount ? checked_add(*sum, *amount) : std::nullopt;
}

double number(std::optional<Money> sum, double unit) noexcept {
    return sum ? static_cast<double>(sum->raw) / unit : absent;
}

// Adds one instrument to the sums that somebody reads.
void add(GroupSums& sums, const GroupReads& reads, const Worth& worth, const Instrument& instrument,
         const GroupExposure& exposure) noexcept {
    if (is_spot(instrument)) return;
    const Wide longs = exposure.long_quantity;
    const Wide shorts = exposure.short_quantity;
    if (reads.gross_exposure) add(sums.gross, worth.of(instrument, longs + shorts, false));
    if (reads.net_exposure) add(sums.net, worth.of(instrument, longs - shorts, true));
    if (reads.gross_exposure_after) {
        add(sums.after, worth.of(instrument, exposure.worst_quantity, false));
    }
}

// Instruments in which the order changes what the account may come to.
bool is_touched(const OrderFacts& facts, InstrumentId instrument) noexcept {
    return instrument == facts.request->instrument ||
           (facts.replaced != nullptr && instrument == facts.replaced->instrument);
}

}  // namespace

// The instruments that the order does not touch, once for all quantities of it that are tried.
void OrderCheck::sum_groups(const OrderFacts& facts, Timestamp now) noexcept {
    const GroupReads reads = rulebook_.group_reads();
    const Worth worth{ledger_, reference_asset_, now};
    std::size_t at = 0;
    for (GroupId id = facts.account->group; is_known(id); id = ledger_.group(id).parent) {
        GroupSums& sums = group_sums_[at++] = {};
        for (const GroupExposure& exposure : ledger_.group(id).exposures) {
            if (is_touched(facts, exposure.instrument)) continue;
            add(sums, reads, worth, ledger_.instrument(exposure.instrument), exposure);
        }
    }
    groups_summed_ = true;
}

void OrderCheck::view_groups(const OrderFacts& facts, Timestamp now) noexcept {
    question_.groups_count = 0;
    question_.groups_known = true;
    if (!is_known(facts.account->group)) return;
    if (!groups_summed_) reference_asset_ = find_reference_asset(ledger_);
    if (!is_known(reference_asset_)) return;  // nothing has a value then
    if (!groups_summed_) sum_groups(facts, now);
    const GroupReads reads = rulebook_.group_reads();
    const Worth worth{ledger_, reference_asset_, now};
    const OrderEffect effect{ledger_, facts};
    const double unit = ledger_.asset(reference_asset_).unit;
    const double scale = facts.instrument->quantity_unit;
    const auto quantity = [scale](Wide raw) { return static_cast<double>(raw) / scale; };
    for (GroupId id = facts.account->group; is_known(id); id = ledger_.group(id).parent) {
        GroupSums sums = group_sums_[question_.groups_count];
        const auto add_touched = [&](InstrumentId instrument) {
            GroupExposure exposure = ledger_.group_exposure(id, instrument);
            exposure.worst_quantity += effect.in(instrument);
            add(sums, reads, worth, ledger_.instrument(instrument), exposure);
            return exposure;
        };
        const GroupExposure here = add_touched(facts.request->instrument);
        const bool elsewhere =
            facts.replaced != nullptr && facts.replaced->instrument != facts.request->instrument;
        if (elsewhere) static_cast<void>(add_touched(facts.replaced->instrument));
        question_.groups[question_.groups_count++] = {
            .group = id,
            .view = {.gross_exposure = number(sums.gross, unit),
                     .net_exposure = number(sums.net, unit),
                     .gross_exposure_after = number(sums.after, unit),
                     .long_quantity = quantity(here.long_quantity),
                     .short_quantity = quantity(here.short_quantity),
                     .open_buy_quantity = quantity(here.open_buy),
                     .open_sell_quantity = quantity(here.open_sell),
                     .instrument_quantity_after = quantity(here.worst_quantity)}};
        question_.groups_known = question_.groups_known && sums.gross && sums.net && sums.after;
    }
}

}  // namespace riskd
