#include "riskd/verbs/check.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "config/load.hpp"
#include "dsl/host.hpp"

namespace riskd::verbs {

int check_configuration(const std::string& path) {
    config::LoadResult loaded = config::load(path);
    std::fputs(config::render(loaded.faults).c_str(), stdout);
    // Rules are looked at even so: a person wants to see everything at once.
    if (loaded.settings.rules.files.empty()) return loaded.ok() ? exit_well : exit_bad_start;
    const dsl::LoadResult rules = dsl::load_rules(loaded.settings.rules);
    std::fputs(rules.rendered.c_str(), stdout);
    if (!rules.ok()) return exit_bad_start;
    const auto margins = dsl::faults_of_margins(*rules.rulebook, loaded.settings.reference.margins);
    std::fputs(config::render(margins).c_str(), stdout);
    return loaded.ok() && margins.empty() ? exit_well : exit_bad_start;
}

VerbBody declare_check(CLI::App& command) {
    auto path = std::make_shared<std::string>("config/riskd.yaml");
    command.add_option("-c,--config,config", *path, "the main configuration file")
        ->capture_default_str();
    return [path] { return check_configuration(*path); };
}

}  // namespace riskd::verbs
