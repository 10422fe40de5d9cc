// Bad ticks in recorded crashes and an invented one: thousands of accounts in an engine with a
// guard on its prices, once with the marks as they were and once with wrong ones among them. Stages
// are those of the clean run. Without the shared data the recorded ones say that they were skipped.
#include <gtest/gtest.h>

#include <algorithm>
#include <compare>
#include <iostream>
#include <random>
#include <set>

#include "tests/integration/recorded_marks.hpp"
#include "tests/recordings.hpp"
#include "tests/unit/core_world.hpp"

namespace riskd::tests {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t percent = 1'000'000;  // in rate_decimals
constexpr std::uint32_t accounts = is_watched ? 200 : 2'000;
constexpr Timestamp start{1'700'000'000 * second};

struct Market {
    std::vector<int> decimals;                     // of prices, by instrument
    std::vector<std::vector<std::int64_t>> marks;  // by instrument and moment
};

struct Tick {
    PriceUpdate update;
    Timestamp time;
    bool good{true};
    std::size_t moment{};
};

struct Guard {
    std::int64_t jump_max{};
    std::int64_t divergence_max{};
};

// One account on one rung, and when it came there.
struct Move {
    Timestamp time;
    std::uint32_t account{};
    Stage stage{};
    friend auto operator<=>(const Move&, const Move&) = default;
};

constexpr std::size_t recovery = 5;  // moments at the end in which nothing moves or goes wrong

// Good marks, each with its index and quotes, one a second.
std::vector<Tick> good_ticks(const Market& market) {
    std::vector<Tick> ticks;
    const std::size_t moments = market.marks.front().size();
    for (std::size_t moment = 0; moment < moments + recovery; ++moment) {
        for (std::uint32_t i = 0; i < market.marks.size(); ++i) {
            const Price mark{market.marks[i][std::min(moment, moments - 1)]};
            const Timestamp time{start.ns + static_cast<std::int64_t>(moment) * second + i * 1'000};
            ticks.push_back({.update = {.instrument = InstrumentId{i},
                                        .mark = mark,
                                        .index = mark,
                                        .bid = mark,
                                        .ask = {mark.raw + 1},
                                        .as_of = time},
                             .time = time,
                             .moment = moment});
        }
    }
    return ticks;
}

// What a feed may send just before a good tick.
Tick bad_tick(const Tick& good, std::mt19937_64& random) {
    Tick tick = good;
    tick.good = false;
    tick.time.ns -= 500;
    PriceUpdate& update = tick.update;
    update.as_of = tick.time;
    switch (random() % 9) {
        case 0:
            update.mark = {};
            update.bid = {};
            update.faults.add(PriceFault::mark);
            update.faults.add(PriceFault::bid);
            break;
        case 1: update.mark = update.index = update.ask = {-1}; break;
        case 2: update.mark.raw *= 10; break;
        case 3: update.mark.raw = std::max<std::int64_t>(update.mark.raw / 10, 1); break;
        case 4:  // crossed, and no mark
            update.mark = {};
            update.bid.raw = update.ask.raw * 2;
            break;
        case 5:  // stale
            update.mark.raw /= 2;
            update.as_of.ns -= 90 * second;
            break;
        case 6:  // out of order
            update.mark.raw *= 2;
            update.as_of.ns -= 2 * second;
            break;
        case 7:  // from the future
            update.mark.raw *= 10;
            update.as_of.ns += 3'600 * second;
            break;
        default: update.index.raw *= 10;
    }
    return tick;
}

enum class Place : std::uint8_t { before, instead };

// One in six has a bad tick before it, or in its place. Two of an instrument in a row would be more
// than a bad tick.
std::vector<Tick> spoiled(const std::vector<Tick>& clean, Place place, std::mt19937_64& random) {
    std::vector<Tick> ticks;
    std::set<std::uint32_t> spoiled_last;
    const std::size_t moments = clean.back().moment;
    for (const Tick& good : clean) {
        const std::uint32_t instrument = good.update.instrument.raw;
        const bool calm = good.moment < recovery || good.moment + recovery > moments;
        const bool bad = !calm && !spoiled_last.contains(instrument) && random() % 6 == 0;
        if (bad) ticks.push_back(bad_tick(good, random));
        if (!bad || place == Place::before) ticks.push_back(good);
        if (bad && place == Place::instead) spoiled_last.insert(instrument);
        if (!bad) spoiled_last.erase(instrument);
    }
    return ticks;
}

class Exchange {
public:
    Exchange(const Market& market, Guard guard) : market_{market}, engine_{{}, rules_} {
        engine_.set_judged_at_once(accounts);
        const auto first = [&](std::uint32_t i) { return market.marks[i].front(); };
        apply(AssetDefinition{.name = Name{"USDT"}, .decimals = 8}, start);
        for (std::uint32_t i = 0; i < market.marks.size(); ++i) {
            const std::string base = "C" + std::to_string(i);
            apply(AssetDefinition{.name = Name{base}, .decimals = 8}, start);
            InstrumentDefinition terms =
                test::World::definition(base + "-PERP", ContractKind::linear_perpetual, base);
            terms.price_decimals = static_cast<std::uint8_t>(market.decimals[i]);
            terms.jump_max = guard.jump_max;
            terms.divergence_max = guard.divergence_max;
            apply(terms, start);
        }
        std::mt19937_64 random{20'260'219};
        for (std::uint32_t i = 0; i < accounts; ++i) {
            apply(
                AccountDefinition{.name = Name{"A" + std::to_string(i)}, .currency = Name{"USDT"}},
                start);
            populate(i, first, random);
        }
    }

    // Stage changes of all ticks.
    const std::vector<Move>& run(const std::vector<Tick>& ticks) {
        for (const Tick& tick : ticks) {
            if (tick.time.ns / (10 * second) != time_.ns / (10 * second)) {
                apply(TimePassed{}, tick.time);
            }
            apply(tick.update, tick.time);
        }
        return moves_;
    }
    std::vector<Stage> stages() const {
        std::vector<Stage> all;
        for (std::uint32_t i = 0; i < accounts; ++i)
            all.push_back(engine_.ledger().account(AccountId{i}).stage);
        return all;
    }
    const EngineCounters& counters() const { return engine_.counters(); }

private:
    // A few thousand USDT at a leverage of two to ten, mostly long.
    template <typename First>
    void populate(std::uint32_t account, First first, std::mt19937_64& random) {
        const std::int64_t deposit = 2'000 + static_cast<std::int64_t>(random() % 8'000);
        apply(BalanceChange{.account = AccountId{account},
                            .id = Id{"d" + std::to_string(account)},
                            .asset = AssetId{0},
                            .amount = test::World::units(deposit)},
              start);
        const std::size_t held = 1 + random() % market_.marks.size();
        for (std::size_t n = 0; n < held; ++n) {
            const auto i = static_cast<std::uint32_t>(random() % market_.marks.size());
            const auto leverage = static_cast<std::int64_t>(2 + random() % 8);
            const Wide thousandths = Wide{deposit} * leverage * 1'000 *
                                     power_of_ten(market_.decimals[i]) / first(i) /
                                     static_cast<std::int64_t>(held);
            apply(Fill{.account = AccountId{account},
                       .instrument = InstrumentId{i},
                       .fill = Id{"f" + std::to_string(account) + "-" + std::to_string(n)},
                       .side = random() % 5 == 0 ? Side::sell : Side::buy,
                       .price = Price{first(i)},
                       .quantity = Quantity{static_cast<std::int64_t>(thousandths) + 1}},
                  start);
        }
    }

    void apply(EventBody body, Timestamp time) {
        time_ = std::max(time_, time);
        ++sequence_.raw;
        engine_.apply({.sequence = sequence_, .time = time_, .body = std::move(body)}, outcome_);
        for (const Output& output : outcome_.outputs) {
            if (const auto* change = std::get_if<StageChange>(&output)) {
                moves_.push_back(
                    {.time = time_, .account = change->account.raw, .stage = change->stage});
            }
        }
    }

    const Market& market_;
    test::FlatRules rules_;
    Engine engine_;
    Outcome outcome_;
    Sequence sequence_{};
    Timestamp time_{};
    std::vector<Move> moves_;
};

// Who was ever on a rung that takes something away, and on which.
std::set<std::pair<std::uint32_t, Stage>> harmed(const std::vector<Move>& moves) {
    std::set<std::pair<std::uint32_t, Stage>> all;
    for (const Move& move : moves) {
        if (move.stage >= Stage::reduce) all.emplace(move.account, move.stage);
    }
    return all;
}

std::size_t liquidated(const std::vector<Move>& moves) {
    std::set<std::uint32_t> all;
    for (const Move& move : moves) {
        if (move.stage == Stage::liquidate) all.insert(move.account);
    }
    return all.size();
}

std::vector<Tick> without_bad(const std::vector<Tick>& ticks) {
    std::vector<Tick> good;
    std::copy_if(ticks.begin(), ticks.end(), std::back_inserter(good),
                 [](const Tick& tick) { return tick.good; });
    return good;
}

// What a run came to, and what is said of it.
struct Ran {
    std::vector<Move> moves;
    std::vector<Stage> stages;
    EngineCounters counters;
};
Ran run(const Market& market, Guard guard, const std::vector<Tick>& ticks) {
    Exchange exchange{market, guard};
    std::vector<Move> moves = exchange.run(ticks);
    return {
        .moves = std::move(moves), .stages = exchange.stages(), .counters = exchange.counters()};
}

void say(const char* what, const std::vector<Tick>& ticks, const Ran& ran) {
    std::cout << "  " << what << ": " << ticks.size() << " ticks, "
              << ticks.size() - without_bad(ticks).size() << " of them bad, "
              << ran.counters.marks_held << " marks held, " << liquidated(ran.moves) << " of "
              << accounts << " accounts liquidated\n";
}

void expect_harms_nobody_else(const Ran& ran, const Ran& clean) {
    EXPECT_TRUE(std::ranges::includes(harmed(clean.moves), harmed(ran.moves)));
}

// No guard and no bad tick is what the others are held against.
void check_all(const Market& market, std::uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random{seed};
    const std::vector<Tick> clean = good_ticks(market);
    const Ran plain = run(market, {}, clean);
    say("clean", clean, plain);
    EXPECT_GT(liquidated(plain.moves), accounts / 100);

    // With a guard that the market itself does not reach, bad ticks change nothing at all: the same
    // accounts come to the same rungs at the same moments.
    const Guard wide{.jump_max = 60 * percent, .divergence_max = 60 * percent};
    const std::vector<Tick> dirty = spoiled(clean, Place::before, random);
    const Ran disturbed = run(market, wide, dirty);
    say("bad ticks before good ones", dirty, disturbed);
    EXPECT_TRUE(disturbed.moves == plain.moves);
    EXPECT_EQ(disturbed.stages, plain.stages);
    EXPECT_GT(disturbed.counters.marks_held, 2 * market.marks.size());
    for (const std::uint64_t refused : disturbed.counters.prices_refused)
        EXPECT_GT(refused, 0U);

    // In the place of good ones they leave doubt while other instruments go on.
    const std::vector<Tick> lossy = spoiled(clean, Place::instead, random);
    const Ran lost = run(market, {}, without_bad(lossy));
    const Ran replaced = run(market, wide, lossy);
    say("the good ones that are left then", without_bad(lossy), lost);
    say("bad ticks instead of good ones", lossy, replaced);
    expect_harms_nobody_else(replaced, lost);
    EXPECT_EQ(replaced.stages, plain.stages);

    // A guard so tight that it holds marks of the crash itself.
    const Ran tight = run(market, {.jump_max = 1 * percent, .divergence_max = 5 * percent}, dirty);
    say("with a tight guard", dirty, tight);
    expect_harms_nobody_else(tight, plain);
    EXPECT_EQ(tight.stages, plain.stages);
}

struct Crash {
    const char* name;
    std::vector<RecordedSpan> spans;  // files within the shared prices
};

const std::vector<Crash>& recorded_crashes() {
    const auto span = [](const char* file, std::int64_t from_s, std::int64_t hours, int decimals) {
        return RecordedSpan{.file = file,
                            .from_ms = from_s * 1'000,
                            .to_ms = (from_s + hours * 3'600) * 1'000,
                            .decimals = decimals};
    };
    static const std::vector<Crash> crashes{
        {"19 May 2021, 12:00 to 15:00",
         {span("binance_spot_BTCUSDT_1m_2021-04-20_2021-05-20.csv.gz", 1'621'425'600, 3, 2),
          span("binance_spot_ETHUSDT_1m_2021-04-20_2021-05-20.csv.gz", 1'621'425'600, 3, 2),
          span("binance_spot_DOGEUSDT_1m_2021-04-20_2021-05-20.csv.gz", 1'621'425'600, 3, 7)}},
        {"LUNA, 23 May 2021",
         {span("binance_spot_LUNAUSDT_5m_2020-12-01_2021-07-17.csv.gz", 1'621'728'000, 24, 3)}},
        {"21 January 2022, from 12:00",
         {span("ftx_perp_BTC-PERP_1m_2021-12-31_2022-02-01.csv.gz", 1'642'766'400, 12, 2)}},
        {"8 November 2022, from 12:00",
         {span("binance_um_BTCUSDT_5m_2022-06-01_2022-11-24.csv.gz", 1'667'908'800, 24, 2),
          span("binance_um_ETHUSDT_5m_2022-06-01_2022-11-24.csv.gz", 1'667'908'800, 24, 2)}},
    };
    return crashes;
}

TEST(BadTicksTest, change_nothing_in_recorded_crashes) {
    const auto folder = shared_data("data/prices");
    if (!folder) GTEST_SKIP() << no_shared_data;
    for (const Crash& crash : recorded_crashes()) {
        std::cout << crash.name << "\n";
        Market market;
        for (RecordedSpan span : crash.spans) {
            span.file = *folder / span.file;
            RecordedMarks read = read_marks(span);
            ASSERT_EQ(read.fault, "");
            market.decimals.push_back(span.decimals);
            market.marks.push_back(std::move(read.marks));
        }
        std::size_t moments = market.marks.front().size();
        for (const auto& marks : market.marks)
            moments = std::min(moments, marks.size());
        for (auto& marks : market.marks)
            marks.resize(moments);
        check_all(market, 7'001);
    }
}

// Calm, a fall of about a third, some of it back.
Market invented(std::uint64_t seed) {
    std::mt19937_64 random{seed};
    Market market{.decimals = {1, 2}, .marks = {{500'000}, {300'000}}};
    for (std::int64_t moment = 1; moment < 800; ++moment) {
        const std::int64_t drift = moment < 200 ? 0 : moment < 450 ? -16 : moment < 700 ? 8 : 0;
        for (auto& marks : market.marks) {
            const auto noise = static_cast<std::int64_t>(random() % 121) - 60;  // basis points
            marks.push_back(marks.back() + marks.back() * (drift + noise) / 10'000);
        }
    }
    return market;
}

TEST(BadTicksTest, change_nothing_in_an_invented_crash) {
    check_all(invented(1), 1);
}

// Three tenths in one step, and on from there: followed with the second mark that confirms it.
TEST(BadTicksTest, a_gap_is_followed_two_marks_later) {
    Market market = invented(3);
    market.decimals.resize(1);
    market.marks.resize(1);
    std::vector<std::int64_t>& marks = market.marks.front();
    for (std::size_t moment = 300; moment < marks.size(); ++moment)
        marks[moment] = marks[moment] * 7 / 10;
    // The same mark three times, so that nothing is missed while it waits.
    marks[301] = marks[302] = marks[300];
    const std::vector<Tick> clean = good_ticks(market);
    const Ran unguarded = run(market, {}, clean);
    const Ran guarded = run(market, {.jump_max = 10 * percent}, clean);
    const auto first_in_gap = [&](const std::vector<Move>& moves) {
        const auto found = std::find_if(moves.begin(), moves.end(), [](const Move& move) {
            return move.time.ns >= start.ns + 300 * second && move.stage == Stage::liquidate;
        });
        return found == moves.end() ? -1 : (found->time.ns - start.ns) / second;
    };
    EXPECT_EQ(first_in_gap(unguarded.moves), 300);
    EXPECT_EQ(first_in_gap(guarded.moves), 302);
    EXPECT_TRUE(harmed(guarded.moves) == harmed(unguarded.moves));
    EXPECT_EQ(guarded.stages, unguarded.stages);
}

}  // namespace
}  // namespace riskd::tests
