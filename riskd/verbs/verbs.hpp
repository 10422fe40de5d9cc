// What a person can ask of the binary: one file per verb under riskd/verbs, one line per verb in
// the table of verbs.cpp, one line in riskd/CMakeLists.txt. Main thread.
// A verb's declare_ function adds its options to the command and returns what runs when it is
// chosen. Values the options write to live in what is returned (capture a shared_ptr).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace riskd::verbs {

// Exit codes of every verb.
inline constexpr int exit_well = 0;
inline constexpr int exit_failed = 1;     // it ran and what it looked for is wrong
inline constexpr int exit_bad_start = 2;  // wrong options, files or settings; nothing was started

using VerbBody = std::function<int()>;

struct Verb {
    std::string_view name;
    std::string_view summary;   // one line for `riskd --help`
    std::string_view examples;  // printed below the options by `riskd <verb> --help`
    VerbBody (*declare)(CLI::App& command);
};

// In the order of `riskd --help`.
std::span<const Verb> all_verbs() noexcept;

// A command of this name with its summary and examples; the caller declares its options.
CLI::App* add_verb(CLI::App& above, const Verb& verb);

// Parses the command line and runs the verb asked for.
int run_command_line(int count, const char* const* arguments);

// Why a verb ends, on standard error; exit_failed.
int say_failed(const std::string& why);

}  // namespace riskd::verbs
