// The engine and rules that a scenario runs in, and the one place where its words become events.
// What a line names wrongly is a fault with its place. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dsl/host.hpp"
#include "dsl/scenario_parser.hpp"
#include "riskd/core/engine.hpp"
#include "riskd/core/reference_fields.hpp"

namespace riskd::dsl {

class ScenarioWorld {
public:
    // `path` is for the places of faults.
    ScenarioWorld(std::string path, std::unique_ptr<LuaRulebook> rulebook);

    // What a line does, except rules, digest and the expect lines. The outputs of all its events.
    void run(const ScenarioLine& line, std::vector<Output>& outputs);

    const Ledger& ledger() const noexcept { return engine_.ledger(); }
    Engine& engine() noexcept { return engine_; }
    Timestamp now() const noexcept { return now_; }
    std::uint64_t events() const noexcept { return events_; }
    std::vector<config::Fault>& faults() noexcept { return faults_; }

    // The account and instrument of an order line seen before.
    struct KnownOrder {
        std::string account;
        std::string instrument;
        Side side{};
        PositionSide position_side{};
    };
    const KnownOrder* find_order(const std::string& id) const noexcept;

    void fail(const Word& word, const std::string& message);

private:
    void apply(EventBody body, std::vector<Output>& outputs);
    std::optional<EventBody> body_of(const ScenarioLine& line);

    void define_asset(const ScenarioLine& line, std::vector<Output>& outputs);
    void define_missing_asset(const std::string& name, const std::string& priced_by,
                              std::vector<Output>& outputs);
    void define_instrument(const ScenarioLine& line, std::vector<Output>& outputs);
    void define_group(const ScenarioLine& line, std::vector<Output>& outputs);
    void define_account(const ScenarioLine& line, std::vector<Output>& outputs);
    void fail_fields(const ScenarioLine& line, const FieldFaults& faults);
    void bind_names();
    void set_parameter(const ScenarioLine& line);
    void set(config::ParameterSetting setting, const Word& word);
    bool read_scope(const ScenarioLine& line, std::size_t at, config::ParameterSetting& setting);
    void pass_time(const ScenarioLine& line);

    std::optional<EventBody> order(const ScenarioLine& line);
    std::optional<EventBody> update(const ScenarioLine& line);
    std::optional<EventBody> fill(const ScenarioLine& line);
    std::optional<EventBody> balance(const ScenarioLine& line);
    std::optional<EventBody> transfer(const ScenarioLine& line);
    std::optional<EventBody> price(const ScenarioLine& line);
    std::optional<EventBody> leverage(const ScenarioLine& line);
    std::optional<EventBody> margin(const ScenarioLine& line);
    std::optional<EventBody> funding(const ScenarioLine& line);
    std::optional<EventBody> funding_index(const ScenarioLine& line);
    std::optional<EventBody> settlement(const ScenarioLine& line);
    std::optional<EventBody> status(const ScenarioLine& line);

    // Raw figures; a fault and zero when the text has more decimals than there are.
    std::int64_t raw(const Word& word, int decimals);
    Price price_of(const Clause& clause, std::string_view name, InstrumentId instrument);
    // That a settlement or funding is told: of an option, its underlying's.
    Price final_price_of(const Clause& clause, InstrumentId instrument);
    Quantity quantity_of(const Clause& clause, std::string_view name, InstrumentId instrument);
    struct Amount {
        AssetId asset{no_asset};
        Money amount;
    };
    Amount amount_of(const Clause& clause, std::string_view name, AssetId usual);
    AccountId account_of(const Word& word) const noexcept {
        return ledger().find_account(word.text);
    }
    InstrumentId instrument_of(const Word& word) const noexcept {
        return ledger().find_instrument(word.text);
    }
    struct Place {
        InstrumentId instrument{no_instrument};
        PositionSide side{};
    };
    Place place_of(const Word& word) const noexcept;
    AssetId currency_of(AccountId account) const noexcept {
        return is_known(account) ? ledger().account(account).currency : no_asset;
    }
    // The id written on the line, or one made from its number.
    Id id_of(const ScenarioLine& line, std::string_view kind) const;

    std::string path_;
    std::unique_ptr<LuaRulebook> rulebook_;
    Engine engine_;
    Outcome outcome_;
    Timestamp now_;
    std::uint64_t events_{};
    std::map<std::string, KnownOrder> orders_;
    std::vector<config::Fault> faults_;
};

}  // namespace riskd::dsl
