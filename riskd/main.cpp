// The binary. Exceptions may be thrown before the daemon runs; they end here.
#include <cstdio>
#include <exception>

#include "riskd/verbs/verbs.hpp"

int main(int count, char** arguments) {
    try {
        return riskd::verbs::run_command_line(count, arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "riskd: %s\n", error.what());
        return riskd::verbs::exit_bad_start;
    }
}
