// The daemon from its configuration to its orderly end: settings and rules are loaded, the journal
// is replayed, NATS is joined, then the duty cycle turns until a signal. Main thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/settings.hpp"
#include "dsl/host.hpp"

namespace riskd::verbs {

struct Loaded {
    config::Settings settings;
    std::unique_ptr<dsl::LuaRulebook> rulebook;
};
// Nothing when anything is wrong; every fault was printed with its place on standard error.
std::optional<Loaded> load_all(const std::string& config_path);

// An exit code of verbs.hpp.
int run_daemon(const std::string& config_path);

}  // namespace riskd::verbs
