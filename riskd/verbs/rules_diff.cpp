#include "riskd/verbs/rules_diff.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "dsl/lexer.hpp"
#include "dsl/parameters.hpp"
#include "dsl/ruleset.hpp"
#include "dsl/ruleset_diff.hpp"
#include "riskd/verbs/file_lists.hpp"

namespace riskd::verbs {
namespace {

struct DiffOptions {
    std::string before;
    std::string after;
    bool json{};
};

// Adds the rule; false, and said, when it has faults or the name of another.
bool add_rule(const std::string& path, dsl::RulesetSide& side) {
    dsl::RuleText source{path, text_of(path, dsl::source_bytes_max)};
    dsl::Diagnostics diagnostics;
    dsl::CheckedRule rule = dsl::check(std::move(source), diagnostics);
    for (const dsl::CheckedRule& each : side.rules) {
        if (each.declaration.name != rule.declaration.name || !diagnostics.empty()) continue;
        diagnostics.add(
            rule.declaration.name_at,
            "there is already a rule `" + rule.declaration.name + "`, in " + each.source.path);
    }
    for (const dsl::Diagnostic& each : diagnostics.list())
        std::fputs(dsl::render(rule.source, each).c_str(), stderr);
    side.rules.push_back(std::move(rule));
    return diagnostics.empty();
}

bool add_configuration(const std::string& path, dsl::RulesetSide& side) {
    config::LoadResult loaded = config::load(path);
    std::fputs(config::render(loaded.faults).c_str(), stderr);
    bool well = loaded.ok();
    for (const std::string& file : loaded.settings.rules.files)
        well = add_rule(file, side) && well;
    if (side.rules.size() > dsl::rules_max) {
        std::fprintf(stderr, "%s: a ruleset has at most 64 rules\n", path.c_str());
        return false;
    }
    if (!well) return false;
    dsl::ParameterBook book{side.rules};
    const auto faults = book.set_all(loaded.settings.rules.parameters);
    std::fputs(config::render(faults).c_str(), stderr);
    side.parameters = std::move(loaded.settings.rules.parameters);
    for (const AccountDefinition& each : loaded.settings.reference.accounts)
        side.group_of_account[std::string{each.name.view()}] = each.group.view();
    for (const GroupDefinition& each : loaded.settings.reference.groups)
        side.parent_of_group[std::string{each.name.view()}] = each.parent.view();
    return faults.empty();
}

std::optional<dsl::RulesetSide> side_of(const std::string& path) {
    dsl::RulesetSide side;
    std::error_code error;
    if (!std::filesystem::is_directory(path, error) && !path.ends_with(".lua")) {
        if (!add_configuration(path, side)) return std::nullopt;
        return side;
    }
    const std::vector<std::string> files = files_in({path}, ".lua");
    if (files.empty()) {
        std::fprintf(stderr, "riskd: no rule files in %s\n", path.c_str());
        return std::nullopt;
    }
    bool well = true;
    for (const std::string& file : files)
        well = add_rule(file, side) && well;
    if (!well) return std::nullopt;
    return side;
}

int diff(const DiffOptions& options) {
    const auto before = side_of(options.before);
    const auto after = side_of(options.after);
    if (!before || !after) return exit_bad_start;
    const dsl::RulesetDifferences found = dsl::compare(*before, *after);
    std::fputs((options.json ? dsl::to_json(found) : dsl::render(found)).c_str(), stdout);
    return found.verdict == dsl::RulesetVerdict::same ? exit_well : exit_failed;
}

}  // namespace

VerbBody declare_rules_diff(CLI::App& command) {
    auto options = std::make_shared<DiffOptions>();
    const char* what = "a configuration, a folder of rules or one rule";
    command.add_option("old", options->before, what)->required()->check(CLI::ExistingPath);
    command.add_option("new", options->after, what)->required()->check(CLI::ExistingPath);
    command.add_flag("--json", options->json, "for programs");
    return [options] { return diff(*options); };
}

}  // namespace riskd::verbs
