#include "riskd/verbs/test.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "dsl/scenario_runner.hpp"
#include "riskd/verbs/file_lists.hpp"
#include "riskd/verbs/progress.hpp"

namespace riskd::verbs {
namespace {

struct TestOptions {
    std::vector<std::string> paths;
    std::string rules;
    bool update{};
    bool coverage{};
};

// The rules that lie in the directories named should be reached.
void expect_rules(const std::vector<std::string>& paths, dsl::Coverage& coverage) {
    for (const std::string& path : paths) {
        if (path.ends_with(".scenario")) continue;
        for (const std::string& file : files_in({path}, ".lua"))
            coverage.expect(file);
    }
}

// False when the file cannot be written.
bool store_digest(const std::string& path, const std::string& digest) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    std::ofstream file{path, std::ios::trunc};
    file << dsl::with_digest(text.str(), digest);
    return static_cast<bool>(file);
}

int run_tests(const TestOptions& options) {
    const std::vector<std::string> files = files_in(options.paths, ".scenario");
    if (files.empty()) {
        std::fputs("riskd: no scenario files there\n", stderr);
        return exit_bad_start;
    }
    const std::int64_t began_ns = steady_ns();
    std::size_t passed = 0;
    std::size_t failed = 0;
    bool unreadable = false;
    dsl::Coverage coverage;
    Progress line;
    for (const std::string& file : files) {
        if (line.due()) {
            line.show(std::to_string(passed + failed) + " of " + std::to_string(files.size()) +
                      " scenarios, " + file);
        }
        dsl::ScenarioResult result = dsl::run_scenario_file(
            file,
            {.rules_directory = options.rules, .coverage = options.coverage ? &coverage : nullptr});
        const bool ran_well = result.faults.empty() && result.mismatches.empty();
        if (options.update && ran_well && result.digest != result.digest_stored) {
            if (!store_digest(file, result.digest)) {
                result.faults.push_back({.place = {.file = file}, .message = "cannot be written"});
            }
            result.digest_stored = result.digest;
        }
        unreadable = unreadable || !result.faults.empty();
        (result.passed() ? passed : failed) += 1;
        if (result.passed()) continue;
        line.clear();
        std::fputs(dsl::render(result, file).c_str(), stdout);
    }
    line.clear();
    const double seconds = static_cast<double>(steady_ns() - began_ns) / 1e9;
    if (options.coverage) {
        expect_rules(options.paths, coverage);
        std::fputs(coverage.report().c_str(), stdout);
    }
    std::printf("%zu passed, %zu failed, %.1f s\n", passed, failed, seconds);
    if (unreadable) return exit_bad_start;
    return failed == 0 ? exit_well : exit_failed;
}

}  // namespace

VerbBody declare_test(CLI::App& command) {
    auto options = std::make_shared<TestOptions>();
    command.add_option("paths", options->paths, "scenario files, or directories of them")
        ->required()
        ->check(CLI::ExistingPath);
    command.add_option("--rules", options->rules,
                       "directory of rules; default: the nearest `rules` above the scenario");
    command.add_flag("--update", options->update, "store the digest of each scenario that passes");
    command.add_flag("--coverage", options->coverage,
                     "list what ran of the rules, and how near limits came to firing");
    return [options] { return run_tests(*options); };
}

}  // namespace riskd::verbs
