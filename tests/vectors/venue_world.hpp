// An engine with the rules in Lua and one account "a", in the terms of another system. What is not
// said is out of the way: no fees, no tick, marks that do not age, leverage without bound, and a
// ladder whose rungs are all at the edge. Test code; one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/host.hpp"
#include "riskd/core/engine.hpp"

namespace riskd::vectors {

// Rule files under rules/, without ".lua".
struct VenueRules {
    std::string margin{"margin/tiered"};
    std::string collateral{"collateral/haircut"};
    std::string currency{"USD"};  // what the account is valued in
};

// In seconds; a whole minute, as margin counts the time to an expiry from one.
inline constexpr std::int64_t world_begin = 1'699'999'980;
inline constexpr std::int64_t second_ns = 1'000'000'000;

// One row of a steps parameter: its columns by name.
using Row = std::vector<std::pair<std::string, double>>;

class VenueWorld {
public:
    static constexpr std::uint32_t leverage_unbounded = 1'000'000'000;

    // The account's currency has these decimals.
    explicit VenueWorld(const VenueRules& rules = {}, int money_decimals = 8);

    // A linear perpetual of "BASE" in USD, with prices and quantities in as many decimals.
    struct Scale {
        int price{8};
        int quantity{8};
    };
    static InstrumentDefinition perpetual(std::string_view name, Scale scale);
    static InstrumentDefinition perpetual(std::string_view name) { return perpetual(name, {}); }
    // The same of "COIN" in USD, settled in the coin: each contract is worth one USD.
    static InstrumentDefinition inverse(std::string_view name, Scale scale);

    // Each defines and lets the rules know.
    InstrumentId define(const InstrumentDefinition& definition);
    AssetId define_asset(std::string_view name, int decimals, std::string_view priced_by = {});
    // An asset with a spot instrument of its own in USD, and its price as text.
    AssetId define_priced_asset(std::string_view name, int decimals, std::string_view price);
    void choose_leverage(std::uint32_t leverage);
    // The account's position there gets a margin of its own; then so much of it. REQUIRES: flat;
    // and then open.
    void isolate(InstrumentId instrument);
    void set_isolated_margin(InstrumentId instrument, Money margin);

    void set(std::string_view rule_and_parameter, double value);
    void set_for_asset(std::string_view rule_and_parameter, std::string_view asset, double value);
    void set_for_instrument(std::string_view rule_and_parameter, std::string_view instrument,
                            double value);
    void set_rows(std::string_view rule_and_parameter, std::string_view instrument,
                  std::vector<Row> rows);

    const Outcome& apply(EventBody body);
    const Outcome& mark(InstrumentId instrument, Price price);
    void post(AssetId asset, Money amount, BalanceKind kind = BalanceKind::adjustment);
    void post(Money amount) { post(currency_, amount); }
    // Signed: a short sells. The mark is set to the price when it has none.
    void fill(InstrumentId instrument, Quantity quantity, Price price, std::string_view order = {});
    struct Ask {
        InstrumentId instrument{no_instrument};
        Side side{};
        Quantity quantity;
        Price price;
    };
    Decision order(const Ask& ask);

    Engine& engine() noexcept { return engine_; }
    const Ledger& ledger() const noexcept { return engine_.ledger(); }
    AccountId account() const noexcept { return account_; }
    AssetId currency() const noexcept { return currency_; }
    AccountMargin margin();
    AccountFigures figures() { return engine_.figures(account_, time_); }
    const Position& position(InstrumentId instrument) const;
    // Of a position of this size alone, at this mark; the account need not hold it.
    MarginEvaluator::PositionMargin margin_of(InstrumentId instrument, Quantity quantity,
                                              Price mark);
    std::optional<Price> liquidation_price(InstrumentId instrument) {
        return engine_.liquidation_price(account_, instrument, time_);
    }
    Money balance(AssetId asset) const;
    bool is_liquidated() const { return ledger().account(account_).stage == Stage::liquidate; }
    // What would be closed there if the account were liquidated now; null when it has no position.
    std::optional<CloseLeg> close_if_liquidated(InstrumentId instrument);
    // Of the latest change of stage; null when it closes nothing there.
    const CloseLeg* last_close(InstrumentId instrument) const noexcept;
    // Money of the account, and a price of the instrument, as figures.
    Decimal shown(Money amount) const noexcept {
        return {.raw = amount.raw, .decimals = static_cast<std::uint8_t>(money_decimals_)};
    }
    Decimal shown(InstrumentId instrument, Price price) const {
        return {.raw = price.raw, .decimals = ledger().instrument(instrument).terms.price_decimals};
    }

private:
    Id next_id() { return Id{"x" + std::to_string(++ids_)}; }

    int money_decimals_;
    std::string currency_name_;
    std::unique_ptr<dsl::LuaRulebook> rules_;
    Engine engine_;
    Outcome outcome_;
    Timestamp time_{world_begin * second_ns};
    AssetId currency_{no_asset};
    AccountId account_{no_account};
    std::uint64_t ids_{};
    std::vector<CloseLeg> close_;
};

// Every row at once: from nothing, one rate of each.
std::vector<Row> one_tier(double initial, double maintenance);

}  // namespace riskd::vectors
