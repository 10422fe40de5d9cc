#include "riskd/core/digest.hpp"

#include <array>

#include "riskd/core/ledger.hpp"

namespace riskd {

namespace {

// Two lanes of multiply and rotate over 64-bit words, in a fixed order.
class Mixer {
public:
    void add(std::uint64_t word) noexcept {
        high_ = (high_ ^ word) * 0x9ddfea08eb382d69ULL;
        high_ ^= high_ >> 31;
        low_ = (low_ + word) * 0xc6a4a7935bd1e995ULL;
        low_ ^= low_ >> 29;
    }
    void add(std::int64_t word) noexcept { add(static_cast<std::uint64_t>(word)); }
    void add(std::uint32_t word) noexcept { add(static_cast<std::uint64_t>(word)); }
    void add(Wide word) noexcept {
        add(static_cast<std::uint64_t>(word));
        add(static_cast<std::uint64_t>(word >> 64));
    }
    template <typename Tag, typename Raw>
    void add(Strong<Tag, Raw> value) noexcept {
        add(value.raw);
    }
    template <std::size_t capacity>
    void add(const Text<capacity>& text) noexcept {
        add(hash_text(text.view()));
    }
    void add(std::string_view text) noexcept { add(hash_text(text)); }
    Digest digest() const noexcept { return {.high = high_, .low = low_}; }

private:
    std::uint64_t high_{0x243f6a8885a308d3ULL};
    std::uint64_t low_{0x13198a2e03707344ULL};
};

void add_side(Mixer& mixer, PositionSide side) noexcept {
    mixer.add(std::uint64_t{0x6f6e61736964652e});
    mixer.add(static_cast<std::uint32_t>(side));
}

void add_account(Mixer& mixer, const Account& account) noexcept {
    mixer.add(account.terms.name.view());
    mixer.add(account.group);
    mixer.add(account.currency);
    mixer.add(account.terms.leverage);
    if (account.terms.borrow) mixer.add(std::uint64_t{0x626f72726f777321});
    if (account.terms.position_mode == PositionMode::hedge) {
        mixer.add(std::uint64_t{0x6865646765642121});
    }
    if (account.terms.insurance_fund) mixer.add(std::uint64_t{0x696e737572616e63});
    mixer.add(account.terms.margin.view());
    mixer.add(static_cast<std::uint32_t>(account.status));
    mixer.add(static_cast<std::uint32_t>(account.stage));
    mixer.add(account.episode);
    if (account.episodes != account.episode) mixer.add(account.episodes);
    mixer.add(account.open_orders);
    mixer.add(account.net_deposits);
    for (const Balance& balance : account.balances) {
        mixer.add(balance.asset);
        mixer.add(balance.amount);
        mixer.add(balance.hold);
    }
    for (const Position& position : account.positions) {
        mixer.add(position.instrument);
        if (position.side != PositionSide::net) add_side(mixer, position.side);
        mixer.add(position.quantity);
        mixer.add(position.entry_value);
        mixer.add(position.realized_pnl);
        mixer.add(position.open_buy);
        mixer.add(position.open_sell);
        mixer.add(position.open_buy_notional);
        mixer.add(position.open_sell_notional);
        // Said only where it was chosen, with a mark of its own: most never choose.
        if (position.leverage != 0) {
            mixer.add(std::uint64_t{0x6c65766572616765});
            mixer.add(position.leverage);
        }
        if (is_isolated(position)) {
            mixer.add(std::uint64_t{0x69736f6c61746564});
            mixer.add(position.isolated_margin);
            mixer.add(static_cast<std::uint32_t>(position.stage));
            mixer.add(position.episode);
        }
        if (position.funding_index != 0) {
            mixer.add(std::uint64_t{0x66756e64696e6769});
            mixer.add(position.funding_index);
        }
    }
    for (const WindowState& window : account.windows) {
        mixer.add(window.period);
        mixer.add(window.anchor);
        for (const std::int64_t bucket : buckets_of(window))
            mixer.add(bucket);
    }
}

// What is held against the prices adds nothing where nothing is.
void add_guard(Mixer& mixer, const Instrument& instrument) noexcept {
    const PriceGuard& guard = instrument.prices.guard;
    if (guard.candidate.raw > 0) {
        mixer.add(Name{"candidate"});
        mixer.add(guard.candidate);
        mixer.add(guard.candidate_as_of.ns);
        mixer.add(guard.candidate_confidence);
        mixer.add(guard.confirmations);
    }
    if (instrument.terms.divergence_max != 0) {
        mixer.add(Name{"divergence"});
        mixer.add(instrument.prices.index_as_of.ns);
        mixer.add(static_cast<std::uint32_t>(guard.diverges));
    }
    if (guard.faults.bits != 0) {
        mixer.add(Name{"price_faults"});
        mixer.add(static_cast<std::uint32_t>(guard.faults.bits));
    }
}

void add_instrument(Mixer& mixer, const Instrument& instrument) noexcept {
    mixer.add(instrument.terms.name);
    mixer.add(static_cast<std::uint32_t>(instrument.terms.status));
    mixer.add(instrument.prices.mark);
    mixer.add(instrument.prices.index);
    mixer.add(instrument.prices.bid);
    mixer.add(instrument.prices.ask);
    mixer.add(instrument.prices.implied_volatility);
    mixer.add(instrument.prices.as_of.ns);
    // What a feed may never tell adds nothing, so that older digests stand.
    if (instrument.prices.confidence != whole_confidence) {
        mixer.add(Name{"confidence"});
        mixer.add(instrument.prices.confidence);
    }
    if (instrument.prices.interest_rate != 0) {
        mixer.add(Name{"interest_rate"});
        mixer.add(instrument.prices.interest_rate);
    }
    add_guard(mixer, instrument);
    mixer.add(instrument.long_quantity);
    mixer.add(instrument.short_quantity);
    if (instrument.has_funding_index) mixer.add(instrument.funding_index);
    const InstrumentDefinition& terms = instrument.terms;
    if (!is_option(terms.kind)) return;
    mixer.add(instrument.underlying);
    mixer.add(static_cast<std::uint32_t>(terms.right));
    mixer.add(terms.strike);
    mixer.add(static_cast<std::uint32_t>(terms.strike_decimals));
    mixer.add(terms.payout);
    mixer.add(terms.funding_interval.ns);
}

}  // namespace

std::string text(Digest digest) {
    constexpr std::string_view figures = "0123456789abcdef";
    std::string out;
    for (const std::uint64_t word : {digest.high, digest.low}) {
        for (int shift = 60; shift >= 0; shift -= 4)
            out += figures[(word >> shift) & 15U];
    }
    return out;
}

Digest digest(const Ledger& ledger, std::uint64_t beside) noexcept {
    Mixer mixer;
    if (beside != 0) mixer.add(beside);
    for (std::uint32_t i = 0; i < ledger.asset_count(); ++i) {
        const House& house = ledger.house(AssetId{i});
        mixer.add(ledger.asset(AssetId{i}).terms.name);
        mixer.add(house.external);
        mixer.add(house.counterparty);
        mixer.add(house.fees);
        mixer.add(house.funding);
        mixer.add(house.insurance);
    }
    for (std::uint32_t i = 0; i < ledger.group_count(); ++i) {
        mixer.add(ledger.group(GroupId{i}).terms.name);
        mixer.add(ledger.group(GroupId{i}).parent);
    }
    for (std::uint32_t i = 0; i < ledger.instrument_count(); ++i) {
        add_instrument(mixer, ledger.instrument(InstrumentId{i}));
    }
    for (std::uint32_t i = 0; i < ledger.account_count(); ++i) {
        add_account(mixer, ledger.account(AccountId{i}));
    }
    for (const OpenOrder& order : ledger.orders().get<by_account>()) {
        mixer.add(order.account);
        mixer.add(order.instrument);
        mixer.add(order.id);
        mixer.add(static_cast<std::uint32_t>(order.side));
        if (order.position_side != PositionSide::net) add_side(mixer, order.position_side);
        mixer.add(order.remaining);
        mixer.add(order.hold_price);
        mixer.add(order.hold);
        mixer.add(order.sequence);
    }
    for (const auto& [key, step] : ledger.steps()) {
        mixer.add(key.account);
        mixer.add(key.instrument);
        if (key.side != PositionSide::net) add_side(mixer, key.side);
        mixer.add(step.step);
        mixer.add(step.next.ns);
    }
    mixer.add(ledger.remembered_digest());
    return mixer.digest();
}

}  // namespace riskd
