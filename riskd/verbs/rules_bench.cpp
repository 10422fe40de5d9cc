#include "riskd/verbs/rules_bench.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "config/load.hpp"
#include "dsl/lexer.hpp"
#include "dsl/lone_rule.hpp"
#include "dsl/step_bound.hpp"
#include "riskd/verbs/file_lists.hpp"
#include "riskd/verbs/latency.hpp"
#include "riskd/verbs/progress.hpp"

namespace riskd::verbs {
namespace {

using Clock = std::chrono::steady_clock;

struct BenchOptions {
    std::vector<std::string> paths;
    std::string config;
    std::uint64_t calls{200'000};
};

std::int64_t ns_since(Clock::time_point before) {
    return std::chrono::nanoseconds{Clock::now() - before}.count();
}

// What reading the clock twice takes: the median of many.
std::int64_t clock_ns() {
    std::vector<std::int64_t> taken(10'001);
    for (std::int64_t& each : taken)
        each = ns_since(Clock::now());
    std::nth_element(taken.begin(), taken.begin() + 5'000, taken.end());
    return taken[5'000];
}

std::string processor() {
    std::ifstream file{"/proc/cpuinfo"};
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
    }
    return "unknown processor";
}

struct RuleTaken {
    std::unique_ptr<LatencyRecorder> latency{std::make_unique<LatencyRecorder>()};
    std::int32_t steps{};
    std::uint64_t failed{};
};

// Ends early rather than take longer than this for one rule.
constexpr std::int64_t rule_ns_max = 2'000'000'000;

RuleTaken take_times(dsl::LoneRule& rule, std::uint64_t calls, std::int64_t clock) {
    RuleTaken made;
    const Clock::time_point began = Clock::now();
    for (std::uint64_t i = 0; i < calls; ++i) {
        const std::size_t question = i % dsl::LoneRule::questions;
        const Clock::time_point before = Clock::now();
        const bool well = rule.ask(question);
        made.latency->record(ns_since(before) - clock);
        made.steps = std::max(made.steps, rule.steps_used());
        made.failed += well ? 0 : 1;
        if (i % 64 == 0 && ns_since(began) > rule_ns_max) break;
    }
    return made;
}

void print_row(const std::string& path, const char* how, const RuleTaken& made, double bound) {
    const LatencyRecorder& ns = *made.latency;
    const auto at = [&](double share) {
        return static_cast<unsigned long long>(ns.percentile(share));
    };
    std::printf("%-44s %-11s %8llu %8llu %8llu %9llu %8llu %7d %9.0f", path.c_str(), how, at(0.5),
                at(0.99), at(0.9999), static_cast<unsigned long long>(ns.max()),
                static_cast<unsigned long long>(ns.count()), made.steps, bound);
    if (made.failed > 0) {
        std::printf("  failed %llu", static_cast<unsigned long long>(made.failed));
    }
    std::printf("\n");
}

bool bench_file(const std::string& path, const config::RulesSettings& settings,
                const BenchOptions& options, std::int64_t clock) {
    const dsl::RuleText source{path, text_of(path, dsl::source_bytes_max)};
    std::string faults;
    const auto compiled = dsl::LoneRule::load(source, settings, faults);
    const auto interpreted = dsl::LoneRule::load(source, settings, faults);
    if (compiled == nullptr || interpreted == nullptr) {
        std::fputs(source.text.empty() ? (path + ": this rule file cannot be read\n").c_str()
                                       : faults.c_str(),
                   stderr);
        return false;
    }
    dsl::Diagnostics none;
    const double bound = dsl::bound_of(dsl::check(source, none)).of.at(dsl::reference_book).steps;
    compiled->rulebook().warm();
    print_row(path, "compiled", take_times(*compiled, options.calls, clock), bound);
    interpreted->rulebook().set_compiled(false);
    print_row("", "interpreted", take_times(*interpreted, options.calls / 10 + 1, clock), bound);
    return true;
}

int bench(const BenchOptions& options) {
    config::RulesSettings settings;
    std::vector<std::string> files = files_in(options.paths, ".lua");
    if (options.paths.empty() || !options.config.empty()) {
        const std::string path = options.config.empty() ? "config/riskd.yaml" : options.config;
        config::LoadResult loaded = config::load(path);
        std::fputs(config::render(loaded.faults).c_str(), stderr);
        if (!loaded.ok()) return exit_bad_start;
        settings = std::move(loaded.settings.rules);
        if (options.paths.empty()) files = settings.files;
    }
    if (files.empty()) {
        std::fputs("riskd: no rule files there\n", stderr);
        return exit_bad_start;
    }
    const std::int64_t clock = clock_ns();
    std::printf(
        "each rule alone, one question a call, likely states; ns less the clock's %lld\n"
        "%s, %u threads; compiled rules are warmed first; bound: of a book of %.0f "
        "positions, %.0f balances, %.0f orders\n",
        static_cast<long long>(clock), processor().c_str(), std::thread::hardware_concurrency(),
        dsl::reference_book.positions, dsl::reference_book.balances, dsl::reference_book.orders);
    std::printf("%-44s %-11s %8s %8s %8s %9s %8s %7s %9s\n", "", "", "p50", "p99", "p99.99", "max",
                "calls", "steps", "bound");
    Progress line;
    bool well = true;
    for (const std::string& file : files) {
        if (line.due()) line.show(file);
        line.clear();
        well = bench_file(file, settings, options, clock) && well;
    }
    return well ? exit_well : exit_bad_start;
}

}  // namespace

VerbBody declare_rules_bench(CLI::App& command) {
    auto options = std::make_shared<BenchOptions>();
    command.add_option("files", options->paths, "rule files, or directories of them")
        ->check(CLI::ExistingPath);
    command.add_option("-c,--config", options->config,
                       "the main configuration file: its parameters, and without files its rules");
    command.add_option("--calls", options->calls, "of each rule; interpreted a tenth of them")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
        ->capture_default_str();
    return [options] { return bench(*options); };
}

}  // namespace riskd::verbs
