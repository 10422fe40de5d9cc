// Rules in LuaJIT beside the same rules by hand in C++, in the same run: one check rule, every
// shipped check rule in one call, margin of one and of eight positions, and batches over 100,000
// accounts. Both answer through the same virtual port. Then the same emitted code with and without
// its step budget (rule_budget.cpp).
//   rule_bench [calls]     default: 200000
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "tests/bench/population.hpp"
#include "tests/bench/rule_budget.hpp"
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

struct Side {
    std::string name;
    std::function<void()> work;
};

class Bench {
public:
    explicit Bench(std::size_t calls) : calls_(calls), per_ns_(cycles_per_ns()) {
        std::printf(
            "%zu calls a row; nanoseconds a call, each timed by itself (an empty timing "
            "takes %.0f)\n%-58s %9s %9s %9s %9s %11s\n",
            calls, empty(), "", "p50", "p99", "p99.9", "p99.99", "max");
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
        const Spread s = spread(samples_, per_ns_);
        std::printf("%-58s %9.0f %9.0f %9.0f %9.0f %11.0f\n", name.c_str(), s.p50, s.p99, s.p999,
                    s.p9999, s.max);
        std::fflush(stdout);
    }
    // Turn and turn about, so that whatever else the machine does is met by all of them; each is
    // shown as nanoseconds a question, and its least as a multiple of the first one's.
    void side_by_side(std::size_t questions, std::span<const Side> sides) {
        const std::size_t rounds = calls_ / 500 + 3;
        std::vector<std::vector<std::uint64_t>> samples(sides.size());
        for (std::size_t i = 0; i < rounds; ++i) {
            for (std::size_t s = 0; s < sides.size(); ++s) {
                const std::uint64_t before = cycles();
                sides[s].work();
                samples[s].push_back(cycles() - before);
            }
        }
        const double per = per_ns_ * static_cast<double>(questions);
        double first = 0;
        for (std::size_t s = 0; s < sides.size(); ++s) {
            const Spread all = spread(samples[s], per);
            const double least = static_cast<double>(samples[s].front()) / per;
            if (s == 0) first = least;
            std::printf("%-46s %9.2f %9.2f %9.2f %9.2f %9.2f  x %.2f\n", sides[s].name.c_str(),
                        least, all.p50, all.p99, all.p999, all.max, least / first);
        }
        std::fflush(stdout);
    }
    static void head_of_sides(const char* what) {
        std::printf("\n%s, nanoseconds a question\n%-46s %9s %9s %9s %9s %9s  of the least\n", what,
                    "", "least", "p50", "p99", "p99.9", "max");
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

constexpr std::size_t most = 100'000;

std::vector<MarginQuestion> margin_questions() {
    std::vector<MarginQuestion> questions(most);
    for (std::size_t i = 0; i < most; ++i) {
        questions[i].scope = {.account = AccountId{static_cast<std::uint32_t>(i)},
                              .group = GroupId{static_cast<std::uint32_t>(i % 8)},
                              .instrument = InstrumentId{0}};
        questions[i].exposure = {.quantity = 1,
                                 .notional = static_cast<double>(i * 7919 % 3'000'000),
                                 .mark_price = 100,
                                 .leverage = 1 + static_cast<double>(i % 20),
                                 .leverage_max = 20};
    }
    return questions;
}

std::vector<StageQuestion> stage_questions() {
    std::vector<StageQuestion> questions(most);
    for (std::size_t i = 0; i < most; ++i) {
        questions[i].scope = {.account = AccountId{static_cast<std::uint32_t>(i)},
                              .group = GroupId{static_cast<std::uint32_t>(i % 8)}};
        questions[i].account.margin_ratio = static_cast<double>(i * 17 % 72) / 100;
    }
    return questions;
}

// The shipped rules, with one account that has a number of its own.
std::unique_ptr<dsl::LuaRulebook> rules_of_accounts() {
    auto rules = rules_of(every_rule);
    config::ParameterSetting own;
    own.rule = "order_notional";
    own.parameter = "notional_max";
    own.account = "the last";
    own.value.number = 1;
    if (!rules->set(own).empty()) std::abort();
    rules->define_instrument(InstrumentId{0}, "X");
    for (std::uint32_t i = 0; i < 8; ++i)
        rules->define_group(GroupId{i}, "group " + std::to_string(i), no_group);
    rules->define_account(AccountId{most - 1}, "the last", GroupId{0});
    rules->warm();
    return rules;
}

// What is by hand as well: whose parameters they are is found for each question, as the rules' are.
class ByAccount {
public:
    const model::NativeParameters& find(const RuleScope& scope) const noexcept {
        const std::uint32_t profile =
            scope.account.raw < profiles_.size() ? profiles_[scope.account.raw] : 0;
        return *by_instrument_[profile][scope.instrument.raw < 1 ? scope.instrument.raw : 0];
    }

private:
    model::NativeParameters everyone_;
    model::NativeParameters own_;
    std::vector<std::uint32_t> profiles_ = [] {
        std::vector<std::uint32_t> made(most);
        made.back() = 1;
        return made;
    }();
    std::vector<std::vector<const model::NativeParameters*>> by_instrument_{{&everyone_}, {&own_}};
};

void bench_few_margins(Bench& bench) {
    const auto questions = margin_questions();
    std::array<MarginAnswer, 8> answers{};
    const auto lua = rules_of(every_rule);
    model::NativeRulebook native;
    Rulebook& native_port = native;
    for (const std::size_t size : {std::size_t{1}, std::size_t{8}}) {
        const std::string what = "margin of " + std::to_string(size) + " positions, ";
        const auto ask = [&](Rulebook& rules, std::size_t i) {
            const std::size_t from = i * 8 % (most - size + 1);
            rules.margin(std::span{questions}.subspan(from, size), std::span{answers}.first(size));
        };
        bench.row(what + "C++", bench.calls(), [&](std::size_t i) { ask(native_port, i); });
        bench.row(what + "Lua", bench.calls(), [&](std::size_t i) { ask(*lua, i); });
    }
}

void bench_batches(Bench& bench) {
    const auto margins = margin_questions();
    const auto stages = stage_questions();
    std::vector<MarginAnswer> margin_answers(most);
    std::vector<StageAnswer> stage_answers(most);
    const auto lua = rules_of_accounts();
    const ByAccount parameters;
    model::NativeRulebook looking{
        [&](const RuleScope& scope, AssetId) -> const model::NativeParameters& {
            return parameters.find(scope);
        }};
    model::NativeRulebook constant;
    const auto margin = [&](Rulebook& rules) { rules.margin(margins, margin_answers); };
    const auto stage = [&](Rulebook& rules) { rules.stage(stages, stage_answers); };
    Bench::head_of_sides("100,000 questions in one call, the rows of a block in turn");
    const std::vector<Side> of_margins{
        {"margin, C++, parameters looked up", [&] { margin(looking); }},
        {"margin, C++, the same parameters for all", [&] { margin(constant); }},
        {"margin, Lua", [&] { margin(*lua); }}};
    const std::vector<Side> of_stages{
        {"stage, C++, parameters looked up", [&] { stage(looking); }},
        {"stage, C++, the same parameters for all", [&] { stage(constant); }},
        {"stage, Lua", [&] { stage(*lua); }}};
    bench.side_by_side(most, of_margins);
    bench.side_by_side(most, of_stages);
}

void bench_budgets(Bench& bench) {
    constexpr std::size_t questions = 256;
    Bench::head_of_sides("the same emitted code without and with its budget of steps");
    BudgetedCode without{false};
    BudgetedCode with{true};
    const auto compare = [&](const char* what, void (BudgetedCode::*ask)(std::size_t)) {
        const std::vector<Side> sides{
            {std::string{what} + ", without", [&] { (without.*ask)(questions); }},
            {std::string{what} + ", with", [&] { (with.*ask)(questions); }}};
        bench.side_by_side(questions, sides);
    };
    compare("eleven check rules", &BudgetedCode::ask_checks);
    compare("margin of a position", &BudgetedCode::ask_margins);
    compare("stage of an account", &BudgetedCode::ask_stages);
    compare("a book of 12 positions, walked twice", &BudgetedCode::ask_books);
}

}  // namespace
}  // namespace riskd::bench

int main(int count, char** arguments) {
    const long calls = count > 1 ? std::strtol(arguments[1], nullptr, 10) : 200'000;
    riskd::bench::Bench bench{static_cast<std::size_t>(calls > 0 ? calls : 1)};
    riskd::bench::bench_checks(bench);
    riskd::bench::bench_few_margins(bench);
    riskd::bench::bench_batches(bench);
    riskd::bench::bench_budgets(bench);
    return 0;
}
