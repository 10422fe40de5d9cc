// Every scenario in the tree is one test: those beside the shipped rules, those about the engine,
// and those that a fixed bug left behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

#include "dsl/scenario_runner.hpp"

namespace riskd::dsl {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> all_scenarios() {
    const fs::path root{RISKD_SOURCE_DIR};
    std::vector<std::string> files;
    for (const char* folder : {"rules", "tests/scenarios", "tests/regressions"}) {
        std::error_code error;
        for (const auto& entry : fs::recursive_directory_iterator(root / folder, error)) {
            if (entry.path().extension() != ".scenario") continue;
            files.push_back(fs::relative(entry.path(), root).string());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

class ScenarioFile : public testing::TestWithParam<std::string> {};

TEST_P(ScenarioFile, says_all_that_comes_out) {
    const std::string path = std::string{RISKD_SOURCE_DIR} + "/" + GetParam();
    const ScenarioResult result = run_scenario_file(path, {});
    EXPECT_TRUE(result.passed()) << render(result, path);
    EXPECT_FALSE(result.digest_stored.empty()) << "store its digest with `riskd test --update`";
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
    std::string name = fs::path{info.param}.replace_extension().string();
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(tree, ScenarioFile, testing::ValuesIn(all_scenarios()), name_of);

// Every shipped rule is documented and tested by a scenario beside it.
TEST(ShippedRules, stand_beside_a_scenario) {
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path{RISKD_SOURCE_DIR} / "rules")) {
        if (entry.path().extension() != ".lua") continue;
        if (entry.path().string().ends_with(".meta.lua")) continue;  // for editors
        fs::path scenario = entry.path();
        scenario.replace_extension(".scenario");
        EXPECT_TRUE(fs::exists(scenario)) << scenario << " is missing";
    }
}

}  // namespace
}  // namespace riskd::dsl
