#include "riskd/verbs/rules_live.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "feeds/codec_client.hpp"
#include "feeds/json_writer.hpp"
#include "riskd/rulesets/bundle.hpp"
#include "riskd/verbs/connection.hpp"
#include "riskd/verbs/file_lists.hpp"
#include "riskd/verbs/progress.hpp"

namespace riskd::verbs {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t answer_ns_max = 30 * second_ns;  // warming many rules takes its time

struct LiveOptions {
    std::shared_ptr<config::NatsSettings> nats;
    std::string bundle;
};

int print_answer(std::string_view answer) {
    std::printf("%.*s\n", static_cast<int>(answer.size()), answer.data());
    const auto tree = feeds::Tree::parse(answer);
    const auto refused = [&](std::string_view key) {
        return (*tree)[key].kind() != feeds::TreeKind::absent;
    };
    return !tree || refused("refused") || refused("error") ? exit_failed : exit_well;
}

int ask(const config::NatsSettings& settings, std::string_view verb, std::string_view payload) {
    const RulesetAnswer answer = ask_rulesets(settings, verb, payload);
    return answer.text ? print_answer(*answer.text) : answer.exit_code;
}

int stage(const LiveOptions& options) {
    const std::string text = text_of(options.bundle, rulesets::bundle_bytes_max);
    return ask(*options.nats, "ruleset_stage", text);
}

int activate(const LiveOptions& options) {
    const std::string text = text_of(options.bundle, rulesets::bundle_bytes_max);
    if (rulesets::is_override(text)) {
        const auto read = rulesets::read_override(text);
        if (!read.made) return say_failed(options.bundle + ": " + read.fault);
        std::string payload;
        feeds::encode_fields(std::array{feeds::FieldText{"override", statement(*read.made)}},
                             payload);
        return ask(*options.nats, "ruleset_activate", payload);
    }
    const auto read = rulesets::read(text);
    if (!read.bundle) {
        return say_failed(options.bundle + ": " + read.fault);
    }
    return ask(*options.nats, "ruleset_activate", R"({"hash":")" + read.bundle->hash + R"("})");
}

std::shared_ptr<LiveOptions> declare_bundle(CLI::App& command) {
    auto options = std::make_shared<LiveOptions>();
    options->nats = declare_connection(command);
    command.add_option("bundle", options->bundle, "a signed bundle or override")
        ->required()
        ->check(CLI::ExistingFile);
    return options;
}

struct CanaryOptions {
    std::shared_ptr<config::NatsSettings> nats;
    std::vector<std::string> accounts;
    std::string share;
    bool off{};
};

void write_canary_request(const CanaryOptions& options, std::string& into) {
    feeds::JsonWriter json{into};
    json.begin_object();
    if (options.off) json.key("on").boolean(false);
    if (!options.share.empty()) json.key("share").string(options.share);
    if (!options.accounts.empty()) {
        json.key("accounts").begin_array();
        for (const std::string& account : options.accounts)
            json.string(account);
        json.end_array();
    }
    json.end_object();
}

}  // namespace

RulesetAnswer ask_rulesets(const config::NatsSettings& settings, std::string_view verb,
                           std::string_view payload) {
    const auto client = connect(settings, "riskd rules");
    if (!client) return {.text = {}, .exit_code = exit_bad_start};
    feeds::SubjectBuffer buffer{};
    const auto subject = client->subjects().format(feeds::Topic::admin, verb, buffer);
    const std::int64_t began = steady_ns();
    bool asked = false;
    while (steady_ns() - began < answer_ns_max) {
        asked = asked || client->request(subject, payload, 1);
        client->wait(50);
        feeds::Arrival arrival;
        while (client->next(arrival)) {
            if (arrival.kind != feeds::Arrival::Kind::answer) continue;
            return {.text = std::string{arrival.payload}, .exit_code = exit_well};
        }
        if (client->unheard() > 0) {
            return {.text = {}, .exit_code = say_failed("nobody answers; is riskd running?")};
        }
    }
    return {.text = {}, .exit_code = say_failed("no answer within half a minute")};
}

VerbBody declare_rules_stage(CLI::App& command) {
    return [options = declare_bundle(command)] { return stage(*options); };
}

VerbBody declare_rules_shadow(CLI::App& command) {
    const auto nats = declare_connection(command);
    auto word = std::make_shared<std::string>();
    command.add_option("switch", *word, "on or off")
        ->required()
        ->check(CLI::IsMember({"on", "off"}));
    return [nats, word] {
        return ask(*nats, "ruleset_shadow", *word == "on" ? R"({"on":true})" : R"({"on":false})");
    };
}

VerbBody declare_rules_canary(CLI::App& command) {
    auto options = std::make_shared<CanaryOptions>();
    options->nats = declare_connection(command);
    auto* off = command.add_flag("--off", options->off, "all accounts have the same rules again");
    command.add_option("--account", options->accounts, "an account; may be given again")
        ->excludes(off);
    command.add_option("--share", options->share, "of all accounts, such as 0.05; chosen by name")
        ->excludes(off);
    return [options] {
        std::string request;
        write_canary_request(*options, request);
        return ask(*options->nats, "ruleset_canary", request);
    };
}

VerbBody declare_rules_activate(CLI::App& command) {
    return [options = declare_bundle(command)] { return activate(*options); };
}

VerbBody declare_rules_rollback(CLI::App& command) {
    return [nats = declare_connection(command)] { return ask(*nats, "ruleset_rollback", "{}"); };
}

VerbBody declare_rules_status(CLI::App& command) {
    return [nats = declare_connection(command)] { return ask(*nats, "ruleset_status", "{}"); };
}

}  // namespace riskd::verbs
