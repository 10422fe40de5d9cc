#include "riskd/verbs/replay.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "config/load.hpp"
#include "riskd/daemon.hpp"
#include "riskd/rule_names.hpp"
#include "riskd/rulesets/silent_rules.hpp"
#include "riskd/runtime/replay.hpp"
#include "riskd/station.hpp"
#include "riskd/verbs/progress.hpp"

namespace riskd::verbs {
namespace {

struct ReplayOptions {
    std::string directory{"data/journal"};
    std::string config;
    bool verify{};
    std::uint64_t list_max{100};
};

std::string name_of(const Ledger& ledger, AccountId account) {
    return is_known(account) ? std::string(ledger.account(account).terms.name.view()) : "(unknown)";
}

std::string describe(const Ledger& ledger, const Output& output) {
    if (const auto* decision = std::get_if<Decision>(&output)) {
        std::string line = "account " + name_of(ledger, decision->account) + " order " +
                           std::string(decision->order.view()) + " ";
        if (decision->accepted) {
            return line + "accept hold " + std::string(DecimalText(decision->hold.raw, 0).view());
        }
        line += "reject " + std::string(name(decision->reason));
        if (!decision->rule_name.empty()) line += " " + std::string(decision->rule_name.view());
        if (!decision->group_name.empty()) line += " " + std::string(decision->group_name.view());
        if (decision->has_limit) {
            line += " limit " + std::string(DecimalText(decision->limit).view()) + " would_be " +
                    std::string(DecimalText(decision->would_be).view());
        }
        return line;
    }
    if (const auto* change = std::get_if<StageChange>(&output)) {
        std::string position;
        if (is_known(change->instrument)) {
            position = " " + std::string(ledger.instrument(change->instrument).terms.name.view());
            if (change->position_side != PositionSide::net) {
                position += " " + std::string(name(change->position_side));
            }
        }
        return "account " + name_of(ledger, change->account) + position + " stage " +
               std::string(name(change->stage)) + " closes " +
               std::to_string(change->close.size()) + " positions";
    }
    if (const auto* handover = std::get_if<Handover>(&output)) {
        return "handover " + std::string(name(handover->kind)) + " of account " +
               name_of(ledger, handover->of) + " to " + name_of(ledger, handover->account);
    }
    const auto& alert = std::get<Alert>(output);
    return "alert " + std::string(name(alert.kind)) + " " + std::string(alert.about.view()) + " " +
           std::string(alert.detail.view());
}

std::string describe_at(const Ledger& ledger, const Outcome& outcome, std::size_t at) {
    return at < outcome.outputs.size() ? describe(ledger, outcome.outputs[at]) : "nothing";
}

int report(const runtime::ReplayResult& result, const Engine& engine) {
    if (!result.fault.empty()) {
        std::fprintf(stderr, "riskd: %s\n", result.fault.c_str());
        return exit_failed;
    }
    if (result.end.torn_bytes > 0) {
        std::fprintf(stderr, "%llu torn bytes behind the last whole record in %s\n",
                     static_cast<unsigned long long>(result.end.torn_bytes),
                     result.end.segment.c_str());
    }
    std::printf("sequence %llu\n", static_cast<unsigned long long>(engine.sequence().raw));
    std::printf("stream_sequence %llu\n",
                static_cast<unsigned long long>(engine.stream_sequence()));
    std::printf("ruleset %s\n", std::string(engine.ruleset().hash.view()).c_str());
    std::printf("digest %s\n", text(engine.digest()).c_str());
    return exit_well;
}

int replay_recorded(const ReplayOptions& options, const LedgerLimits& limits) {
    rulesets::SilentRules silent;
    const auto engine = std::make_unique<Engine>(limits, silent);
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, options.directory);
    ReplayLine line;
    const auto after = [&](const runtime::JournalRecord&) { line.look(reader.progress()); };
    const auto result = runtime::replay(reader, *engine, nullptr, after);
    line.finish(reader.progress());
    return report(result, *engine);
}

int replay_verified(const ReplayOptions& options, Loaded loaded) {
    dsl::LuaRulebook& rulebook = *loaded.rulebook;
    const config::LimitSettings& limits = loaded.settings.limits;
    const auto engine = std::make_unique<Engine>(ledger_limits(limits), rulebook);
    engine->set_judged_at_once(limits.judged_at_once_max);
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, options.directory);
    ReplayLine line;
    std::uint64_t differing = 0;
    const auto differences = [&](const runtime::ReplayDifference& difference) {
        if (++differing > options.list_max) return;
        line.clear();
        const runtime::JournalRecord& recorded = difference.recorded;
        std::printf("sequence %llu\n  was %s\n  now %s\n",
                    static_cast<unsigned long long>(recorded.event.sequence.raw),
                    describe_at(engine->ledger(), recorded.outcome, difference.output).c_str(),
                    describe_at(engine->ledger(), difference.asked, difference.output).c_str());
    };
    const auto after = [&](const runtime::JournalRecord& record) {
        define_name(rulebook, engine->ledger(), record.event.body);
        line.look(reader.progress());
    };
    const auto result = runtime::replay_asking(reader, *engine, nullptr, differences, after);
    line.finish(reader.progress());
    const int exit_code = report(result, *engine);
    if (exit_code != exit_well) return exit_code;
    if (engine->ruleset().hash.view() != rulebook.hash()) {
        std::printf("asked ruleset %s\n", std::string(rulebook.hash()).c_str());
    }
    std::printf("differences %llu\n", static_cast<unsigned long long>(differing));
    return differing == 0 ? exit_well : exit_failed;
}

int replay_journal(const ReplayOptions& options) {
    const std::string config = options.config.empty() ? "config/riskd.yaml" : options.config;
    if (options.verify) {
        auto loaded = load_all(config);
        return loaded ? replay_verified(options, std::move(*loaded)) : exit_bad_start;
    }
    LedgerLimits limits;
    if (!options.config.empty()) {
        const config::LoadResult loaded = config::load(config);
        if (!loaded.ok()) {
            std::fputs(config::render(loaded.faults).c_str(), stderr);
            return exit_bad_start;
        }
        limits = ledger_limits(loaded.settings.limits);
    }
    return replay_recorded(options, limits);
}

}  // namespace

VerbBody declare_replay(CLI::App& command) {
    auto options = std::make_shared<ReplayOptions>();
    command.add_option("directory", options->directory, "where the segments are")
        ->check(CLI::ExistingDirectory)
        ->capture_default_str();
    command.add_option("-c,--config", options->config, "limits, and with --verify the rules");
    command.add_flag("--verify", options->verify, "ask the rules again and list differences");
    command.add_option("--list", options->list_max, "differences shown at most")
        ->capture_default_str();
    return [options] { return replay_journal(*options); };
}

}  // namespace riskd::verbs
