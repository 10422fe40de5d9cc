#include "riskd/verbs/rules_check.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "dsl/checker.hpp"
#include "dsl/lexer.hpp"
#include "riskd/verbs/check.hpp"
#include "riskd/verbs/file_lists.hpp"

namespace riskd::verbs {
namespace {

struct CheckOptions {
    std::vector<std::string> paths;
    std::string config;
};

// False when it is no rule.
bool check_file(const std::string& path) {
    dsl::RuleText source{path, text_of(path, dsl::source_bytes_max)};
    if (source.text.empty()) {
        std::printf("%s: this rule file cannot be read\n", path.c_str());
        return false;
    }
    dsl::Diagnostics diagnostics;
    const dsl::CheckedRule rule = dsl::check(std::move(source), diagnostics);
    for (const dsl::Diagnostic& each : diagnostics.list())
        std::fputs(dsl::render(rule.source, each).c_str(), stdout);
    return diagnostics.empty();
}

int check_rules(const CheckOptions& options) {
    if (options.paths.empty()) {
        const std::string config = options.config.empty() ? "config/riskd.yaml" : options.config;
        return check_configuration(config);
    }
    const std::vector<std::string> files = files_in(options.paths, ".lua");
    if (files.empty()) {
        std::fputs("riskd: no rule files there\n", stderr);
        return exit_bad_start;
    }
    bool well = true;
    for (const std::string& file : files)
        well = check_file(file) && well;
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
    return [options] { return check_rules(*options); };
}

}  // namespace riskd::verbs
