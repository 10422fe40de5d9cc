// One check and its hold in process, with every shipped rule, beside the same arithmetic written by
// hand; the same with the journal; and one tick that re-marks every account.
//   check_bench [accounts ...]     default: 1000 100000
// The hand-written floor keeps four positions of an account side by side and does what an exchange
// core that knows one contract and one flat margin rate would do, with no rule and no ledger.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include <unistd.h>

#include "riskd/runtime/clock.hpp"
#include "riskd/runtime/files.hpp"
#include "riskd/runtime/journal.hpp"
#include "tests/bench/population.hpp"

namespace riskd::bench {
namespace {

// Longer than the memory of answered orders, so that it is full and its rows are used again.
constexpr std::size_t warm_up = 120'000;
constexpr std::size_t calls = 200'000;

struct FloorAccount {
    std::int64_t balance{};
    std::int64_t hold{};
    struct {
        std::uint32_t instrument{};
        std::int64_t quantity{};
        std::int64_t entry{};
    } positions[positions_each];
};

class Floor {
public:
    explicit Floor(std::uint32_t accounts) : accounts_(accounts), marks_(instruments, mark_raw) {
        for (std::uint32_t a = 0; a < accounts; ++a) {
            accounts_[a].balance = 100'000'000'000'000;
            for (std::uint32_t k = 0; k < positions_each; ++k) {
                accounts_[a].positions[k] = {.instrument = (a + k) % instruments,
                                             .quantity = 1'000,
                                             .entry = 1'000 * mark_raw * 10'000};
            }
        }
    }
    bool check(std::uint32_t account, std::int64_t quantity, std::int64_t price) noexcept {
        FloorAccount& row = accounts_[account];
        std::int64_t equity = row.balance;
        std::int64_t margin = row.hold;
        for (const auto& position : row.positions) {
            const std::int64_t value = position.quantity * marks_[position.instrument] * 10'000;
            equity += value - position.entry;
            margin += value / 10;
        }
        const std::int64_t hold = quantity * price * 10'000 / 10;
        if (margin + hold > equity) return false;
        row.hold += hold;
        return true;
    }
    void release(std::uint32_t account) noexcept { accounts_[account].hold = 0; }
    std::size_t tick(std::uint32_t instrument, std::int64_t price) noexcept {
        marks_[instrument] = price;
        std::size_t below = 0;
        for (const FloorAccount& row : accounts_) {
            std::int64_t equity = row.balance;
            std::int64_t maintenance = 0;
            for (const auto& position : row.positions) {
                const std::int64_t value = position.quantity * marks_[position.instrument] * 10'000;
                equity += value - position.entry;
                maintenance += value / 20;
            }
            below += equity < maintenance ? 1U : 0U;
        }
        return below;
    }

private:
    std::vector<FloorAccount> accounts_;
    std::vector<std::int64_t> marks_;
};

std::string row_name(const char* what, std::uint32_t accounts) {
    return std::string{what} + ", " + std::to_string(accounts) + " accounts";
}

void floor_rows(std::uint32_t accounts, double per_ns) {
    Floor floor{accounts};
    std::mt19937 random{1};
    std::vector<std::uint64_t> samples;
    std::size_t accepted = 0;
    for (std::size_t i = 0; i < warm_up + calls; ++i) {
        const std::uint32_t account = static_cast<std::uint32_t>(random() % accounts);
        const std::uint64_t from = cycles();
        accepted += floor.check(account, 1, mark_raw) ? 1U : 0U;
        const std::uint64_t until = cycles();
        if (i >= warm_up) samples.push_back(until - from);
        floor.release(account);
    }
    RISKD_CHECK(accepted == warm_up + calls);
    print(row_name("floor: check and hold by hand", accounts), spread(samples, per_ns));
    samples.clear();
    std::size_t below = 0;
    for (std::int64_t i = 0; i < 30; ++i) {
        const std::uint64_t from = cycles();
        below += floor.tick(static_cast<std::uint32_t>(i) % instruments, mark_raw + i % 2);
        samples.push_back(cycles() - from);
    }
    RISKD_CHECK(below == 0);
    print(row_name("floor: tick, flat recompute of all", accounts), spread(samples, per_ns));
}

// A benchmark of rejections would measure something else.
void expect_accept(const Decision& decision) {
    if (decision.accepted) return;
    std::fprintf(stderr, "rejected: %s by %s\n", std::string{name(decision.reason)}.c_str(),
                 std::string{decision.rule_name.view()}.c_str());
    std::exit(1);
}

void check_rows(Population& people, double per_ns, runtime::Journal* journal, const char* what) {
    std::mt19937 random{1};
    std::vector<std::uint64_t> samples;
    static std::uint64_t number = 0;
    for (std::size_t i = 0; i < warm_up + calls; ++i) {
        const OrderRequest order =
            people.order(static_cast<std::uint32_t>(random() % people.accounts()), ++number);
        const Event event = people.stamped(order);
        const std::uint64_t from = cycles();
        people.engine.apply(event, people.outcome);
        if (journal != nullptr) {
            journal->append(event, people.outcome);
            RISKD_CHECK(journal->commit() == runtime::JournalStatus::healthy);
        }
        const std::uint64_t until = cycles();
        expect_accept(std::get<Decision>(people.outcome.outputs.at(0)));
        if (i >= warm_up) samples.push_back(until - from);
        const Event done = people.stamped(people.done(order));
        people.engine.apply(done, people.outcome);
        if (journal != nullptr) journal->append(done, people.outcome);
    }
    print(row_name(what, people.accounts()), spread(samples, per_ns));
}

void tick_rows(Population& people, double per_ns) {
    std::vector<std::uint64_t> samples;
    for (std::int64_t i = 0; i < 30; ++i) {
        const auto instrument = static_cast<std::uint32_t>(i) % instruments;
        const Event event = people.stamped(people.tick(instrument, mark_raw + i % 2));
        const std::uint64_t from = cycles();
        people.engine.apply(event, people.outcome);
        samples.push_back(cycles() - from);
        RISKD_CHECK(people.outcome.outputs.empty());
    }
    print(row_name("riskd: tick, holders re-marked by the shipped rules", people.accounts()),
          spread(samples, per_ns));
}

void journal_rows(Population& people, double per_ns) {
    const auto directory = std::filesystem::temp_directory_path() /
                           ("riskd-check-bench-" + std::to_string(::getpid()));
    {
        runtime::DiskFiles files;
        runtime::Journal journal{files, {.directory = directory.string(), .epoch = 1}};
        RISKD_CHECK(journal.lock().empty());
        RISKD_CHECK(journal.start({.last = people.engine.sequence()}).empty());
        check_rows(people, per_ns, &journal, "riskd: check, hold and journal write");
    }
    std::filesystem::remove_all(directory);
}

int run(const std::vector<std::uint32_t>& sizes) {
    const double per_ns = cycles_per_ns();
    std::printf("%-58s %9s %9s %9s %11s   ns\n", "row", "p50", "p99", "p99.9", "max");
    std::vector<std::uint64_t> empty;
    for (std::size_t i = 0; i < calls; ++i) {
        const std::uint64_t from = cycles();
        empty.push_back(cycles() - from);
    }
    print("empty timer, contained in every row", spread(empty, per_ns));
    for (const std::uint32_t accounts : sizes) {
        floor_rows(accounts, per_ns);
        const auto rules = shipped_rules();
        Population people{accounts, *rules};
        check_rows(people, per_ns, nullptr, "riskd: check and hold, every shipped rule");
        journal_rows(people, per_ns);
        tick_rows(people, per_ns);
    }
    return 0;
}

}  // namespace
}  // namespace riskd::bench

int main(int count, char** arguments) {
    std::vector<std::uint32_t> sizes;
    for (int i = 1; i < count; ++i) {
        sizes.push_back(static_cast<std::uint32_t>(std::strtoul(arguments[i], nullptr, 10)));
    }
    if (sizes.empty()) sizes = {1'000, 100'000};
    return riskd::bench::run(sizes);
}
