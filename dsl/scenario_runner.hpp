// Runs a scenario through the engine with the rules in Lua, and compares what came out of each line
// with what was written after `->`: all of it, in order. Time is the script's. One thread; reads
// rule files, writes nothing.
//
// Defaults: asset USDT (6 decimals, the reference) and account currency USDT; an instrument
// BTC-PERP is of BTC, quoted in USDT, tick 0.1, lot 0.001, without fees, leverage_max 100,
// mark_age_max 60s. Rules: the one the scenario stands beside, margin/tiered, collateral/haircut
// and liquidation/ladder, whose rungs are all at the edge unless the scenario is about the ladder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "dsl/coverage.hpp"
#include "dsl/scenario_parser.hpp"

namespace riskd::dsl {

struct ScenarioOptions {
    std::string rules_directory;  // empty: `rules/` of the nearest directory above that has it
    Coverage* coverage{};         // what the scenario reaches of its rules is added; null: nothing
};

// One line whose outputs were not those expected.
struct Mismatch {
    config::Place place;
    std::vector<std::string> expected;
    std::vector<std::string> actual;
};

struct ScenarioResult {
    std::vector<config::Fault> faults;  // it could not be run to its end
    std::vector<Mismatch> mismatches;
    std::string digest;         // of the state after the last line
    std::string digest_stored;  // of the `digest` line; empty without one
    std::uint64_t events{};

    bool digest_changed() const { return !digest_stored.empty() && digest_stored != digest; }
    bool passed() const { return faults.empty() && mismatches.empty() && !digest_changed(); }
};

ScenarioResult run_scenario(const Scenario& scenario, const ScenarioOptions& options);
// Reads and parses the file first.
ScenarioResult run_scenario_file(const std::string& path, const ScenarioOptions& options);

// What a person reads: one fault a line, and a comparison for each mismatch. Empty when it passed.
std::string render(const ScenarioResult& result, const std::string& path);

// The text of the scenario with this digest line in place of the one it has, or at its end.
std::string with_digest(const std::string& text, const std::string& digest);

}  // namespace riskd::dsl
