// A million accounts: what their state takes, step by step, and what a price costs while they
// sleep on bands, and when it wakes every holder: in a calm market and in a crash of 35 %. Ticks
// are of one instrument each, drawn by 1/rank, a millisecond apart; what riskd asks to be closed is
// filled at the mark a second later. A check is served between two events, so the longest event is
// the longest wait.
//   marking_bench [--accounts N] [--ticks N] [--brute N] [--at-once N] [--seed N]
//   default: 1000000 accounts, 400000 ticks, 100 of brute force, 64 accounts at once, seed 1
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/bench/million.hpp"
#include "tests/model/random_source.hpp"

namespace riskd::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    MillionTerms million;
    std::uint32_t ticks{400'000};
    std::uint32_t brute{100};   // ticks by brute force, before and half way
    std::uint32_t at_once{64};  // accounts that one event judges
};

// calm: each price walks by steps of 1e-4. crash: all fall together by about 35 %, some a tenth
// more and some a tenth less, with noise of 0.02 % around it.
struct Path {
    std::string_view name;
    double walk{};
    double fall{};
    double noise{};
};
constexpr Path calm{.name = "calm", .walk = 1e-4};
constexpr Path crash{.name = "crash", .fall = 0.35, .noise = 2e-4};

class PriceWalk {
public:
    PriceWalk(const Path& path, const Million& million, std::uint64_t seed)
        : path_{path}, million_{million}, random_{seed}, drift_(Million::listed, 0.0) {}

    // The next tick when so much of the path, from 0 to 1, has passed.
    PriceUpdate next(double passed, Timestamp now) {
        const std::uint32_t instrument = million_.pick_instrument(random_.unit());
        drift_[instrument] += path_.walk * (random_.one_in(2) ? -1 : 1);
        const double beta = 0.9 + 0.2 * static_cast<double>(instrument * 53 % 100) / 100;
        const double level = (1 - path_.fall * beta * passed) * std::exp(drift_[instrument]) *
                             (1 + path_.noise * (2 * random_.unit() - 1));
        const double raw = level * static_cast<double>(million_.start_price(instrument));
        return {.instrument = InstrumentId{instrument},
                .mark = Price{std::max(std::llround(raw), 1LL)},
                .as_of = now};
    }

private:
    const Path& path_;
    const Million& million_;
    model::RandomSource random_;
    std::vector<double> drift_;
};

constexpr std::uint64_t ticks_to_fill = 1'000;

// Takes the orders of liquidations.
class Executor {
public:
    void take(const StageChange& change, std::uint64_t tick) {
        for (const CloseLeg& leg : change.close)
            orders_.push_back({tick + ticks_to_fill, change.account, leg});
    }
    // The next one that is due by then; nothing when there is none.
    std::optional<Fill> next(std::uint64_t tick, const Ledger& ledger) {
        while (!orders_.empty() && orders_.front().due <= tick) {
            const Order order = orders_.front();
            orders_.pop_front();
            const Position* held =
                ledger.find_position(order.account, order.leg.instrument, order.leg.position_side);
            const Quantity left = held == nullptr ? Quantity{} : magnitude(held->quantity);
            if (left.raw == 0) continue;
            return Fill{.account = order.account,
                        .instrument = order.leg.instrument,
                        .fill = Id{"l" + std::to_string(++filled_)},
                        .side = order.leg.side,
                        .price = ledger.instrument(order.leg.instrument).prices.mark,
                        .quantity = std::min(order.leg.quantity, left)};
        }
        return std::nullopt;
    }

private:
    struct Order {
        std::uint64_t due{};
        AccountId account;
        CloseLeg leg;
    };
    std::deque<Order> orders_;
    std::uint64_t filled_{};
};

struct Followed {
    std::vector<std::uint64_t> cycles;  // of each tick, and what it left for later with it
    std::vector<std::uint64_t> fills;   // of each fill of a liquidation order
    std::uint64_t wait_max{};           // the longest single event
    std::uint64_t judged{};
    std::uint64_t stage_changes{};
    std::vector<bool> liquidated;
};

void note(const Million& million, Followed& followed, Executor& executor) {
    for (const Output& output : million.outcome.outputs) {
        const auto* change = std::get_if<StageChange>(&output);
        if (change == nullptr) continue;
        ++followed.stage_changes;
        executor.take(*change, followed.cycles.size());
        if (change->stage >= Stage::reduce) followed.liquidated[index(change->account)] = true;
    }
}

std::uint64_t timed(Million& million, const EventBody& body, Followed& followed,
                    Executor& executor) {
    const std::uint64_t from = cycles();
    million.apply(body);
    const std::uint64_t taken = cycles() - from;
    followed.wait_max = std::max(followed.wait_max, taken);
    note(million, followed, executor);
    return taken;
}

// Whom a tick leaves to be judged later is judged at once, event by event: that is its cost too.
void tick(Million& million, PriceWalk& walk, double passed, Followed& followed,
          Executor& executor) {
    million.time = million.time + Duration{1'000'000};
    std::uint64_t taken = timed(million, walk.next(passed, million.time), followed, executor);
    followed.judged += million.engine.judged().size();
    while (million.engine.accounts_waiting() != 0) {
        taken += timed(million, TimePassed{}, followed, executor);
        followed.judged += million.engine.judged().size();
    }
    followed.cycles.push_back(taken);
    while (const auto fill = executor.next(followed.cycles.size(), million.engine.ledger()))
        followed.fills.push_back(timed(million, *fill, followed, executor));
}

struct Sides {
    Followed bands;
    Followed brute_force;
};

// One way; half way a few ticks by brute force, where the market then is.
Sides follow(const Path& path, Million& million, const Options& options) {
    PriceWalk walk{path, million, options.million.seed};
    Sides sides;
    Executor executor;
    Executor idle;  // brute force runs for a few ticks only
    const std::size_t accounts = million.engine.ledger().account_count();
    sides.bands.liquidated.resize(accounts);
    sides.brute_force.liquidated.resize(accounts);
    for (std::uint32_t t = 0; t < options.ticks; ++t) {
        const double passed = (t + 1.0) / options.ticks;
        if (t == options.ticks / 2) {
            million.engine.set_brute_force(true);
            for (std::uint32_t i = 0; i < options.brute; ++i)
                tick(million, walk, passed, sides.brute_force, idle);
            million.engine.set_brute_force(false);
            const auto began = Clock::now();
            million.engine.put_everyone_to_bed();
            const std::chrono::duration<double> took = Clock::now() - began;
            std::printf("everyone put to bed in %.2f s, %zu edges, %u awake\n", took.count(),
                        million.engine.bands().edges(), million.engine.bands().accounts_awake());
        }
        tick(million, walk, passed, sides.bands, executor);
    }
    return sides;
}

double mean_of(const std::vector<std::uint64_t>& cycles, double per_ns) {
    double sum = 0;
    for (const std::uint64_t each : cycles)
        sum += static_cast<double>(each);
    return cycles.empty() ? 0 : sum / static_cast<double>(cycles.size()) / per_ns;
}

void print_path(std::string_view name, Followed& followed, double per_ns) {
    const auto ticks = static_cast<double>(followed.cycles.size());
    const double mean = mean_of(followed.cycles, per_ns);
    const Spread times = spread(followed.cycles, per_ns);
    std::uint64_t liquidated = 0;
    for (const bool each : followed.liquidated)
        liquidated += each ? 1U : 0U;
    std::printf("%-16.*s %11.0f %11.0f %11.0f %11.0f %11.0f %11.0f %11.1f %9lu %9lu\n",
                static_cast<int>(name.size()), name.data(), mean, times.p50, times.p99, times.p999,
                times.max, static_cast<double>(followed.wait_max) / per_ns,
                static_cast<double>(followed.judged) / ticks, followed.stage_changes, liquidated);
    if (!followed.fills.empty()) {
        const double fill_mean = mean_of(followed.fills, per_ns);
        const Spread fills = spread(followed.fills, per_ns);
        std::printf("%-16s %11.0f %11.0f %11.0f %11.0f %11.0f  %zu of them\n", "  fills", fill_mean,
                    fills.p50, fills.p99, fills.p999, fills.max, followed.fills.size());
    }
    std::fflush(stdout);
}

void print_header(const Path& path, const Options& options) {
    std::printf(
        "\n%.*s, %u ticks and %u by brute force, ns\n%-16s %11s %11s %11s %11s %11s %11s "
        "%11s %9s %9s\n",
        static_cast<int>(path.name.size()), path.name.data(), options.ticks, options.brute, "",
        "mean", "p50", "p99", "p99.9", "max", "wait max", "judged/tick", "stages", "liquid.");
}

std::uint64_t count_positions(const Ledger& ledger) {
    std::uint64_t count = 0;
    for (std::uint32_t a = 0; a < ledger.account_count(); ++a)
        count += ledger.account(AccountId{a}).positions.size();
    return count;
}

void print_sizes() {
    std::printf(
        "bytes of a row: account %zu, balance %zu, position %zu, window %zu, order %zu, "
        "decision %zu\n",
        sizeof(Account), sizeof(Balance), sizeof(Position), sizeof(WindowState), sizeof(OpenOrder),
        sizeof(Decision));
}

int run(const Options& options) {
    const std::uint32_t accounts = options.million.accounts;
    std::printf("%u accounts, %u perpetuals of popularity 1/rank, seed %lu, shipped rules\n",
                accounts, Million::listed, options.million.seed);
    print_sizes();
    const auto rules = shipped_rules();
    const auto began = Clock::now();
    const MemoryTaken start = memory_taken();
    std::printf("%-44s %9s %9s %10s %10s\n", "step", "MiB", "resident", "bytes/row", "resident");
    Million million{options.million, *rules};
    print_memory("tables with their room, instruments", start, accounts);
    MemoryTaken before = memory_taken();
    million.define_accounts();
    print_memory("accounts and their names", before, accounts);
    before = memory_taken();
    million.deposit();
    print_memory("a deposit each", before, accounts);
    before = memory_taken();
    million.open_positions();
    const std::uint64_t positions = count_positions(million.engine.ledger());
    print_memory("positions", before, positions);
    before = memory_taken();
    million.place_orders();
    print_memory("an open order each", before, accounts);
    print_memory("all of it, for each account", start, accounts);
    const std::chrono::duration<double> took = Clock::now() - began;
    std::printf("%.2f positions an account, %lu events in %.1f s\n",
                static_cast<double>(positions) / accounts, million.engine.sequence().raw,
                took.count());
    rules->warm();
    const double per_ns = cycles_per_ns();
    million.engine.set_judged_at_once(options.at_once);
    million.engine.put_everyone_to_bed();
    for (const Path& path : {calm, crash}) {
        Sides sides = follow(path, million, options);
        print_header(path, options);
        print_path("brute force", sides.brute_force, per_ns);
        print_path("bands", sides.bands, per_ns);
    }
    print_memory("with bands, for each account", start, accounts);
    return 0;
}

bool read(int count, char** arguments, Options& options) {
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view option = arguments[i];
        const unsigned long value = std::strtoul(arguments[i + 1], nullptr, 10);
        if (option == "--accounts") {
            options.million.accounts = static_cast<std::uint32_t>(value);
        } else if (option == "--ticks") {
            options.ticks = static_cast<std::uint32_t>(value);
        } else if (option == "--brute") {
            options.brute = static_cast<std::uint32_t>(value);
        } else if (option == "--at-once") {
            options.at_once = static_cast<std::uint32_t>(value);
        } else if (option == "--seed") {
            options.million.seed = value;
        } else {
            return false;
        }
    }
    return count % 2 == 1 && options.million.accounts > 0 && options.ticks > 0;
}

}  // namespace
}  // namespace riskd::bench

int main(int count, char** arguments) {
    riskd::bench::Options options;
    if (!riskd::bench::read(count, arguments, options)) {
        std::fputs(
            "usage: marking_bench [--accounts N] [--ticks N] [--brute N] [--at-once N] "
            "[--seed N]\n",
            stderr);
        return 2;
    }
    return riskd::bench::run(options);
}
