#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "tests/simulation/simulation.hpp"

namespace riskd::simulation {

void Simulation::deposit(AccountId account, std::int64_t amount) {
    books_.deposit(account, amount);
    apply(BalanceChange{.account = account,
                        .id = next_id(),
                        .asset = AssetId{0},
                        .amount = Money{amount},
                        .kind = BalanceKind::deposit});
    audit_.check_account(account, false);
}

void Simulation::open_fund() {
    if (terms_.fund == 0) return;
    apply(
        AccountDefinition{.name = Name{"fund"}, .currency = Name{"USDT"}, .insurance_fund = true});
    deposit(engine_.ledger().find_account("fund"), terms_.fund * whole_usdt);
}

// From 300 to 300,000 USDT of one or two positions, on 1.2 to 45 times what it deposits; most are
// long, some in hedge mode, some with isolated positions, some with bids below the market.
void Simulation::open_account(std::size_t number) {
    const bool hedge = random_.one_in(8);
    const std::string name = "a" + std::to_string(number);
    constexpr std::array<std::uint32_t, 5> leverages{3, 5, 10, 20, 50};
    apply(AccountDefinition{.name = Name{name},
                            .currency = Name{"USDT"},
                            .leverage = leverages[random_.below(leverages.size())],
                            .position_mode = hedge ? PositionMode::hedge : PositionMode::one_way});
    const AccountId account = engine_.ledger().find_account(name);
    const std::int64_t notional = std::int64_t{300} << random_.between(0, 10);
    deposit(account, notional * whole_usdt * 10 / random_.between(12, 450));
    const bool is_long = random_.percent(70);
    const PositionSide side = !hedge    ? PositionSide::net
                              : is_long ? PositionSide::long_side
                                        : PositionSide::short_side;
    bool opened = open_position(account, side, is_long);
    if (random_.one_in(2)) {
        const PositionSide other = !hedge    ? PositionSide::net
                                   : is_long ? PositionSide::short_side
                                             : PositionSide::long_side;
        opened = open_position(account, hedge ? other : side, hedge ? !is_long : is_long) || opened;
    }
    if (opened) ++tally_.opened;
}

// As much as the account may take on, or a part of it: half and half again until a check accepts.
bool Simulation::open_position(AccountId account, PositionSide side, bool is_long) {
    const auto instrument = static_cast<std::uint32_t>(random_.below(path_.listings.size()));
    const Place place{.instrument = instrument, .side = side};
    if (random_.one_in(5) && books_.quantity(account, place) == 0) {
        apply(MarginChange{.account = account,
                           .instrument = InstrumentId{instrument},
                           .position_side = side,
                           .id = next_id(),
                           .has_mode = true,
                           .mode = MarginMode::isolated});
    }
    const Wide equity = audit_.equity_of(books_.of(account));
    Wide notional = std::min<Wide>(equity * random_.between(2, 48), Wide{300'000} * whole_usdt);
    for (int attempt = 0; attempt < 6; ++attempt, notional /= 2) {
        const auto quantity = static_cast<std::int64_t>(notional / worth_of(1, mark(instrument)));
        if (quantity == 0) return false;
        const Id order = next_id();
        const Outcome& answer = apply(OrderRequest{.account = account,
                                                   .instrument = InstrumentId{instrument},
                                                   .order = order,
                                                   .side = is_long ? Side::buy : Side::sell,
                                                   .type = OrderType::limit,
                                                   .position_side = side,
                                                   .price = Price{mark(instrument)},
                                                   .quantity = Quantity{quantity}});
        if (!std::get<Decision>(answer.outputs.at(0)).accepted) continue;
        fill({.account = account,
              .place = place,
              .quantity = is_long ? quantity : -quantity,
              .price = mark(instrument)},
             order);
        if (is_long && random_.one_in(3)) rest_order(account, place);
        return true;
    }
    return false;
}

// A bid of a quarter of the position, up to 4 % below the market.
void Simulation::rest_order(AccountId account, Place place) {
    const std::int64_t price = mark(place.instrument) * random_.between(9'600, 9'990) / 10'000;
    const std::int64_t quantity = books_.quantity(account, place) / 4;
    if (quantity == 0) return;
    const Id order = next_id();
    const Outcome& answer = apply(OrderRequest{.account = account,
                                               .instrument = InstrumentId{place.instrument},
                                               .order = order,
                                               .side = Side::buy,
                                               .type = OrderType::limit,
                                               .position_side = place.side,
                                               .price = Price{price},
                                               .quantity = Quantity{quantity}});
    if (!std::get<Decision>(answer.outputs.at(0)).accepted) return;
    resting_.push_back(
        {.account = account, .place = place, .order = order, .price = price, .quantity = quantity});
}

}  // namespace riskd::simulation
