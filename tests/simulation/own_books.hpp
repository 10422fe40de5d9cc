// The simulation's own books, kept beside riskd's ledger and by other means: of each account the
// cash that went in and out, and its quantities; never a cost, a profit or a margin. Quanta of
// USDT in 128 bits. What an account owes its margin rule is worked out here from the tiers as they
// are written. Test thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include "riskd/core/ledger.hpp"

namespace riskd::simulation {

struct Place {
    std::uint32_t instrument{};
    PositionSide side{};
    friend auto operator<=>(const Place&, const Place&) = default;
};

// A price x a quantity: five decimals, and USDT has eight.
inline Wide worth_of(std::int64_t quantity, std::int64_t price) {
    return Wide{quantity} * price * 1'000;
}

struct WrittenTier {
    std::int64_t notional{};  // whole USDT
    std::int64_t initial{};   // in 1e-4
    std::int64_t maintenance{};
    std::int64_t deduction{};  // whole USDT
};
inline constexpr std::array<WrittenTier, 3> written_tiers{
    {{0, 200, 100, 0}, {100'000, 500, 250, 1'500}, {1'000'000, 2'000, 1'000, 76'500}}};
inline constexpr std::int64_t whole_usdt = 100'000'000;
inline constexpr std::int64_t fee_rate = 5;  // in 1e-4

inline Wide written_maintenance(Wide notional) {
    const WrittenTier* applies = &written_tiers[0];
    for (const WrittenTier& tier : written_tiers) {
        if (notional >= Wide{tier.notional} * whole_usdt) applies = &tier;
    }
    return (notional * applies->maintenance + 9'999) / 10'000 -
           Wide{applies->deduction} * whole_usdt;
}
inline Wide written_fee(Wide notional) {
    return (notional * fee_rate + 9'999) / 10'000;
}

struct OwnAccount {
    Wide cash{};
    // By others, for what its isolated positions lost beyond their margin; of the fund below zero.
    Wide paid_in{};
    std::map<Place, std::int64_t> quantities;
};

class OwnBooks {
public:
    OwnAccount& of(AccountId account) {
        if (accounts_.size() <= index(account)) accounts_.resize(index(account) + 1);
        return accounts_[index(account)];
    }
    std::int64_t quantity(AccountId account, Place place) {
        const auto& quantities = of(account).quantities;
        const auto found = quantities.find(place);
        return found == quantities.end() ? 0 : found->second;
    }
    void deposit(AccountId account, std::int64_t amount) {
        of(account).cash += amount;
        deposits_ += amount;
    }
    struct Traded {
        AccountId account{no_account};
        Place place;
        std::int64_t quantity{};  // signed
        std::int64_t price{};
    };
    void trade(const Traded& traded) {
        const Wide worth = worth_of(traded.quantity, traded.price);
        const Wide fee = written_fee(worth < 0 ? -worth : worth);
        OwnAccount& account = of(traded.account);
        account.cash -= worth + fee;
        account.quantities[traded.place] += traded.quantity;
        outside_.cash += worth;
        outside_.quantities[{.instrument = traded.place.instrument}] -= traded.quantity;
        fees_ += fee;
    }
    // What the engine itself moved: a position between two accounts at a price, or an amount.
    void hand_over(const Handover& handover, AccountId fund) {
        if (handover.kind == HandoverKind::take_over || handover.kind == HandoverKind::deleverage) {
            const std::int64_t quantity =
                handover.side == Side::buy ? handover.quantity.raw : -handover.quantity.raw;
            const Wide worth = worth_of(quantity, handover.price.raw);
            const std::uint32_t instrument = handover.instrument.raw;
            of(handover.account).cash -= worth;
            of(handover.account).quantities[{instrument, handover.position_side}] += quantity;
            of(handover.of).cash += worth;
            of(handover.of).quantities[{instrument, handover.of_side}] -= quantity;
            return;
        }
        const AccountId other = handover.kind == HandoverKind::loss_share ? fund : handover.of;
        of(handover.account).cash += handover.amount.raw;
        of(other).cash -= handover.amount.raw;
    }
    std::vector<OwnAccount>& accounts() { return accounts_; }
    OwnAccount& outside() { return outside_; }  // who took the other side of every trade
    Wide deposits() const { return deposits_; }
    Wide fees() const { return fees_; }

private:
    std::vector<OwnAccount> accounts_;
    OwnAccount outside_;
    Wide deposits_{};
    Wide fees_{};
};

}  // namespace riskd::simulation
