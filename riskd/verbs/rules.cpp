#include "riskd/verbs/rules.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "riskd/verbs/rules_bench.hpp"
#include "riskd/verbs/rules_bundle.hpp"
#include "riskd/verbs/rules_check.hpp"
#include "riskd/verbs/rules_diff.hpp"
#include "riskd/verbs/rules_explain.hpp"
#include "riskd/verbs/rules_fmt.hpp"
#include "riskd/verbs/rules_live.hpp"
#include "riskd/verbs/rules_override.hpp"
#include "riskd/verbs/rules_replay.hpp"
#include "riskd/verbs/rules_schema.hpp"
#include "riskd/verbs/test.hpp"

namespace riskd::verbs {
namespace {

constexpr std::array tools{
    Verb{"check", "look at rule files, or at a configuration and its rules", rules_check_examples,
         declare_rules_check},
    Verb{"test", "run scenario files through the engine and the rules", test_examples,
         declare_test},
    Verb{"fmt", "write rule files in the one layout", rules_fmt_examples, declare_rules_fmt},
    Verb{"diff", "what changes from one ruleset to another, and for whom", rules_diff_examples,
         declare_rules_diff},
    Verb{"bench", "measure what a question to each rule takes", rules_bench_examples,
         declare_rules_bench},
    Verb{"replay", "ask the orders of a journal again under other rules", rules_replay_examples,
         declare_rules_replay},
    Verb{"schema", "print what a rule can name", rules_schema_examples, declare_rules_schema},
    Verb{"explain", "say what each rule saw and answered in one decision", rules_explain_examples,
         declare_rules_explain},
    Verb{"key", "make a key to sign rulesets with", rules_key_examples, declare_rules_key},
    Verb{"bundle", "make one file of the rules and parameters of a configuration",
         rules_bundle_examples, declare_rules_bundle},
    Verb{"override", "write one limit for one account until a time", rules_override_examples,
         declare_rules_override},
    Verb{"sign", "sign a bundle or an override", rules_sign_examples, declare_rules_sign},
    Verb{"stage", "send a bundle to a running riskd as its candidate", rules_stage_examples,
         declare_rules_stage},
    Verb{"shadow", "ask the candidate beside the rules that decide", rules_shadow_examples,
         declare_rules_shadow},
    Verb{"canary", "let the candidate decide for some accounts", rules_canary_examples,
         declare_rules_canary},
    Verb{"activate", "let the candidate decide", rules_activate_examples, declare_rules_activate},
    Verb{"rollback", "let the ruleset before decide again", rules_rollback_examples,
         declare_rules_rollback},
    Verb{"status", "say which rulesets a running riskd has", rules_status_examples,
         declare_rules_status},
};

}  // namespace

VerbBody declare_rules(CLI::App& command) {
    command.require_subcommand(1);
    auto bodies = std::make_shared<std::vector<std::pair<CLI::App*, VerbBody>>>();
    for (const Verb& tool : tools) {
        CLI::App* below = add_verb(command, tool);
        bodies->emplace_back(below, tool.declare(*below));
    }
    return [bodies]() -> int {
        for (const auto& [below, body] : *bodies) {
            if (below->parsed()) return body();
        }
        return exit_bad_start;
    };
}

}  // namespace riskd::verbs
