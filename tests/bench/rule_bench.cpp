// Rules in LuaJIT beside the same rules by hand in C++, in the same run: one check rule, every
// shipped check rule in one call, margin of one, of eight and of 100,000 positions, stages of 1,000
// accounts. Both answer through the same virtual port.
//   rule_bench [calls]     default: 200000
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/bench/population.hpp"
#include "tests/model/native_rulebook.hpp"

namespace riskd::bench {
namespace {

using dsl::RuleText;

RuleText shipped_text(const char* path) {
    std::ifstream file(std::filesystem::path{RISKD_SOURCE_DIR} / "rules" / path, std::ios::binary);
    return {path, {std::istreambuf_iterator<char>(file), {}}};
}

std::unique_ptr<dsl::LuaRulebook> rules_of(const std::vector<const char*>& paths) {
    std::vector<RuleText> texts;
    for (const char* path : paths)
        texts.push_back(shipped_text(path));
    dsl::LoadResult loaded = dsl::load_rules(std::move(texts), {});
    if (!loaded.ok()) {
        std::fprintf(stderr, "%s", loaded.rendered.c_str());
        std::exit(2);
    }
    loaded.rulebook->warm();
    return std::move(loaded.rulebook);
}

const std::vector<const char*> every_rule{
    "check/borrowed.lua",     "check/daily_loss.lua",        "check/group_exposure.lua",
    "check/open_orders.lua",  "check/order_notional.lua",    "check/order_quantity.lua",
    "check/order_rate.lua",   "check/position_notional.lua", "check/position_quantity.lua",
    "check/price_collar.lua", "check/reduce_only.lua",       "check/restricted_instrument.lua",
    "collateral/haircut.lua", "liquidation/ladder.lua",      "margin/tiered.lua"};
const std::vector<const char*> one_check{"check/price_collar.lua", "collateral/haircut.lua",
                                         "liquidation/ladder.lua", "margin/tiered.lua"};

CheckQuestion ordinary(std::size_t i) {
    CheckQuestion question;
    question.mark_fresh = true;
    const auto step = static_cast<double>(i % 100);
    question.order = {.quantity = 1 + step, .price = 100 + 0.01 * step, .notional = 100 + step};
    question.order.type =
        static_cast<std::int32_t>(i % 3 == 0 ? OrderType::market : OrderType::limit);
    question.order.reduces = i % 4 == 0;
    question.instrument.mark_price = 100;
    question.account.open_orders = step;
    question.exposure.worst_case_notional_after = 1'000 + step;
    question.exposure.worst_case_quantity_after = 10 + step;
    return question;
}

// The price collar alone, by hand.
void native_collar(const CheckQuestion& question, CheckAnswer& answer) noexcept {
    const double mark = question.instrument.mark_price;
    const double used = std::fabs(question.order.price - mark) / mark;
    const bool asked = question.order.type == static_cast<std::int32_t>(OrderType::limit);
    answer = asked ? CheckAnswer{.outcome = CheckOutcome::limit, .used = used, .allowed = 0.05}
                   : CheckAnswer{};
}

class Bench {
public:
    explicit Bench(std::size_t calls) : calls_(calls), per_ns_(cycles_per_ns()) {
        std::printf(
            "%zu calls a row; nanoseconds a call, each timed by itself (an empty timing "
            "takes %.0f)\n%-58s %9s %9s %9s %11s\n",
            calls, empty(), "", "p50", "p99", "p99.9", "max");
    }

    template <typename Work>
    void row(const std::string& name, std::size_t calls, Work work) {
        samples_.resize(calls);
        for (std::size_t i = 0; i < calls; ++i)
            work(i);
        for (std::size_t i = 0; i < calls; ++i) {
            const std::uint64_t before = cycles();
            work(i);
            samples_[i] = cycles() - before;
        }
        print(name, spread(samples_, per_ns_));
    }
    std::size_t calls() const noexcept { return calls_; }

private:
    double empty() {
        samples_.resize(10'000);
        for (std::uint64_t& each : samples_) {
            const std::uint64_t before = cycles();
            each = cycles() - before;
        }
        return spread(samples_, per_ns_).p50;
    }

    std::size_t calls_;
    double per_ns_;
    std::vector<std::uint64_t> samples_;
};

void bench_checks(Bench& bench) {
    std::vector<CheckQuestion> questions(1'000);
    for (std::size_t i = 0; i < questions.size(); ++i)
        questions[i] = ordinary(i);
    std::array<CheckAnswer, 12> answers{};
    const auto single = rules_of(one_check);
    const auto all = rules_of(every_rule);
    model::NativeRulebook native;
    Rulebook& native_port = native;
    bench.row("one check rule, C++", bench.calls(),
              [&](std::size_t i) { native_collar(questions[i % 1'000], answers[0]); });
    bench.row("one check rule, Lua", bench.calls(), [&](std::size_t i) {
        single->check(questions[i % 1'000], std::span{answers}.first(1));
    });
    bench.row("twelve check rules, C++", bench.calls(),
              [&](std::size_t i) { native_port.check(questions[i % 1'000], answers); });
    bench.row("twelve check rules, Lua", bench.calls(),
              [&](std::size_t i) { all->check(questions[i % 1'000], answers); });
}

void bench_margins(Bench& bench) {
    constexpr std::size_t most = 100'000;
    std::vector<MarginQuestion> questions(most);
    std::vector<MarginAnswer> answers(most);
    for (std::size_t i = 0; i < most; ++i) {
        questions[i].exposure = {.quantity = 1,
                                 .notional = static_cast<double>(i * 7919 % 3'000'000),
                                 .mark_price = 100,
                                 .leverage = 1 + static_cast<double>(i % 20),
                                 .leverage_max = 20};
    }
    const auto lua = rules_of(every_rule);
    model::NativeRulebook native;
    Rulebook& native_port = native;
    const std::span<const MarginQuestion> asked{questions};
    for (const std::size_t size : {std::size_t{1}, std::size_t{8}, most}) {
        const std::string what = "margin of " + std::to_string(size) + " positions, ";
        const std::size_t calls = size == most ? bench.calls() / 2'000 + 1 : bench.calls();
        const auto ask = [&](Rulebook& rules, std::size_t i) {
            const std::size_t from = i * 8 % (most - size + 1);
            rules.margin(asked.subspan(from, size), std::span{answers}.first(size));
        };
        bench.row(what + "C++", calls, [&](std::size_t i) { ask(native_port, i); });
        bench.row(what + "Lua", calls, [&](std::size_t i) { ask(*lua, i); });
    }
}

void bench_stages(Bench& bench) {
    std::vector<StageQuestion> questions(1'000);
    std::vector<StageAnswer> answers(1'000);
    for (std::size_t i = 0; i < questions.size(); ++i) {
        questions[i].account.margin_ratio = static_cast<double>(i * 17 % 72) / 100;
    }
    const auto lua = rules_of(every_rule);
    model::NativeRulebook native;
    Rulebook& native_port = native;
    bench.row("stages of 1,000 accounts, C++", bench.calls() / 100 + 1,
              [&](std::size_t) { native_port.stage(questions, answers); });
    bench.row("stages of 1,000 accounts, Lua", bench.calls() / 100 + 1,
              [&](std::size_t) { lua->stage(questions, answers); });
}

}  // namespace
}  // namespace riskd::bench

int main(int count, char** arguments) {
    const long calls = count > 1 ? std::strtol(arguments[1], nullptr, 10) : 200'000;
    riskd::bench::Bench bench{static_cast<std::size_t>(calls > 0 ? calls : 1)};
    riskd::bench::bench_checks(bench);
    riskd::bench::bench_margins(bench);
    riskd::bench::bench_stages(bench);
    return 0;
}
