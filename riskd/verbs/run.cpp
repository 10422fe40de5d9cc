#include "riskd/verbs/run.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "riskd/daemon.hpp"

namespace riskd::verbs {

VerbBody declare_run(CLI::App& command) {
    auto path = std::make_shared<std::string>("config/riskd.yaml");
    command.add_option("-c,--config,config", *path, "settings to run with")->capture_default_str();
    return [path] { return run_daemon(*path); };
}

}  // namespace riskd::verbs
