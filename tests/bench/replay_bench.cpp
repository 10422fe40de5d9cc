// A recorded day asked again. `replay_bench --events N --directory D` writes a journal of N events
// of market_day.hpp under the shipped configuration, unless D has one; then it reads it, follows
// it, and asks it under changed rules: of the ways that judge every holder the first million.
// Without arguments a million events in a folder that goes away. --quick shows that it works.
// Figures are of one core of this machine: compare rows, not runs.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "riskd/core/check.hpp"
#include "riskd/daemon.hpp"
#include "riskd/rule_names.hpp"
#include "riskd/rulesets/candidate_replay.hpp"
#include "riskd/rulesets/silent_rules.hpp"
#include "riskd/runtime/journal.hpp"
#include "riskd/runtime/replay.hpp"
#include "riskd/station.hpp"
#include "tests/bench/market_day.hpp"

namespace riskd::bench {
namespace {

using runtime::interval_clock_ns;

struct Options {
    std::uint64_t events{1'000'000};
    std::string directory;  // empty: one that goes away
    bool quick{};
};

void row(const char* what, std::uint64_t events, std::int64_t began_ns) {
    const double seconds = static_cast<double>(interval_clock_ns() - began_ns) / 1e9;
    std::printf("%-44s %12.0f events/s %8.1f s\n", what, static_cast<double>(events) / seconds,
                seconds);
    std::fflush(stdout);
}

void write_day(const Options& options, verbs::Loaded& loaded, const DayTerms& terms) {
    const auto engine =
        std::make_unique<Engine>(verbs::ledger_limits(loaded.settings.limits), *loaded.rulebook);
    loaded.rulebook->warm();
    runtime::DiskFiles files;
    runtime::Journal journal(files, {.directory = options.directory, .epoch = 1});
    RISKD_CHECK(journal.lock().empty());
    RISKD_CHECK(journal.start({}).empty());
    MarketDay day{20261122, terms, engine->ledger(), activation_of(*loaded.rulebook)};
    Outcome outcome;
    const std::int64_t began = interval_clock_ns();
    std::int64_t said = began;
    for (std::uint64_t n = 1; n <= options.events; ++n) {
        Event event = day.next();
        event.sequence = Sequence{n};
        engine->apply(event, outcome);
        verbs::define_name(*loaded.rulebook, engine->ledger(), event.body);
        day.observe(event, outcome);
        journal.append(event, outcome);
        if (n % 64 == 0) RISKD_CHECK(journal.commit() == runtime::JournalStatus::healthy);
        if (n % 1'024 != 0 || interval_clock_ns() - said < 10'000'000'000) continue;
        said = interval_clock_ns();
        std::fprintf(stderr, "%llu of %llu written\n", static_cast<unsigned long long>(n),
                     static_cast<unsigned long long>(options.events));
    }
    RISKD_CHECK(journal.commit() == runtime::JournalStatus::healthy);
    row("written by the engine, each holder judged", options.events, began);
    const EngineCounters& counters = engine->counters();
    std::uint64_t refused = 0;
    for (const std::uint64_t each : counters.orders_rejected)
        refused += each;
    std::printf("%llu orders accepted, %llu refused, %llu accounts judged, %llu liquidated\n",
                static_cast<unsigned long long>(counters.orders_accepted),
                static_cast<unsigned long long>(refused),
                static_cast<unsigned long long>(counters.accounts_evaluated),
                static_cast<unsigned long long>(
                    counters.stage_changes[static_cast<std::size_t>(Stage::liquidate)]));
}

void read_day(const Options& options) {
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, options.directory);
    RISKD_CHECK(reader.open().empty());
    runtime::JournalRecord record;
    const std::int64_t began = interval_clock_ns();
    while (reader.next(record) == runtime::JournalReader::Step::record) {
    }
    row("read, checked and decoded", reader.progress().records, began);
}

void follow_day(const Options& options, const verbs::Loaded& loaded) {
    rulesets::SilentRules silent;
    const auto engine =
        std::make_unique<Engine>(verbs::ledger_limits(loaded.settings.limits), silent);
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, options.directory);
    const std::int64_t began = interval_clock_ns();
    const auto result = runtime::replay(reader, *engine, nullptr);
    RISKD_CHECK(result.fault.empty());
    row("followed as recorded, no rule asked", result.records, began);
}

// A candidate: the shipped rules with one parameter at another value for everyone.
struct Candidate {
    const char* what;
    const char* rule;
    const char* parameter;
    double value;
    bool decided_known{true};
    bool judges{};  // slow: not the whole day
};

std::unique_ptr<dsl::LuaRulebook> load(const verbs::Loaded& loaded, const Candidate& candidate) {
    config::RulesSettings settings = loaded.settings.rules;
    for (config::ParameterSetting& setting : settings.parameters) {
        const bool everyone = setting.group.empty() && setting.account.empty() &&
                              setting.instrument.empty() && setting.asset.empty();
        const bool meant =
            setting.rule == candidate.rule && setting.parameter == candidate.parameter && everyone;
        if (meant) setting.value = {.number = candidate.value};
    }
    dsl::LoadResult result = dsl::load_rules(settings);
    if (!result.ok()) std::fputs(result.rendered.c_str(), stderr);
    RISKD_CHECK(result.ok());
    result.rulebook->warm();
    return std::move(result.rulebook);
}

void ask_day(const Options& options, const verbs::Loaded& loaded, const Candidate& candidate) {
    constexpr std::uint64_t slow_events_max = 1'000'000;
    const auto rulebook = load(loaded, candidate);
    std::uint64_t flipped = 0;
    rulesets::CandidateReplay replay{
        verbs::ledger_limits(loaded.settings.limits), *rulebook,
        [&](std::string_view) { return candidate.decided_known ? loaded.rulebook.get() : nullptr; },
        [&](const rulesets::FlippedOrder&) { ++flipped; }};
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, options.directory);
    RISKD_CHECK(reader.open().empty());
    runtime::JournalRecord record;
    const std::int64_t began = interval_clock_ns();
    while (reader.next(record) == runtime::JournalReader::Step::record) {
        replay.take(record);
        if (candidate.judges && reader.progress().records == slow_events_max) break;
    }
    row(candidate.what, reader.progress().records, began);
    const auto& work = replay.work();
    std::printf("    %llu orders asked in full, %llu in part, %llu accounts judged; %llu flipped\n",
                static_cast<unsigned long long>(work.asked_in_full),
                static_cast<unsigned long long>(work.asked_in_part),
                static_cast<unsigned long long>(work.accounts_judged),
                static_cast<unsigned long long>(flipped));
}

constexpr Candidate candidates[]{
    {"asked: price_collar.deviation_max 5 % -> 3 %", "price_collar", "deviation_max", 0.03},
    {"asked: daily_loss.loss_max -> 10,000", "daily_loss", "loss_max", 10'000},
    {"asked: the same, rules of the day unknown", "daily_loss", "loss_max", 10'000, false, true},
    {"asked: ladder.warn_at 70 % -> 60 %", "ladder", "warn_at", 0.6, true, true},
};

int run(Options options) {
    auto loaded = verbs::load_all(RISKD_SOURCE_DIR "/config/riskd.yaml");
    if (!loaded) return 2;
    DayTerms terms;
    if (options.quick) {
        terms = {.instruments = 20, .accounts = 500, .positions = 300, .resting = 50};
    }
    const bool scratch = options.directory.empty();
    if (scratch) {
        std::string pattern = (std::filesystem::current_path() / "replay-bench-XXXXXX").string();
        RISKD_CHECK(::mkdtemp(pattern.data()) != nullptr);
        options.directory = pattern;
    }
    std::filesystem::create_directories(options.directory);
    if (std::filesystem::is_empty(options.directory)) write_day(options, *loaded, terms);
    read_day(options);
    follow_day(options, *loaded);
    for (const Candidate& candidate : candidates)
        ask_day(options, *loaded, candidate);
    if (scratch) std::filesystem::remove_all(options.directory);
    return 0;
}

}  // namespace
}  // namespace riskd::bench

int main(int count, char** arguments) {
    riskd::bench::Options options;
    for (int i = 1; i < count; ++i) {
        const std::string argument = arguments[i];
        if (argument == "--quick") {
            options.quick = true;
            options.events = 20'000;
        } else if (argument == "--events" && i + 1 < count) {
            options.events = std::strtoull(arguments[++i], nullptr, 10);
        } else if (argument == "--directory" && i + 1 < count) {
            options.directory = arguments[++i];
        }
    }
    return riskd::bench::run(options);
}
