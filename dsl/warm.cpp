// Warming: every entry point is asked about made-up but likely states until LuaJIT has compiled the
// ways through the rules, so that the first live call is as fast as the millionth.
#include <array>

#include "dsl/host.hpp"
#include "dsl/likely_states.hpp"

namespace riskd::dsl {
namespace {

// Enough for the loop, the function around it and each of its exits to become hot.
constexpr int rounds = 60;
constexpr int rounds_settled = 200;

}  // namespace

void LuaRulebook::warm_checks() noexcept {
    std::array<CheckAnswer, rules_max> answers{};
    const std::span<CheckAnswer> wanted{answers.data(), ruleset_.checks.size()};
    for (unsigned way = 0; way < likely_ways; ++way) {
        for (int round = 0; round < rounds; ++round)
            check(likely_check(way, round), wanted);
    }
    const CheckQuestion ordinary = likely_check();
    for (int round = 0; round < rounds_settled; ++round)
        check(ordinary, wanted);
}

// The way that is compiled first is the one without detours, so the ordinary comes first; `rare`
// mixes in everything else.
void LuaRulebook::warm_batches(bool rare) noexcept {
    constexpr std::size_t most = likely_most;
    std::array<MarginQuestion, most> margins{};
    std::array<MarginAnswer, most> margin_answers{};
    std::array<CollateralQuestion, most> collaterals{};
    std::array<CollateralAnswer, most> collateral_answers{};
    std::array<StageQuestion, most> stages{};
    std::array<StageAnswer, most> stage_answers{};
    for (std::size_t i = 0; i < most; ++i) {
        margins[i] = likely_margin(i, rare);
        collaterals[i] = likely_collateral(i, rare);
        stages[i] = likely_stage(i, rare);
    }
    constexpr std::array<std::size_t, 6> sizes{64, 1, 2, 3, 4, 8};
    for (const std::size_t size : sizes) {
        for (int round = 0; round < rounds; ++round) {
            const std::size_t from = size == most ? 0 : static_cast<std::size_t>(round) % 32;
            for (const MarginModel& model : ruleset_.margins) {
                if (model.of_books) continue;
                for (MarginQuestion& question : margins)
                    question.rule = model.rule;
                margin(std::span{margins}.subspan(from, size),
                       std::span{margin_answers}.subspan(from, size));
            }
            collateral(std::span{collaterals}.subspan(from, size),
                       std::span{collateral_answers}.subspan(from, size));
            stage(std::span{stages}.subspan(from, size),
                  std::span{stage_answers}.subspan(from, size));
        }
    }
}

void LuaRulebook::warm_books() noexcept {
    const LikelyBook held;
    MarginAnswer answer;
    for (const MarginModel& model : ruleset_.margins) {
        if (!model.of_books) continue;
        for (int round = 0; round < rounds_settled; ++round) {
            BookQuestion question = held.question(round);
            question.rule = model.rule;
            books({&question, 1}, {&answer, 1});
        }
    }
}

void LuaRulebook::warm() noexcept {
    const std::vector<RuleCounters> before = counters_;
    const std::uint64_t calls = check_calls_;
    warm_checks();
    warm_batches(false);
    warm_batches(true);
    warm_books();
    lua_.collect();
    counters_ = before;
    check_calls_ = calls;
}

}  // namespace riskd::dsl
