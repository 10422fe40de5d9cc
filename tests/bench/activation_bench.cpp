// What checks wait for while another ruleset is looked at, comes to decide and judges everybody.
//   activation_bench [accounts]     default: 100000
// Turns as those of the core thread: what the life of rulesets asks for, then a burst of checks
// that all came when the turn began, each with its end. A check's wait is from the beginning of the
// turn to its answer, in time of this thread's own, so other programs do not count. The journal
// and the network are left out; they are the same in every turn.
#include <ctime>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include <unistd.h>

#include "riskd/core/activation.hpp"
#include "riskd/rulesets/keys.hpp"
#include "riskd/rulesets/life.hpp"
#include "tests/bench/population.hpp"

namespace riskd::bench {
namespace {

constexpr std::size_t checks_a_turn = 8;
constexpr std::size_t usual_turns = 30'000;

std::uint64_t own_ns() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec);
}

void stop_if(const std::string& fault) {
    if (fault.empty()) return;
    std::fprintf(stderr, "%s\n", fault.c_str());
    std::exit(1);
}

// Two signers, and a bundle of the same rules that allows fewer open orders.
struct Signed {
    explicit Signed(config::RulesSettings& settings) {
        const auto anna = *rulesets::make_keys();
        const auto bert = *rulesets::make_keys();
        settings.signers = {{"anna", anna.public_text}, {"bert", bert.public_text}};
        config::RulesSettings other = settings;
        for (auto& setting : other.parameters) {
            if (setting.rule == "open_orders") setting.value.number = 150;
            if (setting.rule == "open_orders") setting.value.text.clear();
        }
        bundle = rulesets::bundle_of(other, *load_or_stop(other));
        bundle.expires = Timestamp{4'000'000'000'000'000'000};
        const std::string statement = rulesets::statement(bundle);
        bundle.signatures = {{"anna", *rulesets::sign(anna.private_pem, statement)},
                             {"bert", *rulesets::sign(bert.private_pem, statement)}};
    }
    rulesets::Bundle bundle;
};

class Turns {
public:
    Turns(Population& people, rulesets::Life& life) : people_{people}, life_{life} {}

    // Every order must be decided by the rules that decide now, and accepted.
    void turn() {
        const std::uint64_t began = own_ns();
        if (life_.is_staging()) {
            if (auto fault = life_.turn(people_.engine)) stop_if(*fault);
        }
        if (people_.engine.accounts_waiting() > 0) people_.apply(TimePassed{});
        for (std::size_t i = 0; i < checks_a_turn; ++i) {
            const auto account = static_cast<std::uint32_t>(random_() % people_.accounts());
            const OrderRequest order = people_.order(account, ++number_);
            people_.apply(order);
            waits.push_back(own_ns() - began);
            const auto& decision = std::get<Decision>(people_.outcome.outputs.at(0));
            if (!decision.accepted) stop_if("refused: " + std::string{name(decision.reason)});
            people_.apply(people_.done(order));
        }
    }
    void report(const std::string& row) {
        const Spread found = spread(waits, 1.0);
        print(row, found);
        worst.push_back(found.max);
        waits.clear();
    }

    std::vector<std::uint64_t> waits;
    std::vector<double> worst;

private:
    Population& people_;
    rulesets::Life& life_;
    std::mt19937 random_{1};
    std::uint64_t number_{};
};

int run(std::uint32_t accounts) {
    const std::string directory =
        (std::filesystem::temp_directory_path() / ("activation." + std::to_string(::getpid())))
            .string();
    std::filesystem::create_directories(directory);
    config::RulesSettings settings = shipped_settings();
    settings.directory = directory;
    const Signed made{settings};
    rulesets::Life life{settings, load_or_stop(settings)};
    stop_if(life.restore({}, Timestamp{}));
    Population people{accounts, life.active(), life.rules()};
    life.define_all(people.engine.ledger());
    while (people.engine.accounts_waiting() > 0)
        people.apply(TimePassed{});
    Turns turns{people, life};
    for (std::size_t i = 0; i < usual_turns; ++i)
        turns.turn();
    turns.waits.clear();

    std::printf(
        "%u accounts with %u positions, %zu checks a turn; nanoseconds from the turn's "
        "beginning to the answer\n",
        accounts, positions_each, checks_a_turn);
    for (std::size_t i = 0; i < usual_turns; ++i)
        turns.turn();
    turns.report("usual");
    stop_if(life.stage(rulesets::write(made.bundle), people.engine.ledger()));
    while (life.is_staging()) {
        turns.turn();
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    turns.report("while a bundle is looked at");
    const std::string before{people.engine.ruleset().hash.view()};
    stop_if(life.why_not_activate(made.bundle.hash, people.time));
    stop_if(life.activate());
    people.apply(activation_of(life.rules()));
    const bool decides = people.engine.ruleset().hash.view() == made.bundle.hash;
    if (!decides || before == made.bundle.hash) stop_if("another ruleset decides");
    std::size_t slices = 0;
    for (; people.engine.accounts_waiting() > 0; ++slices)
        turns.turn();
    turns.report("while everybody is judged");
    for (std::size_t i = 0; i < usual_turns; ++i)
        turns.turn();
    turns.report("usual again, by the other rules");
    std::printf("%zu slices; the longest wait was %.0f us above the usual longest\n", slices,
                (std::max(turns.worst[1], turns.worst[2]) - turns.worst[0]) / 1'000);
    std::filesystem::remove_all(directory);
    return 0;
}

}  // namespace
}  // namespace riskd::bench

int main(int count, char** words) {
    const int accounts = count > 1 ? std::atoi(words[1]) : 100'000;
    if (accounts < 1) return 2;
    return riskd::bench::run(static_cast<std::uint32_t>(accounts));
}
