// Random events of a small world, seeded: several accounts, currencies and kinds of contract, and
// everything that can happen to them, valid, borderline and wrong. Follows what the engine
// answered, so that fills meet orders that work and the largest quantity of a refusal is tried
// next. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "riskd/core/event.hpp"
#include "riskd/core/ledger.hpp"
#include "riskd/core/outcome.hpp"
#include "tests/model/random_source.hpp"

namespace riskd::model {

// Small enough that every bound is met in a run.
LedgerLimits small_limits();

class RandomEvents {
public:
    // `activation` is what the rulebook under test declares. `extreme` worlds also use amounts near
    // the largest that fit.
    // `margins` are the margin rules that accounts may name.
    RandomEvents(std::uint64_t seed, const RulesetActivation& activation, bool extreme,
                 std::span<const MarginModel> margins = {});

    // The next event, without a sequence. The first ones define the world.
    Event next();
    // What came out of it.
    void observe(const Event& event, const Outcome& outcome);
    // Ends every order that still works, so that holds must be zero.
    std::vector<Event> end_all_orders(const Ledger& ledger);

private:
    struct Traded {
        InstrumentDefinition terms;
        std::int64_t level{};  // raw price it moves around
        std::int64_t funding_index{};
    };
    struct Working {
        OrderRequest request;
        std::int64_t remaining{};
    };

    void define_world();
    void define_instruments();
    void define_options();
    std::int64_t final_price(InstrumentId instrument);
    void add_asset(std::string_view name, int decimals, std::string_view priced_by);
    void add_instrument(InstrumentDefinition terms, std::int64_t level);
    void add_account(std::string_view name, std::string_view group, std::string_view currency,
                     std::uint32_t leverage);
    void pass_time();
    void follow(const StageChange& change);
    EventBody random_body();

    AccountId any_account();
    InstrumentId any_instrument();
    AssetId any_asset();
    Id new_id(char kind);
    std::int64_t amount_of(AssetId asset, std::int64_t most);
    std::int64_t quantity_of(const Traded& traded);
    std::int64_t price_near(const Traded& traded, std::int64_t spread_bp);

    EventBody order();
    OrderRequest fresh_order();
    void spoil(OrderRequest& request);
    EventBody order_update();
    EventBody fill();
    EventBody balance_change();
    EventBody transfer();
    EventBody price();
    EventBody funding();
    EventBody canary();
    EventBody funding_index();
    EventBody settlement();
    EventBody leverage();
    EventBody margin();
    Name any_group();
    Name any_margin();
    PositionSide any_side(AccountId account, InstrumentId instrument);
    void spoil(PriceUpdate& update, const Traded& traded);
    void guard(InstrumentDefinition& terms);
    EventBody definition();
    EventBody control();

    RandomSource random_;
    RulesetActivation activation_;
    bool extreme_{};
    std::vector<Name> margins_;
    Timestamp time_;
    std::vector<EventBody> opening_;  // definitions, deposits, first prices
    std::size_t opened_{};
    std::vector<AssetDefinition> assets_;
    std::vector<Traded> instruments_;
    std::vector<AccountDefinition> accounts_;
    std::vector<Working> working_;
    std::vector<EventBody> queued_;     // what follows from what came out: closes, fresh prices
    std::vector<OrderRequest> to_try_;  // of largest quantities
    std::vector<OrderRequest> asked_;   // lately, to be repeated
    std::vector<EventBody> facts_;      // lately, to be repeated
    std::uint64_t ids_{};
};

// One line, for the person who reads a failure.
std::string describe(const Event& event);

}  // namespace riskd::model
