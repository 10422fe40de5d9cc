#include "riskd/verbs/rules_override.hpp"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "config/parameters.hpp"
#include "feeds/codec_client.hpp"
#include "riskd/core/reference_fields.hpp"
#include "riskd/rulesets/override.hpp"
#include "riskd/runtime/clock.hpp"
#include "riskd/verbs/connection.hpp"
#include "riskd/verbs/rules_live.hpp"

namespace riskd::verbs {
namespace {

struct OverrideOptions {
    std::shared_ptr<config::NatsSettings> nats;
    rulesets::Override made;
    std::string parameter;
    std::string value;
    std::string until;
    std::string lasts;
    std::string file;
};

// Empty, or what is wrong with how long it is for.
std::string read_end(const OverrideOptions& options, Timestamp now, Timestamp& until) {
    if (options.until.empty() == options.lasts.empty()) return "say either `--until` or `--for`";
    if (!options.lasts.empty()) {
        const auto seconds = config::parse_number(options.lasts);
        const double most = static_cast<double>(rulesets::override_time_max.ns) / 1e9;
        if (!seconds || *seconds <= 0 || *seconds > most) {
            return "`--for` is a time up to 31 days: 30m, 4h, 2d";
        }
        until = now + Duration{static_cast<std::int64_t>(*seconds * 1e9)};
        return {};
    }
    const DecimalRead read = parse_time(options.until);
    if (read.fault != DecimalFault::none) return "`--until` is a time such as 2027-01-31T18:00:00Z";
    until.ns = read.raw;
    if (until <= now) return "`--until` is over already";
    return until - now > rulesets::override_time_max ? "`--until` is more than 31 days away" : "";
}

// What decides, by a running riskd. Nothing: why not was said.
std::optional<std::string> ask_base(const config::NatsSettings& nats) {
    const RulesetAnswer answer = ask_rulesets(nats, "ruleset_status", "{}");
    if (!answer.text) return std::nullopt;
    const auto tree = feeds::Tree::parse(*answer.text);
    std::string hash{tree ? (*tree)["active"]["hash"].text() : std::string_view{}};
    if (!hash.empty()) return hash;
    say_failed("riskd does not say what decides: " + *answer.text);
    return std::nullopt;
}

int make_override(const OverrideOptions& options) {
    rulesets::Override made = options.made;
    const auto fault_of = [](const char* option, const std::string& why) {
        return say_failed(std::string{"`"} + option + "` " + why);
    };
    std::string why = rulesets::set_parameter(options.parameter, made.setting);
    if (!why.empty()) return fault_of("--parameter", why);
    why = rulesets::set_value(options.value, made.setting);
    if (!why.empty()) return fault_of("--value", why);
    why = read_end(options, runtime::machine_time(), made.until);
    if (!why.empty()) return say_failed(why);
    if (made.base.empty()) {
        const auto base = ask_base(*options.nats);
        if (!base) return exit_failed;
        made.base = *base;
    }
    const std::string text = rulesets::write(made);
    const auto read = rulesets::read_override(text);
    if (!read.made) return say_failed(read.fault);
    std::ofstream file(options.file, std::ios::binary | std::ios::trunc);
    if (!(file << text).flush()) return say_failed(options.file + ": " + std::strerror(errno));
    std::fputs(statement(made).c_str(), stdout);
    return exit_well;
}

}  // namespace

VerbBody declare_rules_override(CLI::App& command) {
    auto options = std::make_shared<OverrideOptions>();
    options->nats = declare_connection(command);
    config::ParameterSetting& whom = options->made.setting;
    command.add_option("--account", whom.account, "whom it is for")->required();
    command.add_option("--instrument", whom.instrument, "only in this one");
    command.add_option("--asset", whom.asset, "only for this one, of a collateral rule");
    command.add_option("--parameter", options->parameter, "rule.parameter")->required();
    command.add_option("--value", options->value, "as the configuration has it")->required();
    command.add_option("--reason", options->made.reason, "why, for those who sign")->required();
    command.add_option("--until", options->until, "when it ends, UTC");
    command.add_option("--for", options->lasts, "or for how long from now");
    command.add_option("--base", options->made.base,
                       "hash of the ruleset it is for; else of what decides in riskd");
    command.add_option("-o,--output", options->file, "the override to write")->required();
    return [options] { return make_override(*options); };
}

}  // namespace riskd::verbs
