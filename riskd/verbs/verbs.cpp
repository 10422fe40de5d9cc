#include "riskd/verbs/verbs.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <string>

#include "riskd/verbs/check.hpp"
#include "riskd/verbs/demo.hpp"
#include "riskd/verbs/feed.hpp"
#include "riskd/verbs/load.hpp"
#include "riskd/verbs/replay.hpp"
#include "riskd/verbs/rules.hpp"
#include "riskd/verbs/run.hpp"
#include "riskd/verbs/test.hpp"
#include "riskd/verbs/top.hpp"

namespace riskd::verbs {
namespace {

constexpr std::array verb_table{
    Verb{"run", "start the daemon", run_examples, declare_run},
    Verb{"check", "look at configuration and rules; list every fault", check_examples,
         declare_check},
    Verb{"test", "run scenario files through the engine and the rules", test_examples,
         declare_test},
    Verb{"rules", "tools for writing rules", rules_examples, declare_rules},
    Verb{"replay", "play a journal to its digest, or ask its rules again", replay_examples,
         declare_replay},
    Verb{"feed", "publish files of prices, fills and orders", feed_examples, declare_feed},
    Verb{"load", "drive checks and report latency beside a bare echo", load_examples, declare_load},
    Verb{"top", "live board in the terminal", top_examples, declare_top},
    Verb{"demo", "everything at once: server, riskd, a market that crashes, clients, the board",
         demo_examples, declare_demo},
};

}  // namespace

std::span<const Verb> all_verbs() noexcept {
    return verb_table;
}

CLI::App* add_verb(CLI::App& above, const Verb& verb) {
    CLI::App* command = above.add_subcommand(std::string{verb.name}, std::string{verb.summary});
    command->footer("Examples:\n" + std::string{verb.examples});
    return command;
}

int say_failed(const std::string& why) {
    std::fprintf(stderr, "riskd: %s\n", why.c_str());
    return exit_failed;
}

int run_command_line(int count, const char* const* arguments) {
    CLI::App app{"riskd: real-time risk checks between an order management system and the markets",
                 "riskd"};
    app.set_version_flag("--version", std::string{RISKD_VERSION});
    app.require_subcommand(1);
    app.footer("`riskd <verb> --help` shows the options of a verb and examples.");
    int exit_code = exit_well;
    for (const Verb& verb : verb_table) {
        CLI::App* command = add_verb(app, verb);
        VerbBody body = verb.declare(*command);
        command->final_callback([&exit_code, body = std::move(body)] { exit_code = body(); });
    }
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_well : exit_bad_start;
    }
    return exit_code;
}

}  // namespace riskd::verbs
