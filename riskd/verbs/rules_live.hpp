// `riskd rules stage`, `shadow`, `canary`, `activate`, `rollback` and `status`: the rulesets of a
// running riskd, asked and changed over NATS. The answer goes to standard output as it came, JSON;
// a refusal ends with exit code 1. Main thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view rules_stage_examples =
    "  riskd rules stage new.bundle\n"
    "  riskd rules stage more.override\n"
    "riskd reads, checks and warms it; it is then the candidate, and decides nothing yet.\n";

inline constexpr std::string_view rules_shadow_examples =
    "  riskd rules shadow on\n"
    "  riskd rules shadow off\n"
    "The candidate is asked about every order and account beside the rules that decide, without\n"
    "effect; what would differ is counted, see `riskd rules status`.\n";

inline constexpr std::string_view rules_canary_examples =
    "  riskd rules canary --account A1 --account A7\n"
    "  riskd rules canary --share 0.05\n"
    "  riskd rules canary --off\n"
    "The candidate decides for these accounts, and the rules that decide for all others are asked\n"
    "beside it. It gives way by itself when it passes a bound (canary.* of the configuration).\n";

inline constexpr std::string_view rules_activate_examples =
    "  riskd rules activate new.bundle\n"
    "The candidate decides from the next sequence on, if it is this one, has not expired and is\n"
    "signed: once when it only tightens, twice when it loosens or is an override.\n";

inline constexpr std::string_view rules_rollback_examples =
    "  riskd rules rollback\n"
    "The ruleset that decided before decides again.\n";

inline constexpr std::string_view rules_status_examples =
    "  riskd rules status\n"
    "Which ruleset decides, which one did before, what the candidate lacks, and which overrides\n"
    "are in force until when.\n";

struct RulesetAnswer {
    std::optional<std::string> text;  // nothing: why not was said
    int exit_code{};                  // then
};
// Asks a running riskd on risk.admin.<verb>.
RulesetAnswer ask_rulesets(const config::NatsSettings& settings, std::string_view verb,
                           std::string_view payload);

VerbBody declare_rules_stage(CLI::App& command);
VerbBody declare_rules_shadow(CLI::App& command);
VerbBody declare_rules_canary(CLI::App& command);
VerbBody declare_rules_activate(CLI::App& command);
VerbBody declare_rules_rollback(CLI::App& command);
VerbBody declare_rules_status(CLI::App& command);

}  // namespace riskd::verbs
