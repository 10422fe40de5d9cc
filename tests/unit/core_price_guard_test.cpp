// Marks that jump, indexes that say otherwise, fields that are no prices: what is taken of them,
// and who is judged by what.
#include <gtest/gtest.h>

#include "riskd/core/price_guard.hpp"
#include "tests/unit/core_world.hpp"

namespace riskd {
namespace {

constexpr std::int64_t one_percent = 1'000'000;  // in rate_decimals
constexpr std::int64_t one_second = test::World::second;

// One instrument with a jump_max of 10 %, in raw prices and seconds.
struct Marked {
    Marked() {
        instrument.terms.mark_age_max = {60 * one_second};
        instrument.terms.jump_max = 10 * one_percent;
    }
    PriceChange tell(PriceUpdate update, std::int64_t at) {
        now = {at * one_second};
        if (update.as_of.ns == 0) update.as_of = now;
        const PriceChange change = change_prices(instrument, update, now);
        instrument.prices = change.prices;
        return change;
    }
    bool mark(std::int64_t raw, std::int64_t at) { return tell({.mark = {raw}}, at).marked; }
    // The first mark is confirmed by two more.
    void begin(std::int64_t raw) {
        EXPECT_FALSE(mark(raw, 1));
        EXPECT_FALSE(mark(raw, 2));
        EXPECT_TRUE(mark(raw, 3));
    }
    std::optional<Price> fresh() const { return fresh_mark(instrument, now); }
    bool doubted() const { return in_doubt(instrument.prices); }

    Instrument instrument;
    Timestamp now;
};

TEST(PriceGuardTest, measures_a_tenth_and_the_tenfold_alike_and_by_the_lower_price) {
    EXPECT_FALSE(is_beyond({100}, {110}, 10 * one_percent));
    EXPECT_TRUE(is_beyond({100}, {111}, 10 * one_percent));
    EXPECT_FALSE(is_beyond({110}, {100}, 10 * one_percent));
    EXPECT_TRUE(is_beyond({100}, {90}, 10 * one_percent)) << "100 is 11.1 % above 90";
    EXPECT_FALSE(is_beyond({100}, {91}, 10 * one_percent));
    EXPECT_FALSE(is_beyond({10}, {100}, 900 * one_percent));
    EXPECT_TRUE(is_beyond({10}, {101}, 900 * one_percent));
    EXPECT_FALSE(is_beyond({raw_max}, {raw_max - 1}, 1));
    EXPECT_TRUE(is_beyond({raw_max}, {1}, 10'000 * one_percent));
}

TEST(PriceGuardTest, takes_every_mark_while_the_terms_say_nothing) {
    Marked world;
    world.instrument.terms.jump_max = 0;
    EXPECT_TRUE(world.mark(100, 1));
    EXPECT_TRUE(world.mark(1'000, 2));
    EXPECT_TRUE(world.mark(1, 3));
    EXPECT_EQ(world.fresh(), Price{1});
}

TEST(PriceGuardTest, holds_a_first_mark_until_others_confirm_it) {
    Marked world;
    EXPECT_FALSE(world.mark(1'000, 1));
    EXPECT_FALSE(world.fresh());
    EXPECT_FALSE(world.doubted()) << "what has no mark is unknown, not in doubt";
    EXPECT_FALSE(world.mark(100, 2)) << "the first was the bad one: this begins anew";
    EXPECT_FALSE(world.mark(101, 3));
    EXPECT_TRUE(world.mark(99, 4));
    EXPECT_EQ(world.fresh(), Price{99});
}

TEST(PriceGuardTest, keeps_the_mark_in_doubt_through_one_bad_tick) {
    Marked world;
    world.begin(1'000);
    const PriceChange bad = world.tell({.mark = {10'000}, .confidence = 7}, 4);
    EXPECT_FALSE(bad.marked);
    EXPECT_TRUE(bad.held);
    EXPECT_TRUE(world.doubted());
    EXPECT_FALSE(world.fresh());
    EXPECT_EQ(world.instrument.prices.mark, Price{1'000});
    EXPECT_EQ(world.instrument.prices.confidence, whole_confidence);
    EXPECT_EQ(world.instrument.prices.as_of, Timestamp{3 * one_second});
    EXPECT_TRUE(world.mark(1'001, 5));
    EXPECT_FALSE(world.doubted());
    EXPECT_EQ(world.fresh(), Price{1'001});
}

TEST(PriceGuardTest, follows_a_real_crash_after_two_confirmations_even_as_it_goes_on) {
    Marked world;
    world.begin(100);
    EXPECT_FALSE(world.mark(80, 4));
    EXPECT_FALSE(world.mark(79, 5));
    EXPECT_TRUE(world.mark(78, 6));
    EXPECT_EQ(world.fresh(), Price{78});
    // Each near the one before it, the last far from the first.
    EXPECT_FALSE(world.mark(68, 7));
    EXPECT_FALSE(world.mark(63, 8));
    EXPECT_TRUE(world.mark(58, 9));
    EXPECT_EQ(world.fresh(), Price{58});
}

TEST(PriceGuardTest, begins_anew_when_a_mark_is_far_from_both) {
    Marked world;
    world.begin(100);
    EXPECT_FALSE(world.mark(50, 4));
    EXPECT_FALSE(world.mark(50, 5));
    EXPECT_FALSE(world.mark(200, 6));
    EXPECT_FALSE(world.mark(50, 7));
    EXPECT_FALSE(world.mark(50, 8));
    EXPECT_TRUE(world.mark(50, 9));
}

TEST(PriceGuardTest, is_not_confirmed_by_the_same_moment_nor_by_what_was_made_before) {
    Marked world;
    world.begin(100);
    EXPECT_FALSE(world.mark(50, 10));
    EXPECT_FALSE(world.mark(50, 10));
    EXPECT_FALSE(world.mark(50, 10));
    world.tell({.mark = {50}, .as_of = {9 * one_second}}, 11);
    EXPECT_EQ(world.instrument.prices.guard.confirmations, 0U);
    EXPECT_EQ(world.instrument.prices.guard.candidate_as_of, Timestamp{10 * one_second});
    // Not even the doubt is ended by what was made before it.
    EXPECT_FALSE(world.tell({.mark = {100}, .as_of = {9 * one_second}}, 12).marked);
    EXPECT_TRUE(world.doubted());
    EXPECT_TRUE(world.mark(100, 13));
}

TEST(PriceGuardTest, takes_a_mark_from_the_future_as_made_now) {
    Marked world;
    world.begin(100);
    world.tell({.mark = {50}, .as_of = {900 * one_second}}, 4);
    EXPECT_EQ(world.instrument.prices.guard.candidate_as_of, Timestamp{4 * one_second});
    EXPECT_TRUE(world.mark(101, 5)) << "it does not keep out what comes after it";
}

TEST(PriceGuardTest, does_not_take_what_is_no_price_and_takes_the_rest) {
    Marked world;
    world.begin(1'000);
    PriceUpdate bad{.mark = {}, .index = {-1}, .bid = {999}, .ask = {1'001}};
    bad.faults.add(PriceFault::mark);
    const PriceChange change = world.tell(bad, 4);
    EXPECT_TRUE(change.faults.has(PriceFault::mark));
    EXPECT_TRUE(change.faults.has(PriceFault::index));
    EXPECT_FALSE(change.faults.has(PriceFault::bid));
    EXPECT_EQ(world.fresh(), Price{1'000});
    EXPECT_EQ(world.instrument.prices.index, Price{});
    EXPECT_EQ(world.instrument.prices.bid, Price{999});
    EXPECT_EQ(world.instrument.prices.guard.faults, change.faults);
    // A spell ends with the field.
    world.tell({.mark = {1'000}, .index = {1'000}}, 5);
    EXPECT_EQ(world.instrument.prices.guard.faults, PriceFaults{});
}

TEST(PriceGuardTest, takes_no_quote_of_a_crossed_pair) {
    Marked world;
    world.begin(1'000);
    world.tell({.bid = {999}, .ask = {1'001}}, 4);
    const PriceChange both = world.tell({.mark = {1'010}, .bid = {1'012}, .ask = {1'011}}, 5);
    EXPECT_TRUE(both.faults.has(PriceFault::quotes));
    EXPECT_TRUE(both.marked) << "the mark is another matter";
    EXPECT_EQ(world.instrument.prices.bid, Price{999});
    EXPECT_EQ(world.instrument.prices.ask, Price{1'001});
    EXPECT_TRUE(world.tell({.bid = {1'002}}, 6).faults.has(PriceFault::quotes))
        << "one side is measured by the other that stands";
    EXPECT_EQ(world.instrument.prices.bid, Price{999});
    world.tell({.bid = {1'010}, .ask = {1'010}}, 7);
    EXPECT_EQ(world.instrument.prices.bid, Price{1'010}) << "locked is not crossed";
    EXPECT_FALSE(world.instrument.prices.guard.faults.has(PriceFault::quotes));
}

TEST(PriceGuardTest, doubts_a_mark_that_is_far_from_a_young_index_only) {
    Marked world;
    world.instrument.terms.divergence_max = 2 * one_percent;
    world.begin(1'000);
    world.tell({.index = {1'020}}, 4);
    EXPECT_FALSE(world.doubted());
    world.tell({.index = {1'021}}, 5);
    EXPECT_TRUE(world.doubted());
    EXPECT_FALSE(world.fresh());
    EXPECT_TRUE(world.mark(1'001, 6)) << "the mark is taken, and trusted again";
    EXPECT_EQ(world.fresh(), Price{1'001});
    world.tell({.index = {1'100}}, 7);
    EXPECT_TRUE(world.doubted());
    // An index that is older than a mark may be tells nothing.
    world.mark(1'001, 60);
    EXPECT_TRUE(in_doubt(review_prices(world.instrument, {67 * one_second})));
    EXPECT_FALSE(in_doubt(review_prices(world.instrument, {67 * one_second + 1})));
}

TEST(PriceGuardTest, measures_the_age_of_an_index_by_the_index) {
    Marked world;
    world.begin(1'000);
    world.tell({.index = {1'005}, .as_of = {2 * one_second}}, 4);
    EXPECT_EQ(world.instrument.prices.index, Price{1'005}) << "older than the mark, but the newest";
    world.tell({.index = {990}, .as_of = {1 * one_second}}, 5);
    EXPECT_EQ(world.instrument.prices.index, Price{1'005});
    EXPECT_EQ(world.instrument.prices.index_as_of, Timestamp{2 * one_second});
}

TEST(PriceGuardTest, lets_the_candidate_in_when_wider_terms_do) {
    Marked world;
    world.begin(100);
    world.mark(80, 4);
    EXPECT_EQ(review_prices(world.instrument, world.now).mark, Price{100});
    world.instrument.terms.jump_max = 25 * one_percent;
    const Prices wider = review_prices(world.instrument, world.now);
    EXPECT_EQ(wider.mark, Price{80});
    EXPECT_EQ(wider.as_of, Timestamp{4 * one_second});
    EXPECT_FALSE(in_doubt(wider));
    world.instrument.terms.jump_max = 0;
    EXPECT_EQ(review_prices(world.instrument, world.now).mark, Price{80});
}

// An engine whose BTC-PERP has a guard; alice is long one at 50,000 with 10,000 USDT.
struct Guarded : test::World {
    Guarded() {
        InstrumentDefinition terms = definition("BTC-PERP", ContractKind::linear_perpetual, "BTC");
        terms.jump_max = 10 * one_percent;
        terms.divergence_max = 5 * one_percent;
        apply(terms);
        apply(definition("ETH-PERP", ContractKind::linear_perpetual, "ETH"));
        price("ETH-PERP", 3'000);
        for (int i = 0; i < 3; ++i)
            price("BTC-PERP", 50'000);
        deposit("alice", "USDT", 10'000);
        fill("alice", "", Side::buy, 1'000, "BTC-PERP", 50'000);
    }
    InstrumentId perp() const { return engine.ledger().find_instrument("BTC-PERP"); }
    const Outcome& index(std::int64_t whole) {
        return apply(PriceUpdate{.instrument = perp(), .index = Price{whole * 10}});
    }
    Stage stage() const { return engine.ledger().account(id("alice")).stage; }
    // What was said of the price: the severity, or nothing.
    std::optional<Severity> said(const Outcome& from, AlertKind kind) const {
        for (const Output& output : from.outputs) {
            const auto* alert = std::get_if<Alert>(&output);
            if (alert != nullptr && alert->kind == kind) return alert->severity;
        }
        return std::nullopt;
    }
};

TEST(PriceGuardTest, nobody_is_liquidated_and_no_risk_let_in_by_a_mark_in_doubt) {
    Guarded world;
    EXPECT_EQ(world.said(world.price("BTC-PERP", 5'000), AlertKind::price_in_doubt),
              Severity::warning);
    EXPECT_EQ(world.stage(), Stage::healthy);
    EXPECT_FALSE(world.margin("alice").complete);
    EXPECT_EQ(world.said(world.price("BTC-PERP", 4'990), AlertKind::price_in_doubt), std::nullopt)
        << "once a spell";
    const Decision risk =
        world.check(world.order("alice", "o1", Side::buy, 10, "BTC-PERP", 50'000));
    EXPECT_EQ(risk.reason, RejectReason::reference_price_not_available);
    const Decision other =
        world.check(world.order("alice", "o2", Side::buy, 10, "ETH-PERP", 3'000));
    EXPECT_EQ(other.reason, RejectReason::reference_price_not_available);
    EXPECT_TRUE(
        world.check(world.order("alice", "o3", Side::sell, 1'000, "BTC-PERP", 50'000)).accepted);
    EXPECT_FALSE(world.engine.withdrawable(world.id("alice"),
                                           world.engine.ledger().find_asset("USDT"), world.time));
    EXPECT_EQ(world.said(world.price("BTC-PERP", 50'000), AlertKind::price_in_doubt),
              Severity::information);
    EXPECT_EQ(world.stage(), Stage::healthy);
    EXPECT_TRUE(world.margin("alice").complete);
    EXPECT_EQ(world.engine.counters().marks_held, 4U) << "two of them the first ones";
}

TEST(PriceGuardTest, a_crash_that_is_confirmed_liquidates) {
    Guarded world;
    world.price("BTC-PERP", 42'000);
    world.price("BTC-PERP", 42'000);
    EXPECT_EQ(world.stage(), Stage::healthy);
    world.price("BTC-PERP", 42'000);
    EXPECT_EQ(world.stage(), Stage::liquidate);
}

TEST(PriceGuardTest, doubt_that_an_index_ends_judges_who_holds_the_instrument) {
    Guarded world;
    EXPECT_EQ(world.said(world.index(46'000), AlertKind::price_in_doubt), Severity::warning);
    // Down in steps that are no jumps, while the index says otherwise.
    world.index(60'000);
    for (const std::int64_t mark : {46'000, 43'000, 42'000})
        world.price("BTC-PERP", mark);
    EXPECT_EQ(world.stage(), Stage::healthy);
    const Outcome& agreed = world.index(42'500);
    EXPECT_EQ(world.said(agreed, AlertKind::price_in_doubt), Severity::information);
    EXPECT_EQ(world.stage(), Stage::liquidate);
}

TEST(PriceGuardTest, doubt_that_time_or_new_terms_end_judges_too) {
    for (const bool by_time : {true, false}) {
        Guarded world;
        world.index(60'000);
        for (const std::int64_t mark : {46'000, 43'000, 42'000})
            world.price("BTC-PERP", mark);
        EXPECT_EQ(world.stage(), Stage::healthy);
        if (by_time) {
            for (int i = 0; i < 40; ++i)
                world.apply(TimePassed{});
            world.price("BTC-PERP", 42'000);
            EXPECT_EQ(world.stage(), Stage::healthy);
            for (int i = 0; i < 40; ++i)
                world.apply(TimePassed{});
        } else {
            world.apply(world.definition("BTC-PERP", ContractKind::linear_perpetual, "BTC"));
        }
        EXPECT_EQ(world.stage(), Stage::liquidate) << by_time;
    }
}

TEST(PriceGuardTest, what_is_no_price_is_said_once_a_spell_and_counted_each_time) {
    Guarded world;
    PriceUpdate bad{.instrument = world.perp()};
    bad.faults.add(PriceFault::mark);
    EXPECT_EQ(world.said(world.apply(bad), AlertKind::price_refused), Severity::warning);
    EXPECT_EQ(world.said(world.apply(bad), AlertKind::price_refused), std::nullopt);
    EXPECT_EQ(world.engine.counters().prices_refused[0], 2U);
    world.price("BTC-PERP", 50'000);
    EXPECT_EQ(world.said(world.apply(bad), AlertKind::price_refused), Severity::warning);
    EXPECT_EQ(world.stage(), Stage::healthy);
}

TEST(PriceGuardTest, a_replay_has_the_same_digest_in_the_middle_of_doubt) {
    Guarded world;
    world.price("BTC-PERP", 5'000);
    world.price("BTC-PERP", 5'001);
    world.index(51'000);
    Engine replayed{LedgerLimits{}, world.rules};
    for (std::size_t i = 0; i < world.events.size(); ++i)
        replayed.apply_recorded(world.events[i], world.outcomes[i]);
    EXPECT_EQ(text(replayed.digest()), text(world.engine.digest()));
    const Digest doubted = world.engine.digest();
    world.price("BTC-PERP", 50'000);
    EXPECT_NE(text(world.engine.digest()), text(doubted));
}

}  // namespace
}  // namespace riskd
