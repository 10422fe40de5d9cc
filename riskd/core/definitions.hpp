// Reference data as it arrives from YAML or the stream: assets, instruments, groups, accounts. A
// definition applied again under a known name changes the terms that may change and keeps the id.
// Plain values without pointers; any thread. Amounts are raw integers in the decimals named beside.
#pragma once

#include <array>
#include <cstdint>

#include "riskd/core/ids.hpp"
#include "riskd/core/text.hpp"
#include "riskd/core/units.hpp"
#include "riskd/core/words.hpp"

namespace riskd {

// Rates (fees, funding, haircuts) are integers of this many decimals: 5 bp is 50'000.
inline constexpr int rate_decimals = 8;
// So many has a volatility: what a book is worth moves with more figures of it than of a rate.
inline constexpr int volatility_decimals = 12;
// A price that is trusted altogether.
inline constexpr std::int64_t whole_confidence = power_of_ten(rate_decimals);

// The value of one unit of the asset in the reference asset is the mark price of `priced_by`; an
// asset without it has the value one and needs no price (the reference asset itself).
struct AssetDefinition {
    Name name;
    std::uint8_t decimals{8};
    Name priced_by;  // an instrument; empty for the reference asset
};

struct InstrumentDefinition {
    Name name;
    ContractKind kind{};
    InstrumentStatus status{InstrumentStatus::open};
    Name base;    // asset; what one unit of quantity is of
    Name quote;   // asset; what the price is in
    Name settle;  // asset; what profit, loss and margin are in. Spot and linear: the quote.
                  // Of an inverse option all three are the coin.
    std::uint8_t price_decimals{};
    std::uint8_t quantity_decimals{};
    Price tick{1};
    Quantity lot{1};
    Quantity quantity_min{1};
    Quantity quantity_max{};  // of one order; a hard limit, checked with every rule dead
    // Per contract, in contract_size_decimals: units of base; inverse: units of quote; quanto: how
    // many units of settle one unit of price is worth.
    std::int64_t contract_size{1};
    std::uint8_t contract_size_decimals{};
    std::int64_t maker_fee_rate{};  // in rate_decimals; may be negative (a rebate)
    std::int64_t taker_fee_rate{};  // in rate_decimals
    std::int64_t
        market_price_band{};  // in rate_decimals: a market order is held at mark x (1 +- it)
    std::uint32_t leverage_max{1};
    Duration mark_age_max{};  // older marks are stale
    // How far a mark may be from the one before it, or from the index; price_guard.hpp. In
    // rate_decimals; zero: as far as it likes.
    std::int64_t jump_max{};
    std::int64_t divergence_max{};
    std::uint32_t confirmations{2};  // further marks that confirm one beyond jump_max
    Timestamp expiry{};              // zero when it has none
    // Options only.
    Name underlying;  // an instrument defined before: its mark is the forward, or the index
    OptionRight right{};
    std::uint8_t strike_decimals{};
    std::int64_t strike{};        // in strike_decimals, in what the underlying is priced in
    Price payout{};               // binary_option: of one unit of contract size
    Duration funding_interval{};  // perpetual_option: over which mark - payoff is paid once
};

inline constexpr std::size_t groups_max = 1'000;
inline constexpr std::size_t group_depth_max = 8;  // groups one above another, the top included

struct GroupDefinition {
    Name name;
    Name parent;  // the group above it; empty: at the top
};

struct AccountDefinition {
    Name name;
    Name group;     // may be empty
    Name currency;  // asset the account is valued in; fixed at the first definition
    AccountStatus status{AccountStatus::active};
    std::uint32_t leverage{};      // the client's choice; zero means the instrument's highest
    bool borrow{};                 // spot orders may pay what is not there, as far as margin goes
    Name margin;                   // a margin rule of the ruleset; empty: the first one listed
    PositionMode position_mode{};  // changes only while flat and without orders where it matters
    bool insurance_fund{};         // takes over what is bankrupt; of at most one account
};

}  // namespace riskd
