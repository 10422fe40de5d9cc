// durability_test [--kills <count>] [--seed <number>]: how often riskd is killed, and the random
// choices. RISKD_KILLS and RISKD_SEED say the same.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string_view>

#include "tests/integration/durability_inspection.hpp"

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    auto& options = riskd::tests::durability_options();
    options.seed = std::random_device{}();
    if (const char* kills = std::getenv("RISKD_KILLS")) options.kills = std::atoi(kills);
    if (const char* seed = std::getenv("RISKD_SEED")) {
        options.seed = std::strtoull(seed, nullptr, 10);
    }
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view word = argv[i];
        if (word == "--kills") options.kills = std::atoi(argv[i + 1]);
        if (word == "--seed") options.seed = std::strtoull(argv[i + 1], nullptr, 10);
    }
    return RUN_ALL_TESTS();
}
