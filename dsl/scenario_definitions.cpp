// Assets, instruments and accounts of a scenario: read by the fields of reference data, with
// defaults for all that a short example leaves out.
#include <algorithm>

#include "dsl/scenario_values.hpp"
#include "dsl/scenario_world.hpp"

namespace riskd::dsl {

namespace {

std::size_t decimals_in(std::string_view number) {
    const std::size_t point = number.find('.');
    return point == std::string_view::npos ? 0 : number.size() - point - 1;
}

// Texts of an instrument; they live as long as this does.
class InstrumentWords {
public:
    void set(std::string_view field, std::string text) {
        words_[std::string{field}] = std::move(text);
    }
    const std::string& at(const std::string& field) const { return words_.at(field); }
    bool has(const std::string& field) const { return words_.contains(field); }
    InstrumentTexts texts() const {
        InstrumentTexts texts;
        for (const auto& [field, text] : words_)
            static_cast<void>(texts.set(field, text));
        return texts;
    }

private:
    std::map<std::string, std::string> words_;
};

std::string_view kind_of(const Clause& clause) {
    for (const std::string_view kind : contract_kind_names) {
        if (clause.has(kind)) return kind;
    }
    return clause.has("future") ? "linear_future" : "linear_perpetual";
}

// BTC-PERP is of BTC; BTC-USDC is of BTC in USDC when USDC is an asset.
InstrumentWords with_defaults(const Ledger& ledger, const Clause& clause) {
    InstrumentWords words;
    const std::string& name = clause.word("name").text;
    const std::size_t dash = std::min(name.find('-'), name.size());
    const std::string second = dash < name.size() ? name.substr(dash + 1) : std::string{};
    words.set("kind", std::string{kind_of(clause)});
    words.set("base", name.substr(0, dash));
    words.set("quote", is_known(ledger.find_asset(second)) ? second : "USDT");
    words.set("tick", "0.1");
    words.set("lot", "0.001");
    words.set("quantity_max", "1000000");
    words.set("maker_fee_rate", "0");
    words.set("taker_fee_rate", "0");
    words.set("market_price_band", "5%");
    words.set("leverage_max", "100");
    words.set("mark_age_max", "60s");
    const auto kind = find_enumerator<ContractKind>(contract_kind_names, words.at("kind"));
    if (is_dated(*kind)) words.set("expiry", "2026-12-25T08:00:00Z");
    if (*kind == ContractKind::inverse_option) words.set("quote", words.at("base"));
    for (const Part& part : clause.parts) {
        if (part.words.empty() || part.name == "name") continue;
        const std::string_view field = part.name == "taker"   ? "taker_fee_rate"
                                       : part.name == "maker" ? "maker_fee_rate"
                                                              : part.name;
        if (field != "initial" && field != "maintenance") words.set(field, part.words[0].text);
    }
    if (!words.has("price_decimals")) {
        words.set("price_decimals", std::to_string(decimals_in(words.at("tick"))));
    }
    if (!words.has("quantity_decimals")) {
        words.set("quantity_decimals", std::to_string(decimals_in(words.at("lot"))));
    }
    return words;
}

}  // namespace

void ScenarioWorld::fail_fields(const ScenarioLine& line, const FieldFaults& faults) {
    for (const FieldFault& fault : faults.items()) {
        const Part* part = line.event.find(fault.field);
        const bool written = part != nullptr && !part->words.empty();
        fail(written ? part->words.front() : line.event.head,
             std::string{fault.field} + " " + std::string{fault.error});
    }
}

void ScenarioWorld::define_asset(const ScenarioLine& line, std::vector<Output>& outputs) {
    AssetTexts texts;
    const Part* decimals = line.event.find("decimals");
    const Part* priced_by = line.event.find("priced_by");
    const Part* haircut = line.event.find("haircut");
    const Word& name = line.event.word("name");
    const AssetId known = ledger().find_asset(name.text);
    const std::string usual =
        is_known(known) ? std::to_string(ledger().asset(known).terms.decimals) : "8";
    texts.set("decimals", decimals == nullptr ? std::string_view{usual} : decimals->words[0].text);
    if (priced_by != nullptr) texts.set("priced_by", priced_by->words[0].text);
    FieldFaults faults;
    const AssetDefinition definition = build_asset(name.text, texts, faults);
    if (!faults.none()) return fail_fields(line, faults);
    apply(definition, outputs);
    bind_names();
    if (haircut == nullptr) return;
    config::ParameterSetting setting{.rule = "haircut", .parameter = "haircut", .asset = name.text};
    setting.value = parameter_value(path_, haircut->words);
    set(std::move(setting), haircut->words.front());
}

void ScenarioWorld::define_missing_asset(const std::string& name, const std::string& priced_by,
                                         std::vector<Output>& outputs) {
    if (is_known(ledger().find_asset(name)) || !is_token(name)) return;
    apply(AssetDefinition{.name = Name{name}, .decimals = 8, .priced_by = Name{priced_by}},
          outputs);
}

void ScenarioWorld::define_instrument(const ScenarioLine& line, std::vector<Output>& outputs) {
    const InstrumentWords words = with_defaults(ledger(), line.event);
    const std::string& name = line.event.word("name").text;
    FieldFaults faults;
    const InstrumentDefinition definition = build_instrument(name, words.texts(), faults);
    if (!faults.none()) return fail_fields(line, faults);
    define_missing_asset(words.at("base"), name, outputs);
    apply(definition, outputs);
    bind_names();
    const Part* initial = line.event.find("initial");
    const Part* maintenance = line.event.find("maintenance");
    if (initial == nullptr && maintenance == nullptr) return;
    if (initial == nullptr || maintenance == nullptr) {
        return fail(line.event.head, "expected both initial and maintenance");
    }
    config::ParameterSetting setting{.rule = "tiered", .parameter = "tiers", .instrument = name};
    setting.value.rows = {{{"notional", 0.0},
                           {"initial", number_value(initial->words[0].text).value_or(0)},
                           {"maintenance", number_value(maintenance->words[0].text).value_or(0)}}};
    set(std::move(setting), initial->words.front());
}

void ScenarioWorld::define_group(const ScenarioLine& line, std::vector<Output>& outputs) {
    GroupTexts texts;
    if (const Part* part = line.event.find("parent")) texts.set("parent", part->words[0].text);
    FieldFaults faults;
    const GroupDefinition definition = build_group(line.event.word("name").text, texts, faults);
    if (!faults.none()) return fail_fields(line, faults);
    apply(definition, outputs);
    bind_names();
}

void ScenarioWorld::define_account(const ScenarioLine& line, std::vector<Output>& outputs) {
    AccountTexts texts;
    const Word& name = line.event.word("name");
    texts.set("currency", "USDT");
    if (line.event.has("borrow")) texts.set("borrow", "true");
    if (line.event.has("hedge")) texts.set("position_mode", "hedge");
    if (line.event.has("insurance_fund")) texts.set("insurance_fund", "true");
    for (const std::string_view field : {"group", "leverage", "currency", "margin"}) {
        if (const Part* part = line.event.find(field)) texts.set(field, part->words[0].text);
    }
    FieldFaults faults;
    const AccountDefinition definition = build_account(name.text, texts, faults);
    if (!faults.none()) return fail_fields(line, faults);
    apply(definition, outputs);
    bind_names();
    const AccountId id = ledger().find_account(name.text);
    if (!is_known(id)) return;
    int deposits = 0;
    for (const Part& part : line.event.parts) {
        if (part.name != "balance") continue;
        Clause one{.head = line.event.head, .parts = {part}};
        const Amount amount = amount_of(one, "balance", currency_of(id));
        const std::string text = "open-" + name.text + "-" + std::to_string(++deposits);
        apply(BalanceChange{.account = id,
                            .id = Id{text},
                            .asset = amount.asset,
                            .amount = amount.amount,
                            .kind = BalanceKind::deposit},
              outputs);
    }
}

}  // namespace riskd::dsl
