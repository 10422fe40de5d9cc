// Compares the fast engine with the slow one over random events, and with itself replayed.
//   model_differential --events N --seed S [--world W]
// Prints the seed first. Each world is a process of its own, so that a breach of an invariant is
// caught like any other difference; the events of a world that fails are cut down and printed.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "riskd/core/activation.hpp"
#include "tests/model/comparison.hpp"
#include "tests/model/native_rulebook.hpp"
#include "tests/model/plain_rulebook.hpp"
#include "tests/model/random_events.hpp"
#include "tests/number_options.hpp"

namespace riskd::model {
namespace {

constexpr std::uint64_t events_per_world = 20'000;

struct Options {
    std::uint64_t events{200'000};
    std::uint64_t seed{1};
    std::uint64_t world{tests::not_given};  // only this one
};

// Shared with the process of a world.
struct Report {
    std::uint64_t events;
    std::uint64_t accepted;
    std::array<std::uint64_t, reject_reason_names.size()> rejected;
    std::array<std::uint64_t, stage_names.size()> stages;
    std::uint64_t worlds_at_bound;
    std::uint64_t failed_at;
    char failure[8192];
};

// Worlds differ in what they stress: tight rules by hand, the same with answers that fail, the
// shipped rules in C++, and amounts near the largest that fit.
enum class Rules : std::uint8_t { plain, failing, shipped, loose };

struct World {
    std::uint64_t seed{};
    bool extreme{};
    Rules rules{};
    std::uint64_t events{};
};

// Limits that random orders meet; an asset counts less the later it was defined.
const NativeParameters& shipped_parameters(const RuleScope& scope, AssetId asset) {
    static const std::vector<NativeParameters> by_asset = [] {
        std::vector<NativeParameters> made(8);
        for (std::size_t i = 0; i < made.size(); ++i) {
            NativeParameters& parameters = made[i];
            parameters.haircut = 0.05 * static_cast<double>(i);
            parameters.quote_borrowed_max = 1'000;
            parameters.base_borrowed_max = 500;
            parameters.daily_loss_max = 5'000;
            parameters.open_orders_max = 8;
            parameters.order_notional_max = 60'000;
            parameters.order_rate_max = 5;
            parameters.position_notional_max = 120'000;
            parameters.price_deviation_max = 0.02;
            parameters.tiers = {{0, 0.10, 0.05, 0}, {40'000, 0.20, 0.10, 2'000}};
        }
        made.back().restricted = true;
        made[1].gross_exposure_max = 150'000;  // of one group, by its id
        made[2].gross_exposure_max = 100'000;
        return made;
    }();
    if (!is_known(scope.account)) return by_asset[scope.group.raw < 2 ? scope.group.raw + 1 : 0];
    if (is_known(asset)) return by_asset[index(asset) % (by_asset.size() - 1)];
    const bool restricted = scope.instrument.raw == 1 && scope.account.raw == 2;
    return restricted ? by_asset.back() : by_asset.front();
}

std::unique_ptr<Rulebook> rules_of(const World& world) {
    switch (world.rules) {
        case Rules::plain: return std::make_unique<PlainRulebook>();
        case Rules::failing:
            return std::make_unique<PlainRulebook>(PlainRulebook::Terms{.fault_share = 40});
        case Rules::loose:
            return std::make_unique<PlainRulebook>(PlainRulebook::Terms{.looseness = 1e30});
        case Rules::shipped: return std::make_unique<NativeRulebook>(shipped_parameters);
    }
    return nullptr;
}

World world_of(const Options& options, std::uint64_t number) {
    RandomSource mix{options.seed * 0x10001 + number};
    const std::uint64_t first = number * events_per_world;
    return {.seed = mix.bits(),
            .extreme = number % 8 == 3,
            .rules = number % 8 == 3 ? Rules::loose : static_cast<Rules>(number % 3),
            .events = std::min(events_per_world, options.events - first)};
}

void fail(Report& report, std::uint64_t at, const Event* event, const std::string& difference) {
    report.failed_at = at;
    std::string text = difference;
    if (event != nullptr) text = describe(*event) + "\n  " + text;
    std::strncpy(report.failure, text.c_str(), sizeof report.failure - 1);
}

void run_world(const World& world, Report& report) {
    const auto rules = rules_of(world);
    RandomEvents random{world.seed, activation_of(*rules), world.extreme, rules->margin_models()};
    Comparison engines{small_limits(), *rules};
    for (std::uint64_t i = 0; i < world.events; ++i) {
        report.failed_at = i;
        const Event event = random.next();
        std::string difference = engines.apply(event);
        if (difference.empty() && i % 512 == 0) difference = engines.check_digest();
        if (!difference.empty() && engines.is_at_bound()) {
            report.events += i;
            ++report.worlds_at_bound;
            return;
        }
        if (!difference.empty()) return fail(report, i, &event, difference);
        random.observe(event, engines.outcome());
    }
    for (const Event& event : random.end_all_orders(engines.fast().ledger())) {
        const std::string difference = engines.apply(event);
        if (!difference.empty()) return fail(report, world.events, &event, difference);
    }
    std::string difference = engines.check_released();
    if (difference.empty()) difference = engines.check_digest();
    if (!difference.empty()) return fail(report, world.events, nullptr, difference);
    report.events += world.events;
    const EngineCounters& counters = engines.fast().counters();
    report.accepted += counters.orders_accepted;
    for (std::size_t i = 0; i < report.rejected.size(); ++i) {
        report.rejected[i] += counters.orders_rejected[i];
    }
    for (std::size_t i = 0; i < report.stages.size(); ++i) {
        report.stages[i] += counters.stage_changes[i];
    }
}

// In a process of its own: what it exited with, or -1 when it stopped itself.
template <typename Body>
int run_apart(Body body) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        body();
        std::fflush(stdout);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// 1 to 127 for a difference, by its first words, so that a cut keeps the failure it began with.
int kind_of(const std::string& difference) {
    std::size_t hash = 0;
    for (const char c : difference) {
        if (c >= '0' && c <= '9') continue;
        if (c == ':') break;
        hash = hash * 31 + static_cast<unsigned char>(c);
    }
    return static_cast<int>(hash % 127) + 1;
}

int failure_of(const World& world, const std::vector<Event>& events) {
    return run_apart([&] {
        if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(0);
        const auto rules = rules_of(world);
        Comparison engines{small_limits(), *rules};
        for (const Event& event : events) {
            const std::string difference = engines.apply(event);
            if (!difference.empty()) _exit(kind_of(difference));
        }
        if (!engines.check_digest().empty()) _exit(1);
    });
}

bool defines(const Event& event) {
    return std::holds_alternative<AssetDefinition>(event.body) ||
           std::holds_alternative<InstrumentDefinition>(event.body) ||
           std::holds_alternative<GroupDefinition>(event.body) ||
           std::holds_alternative<AccountDefinition>(event.body) ||
           std::holds_alternative<RulesetActivation>(event.body);
}

// Leaves out what the failure does not need, in ever smaller pieces.
std::vector<Event> shrink(const World& world, std::vector<Event> events) {
    std::size_t trials = 0;
    const int failure = failure_of(world, events);
    std::size_t fixed = 0;  // the world has to be there
    while (fixed < events.size() && defines(events[fixed]))
        ++fixed;
    for (std::size_t piece = events.size() / 2; piece > 0; piece /= 2) {
        for (std::size_t at = fixed; at < events.size() && trials < 3'000;) {
            std::vector<Event> fewer = events;
            const std::size_t size = std::min(piece, events.size() - at);
            const auto from = fewer.begin() + static_cast<std::ptrdiff_t>(at);
            fewer.erase(from, from + static_cast<std::ptrdiff_t>(size));
            ++trials;
            if (failure_of(world, fewer) == failure) {
                events = std::move(fewer);
            } else {
                at += size;
            }
        }
    }
    return events;
}

void explain(const World& world, std::uint64_t failed_at) {
    // The same world again, to have its events; it stops where it failed before.
    std::vector<Event> events;
    const auto rules = rules_of(world);
    RandomEvents random{world.seed, activation_of(*rules), world.extreme, rules->margin_models()};
    Engine engine{small_limits(), *rules};
    Outcome outcome;
    auto* plain = dynamic_cast<PlainRulebook*>(rules.get());
    for (std::uint64_t i = 0; i <= failed_at && i < world.events; ++i) {
        Event event = random.next();
        events.push_back(event);
        if (i == failed_at) break;
        if (plain != nullptr) plain->set_in_order(std::holds_alternative<OrderRequest>(event.body));
        event.sequence.raw = i + 1;
        engine.apply(event, outcome);
        random.observe(event, outcome);
    }
    if (failure_of(world, events) == 0) {
        std::printf("not seen again in its %zu events alone\n", events.size());
        return;
    }
    events = shrink(world, std::move(events));
    std::printf("%zu events are enough:\n", events.size());
    for (const Event& event : events)
        std::printf("  %s\n", describe(event).c_str());
    run_apart([&] {
        const auto fresh = rules_of(world);
        Comparison engines{small_limits(), *fresh};
        for (const Event& event : events) {
            const std::string difference = engines.apply(event);
            if (!difference.empty()) {
                std::printf("the last of them: %s\n", difference.c_str());
                return;
            }
        }
        std::printf("after them: %s\n", engines.check_digest().c_str());
    });
}

int run(const Options& options) {
    std::printf("seed %llu, %llu events\n", static_cast<unsigned long long>(options.seed),
                static_cast<unsigned long long>(options.events));
    void* shared =
        mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return 2;
    auto& report = *new (shared) Report{};
    const auto began = std::chrono::steady_clock::now();
    const std::uint64_t worlds = (options.events + events_per_world - 1) / events_per_world;
    for (std::uint64_t number = 0; number < worlds; ++number) {
        if (options.world != tests::not_given && number != options.world) continue;
        const World world = world_of(options, number);
        report.failure[0] = 0;
        const bool well = run_apart([&] { run_world(world, report); }) == 0;
        if (well && report.failure[0] == 0) continue;
        const std::uint64_t at = report.failed_at;
        std::printf("FAILED: seed %llu, world %llu, event %llu\n  %s\n",
                    static_cast<unsigned long long>(options.seed),
                    static_cast<unsigned long long>(number), static_cast<unsigned long long>(at),
                    report.failure[0] != 0 ? report.failure : "the process stopped itself");
        explain(world, at);
        return 1;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const auto print = [](std::string_view what, std::uint64_t count) {
        if (count == 0) return;
        std::printf("  %-40.*s %12llu\n", static_cast<int>(what.size()), what.data(),
                    static_cast<unsigned long long>(count));
    };
    print("accepted", report.accepted);
    for (std::size_t i = 0; i < report.rejected.size(); ++i) {
        print(reject_reason_names[i], report.rejected[i]);
    }
    for (std::size_t i = 0; i < report.stages.size(); ++i) {
        print("stage " + std::string(stage_names[i]), report.stages[i]);
    }
    print("worlds left at the bound of amounts", report.worlds_at_bound);
    std::printf("%llu events agree, %.1f s, %.0f events/s\n",
                static_cast<unsigned long long>(report.events), took.count(),
                static_cast<double>(report.events) / took.count());
    return 0;
}

}  // namespace
}  // namespace riskd::model

int main(int count, char** arguments) {
    riskd::model::Options options;
    const std::array<riskd::tests::NumberOption, 3> known{{
        {"--events", &options.events},
        {"--seed", &options.seed},
        {"--world", &options.world},
    }};
    riskd::tests::read_options({arguments, static_cast<std::size_t>(count)}, known);
    return riskd::model::run(options);
}
