#include "riskd/verbs/rules_replay.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "feeds/json_writer.hpp"
#include "riskd/daemon.hpp"
#include "riskd/rulesets/admission.hpp"
#include "riskd/rulesets/candidate_replay.hpp"
#include "riskd/rulesets/folder.hpp"
#include "riskd/runtime/journal_reader.hpp"
#include "riskd/station.hpp"
#include "riskd/verbs/progress.hpp"

namespace riskd::verbs {
namespace {

using rulesets::FlippedOrder;
using rulesets::Flips;
using rulesets::ReplayComparison;

struct RulesReplayOptions {
    std::string directory{"data/journal"};
    std::string config{"config/riskd.yaml"};
    std::string before;  // empty: only rules.directory is looked in
    std::uint64_t list_max{};
    bool json{};
};

// What is printed besides the counts.
struct ReplayLists {
    std::vector<FlippedOrder> loosened;
    std::vector<FlippedOrder> tightened;
    std::uint64_t list_max{};

    void take(const FlippedOrder& order) {
        auto& list = order.loosens ? loosened : tightened;
        if (list.size() < list_max) list.push_back(order);
    }
};

std::string amounts(const std::map<std::string, double>& by_asset) {
    std::string text;
    for (const auto& [asset, amount] : by_asset) {
        if (!text.empty()) text += " + ";
        text += dsl::shown(std::round(amount * 100) / 100) + " " + asset;
    }
    return text.empty() ? "-" : text;
}

void print_flips(const char* what, const std::map<std::string, Flips>& flips) {
    if (flips.empty()) return;
    std::printf("%-36s %12s  %-28s %12s  %s\n", what, "now refused", "notional", "now accepted",
                "notional");
    for (const auto& [name, each] : flips) {
        std::printf("  %-34s %12s  %-28s %12s  %s\n", name.c_str(), grouped(each.refused).c_str(),
                    amounts(each.notional_refused).c_str(), grouped(each.accepted).c_str(),
                    amounts(each.notional_accepted).c_str());
    }
}

void print_list(const char* what, const std::vector<FlippedOrder>& list, std::uint64_t all) {
    if (list.empty()) return;
    std::printf("%s:\n", what);
    for (const FlippedOrder& each : list) {
        std::printf("  %llu  %s/%s  %s\n    was %s, now %s\n",
                    static_cast<unsigned long long>(each.sequence), each.account.c_str(),
                    each.order.c_str(), each.what.c_str(), each.before.c_str(), each.after.c_str());
    }
    if (all > list.size()) {
        std::printf("  and %s more\n", grouped(all - list.size()).c_str());
    }
}

void print_text(const rulesets::CandidateReplay& replay, const ReplayLists& lists) {
    const ReplayComparison& comparison = replay.comparison();
    const auto& totals = comparison.totals();
    std::printf(
        "%s events, %s orders: %s decided the same, %s now refused, %s now accepted, %s "
        "refused for another reason; %s rule faults\n",
        grouped(totals.events).c_str(), grouped(totals.orders).c_str(),
        grouped(totals.same).c_str(), grouped(totals.refused).c_str(),
        grouped(totals.accepted).c_str(), grouped(totals.other_reason).c_str(),
        grouped(totals.faults).c_str());
    const auto& work = replay.work();
    std::printf("asked: %s orders in full, %s about changed rules alone; %s accounts judged\n",
                grouped(work.asked_in_full).c_str(), grouped(work.asked_in_part).c_str(),
                grouped(work.accounts_judged).c_str());
    print_flips("by rule", comparison.by_rule());
    print_flips("by account", comparison.by_account());
    for (const auto& [account, count] : comparison.liquidations()) {
        std::printf("liquidations of %s: were %llu, now %llu, from sequence %llu on\n",
                    account.c_str(), static_cast<unsigned long long>(count.before),
                    static_cast<unsigned long long>(count.after),
                    static_cast<unsigned long long>(count.first_sequence));
    }
    print_list("loosened", lists.loosened, totals.accepted);
    print_list("tightened", lists.tightened, totals.refused);
}

void write_flips(feeds::JsonWriter& json, std::string_view key,
                 const std::map<std::string, Flips>& flips) {
    const auto notional = [&](std::string_view name, const std::map<std::string, double>& sums) {
        json.key(name).begin_object();
        for (const auto& [asset, amount] : sums)
            json.key(asset).literal(dsl::shown(amount));
        json.end_object();
    };
    json.key(key).begin_object();
    for (const auto& [name, each] : flips) {
        json.key(name).begin_object();
        json.key("now_refused").unsigned_integer(each.refused);
        notional("notional_refused", each.notional_refused);
        json.key("now_accepted").unsigned_integer(each.accepted);
        notional("notional_accepted", each.notional_accepted);
        json.end_object();
    }
    json.end_object();
}

void write_orders(feeds::JsonWriter& json, std::string_view key,
                  const std::vector<FlippedOrder>& list) {
    json.key(key).begin_array();
    for (const FlippedOrder& each : list) {
        json.begin_object();
        json.key("sequence").unsigned_integer(each.sequence);
        json.key("account").string(each.account);
        json.key("order").string(each.order);
        json.key("what").string(each.what);
        json.key("was").string(each.before);
        json.key("now").string(each.after);
        json.end_object();
    }
    json.end_array();
}

void write_json(const rulesets::CandidateReplay& replay, const ReplayLists& lists,
                std::string_view ruleset, std::string& text) {
    const ReplayComparison& comparison = replay.comparison();
    const auto& totals = comparison.totals();
    feeds::JsonWriter json{text};
    json.begin_object();
    json.key("ruleset").string(ruleset);
    json.key("events").unsigned_integer(totals.events);
    json.key("orders").unsigned_integer(totals.orders);
    json.key("same").unsigned_integer(totals.same);
    json.key("now_refused").unsigned_integer(totals.refused);
    json.key("now_accepted").unsigned_integer(totals.accepted);
    json.key("other_reason").unsigned_integer(totals.other_reason);
    json.key("rule_faults").unsigned_integer(totals.faults);
    json.key("asked_in_full").unsigned_integer(replay.work().asked_in_full);
    json.key("asked_in_part").unsigned_integer(replay.work().asked_in_part);
    json.key("accounts_judged").unsigned_integer(replay.work().accounts_judged);
    write_flips(json, "by_rule", comparison.by_rule());
    write_flips(json, "by_account", comparison.by_account());
    json.key("liquidations").begin_object();
    for (const auto& [account, count] : comparison.liquidations()) {
        json.key(account).begin_object();
        json.key("were").unsigned_integer(count.before);
        json.key("now").unsigned_integer(count.after);
        json.key("from_sequence").unsigned_integer(count.first_sequence);
        json.end_object();
    }
    json.end_object();
    write_orders(json, "loosened", lists.loosened);
    write_orders(json, "tightened", lists.tightened);
    json.end_object();
}

// The rulesets that decided, as far as they can be found: as bundles that riskd kept, or in the
// configuration of that day.
class DecidedRulesets {
public:
    DecidedRulesets(const config::RulesSettings& here, const dsl::LuaRulebook& candidate)
        : here_{here}, candidate_{candidate} {}

    void add(std::unique_ptr<dsl::LuaRulebook> rulebook) {
        const std::string hash{rulebook->hash()};
        found_[hash] = std::move(rulebook);
    }

    const dsl::LuaRulebook* find(std::string_view hash) {
        if (hash == candidate_.hash()) return &candidate_;
        const auto known = found_.find(hash);
        if (known != found_.end()) return known->second.get();
        std::unique_ptr<dsl::LuaRulebook>& made = found_[std::string{hash}];
        if (const auto text = rulesets::Folder{here_.directory}.find(hash)) {
            auto admitted = rulesets::admit_again(*text, hash, here_);
            if (admitted.ruleset != nullptr) made = std::move(admitted.ruleset->rulebook);
        }
        if (made == nullptr) {
            std::fprintf(stderr,
                         "the ruleset %s, which decided, is neither in %s nor that of --before: "
                         "every rule is asked about all it decided\n",
                         std::string{hash}.c_str(), here_.directory.c_str());
        }
        return made.get();
    }

private:
    const config::RulesSettings& here_;
    const dsl::LuaRulebook& candidate_;
    std::map<std::string, std::unique_ptr<dsl::LuaRulebook>, std::less<>> found_;  // by hash
};

std::string play(runtime::JournalReader& reader, rulesets::CandidateReplay& replay) {
    if (std::string fault = reader.open(); !fault.empty()) return fault;
    if (reader.first().raw > 1) return "the segments before the journal's first one are missing";
    ReplayLine line;
    runtime::JournalRecord record;
    while (true) {
        const auto step = reader.next(record);
        if (step == runtime::JournalReader::Step::fault) return reader.fault();
        if (step == runtime::JournalReader::Step::end) break;
        replay.take(record);
        line.look(reader.progress());
    }
    line.finish(reader.progress());
    return {};
}

int replay_rules(const RulesReplayOptions& options) {
    auto loaded = load_all(options.config);
    if (!loaded) return exit_bad_start;
    dsl::LuaRulebook& rulebook = *loaded->rulebook;
    DecidedRulesets decided{loaded->settings.rules, rulebook};
    if (!options.before.empty()) {
        auto before = load_all(options.before);
        if (!before) return exit_bad_start;
        decided.add(std::move(before->rulebook));
    }
    rulebook.warm();
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, options.directory);
    ReplayLists lists{.loosened = {}, .tightened = {}, .list_max = options.list_max};
    if (options.list_max == 0) lists.list_max = options.json ? ~std::uint64_t{} : 100;
    const auto replay = std::make_unique<rulesets::CandidateReplay>(
        ledger_limits(loaded->settings.limits), rulebook,
        [&](std::string_view hash) { return decided.find(hash); },
        [&](const FlippedOrder& order) { lists.take(order); });
    if (const std::string fault = play(reader, *replay); !fault.empty()) return say_failed(fault);
    const ReplayComparison& comparison = replay->comparison();
    if (options.json) {
        std::string text;
        write_json(*replay, lists, rulebook.hash(), text);
        std::printf("%s\n", text.c_str());
    } else {
        std::printf("ruleset %s\n", std::string{rulebook.hash()}.c_str());
        print_text(*replay, lists);
    }
    const auto& totals = comparison.totals();
    const bool same = totals.same == totals.orders && comparison.liquidations().empty();
    return same ? exit_well : exit_failed;
}

}  // namespace

VerbBody declare_rules_replay(CLI::App& command) {
    auto options = std::make_shared<RulesReplayOptions>();
    command.add_option("journal", options->directory, "where the segments are")
        ->check(CLI::ExistingDirectory)
        ->capture_default_str();
    command.add_option("-c,--config", options->config, "limits, and the rules to ask")
        ->capture_default_str();
    command.add_option("--before", options->before,
                       "the configuration of that day, if rules.directory does not have its rules");
    command.add_option("--list", options->list_max,
                       "orders listed at most, of each way; default 100, with --json all");
    command.add_flag("--json", options->json, "for programs");
    return [options] { return replay_rules(*options); };
}

}  // namespace riskd::verbs
