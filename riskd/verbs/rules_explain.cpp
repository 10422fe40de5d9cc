#include "riskd/verbs/rules_explain.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <string>

#include "riskd/daemon.hpp"
#include "riskd/rule_names.hpp"
#include "riskd/rulesets/admission.hpp"
#include "riskd/rulesets/folder.hpp"
#include "riskd/rulesets/silent_rules.hpp"
#include "riskd/rulesets/switch.hpp"
#include "riskd/rulesets/verdict.hpp"
#include "riskd/runtime/journal_reader.hpp"
#include "riskd/station.hpp"

namespace riskd::verbs {
namespace {

struct ExplainOptions {
    std::string decision;
    std::string directory{"data/journal"};
    std::string config{"config/riskd.yaml"};
};

struct Wanted {
    std::uint64_t sequence{};
    std::string account;  // when there is no sequence
    std::string order;
};

std::optional<Wanted> parse(const std::string& text) {
    const std::size_t slash = text.find('/');
    if (slash != std::string::npos) {
        return Wanted{.account = text.substr(0, slash), .order = text.substr(slash + 1)};
    }
    Wanted wanted;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), wanted.sequence);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && wanted.sequence > 0 ? std::optional{wanted} : std::nullopt;
}

bool is_wanted(const Wanted& wanted, const runtime::JournalRecord& record, const Ledger& ledger) {
    if (wanted.sequence != 0) return record.event.sequence.raw == wanted.sequence;
    const auto* request = std::get_if<OrderRequest>(&record.event.body);
    if (request == nullptr || request->order.view() != wanted.order) return false;
    return is_known(request->account) &&
           ledger.account(request->account).terms.name.view() == wanted.account;
}

// The state before a decision, and the rules that made it.
class Scene {
public:
    explicit Scene(const config::Settings& settings)
        : settings_{settings},
          switch_{silent_},
          engine_{std::make_unique<Engine>(ledger_limits(settings.limits), switch_)} {}

    // Empty: record() is the decision, and the engine stands right before it.
    std::string find(const std::string& directory, const Wanted& wanted) {
        runtime::DiskFiles files;
        runtime::JournalReader reader(files, directory);
        if (std::string fault = reader.open(); !fault.empty()) return fault;
        while (true) {
            const auto step = reader.next(record_);
            if (step == runtime::JournalReader::Step::fault) return reader.fault();
            if (step == runtime::JournalReader::Step::end) {
                return "there is no such decision in " + directory;
            }
            if (is_wanted(wanted, record_, engine_->ledger())) break;
            engine_->apply_recorded(record_.event, record_.outcome);
        }
        return std::holds_alternative<OrderRequest>(record_.event.body)
                   ? std::string{}
                   : "sequence " + std::to_string(wanted.sequence) + " is not an order";
    }

    // Empty: the rules that decided answer now.
    std::string bring_rules(std::unique_ptr<dsl::LuaRulebook> configured) {
        const auto& request = std::get<OrderRequest>(record_.event.body);
        const std::string hash{engine_->ruleset_of(request.account).hash};
        if (configured->hash() == hash) {
            rulebook_ = std::move(configured);
        } else {
            const auto text = rulesets::Folder{settings_.rules.directory}.find(hash);
            if (!text) {
                return "it was decided by the ruleset " + hash + ", which is neither in " +
                       settings_.rules.directory + " nor that of the configuration, " +
                       std::string{configured->hash()};
            }
            rulesets::Admission found = rulesets::admit_again(*text, hash, settings_.rules);
            if (found.ruleset == nullptr) return std::move(found.fault);
            rulebook_ = std::move(found.ruleset->rulebook);
        }
        define_terms(*rulebook_, engine_->ledger());
        define_accounts(*rulebook_, engine_->ledger(), 0,
                        static_cast<std::uint32_t>(engine_->ledger().account_count()));
        switch_.use(*rulebook_);
        return {};
    }

    const runtime::JournalRecord& record() const noexcept { return record_; }
    Engine& engine() noexcept { return *engine_; }
    const dsl::LuaRulebook& rulebook() const noexcept { return *rulebook_; }

private:
    const config::Settings& settings_;
    rulesets::SilentRules silent_;
    rulesets::RuleSwitch switch_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<dsl::LuaRulebook> rulebook_;
    runtime::JournalRecord record_;
};

void print_margin(const char* when, const AccountMargin& margin, int decimals) {
    const auto text = [&](Money amount) {
        return std::string{DecimalText(amount.raw, decimals).view()};
    };
    std::printf("margin %s: equity %s, initial %s, maintenance %s%s\n", when,
                text(margin.equity).c_str(), text(margin.initial_margin).c_str(),
                text(margin.maintenance_margin).c_str(),
                margin.complete ? "" : "; a price is unknown or stale");
}

void print_rules(Scene& scene, const Preview& preview) {
    const auto& answers = preview.limits;
    if (answers.empty()) return;  // it did not come as far as the rules, or none has a say
    for (const RuleId id : scene.rulebook().check_rules()) {
        const auto answer = std::find_if(answers.begin(), answers.end(),
                                         [&](const RuleAnswer& each) { return each.rule == id; });
        const RuleInfo& rule = scene.rulebook().rules()[index(id)];
        std::printf("%s: ", std::string{rule.name.view()}.c_str());
        if (answer == answers.end()) {
            std::printf("says nothing\n");
        } else if (answer->fault != RuleFault::none) {
            std::printf("fault, %s\n", std::string{name(answer->fault)}.c_str());
        } else {
            std::printf("%s, used %s of %s\n",
                        answer->used > answer->allowed ? "refuses" : "passes",
                        dsl::shown(answer->used).c_str(), dsl::shown(answer->allowed).c_str());
        }
        for (const auto& [what, value] : scene.rulebook().seen(id, scene.engine().question()))
            std::printf("    %s %s\n", what.c_str(), value.c_str());
    }
}

void print_order(Scene& scene, const OrderRequest& request, const Decision& decision) {
    const Ledger& ledger = scene.engine().ledger();
    const std::string account = is_known(request.account)
                                    ? std::string{ledger.account(request.account).terms.name.view()}
                                    : "(unknown)";
    std::string of = "(unknown instrument)";
    if (is_known(request.instrument)) {
        const InstrumentDefinition& terms = ledger.instrument(request.instrument).terms;
        of = std::string{DecimalText(request.quantity.raw, terms.quantity_decimals).view()} + " " +
             std::string{terms.name.view()};
        if (request.price.raw != 0) {
            of += " @ " + std::string{DecimalText(request.price.raw, terms.price_decimals).view()};
        }
    }
    std::printf("sequence %llu, order %s of %s: %s %s\n",
                static_cast<unsigned long long>(scene.record().event.sequence.raw),
                std::string{request.order.view()}.c_str(), account.c_str(),
                request.side == Side::buy ? "buy" : "sell", of.c_str());
    std::printf("ruleset %s\n%s\n", std::string{scene.rulebook().hash()}.c_str(),
                rulesets::verdict(decision).c_str());
}

int explain(const ExplainOptions& options) {
    const auto wanted = parse(options.decision);
    if (!wanted) return say_failed("name a decision by its sequence, or as account/order");
    auto loaded = load_all(options.config);
    if (!loaded) return exit_bad_start;
    Scene scene{loaded->settings};
    if (std::string fault = scene.find(options.directory, *wanted); !fault.empty()) {
        return say_failed(fault);
    }
    const auto& recorded = std::get<Decision>(scene.record().outcome.outputs.front());
    if (recorded.repeated) {
        return say_failed("that order repeats one that was answered at sequence " +
                          std::to_string(recorded.sequence.raw));
    }
    if (std::string fault = scene.bring_rules(std::move(loaded->rulebook)); !fault.empty()) {
        return say_failed(fault);
    }
    const auto& request = std::get<OrderRequest>(scene.record().event.body);
    const Preview preview = scene.engine().preview(request, scene.record().event.time);
    print_order(scene, request, recorded);
    print_rules(scene, preview);
    if (preview.decision.has_margin) {
        const int decimals =
            scene.engine().ledger().asset(preview.decision.currency).terms.decimals;
        if (!preview.decision.accepted) print_margin("before", preview.decision.margin, decimals);
        print_margin("after", preview.margin_after, decimals);
    }
    if (rulesets::verdict(preview.decision) == rulesets::verdict(recorded)) return exit_well;
    return say_failed("asked again, the rules say: " + rulesets::verdict(preview.decision));
}

}  // namespace

VerbBody declare_rules_explain(CLI::App& command) {
    auto options = std::make_shared<ExplainOptions>();
    command.add_option("decision", options->decision, "a sequence, or account/order")->required();
    command.add_option("--journal", options->directory, "where the segments are")
        ->check(CLI::ExistingDirectory)
        ->capture_default_str();
    command.add_option("-c,--config", options->config, "limits, rules and rules.directory")
        ->capture_default_str();
    return [options] { return explain(*options); };
}

}  // namespace riskd::verbs
