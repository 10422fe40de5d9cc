// One ruleset over one journal answers the same, bit for bit: compiled by LuaJIT before or while it
// is asked, interpreted, and in a process of its own (`riskd replay --verify`). Random worlds under
// the shipped rules, with limits that random orders meet; RISKD_SEED repeats a run.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "riskd/daemon.hpp"
#include "riskd/rule_names.hpp"
#include "riskd/runtime/journal.hpp"
#include "riskd/runtime/replay.hpp"
#include "riskd/station.hpp"
#include "tests/model/plain_rulebook.hpp"
#include "tests/model/random_events.hpp"

namespace riskd::model {
namespace {

namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t events_each = 2'500;
#else
constexpr std::uint64_t events_each = 8'000;
#endif

std::uint64_t seed_of_this_run() {
    const char* given = std::getenv("RISKD_SEED");
    const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20261122;
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    return seed;
}

class Folder {
public:
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "riskd-same-XXXXXX").string();
        if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }

private:
    fs::path path_;
};

// The shipped rules, each listed in config/riskd.yaml, with numbers that a small world meets.
constexpr std::string_view configuration = R"(
limits:
  accounts_max: 64
  instruments_max: 64
  open_orders_max: 400
  open_orders_per_account_max: 12
  orders_remembered_max: 4000
  ids_remembered_max: 40000
reference_asset: USDT
assets: { USDT: { decimals: 8 } }
groups: [makers, desk]
accounts: { A2: { group: desk, currency: USDT } }
rules:
  files:
    - $rules/check
    - $rules/margin/tiered.lua
    - $rules/margin/portfolio.lua
    - $rules/collateral/haircut.lua
    - $rules/liquidation/ladder.lua
  parameters:
    order_quantity: { quantity_max: 100000 }
    order_notional: { notional_max: 60000 }
    price_collar: { deviation_max: 2% }
    position_quantity: { quantity_max: 1000000 }
    position_notional: { notional_max: $cap }
    borrowed: { quote_max: 1000, base_max: 500 }
    open_orders: { orders_max: 8 }
    order_rate: { orders_max: 5 }
    daily_loss: { loss_max: 5000 }
    restricted_instrument: { restricted: false }
    reduce_only: { reduce_only: false }
    haircut: { haircut: 7.3% }
    ladder: { warn_at: 70%, cancel_at: 80%, reduce_at: 90%, exit_at: 75%, hysteresis: 1% }
    tiered:
      tiers:
        - { notional: 0, initial: 10.1%, maintenance: 5.03%, deduction: 0 }
        - { notional: 40000, initial: 20.7%, maintenance: 10.03%, deduction: 2000 }
  overrides:
    - for: { asset: USDT }
      set: { haircut.haircut: 0% }
    - for: { group: makers }
      set: { group_exposure.gross_exposure_max: 150000 }
    - for: { account: A2 }
      set: { daily_loss.loss_max: 1000 }
)";

std::string write_configuration(const Folder& folder, const std::string& name,
                                const std::string& cap) {
    std::string text{configuration};
    const std::string rules = std::string{RISKD_SOURCE_DIR} + "/rules";
    for (const auto& [mark, with] : {std::pair{std::string{"$rules"}, rules}, {"$cap", cap}}) {
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark))
            text.replace(at, mark.size(), with);
    }
    std::ofstream{folder / name} << text;
    return folder / name;
}

struct Made {
    std::string digest;
    std::uint64_t events{};
    EngineCounters counters;
};

// The journal of a random world, as riskd would have written it.
Made make_journal(const std::string& directory, const std::string& config, std::uint64_t seed) {
    auto loaded = verbs::load_all(config);
    EXPECT_TRUE(loaded);
    if (!loaded) return {};
    dsl::LuaRulebook& rules = *loaded->rulebook;
    rules.warm();
    Engine engine{verbs::ledger_limits(loaded->settings.limits), rules};
    RandomEvents random{seed, activation_of(rules), false, rules.margin_models()};
    runtime::DiskFiles files;
    runtime::Journal journal{files, {.directory = directory}};
    EXPECT_EQ(journal.lock(), "");
    runtime::JournalReader reader{files, directory};
    EXPECT_EQ(reader.open(), "");
    runtime::JournalRecord none;
    EXPECT_EQ(reader.next(none), runtime::JournalReader::Step::end);
    EXPECT_EQ(journal.start(reader.end()), "");
    Outcome outcome;
    for (std::uint64_t i = 0; i < events_each; ++i) {
        Event event = random.next();
        event.sequence.raw = engine.sequence().raw + 1;
        engine.apply(event, outcome);
        verbs::define_name(rules, engine.ledger(), event.body);
        random.observe(event, outcome);
        journal.append(event, outcome);
        const bool is_last = i + 1 == events_each;
        if (i % 64 != 0 && !is_last) continue;
        EXPECT_EQ(journal.commit(), runtime::JournalStatus::healthy);
    }
    return {text(engine.digest()), engine.sequence().raw, engine.counters()};
}

struct Asked {
    std::string digest;
    std::uint64_t records{};
    std::uint64_t differences{};  // of outcomes, byte by byte
};

enum class Way : std::uint8_t { compiled, compiled_while_asked, interpreted };

Asked ask_again(const std::string& directory, const std::string& config, Way way) {
    auto loaded = verbs::load_all(config);
    EXPECT_TRUE(loaded);
    if (!loaded) return {};
    dsl::LuaRulebook& rules = *loaded->rulebook;
    if (way == Way::compiled) rules.warm();
    if (way == Way::interpreted) rules.set_compiled(false);
    Engine engine{verbs::ledger_limits(loaded->settings.limits), rules};
    runtime::DiskFiles files;
    runtime::JournalReader reader{files, directory};
    Asked asked;
    const auto result = runtime::replay_asking(
        reader, engine, nullptr,
        [&](const runtime::ReplayDifference& difference) {
            if (++asked.differences > 1) return;
            std::printf("first difference: %s\n", describe(difference.recorded.event).c_str());
        },
        [&](const runtime::JournalRecord& record) {
            verbs::define_name(rules, engine.ledger(), record.event.body);
        });
    EXPECT_EQ(result.fault, "");
    asked.records = result.records;
    asked.digest = text(engine.digest());
    return asked;
}

// What `riskd replay --verify` prints.
std::string ask_another_process(const std::string& directory, const std::string& config) {
    const char* binary = std::getenv("RISKD_BINARY");
    if (binary == nullptr) return {};
    const std::string command =
        std::string{binary} + " replay --verify -c " + config + " " + directory + " 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::string printed;
    char bytes[512];
    while (std::size_t count = std::fread(bytes, 1, sizeof bytes, pipe))
        printed.append(bytes, count);
    const int status = ::pclose(pipe);
    return printed + "exit " + std::to_string(WEXITSTATUS(status)) + "\n";
}

// A world in which nothing is refused or liquidated would show nothing.
void expect_eventful(const EngineCounters& counters) {
    std::uint64_t refused = 0;
    std::uint64_t reasons = 0;
    for (const std::uint64_t each : counters.orders_rejected) {
        refused += each;
        reasons += each > 0 ? 1 : 0;
    }
    std::printf("accepted %llu, refused %llu for %llu reasons\n",
                static_cast<unsigned long long>(counters.orders_accepted),
                static_cast<unsigned long long>(refused), static_cast<unsigned long long>(reasons));
    EXPECT_GT(counters.orders_accepted, events_each / 100);
    EXPECT_GT(refused, events_each / 100);
    EXPECT_GE(reasons, 8U);
}

TEST(SameAnswers, compiled_interpreted_and_in_another_process_over_one_journal) {
    const std::uint64_t seed = seed_of_this_run();
    for (std::uint64_t world = 0; world < 2; ++world) {
        const Folder folder;
        const std::string config = write_configuration(folder, "riskd.yaml", "120000");
        const Made made = make_journal(folder / "journal", config, seed + world);
        expect_eventful(made.counters);
        for (const Way way : {Way::compiled, Way::compiled_while_asked, Way::interpreted}) {
            const Asked asked = ask_again(folder / "journal", config, way);
            EXPECT_EQ(asked.differences, 0U)
                << "world " << world << " way " << static_cast<int>(way);
            EXPECT_EQ(asked.digest, made.digest);
            EXPECT_EQ(asked.records, made.events);
        }
        const std::string printed = ask_another_process(folder / "journal", config);
        EXPECT_NE(printed.find("digest " + made.digest + "\n"), std::string::npos) << printed;
        EXPECT_NE(printed.find("sequence " + std::to_string(made.events) + "\n"), std::string::npos)
            << printed;
        EXPECT_NE(printed.find("differences 0\nexit 0\n"), std::string::npos) << printed;
    }
}

// That the comparison sees a difference at all: the same journal under one other number.
TEST(SameAnswers, another_limit_is_seen_in_the_first_order_that_it_decides) {
    const std::uint64_t seed = seed_of_this_run();
    const Folder folder;
    const std::string config = write_configuration(folder, "riskd.yaml", "120000");
    const std::string other = write_configuration(folder, "other.yaml", "20000");
    const Made made = make_journal(folder / "journal", config, seed);
    EXPECT_GT(ask_again(folder / "journal", other, Way::compiled).differences, 0U);
    EXPECT_NE(ask_another_process(folder / "journal", other).find("exit 1\n"), std::string::npos);
    EXPECT_EQ(ask_again(folder / "journal", config, Way::compiled).digest, made.digest);
}

}  // namespace
}  // namespace riskd::model
