// A recorded day under a candidate, over random worlds: what is taken from the record instead of
// being asked again is what would have been answered, and what decided decides the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.hpp"
#include "riskd/rule_names.hpp"
#include "riskd/rulesets/candidate_replay.hpp"
#include "riskd/rulesets/switch.hpp"
#include "riskd/station.hpp"
#include "tests/model/random_events.hpp"

namespace riskd::model {
namespace {

using rulesets::CandidateReplay;

using Journal = std::vector<runtime::JournalRecord>;

void set(config::RulesSettings& settings, const std::string& rule, const std::string& parameter,
         double value, const std::string& group = {}) {
    config::ParameterSetting made{.rule = rule, .parameter = parameter, .group = group};
    made.value.number = value;
    const auto same = [&](const config::ParameterSetting& each) {
        return each.rule == rule && each.parameter == parameter && each.group == group &&
               each.account.empty() && each.instrument.empty() && each.asset.empty();
    };
    std::erase_if(settings.parameters, same);
    settings.parameters.push_back(std::move(made));
}

// The shipped rules with limits that random orders meet.
config::RulesSettings tight() {
    const config::LoadResult loaded = config::load(RISKD_SOURCE_DIR "/config/riskd.yaml");
    EXPECT_TRUE(loaded.ok()) << config::render(loaded.faults);
    config::RulesSettings settings = loaded.settings.rules;
    set(settings, "order_notional", "notional_max", 60'000);
    set(settings, "position_notional", "notional_max", 120'000);
    set(settings, "price_collar", "deviation_max", 0.02);
    set(settings, "open_orders", "orders_max", 8);
    set(settings, "order_rate", "orders_max", 5);
    set(settings, "daily_loss", "loss_max", 5'000);
    set(settings, "borrowed", "quote_max", 1'000);
    set(settings, "borrowed", "base_max", 500);
    set(settings, "group_exposure", "gross_exposure_max", 150'000, "firm");
    return settings;
}

std::unique_ptr<dsl::LuaRulebook> load(const config::RulesSettings& settings) {
    dsl::LoadResult result = dsl::load_rules(settings);
    EXPECT_TRUE(result.ok()) << result.rendered;
    return std::move(result.rulebook);
}

struct Change {
    const char* rule;
    const char* parameter;
    double value;
    const char* group{""};
};

// One to three other limits, a rule less, two rules in another order, or another ladder.
config::RulesSettings changed(RandomSource& random, config::RulesSettings settings) {
    static constexpr std::array<Change, 10> checks{
        {{"order_notional", "notional_max", 30'000},
         {"position_notional", "notional_max", 60'000},
         {"price_collar", "deviation_max", 0.005},
         {"open_orders", "orders_max", 4},
         {"open_orders", "orders_max", 16},
         {"order_rate", "orders_max", 3},
         {"order_rate", "orders_max", 9},
         {"daily_loss", "loss_max", 1'000},
         {"borrowed", "quote_max", 100},
         {"group_exposure", "gross_exposure_max", 50'000, "firm"}}};
    static constexpr std::array<Change, 3> ladders{
        {{"ladder", "warn_at", 0.5}, {"haircut", "haircut", 0.5}, {"ladder", "exit_at", 0.71}}};
    const auto apply = [&](const Change& each) {
        set(settings, each.rule, each.parameter, each.value, each.group);
    };
    switch (random.weighted({6, 1, 1, 2})) {
        case 1: {
            const auto file = static_cast<std::ptrdiff_t>(random.below(10));
            const std::string path = settings.files[static_cast<std::size_t>(file)];
            const std::string name =
                path.substr(path.rfind('/') + 1, path.size() - path.rfind('/') - 5);
            settings.files.erase(settings.files.begin() + file);
            std::erase_if(settings.parameters, [&](const auto& each) { return each.rule == name; });
            break;
        }
        case 2: std::swap(settings.files[3], settings.files[4]); break;
        case 3: apply(ladders[random.below(ladders.size())]); break;
        default: break;
    }
    for (std::uint64_t n = random.below(3); n > 0; --n) {
        const Change& each = checks[random.below(checks.size())];
        const auto file = std::string{"/"} + each.rule + ".lua";
        const bool is_there =
            std::any_of(settings.files.begin(), settings.files.end(),
                        [&](const std::string& path) { return path.ends_with(file); });
        if (is_there) apply(each);
    }
    return settings;
}

// Decided by one ruleset, and from each activation on by the other.
Journal record(std::uint64_t seed, std::size_t events, dsl::LuaRulebook& first,
               dsl::LuaRulebook& second) {
    rulesets::RuleSwitch rules{first};
    Engine engine{small_limits(), rules};
    RandomEvents random{seed, activation_of(first), false, first.margin_models()};
    Journal journal;
    std::size_t activations = 0;
    for (std::size_t n = 0; n < events; ++n) {
        runtime::JournalRecord made{.event = random.next(), .outcome = {}};
        if (std::holds_alternative<RulesetActivation>(made.event.body) || n == events / 2) {
            dsl::LuaRulebook& next = ++activations % 2 == 1 ? first : second;
            rules.use(next);
            made.event.body = activation_of(next);
        }
        made.event.sequence = Sequence{n + 1};
        engine.apply(made.event, made.outcome);
        for (dsl::LuaRulebook* each : {&first, &second}) {
            verbs::define_name(*each, engine.ledger(), made.event.body);
        }
        random.observe(made.event, made.outcome);
        journal.push_back(std::move(made));
    }
    return journal;
}

struct Found {
    std::vector<std::string> flips;
    std::vector<std::string> sums;
    rulesets::ReplayTotals totals;
    CandidateReplay::Work work;
};

std::string sums_of(const std::string& name, const rulesets::Flips& flips) {
    std::string text = name + " refused " + std::to_string(flips.refused) + " accepted " +
                       std::to_string(flips.accepted);
    for (const auto* notional : {&flips.notional_refused, &flips.notional_accepted}) {
        for (const auto& [asset, amount] : *notional)
            text += " " + asset + " " + dsl::shown(amount);
    }
    return text;
}

Found replayed(const Journal& journal, dsl::LuaRulebook& candidate,
               CandidateReplay::FindRuleset find) {
    Found found;
    const auto note = [&](const rulesets::FlippedOrder& order) {
        found.flips.push_back(std::to_string(order.sequence) + " " + order.account + "/" +
                              order.order + " " + order.what + ": " + order.before + " -> " +
                              order.after);
    };
    CandidateReplay replay{small_limits(), candidate, std::move(find), note};
    for (const runtime::JournalRecord& record : journal)
        replay.take(record);
    const auto& comparison = replay.comparison();
    for (const auto* flips : {&comparison.by_rule(), &comparison.by_account()}) {
        for (const auto& [name, each] : *flips)
            found.sums.push_back(sums_of(name, each));
    }
    for (const auto& [account, count] : comparison.liquidations()) {
        found.sums.push_back("liquidations of " + account + " " + std::to_string(count.before) +
                             " " + std::to_string(count.after) + " from " +
                             std::to_string(count.first_sequence));
    }
    found.totals = comparison.totals();
    found.work = replay.work();
    return found;
}

constexpr std::size_t events_in_a_day = 3'000;

TEST(RulesReplay, what_is_taken_from_the_record_is_what_would_be_answered) {
    std::uint64_t flips = 0;
    std::uint64_t in_part = 0;
    std::uint64_t unasked = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomSource random{seed};
        const config::RulesSettings settings = tight();
        const auto first = load(settings);
        const auto second = load(changed(random, settings));
        const Journal journal = record(seed, events_in_a_day, *first, *second);
        const auto candidate = load(changed(random, settings));
        const Found full = replayed(journal, *candidate, [](auto) { return nullptr; });
        const Found part =
            replayed(journal, *candidate, [&](std::string_view hash) -> const dsl::LuaRulebook* {
                return hash == first->hash() ? first.get() : second.get();
            });
        EXPECT_THAT(part.flips, testing::ElementsAreArray(full.flips));
        EXPECT_THAT(part.sums, testing::ElementsAreArray(full.sums));
        EXPECT_EQ(part.totals.events, full.totals.events);
        EXPECT_EQ(part.totals.orders, full.totals.orders);
        EXPECT_EQ(part.totals.same, full.totals.same);
        EXPECT_EQ(part.totals.other_reason, full.totals.other_reason);
        EXPECT_EQ(part.totals.faults, full.totals.faults);
        EXPECT_EQ(full.work.asked_in_full, full.totals.orders);
        flips += full.flips.size();
        in_part += part.work.asked_in_part;
        unasked += part.totals.orders - part.work.asked_in_part - part.work.asked_in_full;
    }
    EXPECT_GT(flips, 0U);
    EXPECT_GT(in_part, 0U);
    EXPECT_GT(unasked, 0U);
}

TEST(RulesReplay, the_ruleset_that_decided_decides_the_same_asked_in_full) {
    std::uint64_t liquidated = 0;
    for (std::uint64_t seed = 101; seed <= 106; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const auto first = load(tight());
        const auto same = load(tight());
        const Journal journal = record(seed, events_in_a_day, *first, *first);
        for (const runtime::JournalRecord& each : journal) {
            for (const Output& output : each.outcome.outputs) {
                const auto* change = std::get_if<StageChange>(&output);
                if (change != nullptr && change->stage == Stage::liquidate) ++liquidated;
            }
        }
        const Found found = replayed(journal, *same, [](auto) { return nullptr; });
        EXPECT_THAT(found.flips, testing::IsEmpty());
        EXPECT_THAT(found.sums, testing::IsEmpty());
        EXPECT_EQ(found.totals.same, found.totals.orders);
        EXPECT_EQ(found.totals.events, journal.size());
        EXPECT_GT(found.work.accounts_judged, 0U);
    }
    EXPECT_GT(liquidated, 0U) << "the ladder was never climbed";
}

}  // namespace
}  // namespace riskd::model
