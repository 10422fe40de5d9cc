#include "riskd/verbs/rules_check.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "dsl/checker.hpp"
#include "dsl/lexer.hpp"
#include "dsl/step_bound.hpp"
#include "riskd/verbs/check.hpp"
#include "riskd/verbs/file_lists.hpp"

namespace riskd::verbs {
namespace {

struct CheckOptions {
    std::vector<std::string> paths;
    std::string config;
    bool verbose{};
};

// The most that one call may take.
void print_bound(const dsl::CheckedRule& rule) {
    const dsl::RuleBound bound = dsl::bound_of(rule);
    const dsl::Work most = bound.of.at(dsl::reference_book);
    std::printf("%-44s %8.0f steps %9.0f ns", rule.source.path.c_str(), most.steps, most.ns);
    if (dsl::is_about_books(rule.declaration)) std::printf("  (%s)", bound.of.text().c_str());
    std::printf("\n");
}

// False when it is no rule.
bool check_file(const std::string& path, std::int64_t steps_max, bool verbose) {
    dsl::RuleText source{path, text_of(path, dsl::source_bytes_max)};
    if (source.text.empty()) {
        std::printf("%s: this rule file cannot be read\n", path.c_str());
        return false;
    }
    dsl::Diagnostics diagnostics;
    const dsl::CheckedRule rule = dsl::check(std::move(source), diagnostics);
    if (diagnostics.empty()) {
        if (auto over = dsl::over_budget(rule, steps_max)) {
            diagnostics.add(over->at, std::move(over->message));
        }
        if (verbose) print_bound(rule);
    }
    for (const dsl::Diagnostic& each : diagnostics.list())
        std::fputs(dsl::render(rule.source, each).c_str(), stdout);
    return diagnostics.empty();
}

// Said once above the figures, and only there.
void print_conditions() {
    const dsl::BookSize& book = dsl::reference_book;
    std::printf("at most, compiled; of books: %.0f positions, %.0f balances, %.0f orders\n",
                book.positions, book.balances, book.orders);
}

int check_rules(const CheckOptions& options) {
    std::vector<std::string> files = files_in(options.paths, ".lua");
    std::int64_t steps_max = config::RulesSettings{}.steps_max;
    if (options.paths.empty()) {
        const std::string path = options.config.empty() ? "config/riskd.yaml" : options.config;
        const int code = check_configuration(path);
        if (code != exit_well || !options.verbose) return code;
        const config::LoadResult loaded = config::load(path);
        files = loaded.settings.rules.files;
        steps_max = loaded.settings.rules.steps_max;
    } else if (files.empty()) {
        std::fputs("riskd: no rule files there\n", stderr);
        return exit_bad_start;
    }
    if (options.verbose) print_conditions();
    bool well = true;
    for (const std::string& file : files)
        well = check_file(file, steps_max, options.verbose) && well;
    return well ? exit_well : exit_bad_start;
}

}  // namespace

VerbBody declare_rules_check(CLI::App& command) {
    auto options = std::make_shared<CheckOptions>();
    CLI::Option* paths =
        command.add_option("files", options->paths, "rule files, or directories of them")
            ->check(CLI::ExistingPath);
    command.add_option("-c,--config", options->config, "the main configuration file")
        ->excludes(paths);
    command.add_flag("-v,--verbose", options->verbose, "the most steps and time of each rule");
    return [options] { return check_rules(*options); };
}

}  // namespace riskd::verbs
