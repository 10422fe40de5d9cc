#include "riskd/verbs/run.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

namespace riskd::verbs {

VerbBody declare_run(CLI::App& command) {
    auto path = std::make_shared<std::string>("config/riskd.yaml");
    command.add_option("-c,--config", *path, "settings to run with")->capture_default_str();
    return [path] {
        std::fprintf(stderr, "riskd run: not built yet (%s)\n", path->c_str());
        return exit_bad_start;
    };
}

}  // namespace riskd::verbs
