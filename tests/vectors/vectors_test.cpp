// Published figures of other systems, each put through the product: the engine with rules in Lua.
// One line of the shared file is one case; what is not modelled is listed with its reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/recordings.hpp"
#include "tests/vectors/trial.hpp"

namespace riskd::vectors {
namespace {

namespace fs = std::filesystem;

struct Tally {
    int passed{};
    int left_out{};
    int total{};
};

std::map<std::string, void (*)(Trial&), std::less<>> all_adapters() {
    std::map<std::string, void (*)(Trial&), std::less<>> by_kind;
    for (const auto& family :
         {account_adapters(), collateral_adapters(), dydx_adapters(), isolated_adapters(),
          liquidation_adapters(), margin_adapters(), option_adapters(), order_adapters(),
          portfolio_adapters(), standard_margin_adapters(), health_adapters()}) {
        for (const Adapter& each : family)
            EXPECT_TRUE(by_kind.emplace(each.kind, each.run).second) << each.kind << " twice";
    }
    return by_kind;
}

std::map<std::string, std::string_view, std::less<>> all_unmodelled() {
    std::map<std::string, std::string_view, std::less<>> by_kind;
    for (const Unmodelled& each : unmodelled_kinds())
        EXPECT_TRUE(by_kind.emplace(each.kind, each.reason).second) << each.kind << " twice";
    return by_kind;
}

void report(const std::map<std::string, Tally>& tallies,
            const std::map<std::string, std::string_view, std::less<>>& unmodelled,
            const std::map<std::string, std::set<std::string>>& left_out) {
    Tally sum;
    std::printf("modelled: passed/total\n");
    for (const auto& [kind, tally] : tallies) {
        sum.passed += tally.passed;
        sum.total += tally.total;
        if (unmodelled.contains(kind)) continue;
        std::printf("  %-42s %3d/%d", kind.c_str(), tally.passed, tally.total);
        if (tally.left_out > 0) std::printf("  %d left out", tally.left_out);
        std::printf("\n");
        const auto reasons = left_out.find(kind);
        if (reasons == left_out.end()) continue;
        for (const std::string& reason : reasons->second)
            std::printf("      %s\n", reason.c_str());
    }
    std::printf("not modelled:\n");
    for (const auto& [kind, reason] : unmodelled) {
        std::printf("  %-42s %3d  %.*s\n", kind.c_str(), tallies.at(kind).total,
                    static_cast<int>(reason.size()), reason.data());
    }
    std::printf("%d of %d cases pass through riskd\n", sum.passed, sum.total);
}

TEST(Vectors, published_figures_come_out_of_the_engine) {
    const auto path = tests::shared_data("vectors/vectors.jsonl");
    if (!path) GTEST_SKIP() << tests::no_shared_data;
    const auto adapters = all_adapters();
    const auto unmodelled = all_unmodelled();
    std::map<std::string, Tally> tallies;
    std::map<std::string, std::set<std::string>> left_out;
    std::ifstream file{*path};
    for (std::string line; std::getline(file, line);) {
        Trial trial{YAML::Load(line)};
        Tally& tally = tallies[trial.kind()];
        ++tally.total;
        const auto adapter = adapters.find(trial.kind());
        if (adapter == adapters.end()) {
            EXPECT_TRUE(unmodelled.contains(trial.kind())) << trial.kind() << " is in no list";
            continue;
        }
        SCOPED_TRACE(trial.id());
        try {
            adapter->second(trial);
        } catch (const std::exception& fault) {
            ADD_FAILURE() << "cannot be run: " << fault.what();
        }
        if (!trial.left_out().empty()) {
            ++tally.left_out;
            left_out[trial.kind()].insert(trial.left_out());
            continue;
        }
        EXPECT_TRUE(trial.faults().empty()) << trial.kind() << "\n" << trial.faults();
        EXPECT_GT(trial.comparisons(), 0) << "nothing was compared";
        if (trial.faults().empty()) ++tally.passed;
    }
    for (const auto& [kind, run] : adapters) {
        EXPECT_TRUE(tallies.contains(kind)) << kind << " has no case";
        EXPECT_FALSE(unmodelled.contains(kind)) << kind << " is in both lists";
        EXPECT_GT(tallies[kind].passed, 0) << kind << " has no case that passes";
    }
    for (const auto& [kind, reason] : unmodelled)
        EXPECT_TRUE(tallies.contains(kind)) << kind << " has no case";
    if (!HasFailure()) report(tallies, unmodelled, left_out);
}

TEST(VenueRules, are_named_in_the_manual) {
    std::ostringstream manual;
    manual << std::ifstream{std::string{RISKD_SOURCE_DIR} + "/docs/RULES.md"}.rdbuf();
    const fs::path rules = fs::path{RISKD_SOURCE_DIR} / "rules";
    for (const auto& entry : fs::recursive_directory_iterator(rules / "venues")) {
        if (entry.path().extension() != ".lua") continue;
        const std::string name = fs::relative(entry.path(), rules).replace_extension().string();
        EXPECT_NE(manual.str().find("`" + name + "`"), std::string::npos) << name;
    }
}

}  // namespace
}  // namespace riskd::vectors
