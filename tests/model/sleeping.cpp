// Accounts that sleep on bands against brute force, where each price wakes everybody whose figures
// it enters: over many random markets both must answer each event alike, in the same order.
//   model_sleeping --runs N --events M --seed S
// Alerts about rules that fail are left out: who sleeps is not asked, so nothing fails for him.
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/model/comparison.hpp"
#include "tests/model/native_rulebook.hpp"
#include "tests/model/plain_rulebook.hpp"
#include "tests/model/sleeping_market.hpp"
#include "tests/number_options.hpp"

namespace riskd::model {
namespace {

struct Options {
    std::uint64_t runs{10'000};
    std::uint64_t events{600};
    std::uint64_t seed{1};
    std::uint64_t run{tests::not_given};  // only this one
};

struct Totals {
    std::uint64_t events{};
    std::uint64_t prices{};
    std::uint64_t stage_changes{};
    std::uint64_t judged{};
    std::uint64_t judged_by_brute_force{};
};

const NativeParameters& parameters_of(const RuleScope& scope, AssetId asset) {
    static const std::vector<NativeParameters> by_asset = [] {
        std::vector<NativeParameters> made(8);
        for (std::size_t i = 0; i < made.size(); ++i) {
            made[i].haircut = 0.05 * static_cast<double>(i);
            made[i].quote_borrowed_max = made[i].base_borrowed_max = 1'000;
            made[i].order_notional_max = 1e9;
            made[i].position_notional_max = 1e9;
            // Account by account: some tables without jumps and some with one.
            made[i].tiers = {{0, 0.10, 0.05, 0}, {40'000, 0.20, 0.10, 2'000}};
        }
        return made;
    }();
    return by_asset[is_known(asset) ? index(asset) % by_asset.size() : index(scope.account) % 4];
}

std::unique_ptr<Rulebook> rules_of(std::uint64_t run) {
    if (run % 4 == 3) return std::make_unique<PlainRulebook>();
    return std::make_unique<NativeRulebook>(parameters_of);
}

Outcome without_faults(const Outcome& outcome) {
    Outcome kept;
    for (const Output& output : outcome.outputs) {
        const auto* alert = std::get_if<Alert>(&output);
        if (alert == nullptr || alert->kind != AlertKind::rule_fault) {
            kept.outputs.push_back(output);
        }
    }
    return kept;
}

std::string run_market(const Options& options, std::uint64_t run, Totals& totals) {
    const auto rules = rules_of(run);
    SleepingMarket market{options.seed * 1'000'003 + run, *rules, run % 16 == 5};
    Engine bands{small_limits(), *rules};
    Engine brute_force{small_limits(), *rules};
    brute_force.set_brute_force(true);
    Outcome slept;
    Outcome swept;
    for (std::uint64_t i = 0; i < options.events; ++i) {
        Event event = market.next(bands);
        event.sequence.raw = i + 1;
        bands.apply(event, slept);
        brute_force.apply(event, swept);
        const std::string difference =
            compare_outputs(without_faults(slept), without_faults(swept));
        if (!difference.empty()) {
            return "event " + std::to_string(i) + ", " + describe(event) + "\n  " + difference;
        }
        market.observe(event, slept);
        ++totals.events;
        if (std::holds_alternative<PriceUpdate>(event.body)) {
            ++totals.prices;
            totals.judged += bands.judged().size();
            totals.judged_by_brute_force += brute_force.judged().size();
        }
        for (const Output& output : slept.outputs) {
            if (std::holds_alternative<StageChange>(output)) ++totals.stage_changes;
        }
    }
    if (bands.digest() != brute_force.digest()) return "the digests differ";
    return {};
}

int run(const Options& options) {
    std::printf("seed %llu, %llu runs of %llu events\n",
                static_cast<unsigned long long>(options.seed),
                static_cast<unsigned long long>(options.runs),
                static_cast<unsigned long long>(options.events));
    const auto began = std::chrono::steady_clock::now();
    Totals totals;
    for (std::uint64_t run = 0; run < options.runs; ++run) {
        if (options.run != tests::not_given && run != options.run) continue;
        const std::string difference = run_market(options, run, totals);
        if (difference.empty()) continue;
        std::printf("FAILED: --seed %llu --run %llu: %s\n",
                    static_cast<unsigned long long>(options.seed),
                    static_cast<unsigned long long>(run), difference.c_str());
        return 1;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf(
        "%llu events, %llu of them prices; %llu stage changes agree; prices woke %llu "
        "accounts, by brute force %llu; %.1f s\n",
        static_cast<unsigned long long>(totals.events),
        static_cast<unsigned long long>(totals.prices),
        static_cast<unsigned long long>(totals.stage_changes),
        static_cast<unsigned long long>(totals.judged),
        static_cast<unsigned long long>(totals.judged_by_brute_force), took.count());
    const bool proves_something =
        totals.stage_changes * 20 > options.runs && totals.judged < totals.judged_by_brute_force;
    if (!proves_something) std::printf("too little happened to prove anything\n");
    return proves_something ? 0 : 1;
}

}  // namespace
}  // namespace riskd::model

int main(int count, char** arguments) {
    riskd::model::Options options;
    const std::array<riskd::tests::NumberOption, 4> known{{
        {"--runs", &options.runs},
        {"--events", &options.events},
        {"--seed", &options.seed},
        {"--run", &options.run},
    }};
    riskd::tests::read_options({arguments, static_cast<std::size_t>(count)}, known);
    return riskd::model::run(options);
}
