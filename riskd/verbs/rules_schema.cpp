#include "riskd/verbs/rules_schema.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "dsl/completion.hpp"

namespace riskd::verbs {

VerbBody declare_rules_schema(CLI::App& command) {
    auto lua = std::make_shared<bool>(false);
    command.add_flag("--lua", *lua, "declarations for the Lua language server, not JSON");
    return [lua] {
        const std::string text = *lua ? dsl::language_completion() : dsl::language_json();
        std::fputs(text.c_str(), stdout);
        return exit_well;
    };
}

}  // namespace riskd::verbs
