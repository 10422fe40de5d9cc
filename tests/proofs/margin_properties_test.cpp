// What must hold for every account whatever it holds: the order in which positions, orders and
// facts came does not matter where they commute; rounding never favours the account by more than
// one quantum a figure; exactly enough is enough, and one quantum less is not. Over random accounts
// and every shipped margin rule, through the engine. RISKD_SEED repeats a run.
//
// These commute, and the test applies them in random orders: marks of different instruments; after
// them deposits (net_deposits is valued when one comes), fills of different instruments, fills of
// one instrument on the same side; accepted orders, as long as the margin is enough for all of
// them. These do not: fills on both sides of one instrument (which part is realized depends on what
// was there), orders that compete for the last of the margin, a deposit and the mark it is valued
// with, and all that the ladder remembers of the way (an episode's number).
#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>

#include <algorithm>
#include <cstdlib>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/conversion.hpp"
#include "tests/proofs/proof_account.hpp"

namespace riskd::proofs {
namespace {

using model::RandomSource;
using Rational = boost::multiprecision::cpp_rational;

constexpr std::uint64_t accounts_each = 60;

std::uint64_t seed_of_this_run() {
    const char* given = std::getenv("RISKD_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : 20261121;
}

// Each rule with accounts of its own, and the numbers that drew them.
template <typename Body>
void for_accounts(Body body) {
    const std::uint64_t seed = seed_of_this_run();
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    for (const MarginRule& rule : margin_rules()) {
        const auto rules = load(rule);
        for (std::uint64_t number = 0; number < accounts_each; ++number) {
            RandomSource random{seed * 0x10001 + number};
            SCOPED_TRACE(rule.file + ", account " + std::to_string(number));
            body(rule, *rules, random);
            if (testing::Test::HasFailure()) return;
        }
    }
}

template <typename Item>
std::vector<Item> shuffled(std::vector<Item> items, RandomSource& random) {
    for (std::size_t i = items.size(); i > 1; --i)
        std::swap(items[i - 1], items[static_cast<std::size_t>(random.below(i))]);
    return items;
}

// Orders near the mark, on either side, of instruments the account trades.
std::vector<EventBody> draw_orders(const RandomAccount& drawn, RandomSource& random) {
    std::vector<EventBody> orders;
    for (int i = 0; i < 6; ++i) {
        const Holding& holding = random.pick(std::span<const Holding>(drawn.holdings));
        const std::int64_t level = drawn.levels[index(holding.instrument)];
        const std::int64_t most = std::max<std::int64_t>(magnitude(holding.quantity).raw, 2);
        // In hedge mode what closes has an end, so its order matters: only what opens commutes.
        const bool one_way = holding.side == PositionSide::net;
        const bool buys = one_way ? random.one_in(2) : holding.side == PositionSide::long_side;
        orders.emplace_back(
            OrderRequest{.account = AccountId{0},
                         .instrument = holding.instrument,
                         .order = Id{"o" + std::to_string(i)},
                         .side = buys ? Side::buy : Side::sell,
                         .position_side = holding.side,
                         .price = Price{random.between(level - level / 20, level + level / 20)},
                         .quantity = Quantity{random.between(1, most * 2)}});
    }
    return orders;
}

void expect_same(ProofWorld& one, ProofWorld& other, const RandomAccount& drawn,
                 const std::vector<EventBody>& probes) {
    const AccountFigures a = one.figures();
    const AccountFigures b = other.figures();
    EXPECT_EQ(a.margin, b.margin);
    EXPECT_EQ(a.net_pnl, b.net_pnl);
    EXPECT_EQ(a.gross_exposure, b.gross_exposure);
    EXPECT_EQ(a.net_exposure, b.net_exposure);
    EXPECT_EQ(a.gross_exposure_after, b.gross_exposure_after);
    EXPECT_EQ(a.fault, b.fault);
    EXPECT_EQ(one.stage(), other.stage());
    for (const Holding& holding : drawn.holdings) {
        EXPECT_EQ(one.liquidation_price(holding), other.liquidation_price(holding));
    }
    for (const EventBody& body : probes) {
        const auto& request = std::get<OrderRequest>(body);
        const Decision first = one.engine.preview(request, one.now).decision;
        const Decision second = other.engine.preview(request, other.now).decision;
        EXPECT_EQ(first.accepted, second.accepted);
        EXPECT_EQ(first.reason, second.reason);
        EXPECT_EQ(first.hold, second.hold);
        EXPECT_EQ(first.largest_quantity, second.largest_quantity);
        EXPECT_EQ(first.margin, second.margin);
    }
}

TEST(MarginProperties, the_order_of_events_that_commute_does_not_matter) {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    for_accounts([&](const MarginRule& rule, Rulebook& rules, RandomSource& random) {
        const RandomAccount drawn = draw_account(random, {.only_linear = rule.only_linear,
                                                          .may_hedge = true,
                                                          .positions_max = 6,
                                                          .cushion_least = 0.3});
        const std::vector<EventBody> probes = draw_orders(drawn, random);
        std::vector<EventBody> facts = drawn.deposits;
        facts.insert(facts.end(), drawn.fills.begin(), drawn.fills.end());
        ProofWorld one{rules};
        ProofWorld other{rules};
        one.apply_all(drawn.definitions);
        one.apply_all(drawn.marks);
        one.apply_all(facts);
        other.apply_all(drawn.definitions);
        other.apply_all(shuffled(drawn.marks, random));
        other.apply_all(shuffled(facts, random));
        expect_same(one, other, drawn, probes);
        for (const EventBody& probe : probes) {
            const bool fits =
                one.engine.preview(std::get<OrderRequest>(probe), one.now).decision.accepted;
            ++(fits ? accepted : refused);
        }
        // With enough for all of them, orders commute too, and so do the figures behind them.
        const BalanceChange plenty{.account = AccountId{0},
                                   .id = Id{"plenty"},
                                   .asset = one.engine.ledger().account(AccountId{0}).currency,
                                   .amount = Money{1'000'000'000'000'000},
                                   .kind = BalanceKind::deposit};
        one.apply(plenty);
        other.apply(plenty);
        one.apply_all(probes);
        other.apply_all(shuffled(probes, random));
        EXPECT_EQ(one.engine.ledger().account(AccountId{0}).open_orders, probes.size());
        expect_same(one, other, drawn, probes);
        const Holding& moved = drawn.holdings.front();
        const Price shock{drawn.levels[index(moved.instrument)] * 4 / 5};
        one.mark(moved.instrument, shock);
        other.mark(moved.instrument, shock);
        expect_same(one, other, drawn, {});
    });
    EXPECT_GT(accepted, 100U);
    EXPECT_GT(refused, 100U);
}

// Price of one unit of an asset, in quanta of the currency for a quantum of it.
Rational quantum_worth(ProofWorld& world, AssetId from) {
    const Ledger& ledger = world.engine.ledger();
    const AssetId to = ledger.account(AccountId{0}).currency;
    if (from == to) return 1;
    const Marks marks{ledger, world.now};
    const auto price = [&](AssetId asset) {
        const AssetPrice of = *price_of(marks, asset);
        return Rational{of.raw, power_of_ten(of.decimals)};
    };
    return price(from) / price(to) * power_of_ten(ledger.asset(to).terms.decimals) /
           power_of_ten(ledger.asset(from).terms.decimals);
}

// The formulas at the top of margin.hpp without any rounding, and how far rounding may go.
struct ExactFigures {
    Rational equity;
    Rational equity_for;      // a quantum for each asset
    Rational equity_against;  // for each asset, and for each value of a position
    Rational notional;        // of all positions
    Rational margin_for;      // a quantum for each position
    Rational margin_against;
};

ExactFigures exact_figures(ProofWorld& world) {
    const Ledger& ledger = world.engine.ledger();
    const Account& account = ledger.account(AccountId{0});
    ExactFigures exact;
    std::map<std::uint32_t, Rational> amounts;
    for (const Balance& balance : account.balances)
        amounts[balance.asset.raw] += balance.amount.raw;
    for (const Position& position : account.positions) {
        const Instrument& instrument = ledger.instrument(position.instrument);
        const Rational scale{instrument.value_scale.numerator, instrument.value_scale.denominator};
        const std::int64_t mark = instrument.prices.mark.raw;
        const bool divides = instrument.terms.kind == ContractKind::inverse_future ||
                             instrument.terms.kind == ContractKind::inverse_perpetual;
        const Rational value = divides ? Rational{-scale * position.quantity.raw / mark}
                                       : Rational{scale * position.quantity.raw * mark};
        const Rational worth = quantum_worth(world, instrument.settle);
        amounts[instrument.settle.raw] += value - position.entry_value.raw;
        exact.equity_against += worth;
        exact.notional += abs(value) * worth;
        exact.margin_for += std::max(worth, Rational{1});
        exact.margin_against += 2 * worth + 1;
    }
    for (const auto& [asset, amount] : amounts) {
        const bool own = asset == account.currency.raw;
        const Rational share =
            own || amount < 0 ? Rational{1} : Rational{100 - haircut_percent, 100};
        exact.equity += amount * quantum_worth(world, AssetId{asset}) * share;
        exact.equity_for += own ? 0 : 1;
        exact.equity_against += own ? 0 : 2;
    }
    return exact;
}

TEST(MarginProperties, rounding_never_favours_the_account_by_more_than_a_quantum_a_figure) {
    int compared = 0;
    for_accounts([&](const MarginRule& rule, Rulebook& rules, RandomSource& random) {
        if (rule.rate_denominator == 0) return;
        ProofWorld world{rules};
        build(world, draw_account(random, {.may_hedge = true}));
        const ExactFigures exact = exact_figures(world);
        const AccountMargin margin = world.figures().margin;
        const Rational favoured = margin.equity.raw - exact.equity;
        EXPECT_LE(favoured, exact.equity_for) << described(world);
        EXPECT_GE(favoured, -exact.equity_against) << described(world);
        const auto expect_kept = [&](const Rational& rate, Money kept) {
            const Rational spared = exact.notional * rate - kept.raw;
            EXPECT_LE(spared, exact.margin_for) << described(world);
            EXPECT_GE(spared, -exact.margin_against) << described(world);
            ++compared;
        };
        expect_kept({rule.rate_numerator, rule.rate_denominator}, margin.maintenance_margin);
        if (rule.initial_denominator == 0) return;
        expect_kept({rule.initial_numerator, rule.initial_denominator}, margin.initial_margin);
    });
    EXPECT_GT(compared, 200);
}

void adjust(ProofWorld& world, Money amount, int number) {
    world.apply(BalanceChange{.account = AccountId{0},
                              .id = Id{"adjust" + std::to_string(number)},
                              .asset = world.engine.ledger().account(AccountId{0}).currency,
                              .amount = amount,
                              .kind = BalanceKind::adjustment});
}

TEST(MarginProperties, exactly_enough_is_accepted_and_a_quantum_less_is_not) {
    int tried = 0;
    for_accounts([&](const MarginRule& rule, Rulebook& rules, RandomSource& random) {
        const RandomAccount drawn = draw_account(
            random, {.only_linear = rule.only_linear, .cushion_least = 1, .cushion_most = 3});
        for (const EventBody& body : draw_orders(drawn, random)) {
            const auto& request = std::get<OrderRequest>(body);
            ProofWorld world{rules};
            build(world, drawn);
            adjust(world, Money{1'000'000'000'000'000}, 0);
            const Preview wide = world.engine.preview(request, world.now);
            ASSERT_TRUE(wide.decision.accepted) << name(wide.decision.reason);
            const Money before = world.figures().margin.initial_margin;
            if (wide.margin_after.initial_margin <= before) continue;  // it needs nothing more
            // What is left after the order goes; the requirement does not depend on it.
            adjust(world, -available_margin(wide.margin_after), 1);
            if (world.stage() != Stage::healthy)
                continue;  // maintenance asks for more than initial
            EXPECT_TRUE(world.engine.preview(request, world.now).decision.accepted);
            adjust(world, Money{-1}, 2);
            const Decision refused = world.engine.preview(request, world.now).decision;
            if (world.stage() != Stage::healthy) continue;
            EXPECT_FALSE(refused.accepted);
            EXPECT_EQ(refused.reason, RejectReason::insufficient_initial_margin);
            adjust(world, Money{1}, 3);
            world.apply(body);
            EXPECT_TRUE(std::get<Decision>(world.outcome.outputs.at(0)).accepted);
            EXPECT_EQ(available_margin(world.figures().margin), Money{});
            ++tried;
        }
    });
    EXPECT_GT(tried, 1'000);
}

}  // namespace
}  // namespace riskd::proofs
