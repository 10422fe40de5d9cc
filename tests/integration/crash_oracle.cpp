#include "tests/integration/crash_oracle.hpp"

#include <algorithm>
#include <future>

#include "riskd/runtime/journal_reader.hpp"
#include "tests/integration/oms_model_json.hpp"
#include "tests/model/reference_engine.hpp"

namespace riskd::tests {
namespace {

using model::Exact;
using model::ReferenceAccount;
using model::ReferenceEngine;
using model::ReferenceState;

constexpr std::uint32_t halves = 2;

// What has no business here; empty when it has. Positions come without orders, and a loss may have
// left less than nothing where a deposit arrives.
std::string unexpected(const Output& output, Sequence sequence) {
    if (std::holds_alternative<StageChange>(output)) return {};
    const std::string where = " at " + std::to_string(sequence.raw);
    const auto* alert = std::get_if<Alert>(&output);
    if (alert == nullptr) return "a decision" + where;
    const bool is_due = alert->kind == AlertKind::fill_without_order ||
                        alert->kind == AlertKind::balance_below_zero;
    if (is_due) return {};
    return std::string(name(alert->kind)) + " " + std::string(alert->about.view()) + ": " +
           std::string(alert->detail.view()) + where;
}

// The shipped rules, with the parameters of the configuration. Asks the state who is who.
class CrashRules {
public:
    model::NativeRulebook& rulebook() { return rulebook_; }
    void look_at(const ReferenceState& state) { state_ = &state; }

private:
    const model::NativeParameters& parameters(const RuleScope& scope, AssetId asset) const {
        const auto asked = [&](std::string_view name) {
            return is_known(asset) && state_->assets[asset.raw].name.view() == name;
        };
        if (asked("BTC")) return btc_;
        if (asked("ETH")) return eth_;
        const bool is_doge =
            is_known(scope.instrument) &&
            state_->instruments[scope.instrument.raw].terms.name.view() == "DOGE-PERP";
        return is_doge ? doge_ : everyone_;
    }
    static model::NativeParameters with_haircut(double haircut) {
        model::NativeParameters made = crash_parameters();
        made.haircut = haircut;
        return made;
    }

    const ReferenceState* state_{};
    model::NativeParameters everyone_{crash_parameters()};
    model::NativeParameters doge_{crash_doge_parameters()};
    model::NativeParameters btc_{with_haircut(btc_haircut)};
    model::NativeParameters eth_{with_haircut(eth_haircut)};
    model::NativeRulebook rulebook_{
        [this](const RuleScope& scope, AssetId asset) -> const model::NativeParameters& {
            return parameters(scope, asset);
        }};
};

bool holds(const ReferenceState& state, const ReferenceAccount& account, InstrumentId instrument) {
    const auto position = account.positions.find({.instrument = instrument.raw});
    if (position != account.positions.end() && position->second.quantity != 0) return true;
    const std::string_view name = state.instruments[instrument.raw].terms.name.view();
    return std::any_of(account.balances.begin(), account.balances.end(), [&](const auto& balance) {
        return balance.second != 0 && state.assets[balance.first].priced_by.view() == name;
    });
}

// The accounts of one half that an event can move.
void find_judged(const ReferenceState& state, const Event& event, std::uint32_t half,
                 std::vector<std::uint32_t>& judged) {
    judged.clear();
    const auto add = [&](std::uint32_t account) {
        if (account % halves == half) judged.push_back(account);
    };
    if (const auto* fill = std::get_if<Fill>(&event.body)) add(fill->account.raw);
    if (const auto* change = std::get_if<BalanceChange>(&event.body)) add(change->account.raw);
    const auto* price = std::get_if<PriceUpdate>(&event.body);
    if (price == nullptr) return;
    for (std::uint32_t i = 0; i < state.accounts.size(); ++i) {
        if (holds(state, state.accounts[i], price->instrument)) add(i);
    }
}

std::string_view stage_text(Stage stage) {
    return stage == Stage::healthy ? std::string_view{"closed"} : name(stage);
}

Trigger trigger_of(const ReferenceState& state, const StageChange& change) {
    const auto asset = [&](Money amount) {
        return decimal_text(amount.raw, state.assets[change.currency.raw].decimals);
    };
    std::string figures = "equity " + asset(change.margin.equity) + " initial " +
                          asset(change.margin.initial_margin) + " maintenance " +
                          asset(change.margin.maintenance_margin) + " " +
                          std::string(state.assets[change.currency.raw].name.view());
    for (const PriceUsed& used : change.prices) {
        const InstrumentDefinition& terms = state.instruments[used.instrument.raw].terms;
        figures += " " + std::string(terms.name.view()) + "@" +
                   decimal_text(used.price.raw, terms.price_decimals);
    }
    for (const CloseLeg& leg : change.close) {
        const InstrumentDefinition& terms = state.instruments[leg.instrument.raw].terms;
        figures +=
            " " + std::string(name(leg.side)) + " " +
            decimal_text(leg.quantity.raw, terms.quantity_decimals) + " " +
            std::string(terms.name.view()) + " to " +
            (leg.has_bankruptcy_price ? decimal_text(leg.bankruptcy_price.raw, terms.price_decimals)
                                      : std::string("none"));
    }
    return {.sequence = change.sequence.raw,
            .account = std::string(state.accounts[change.account.raw].terms.name.view()),
            .episode = change.episode,
            .before = std::string(stage_text(change.before)),
            .stage = std::string(stage_text(change.stage)),
            .figures = std::move(figures)};
}

struct NumberedTrigger {
    std::uint32_t account{};
    Trigger trigger;
};

struct Half {
    std::string fault;
    std::vector<NumberedTrigger> triggers;
    std::uint64_t judgements{};
};

Half work_out_half(const std::vector<Event>& events, std::uint32_t half) {
    Half made;
    CrashRules rules;
    ReferenceEngine engine{crash_limits, rules.rulebook()};
    rules.look_at(engine.state());
    std::vector<std::uint32_t> judged;
    for (const Event& recorded : events) {
        Event event = recorded;
        // Windows of history serve the checks of orders, of which there are none here.
        if (auto* activation = std::get_if<RulesetActivation>(&event.body)) {
            activation->windows_count = 0;
        }
        find_judged(engine.state(), event, half, judged);
        made.judgements += judged.size();
        for (const Output& output : engine.apply(event, judged).outputs) {
            if (made.fault.empty()) made.fault = unexpected(output, event.sequence);
            const auto* change = std::get_if<StageChange>(&output);
            if (change == nullptr) continue;
            made.triggers.push_back({change->account.raw, trigger_of(engine.state(), *change)});
        }
    }
    return made;
}

void note_event(const Event& event, JournalledCrash& journalled,
                std::vector<std::string>& instruments) {
    if (const auto* definition = std::get_if<InstrumentDefinition>(&event.body)) {
        instruments.emplace_back(definition->name.view());
    }
    if (std::holds_alternative<AccountDefinition>(event.body)) ++journalled.accounts;
    if (std::holds_alternative<Fill>(event.body)) ++journalled.fills;
    if (std::holds_alternative<BalanceChange>(event.body)) ++journalled.deposits;
    if (std::holds_alternative<RefusedFact>(event.body)) {
        journalled.fault = "a fact was refused at " + std::to_string(event.sequence.raw);
    }
    const auto* price = std::get_if<PriceUpdate>(&event.body);
    if (price == nullptr) return;
    for (std::size_t i = 0; i < crash_listings.size(); ++i) {
        if (instruments[price->instrument.raw] != crash_listings[i].name) continue;
        journalled.marks[i].push_back(price->mark.raw);
    }
}

}  // namespace

JournalledCrash read_journalled_crash(const std::string& directory) {
    JournalledCrash journalled;
    runtime::DiskFiles files;
    runtime::JournalReader reader(files, directory);
    journalled.fault = reader.open();
    std::vector<std::string> instruments;
    runtime::JournalRecord record;
    while (journalled.fault.empty()) {
        const auto step = reader.next(record);
        if (step == runtime::JournalReader::Step::end) break;
        if (step == runtime::JournalReader::Step::fault) {
            journalled.fault = reader.fault();
            break;
        }
        journalled.outputs += record.outcome.outputs.size();
        for (const Output& output : record.outcome.outputs) {
            if (journalled.fault.empty()) {
                journalled.fault = unexpected(output, record.event.sequence);
            }
        }
        note_event(record.event, journalled, instruments);
        journalled.events.push_back(record.event);
    }
    return journalled;
}

DueTriggers work_out_triggers(const std::vector<Event>& events) {
    auto other = std::async(std::launch::async, [&] { return work_out_half(events, 1); });
    Half first = work_out_half(events, 0);
    Half second = other.get();
    DueTriggers due{.fault = first.fault.empty() ? second.fault : first.fault,
                    .triggers = {},
                    .judgements = first.judgements + second.judgements};
    std::vector<NumberedTrigger> all = std::move(first.triggers);
    std::move(second.triggers.begin(), second.triggers.end(), std::back_inserter(all));
    std::sort(all.begin(), all.end(), [](const NumberedTrigger& a, const NumberedTrigger& b) {
        return std::make_pair(a.trigger.sequence, a.account) <
               std::make_pair(b.trigger.sequence, b.account);
    });
    for (NumberedTrigger& numbered : all)
        due.triggers.push_back(std::move(numbered.trigger));
    return due;
}

}  // namespace riskd::tests
