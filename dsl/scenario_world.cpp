#include "dsl/scenario_world.hpp"

#include "riskd/core/activation.hpp"

#include <algorithm>

#include "dsl/scenario_values.hpp"

namespace riskd::dsl {

namespace {

constexpr std::int64_t start_ns = 1'767'225'600'000'000'000;  // 2026-01-01T00:00:00Z
constexpr LedgerLimits scenario_limits{.accounts_max = 1'000,
                                       .instruments_max = 200,
                                       .open_orders_max = 10'000,
                                       .open_orders_per_account_max = 50,
                                       .orders_remembered_max = 10'000,
                                       .ids_remembered_max = 10'000};

}  // namespace

ScenarioWorld::ScenarioWorld(std::string path, std::unique_ptr<LuaRulebook> rulebook)
    : path_{std::move(path)},
      rulebook_{std::move(rulebook)},
      engine_{scenario_limits, *rulebook_},
      now_{start_ns} {
    std::vector<Output> outputs;
    apply(AssetDefinition{.name = Name{"USDT"}, .decimals = 6}, outputs);
    apply(activation_of(*rulebook_), outputs);
    bind_names();
}

void ScenarioWorld::fail(const Word& word, const std::string& message) {
    faults_.push_back(
        {.place = {.file = path_, .line = word.line, .column = word.column}, .message = message});
}

const ScenarioWorld::KnownOrder* ScenarioWorld::find_order(const std::string& id) const noexcept {
    const auto found = orders_.find(id);
    return found == orders_.end() ? nullptr : &found->second;
}

void ScenarioWorld::apply(EventBody body, std::vector<Output>& outputs) {
    Event event{.sequence = {engine_.sequence().raw + 1}, .time = now_, .body = std::move(body)};
    engine_.apply(event, outcome_);
    ++events_;
    outputs.insert(outputs.end(), outcome_.outputs.begin(), outcome_.outputs.end());
}

void ScenarioWorld::run(const ScenarioLine& line, std::vector<Output>& outputs) {
    switch (line.verb) {
        case Verb::at:
        case Verb::advance: return pass_time(line);
        case Verb::set: return set_parameter(line);
        case Verb::asset: return define_asset(line, outputs);
        case Verb::instrument: return define_instrument(line, outputs);
        case Verb::account: return define_account(line, outputs);
        case Verb::group: return define_group(line, outputs);
        default: break;
    }
    const std::size_t before = faults_.size();
    auto body = body_of(line);
    if (body && faults_.size() == before) apply(std::move(*body), outputs);
}

std::optional<EventBody> ScenarioWorld::body_of(const ScenarioLine& line) {
    switch (line.verb) {
        case Verb::order: return order(line);
        case Verb::update:
        case Verb::cancel: return update(line);
        case Verb::fill:
        case Verb::fill_without_order: return fill(line);
        case Verb::balance: return balance(line);
        case Verb::transfer: return transfer(line);
        case Verb::price:
        case Verb::quote: return price(line);
        case Verb::leverage: return leverage(line);
        case Verb::margin: return margin(line);
        case Verb::funding: return funding(line);
        case Verb::funding_index: return funding_index(line);
        case Verb::settle: return settlement(line);
        case Verb::status: return status(line);
        case Verb::tick: return TimePassed{};
        default: return std::nullopt;
    }
}

void ScenarioWorld::pass_time(const ScenarioLine& line) {
    Timestamp next = now_;
    if (line.verb == Verb::at) {
        next.ns = parse_time(line.event.word("time").text).raw;
    } else {
        next.ns += parse_duration(line.event.word("span").text).raw;
    }
    if (next < now_) return fail(line.event.word("time"), "time does not run backwards");
    now_ = next;
}

void ScenarioWorld::bind_names() {
    for (std::uint32_t i = 0; i < ledger().asset_count(); ++i) {
        rulebook_->define_asset(AssetId{i}, ledger().asset(AssetId{i}).terms.name.view());
    }
    for (std::uint32_t i = 0; i < ledger().group_count(); ++i) {
        const Group& group = ledger().group(GroupId{i});
        rulebook_->define_group(group.id, group.terms.name.view(), group.parent);
    }
    for (std::uint32_t i = 0; i < ledger().instrument_count(); ++i) {
        const InstrumentId id{i};
        rulebook_->define_instrument(id, ledger().instrument(id).terms.name.view());
    }
    for (std::uint32_t i = 0; i < ledger().account_count(); ++i) {
        const Account& account = ledger().account(AccountId{i});
        rulebook_->define_account(account.id, account.terms.name.view(), account.group);
    }
}

void ScenarioWorld::set(config::ParameterSetting setting, const Word& word) {
    for (config::Fault& fault : rulebook_->set(setting)) {
        fault.place = {.file = path_, .line = word.line, .column = word.column};
        faults_.push_back(std::move(fault));
    }
    bind_names();
}

// `for NAME...`, where each name is a known one, or said to be one: `for group makers`.
bool ScenarioWorld::read_scope(const ScenarioLine& line, std::size_t at,
                               config::ParameterSetting& setting) {
    for (; at < line.values.size(); ++at) {
        const Word& word = line.values[at];
        const bool has_name = at + 1 < line.values.size();
        std::string* into = word.text == "group"        ? &setting.group
                            : word.text == "account"    ? &setting.account
                            : word.text == "instrument" ? &setting.instrument
                            : word.text == "asset"      ? &setting.asset
                                                        : nullptr;
        if (into != nullptr && has_name) {
            *into = line.values[++at].text;
        } else if (is_known(ledger().find_instrument(word.text))) {
            setting.instrument = word.text;
        } else if (is_known(ledger().find_account(word.text))) {
            setting.account = word.text;
        } else if (is_known(ledger().find_group(word.text))) {
            setting.group = word.text;
        } else if (is_known(ledger().find_asset(word.text))) {
            setting.asset = word.text;
        } else {
            fail(word,
                 "`" + word.text + "` is no instrument, account, group or asset defined above");
            return false;
        }
    }
    return true;
}

void ScenarioWorld::set_parameter(const ScenarioLine& line) {
    const Word& name = line.values.front();
    const std::size_t point = name.text.find('.');
    if (point == std::string::npos) return fail(name, "expected RULE.PARAMETER");
    const auto is_for = [](const Word& word) { return word.text == "for"; };
    const auto scope = std::find_if(line.values.begin(), line.values.end(), is_for);
    const std::vector<Word> words(line.values.begin() + 1, scope);
    if (words.empty()) return fail(name, "expected a value for `" + name.text + "`");
    config::ParameterSetting setting{.rule = name.text.substr(0, point),
                                     .parameter = name.text.substr(point + 1)};
    setting.value = parameter_value(path_, words);
    const auto after = static_cast<std::size_t>(scope - line.values.begin()) + 1;
    if (read_scope(line, after, setting)) set(std::move(setting), words.front());
}

}  // namespace riskd::dsl
