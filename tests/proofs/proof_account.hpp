// Random accounts for proofs over the engine: the definitions, marks and facts that make one, as
// events, so that a test may apply them in other orders; and an engine of its own to apply them to.
// Amounts are drawn so that nothing is near the largest figure that fits. Test code; one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/host.hpp"
#include "riskd/core/engine.hpp"
#include "tests/model/random_source.hpp"

namespace riskd::proofs {

// A margin rule with its parameters, beside `haircut` with a tenth off every asset, and a ladder
// whose rungs are all at the edge: below maintenance is `liquidate`, at it is `healthy`.
struct MarginRule {
    std::string file;  // under rules/, without ".lua"
    std::vector<std::pair<std::string, double>> parameters;
    std::string tiers;  // the parameter that has these rows
    std::vector<std::vector<std::pair<std::string, double>>> rows;
    // The contracts it is written for.
    bool only_linear{};
    bool knows_options{};
    // Its maintenance margin is this share of the notional, as a fraction; none when it is not.
    std::int64_t rate_numerator{};
    std::int64_t rate_denominator{};
    // The same of its initial margin.
    std::int64_t initial_numerator{};
    std::int64_t initial_denominator{};
};
// Every shipped margin rule that is asked of one instrument, and those that are asked of a book.
const std::vector<MarginRule>& margin_rules();
const std::vector<MarginRule>& book_rules();
std::unique_ptr<dsl::LuaRulebook> load(const MarginRule& rule);

inline constexpr std::int64_t haircut_percent = 10;

// What the account holds, in the order it was drawn.
struct Holding {
    InstrumentId instrument;
    Quantity quantity;  // signed
    PositionSide side{};
};

struct RandomAccount {
    std::vector<EventBody> definitions;
    std::vector<EventBody> marks;     // one for each instrument
    std::vector<EventBody> fills;     // each position on one side only, in one or two parts
    std::vector<EventBody> deposits;  // after the marks; the account's own currency comes last
    std::vector<Holding> holdings;
    std::vector<std::int64_t> levels;  // raw mark, by instrument
};

struct Draw {
    bool only_linear{};  // settled in the account's currency
    bool options{};      // some of the positions are in options, on what else there is
    bool may_hedge{};    // a long and a short of one instrument, in some accounts
    int positions_max{4};
    double cushion_least{0.05};  // deposits, as a share of what the positions are worth
    double cushion_most{2.0};
};
RandomAccount draw_account(model::RandomSource& random, const Draw& draw);

// An engine with one account, "a", in which one event follows another by a millisecond.
class ProofWorld {
public:
    explicit ProofWorld(Rulebook& rules);

    void apply(const EventBody& body);
    void apply_all(const std::vector<EventBody>& bodies);
    void mark(InstrumentId instrument, Price price);

    Engine engine;
    Outcome outcome;
    Timestamp now{1'770'000'000'000'000'000};

    AccountId account() const noexcept { return AccountId{0}; }
    AccountFigures figures() { return engine.figures(account(), now); }
    Stage stage() const { return engine.ledger().account(account()).stage; }
    bool is_liquidated() const { return stage() == Stage::liquidate; }
    std::optional<Price> liquidation_price(const Holding& holding) {
        return engine.liquidation_price(account(), holding.instrument, now, holding.side);
    }
};

// A world with everything of an account in it, in the order it was drawn.
void build(ProofWorld& world, const RandomAccount& account);

// In plain text, for a proof that fails.
std::string described(const ProofWorld& world);

}  // namespace riskd::proofs
