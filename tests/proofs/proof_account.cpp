#include "tests/proofs/proof_account.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/decimal.hpp"

namespace riskd::proofs {

namespace {

using model::RandomSource;

constexpr LedgerLimits one_account{.accounts_max = 2,
                                   .instruments_max = 12,
                                   .open_orders_max = 16,
                                   .open_orders_per_account_max = 16,
                                   .orders_remembered_max = 32,
                                   .ids_remembered_max = 64};
constexpr AssetId usd{0};
constexpr AssetId coin{1};
constexpr AssetId alt{2};
constexpr double coin_level = 25'000;
constexpr double alt_level = 8;

config::ParameterSetting setting_of(const std::string& rule_and_parameter, double value) {
    const std::size_t dot = rule_and_parameter.find('.');
    config::ParameterSetting setting;
    setting.rule = rule_and_parameter.substr(0, dot);
    setting.parameter = rule_and_parameter.substr(dot + 1);
    setting.value.number = value;
    return setting;
}

// One account being drawn.
class Drawing {
public:
    Drawing(RandomSource& random, const Draw& draw) : random_{random}, draw_{draw} {}

    RandomAccount run() {
        hedges_ = draw_.may_hedge && random_.one_in(3);
        in_coin_ = !draw_.only_linear && random_.one_in(4);
        const bool coin_by_contract = !draw_.only_linear && random_.one_in(4);
        define_assets(coin_by_contract ? "COIN-PERP" : "COIN-USD");
        define_spot("COIN-USD", "COIN", coin_level);
        define_spot("ALT-USD", "ALT", alt_level);
        if (coin_by_contract) define_coin_contract();
        made_.definitions.emplace_back(AccountDefinition{
            .name = Name{"a"},
            .currency = Name{in_coin_ ? "COIN" : "USD"},
            .leverage = static_cast<std::uint32_t>(random_.between(0, 25)),
            .position_mode = hedges_ ? PositionMode::hedge : PositionMode::one_way});
        const auto positions = random_.between(1, draw_.positions_max);
        for (std::int64_t i = 0; i < positions; ++i)
            add_position(coin_by_contract && i == 0);
        add_deposits();
        return std::move(made_);
    }

private:
    void define_assets(std::string_view coin_priced_by) {
        usd_decimals_ = draw_.only_linear ? 8 : static_cast<int>(random_.between(4, 8));
        made_.definitions.emplace_back(AssetDefinition{
            .name = Name{"USD"}, .decimals = static_cast<std::uint8_t>(usd_decimals_)});
        made_.definitions.emplace_back(AssetDefinition{
            .name = Name{"COIN"}, .decimals = 8, .priced_by = Name{coin_priced_by}});
        made_.definitions.emplace_back(
            AssetDefinition{.name = Name{"ALT"}, .decimals = 6, .priced_by = Name{"ALT-USD"}});
    }

    InstrumentDefinition terms_of(const std::string& name, ContractKind kind) {
        return {.name = Name{name},
                .kind = kind,
                .base = Name{"ALT"},
                .quote = Name{"USD"},
                .settle = Name{"USD"},
                .leverage_max = static_cast<std::uint32_t>(random_.between(2, 50)),
                .mark_age_max = {1'000'000'000'000'000'000}};
    }

    InstrumentId define(const InstrumentDefinition& terms, double level) {
        made_.definitions.emplace_back(terms);
        const InstrumentId id{static_cast<std::uint32_t>(made_.levels.size())};
        const auto raw = static_cast<std::int64_t>(
            level * static_cast<double>(power_of_ten(terms.price_decimals)));
        made_.levels.push_back(raw);
        terms_.push_back(terms);
        PriceUpdate update{.instrument = id, .mark = Price{raw}};
        if (is_option(terms.kind)) {
            constexpr std::int64_t percent = 1'000'000;
            update.implied_volatility = random_.between(30, 120) * percent;
        }
        made_.marks.emplace_back(update);
        return id;
    }

    void define_spot(const std::string& name, std::string_view base, double level) {
        InstrumentDefinition terms = terms_of(name, ContractKind::spot);
        terms.base = Name{base};
        terms.price_decimals = 4;
        define(terms, level);
    }

    // Its mark values the coin as well: collateral and profits move with what is traded.
    void define_coin_contract() {
        InstrumentDefinition terms = terms_of("COIN-PERP", ContractKind::linear_perpetual);
        terms.base = Name{"COIN"};
        terms.price_decimals = 2;
        terms.quantity_decimals = 4;
        coin_contract_ = define(terms, coin_level);
        coin_terms_ = terms;
    }

    double between(double least, double most) {
        return std::exp(std::log(least) + random_.unit() * (std::log(most) - std::log(least)));
    }

    void add_position(bool in_coin_contract) {
        static constexpr std::array kinds{
            ContractKind::linear_perpetual,  ContractKind::linear_future,
            ContractKind::inverse_perpetual, ContractKind::inverse_future,
            ContractKind::quanto_perpetual,  ContractKind::quanto_future};
        if (in_coin_contract) return fill(coin_contract_, coin_terms_, coin_level, coin_level);
        if (draw_.options && random_.one_in(2)) return add_option();
        const ContractKind kind = kinds[random_.below(draw_.only_linear ? 2 : kinds.size())];
        InstrumentDefinition terms = terms_of("X" + std::to_string(made_.levels.size()), kind);
        double level = between(50, 200);
        double unit = level;  // worth of a quantity of one, in USD
        if (kind == ContractKind::inverse_perpetual || kind == ContractKind::inverse_future) {
            level = coin_level * between(0.9, 1.1);
            terms.base = Name{"COIN"};
            terms.settle = Name{"COIN"};
            terms.price_decimals = static_cast<std::uint8_t>(random_.between(0, 2));
            terms.contract_size = power_of_ten(static_cast<int>(random_.between(0, 2)));
            unit = static_cast<double>(terms.contract_size);
        } else if (kind == ContractKind::quanto_perpetual || kind == ContractKind::quanto_future) {
            terms.settle = Name{"COIN"};
            terms.price_decimals = static_cast<std::uint8_t>(random_.between(1, 3));
            terms.contract_size = random_.between(1, 5);
            terms.contract_size_decimals = 6;
            unit = level * static_cast<double>(terms.contract_size) / 1e6 * coin_level;
        } else {
            terms.price_decimals = static_cast<std::uint8_t>(random_.between(1, 4));
            terms.quantity_decimals = static_cast<std::uint8_t>(random_.between(0, 4));
        }
        if (terms.expiry.ns == 0 && random_.one_in(2)) terms.expiry.ns = 1'900'000'000'000'000'000;
        fill(define(terms, level), terms, level, unit);
    }

    // On a spot price, or on a linear contract that is there. A position in one is as large as what
    // it is on.
    void add_option() {
        const bool in_coin = !draw_.only_linear && random_.one_in(3);
        std::size_t on = 0;  // COIN-USD
        while (!in_coin && terms_[on].base.view() != "ALT")
            on = random_.below(terms_.size());
        while (is_option(terms_[on].kind) || terms_[on].settle.view() != "USD")
            on = 1;  // ALT-USD
        const InstrumentDefinition under = terms_[on];
        const double spot = static_cast<double>(made_.levels[on]) /
                            static_cast<double>(power_of_ten(under.price_decimals));
        const double strike = spot * between(0.7, 1.4);
        InstrumentDefinition terms =
            terms_of("O" + std::to_string(made_.levels.size()),
                     in_coin ? ContractKind::inverse_option : ContractKind::linear_option);
        terms.base = under.base;
        if (in_coin) terms.quote = terms.settle = under.base;
        terms.right = random_.one_in(2) ? OptionRight::call : OptionRight::put;
        terms.underlying = under.name;
        terms.strike_decimals = 4;
        terms.strike = std::llround(strike * 1e4);
        terms.price_decimals = static_cast<std::uint8_t>(in_coin ? 5 : random_.between(2, 4));
        terms.quantity_decimals = static_cast<std::uint8_t>(random_.between(0, 3));
        const double years = between(0.02, 0.6);
        terms.expiry.ns = 1'770'000'000'000'000'000 +
                          static_cast<std::int64_t>(years * 31'536'000) * 1'000'000'000;
        const bool is_call = terms.right == OptionRight::call;
        const double inner = std::max(0.0, is_call ? spot - strike : strike - spot);
        const double level = inner + 0.3 * std::sqrt(years) * spot * between(0.2, 1);
        fill(define(terms, in_coin ? level / spot : level), terms, in_coin ? level / spot : level,
             spot);
    }

    void fill(InstrumentId id, const InstrumentDefinition& terms, double level, double unit) {
        const bool is_long = random_.one_in(2);
        fill_side(id, terms, level, unit, is_long);
        const bool both = hedges_ && !is_option(terms.kind) && random_.one_in(2);
        if (both) fill_side(id, terms, level, unit, !is_long);
    }

    // A position worth between a hundred and a million, from a price near the mark.
    void fill_side(InstrumentId id, const InstrumentDefinition& terms, double level, double unit,
                   bool is_long) {
        const PositionSide side = !hedges_ || is_option(terms.kind) ? PositionSide::net
                                  : is_long                         ? PositionSide::long_side
                                                                    : PositionSide::short_side;
        const double worth = between(100, 1'000'000);
        const double units = worth / unit;
        const auto raw = std::max<std::int64_t>(
            2, std::llround(units * static_cast<double>(power_of_ten(terms.quantity_decimals))));
        worth_ += static_cast<double>(raw) * unit /
                  static_cast<double>(power_of_ten(terms.quantity_decimals));
        const bool in_parts = random_.one_in(2);
        const std::int64_t first = in_parts ? random_.between(1, raw - 1) : raw;
        for (const std::int64_t part : {first, raw - first}) {
            if (part == 0) continue;
            const double price = level * between(0.97, 1.03);
            made_.fills.emplace_back(Fill{
                .account = AccountId{0},
                .instrument = id,
                .fill = Id{"f" + std::to_string(made_.fills.size())},
                .side = is_long ? Side::buy : Side::sell,
                .position_side = side,
                .price = Price{std::max<std::int64_t>(
                    1,
                    std::llround(price * static_cast<double>(power_of_ten(terms.price_decimals))))},
                .quantity = Quantity{part}});
        }
        made_.holdings.push_back(
            {.instrument = id, .quantity = Quantity{is_long ? raw : -raw}, .side = side});
    }

    void deposit(AssetId asset, double units, int decimals) {
        const double raw = units * static_cast<double>(power_of_ten(decimals));
        made_.deposits.emplace_back(
            BalanceChange{.account = AccountId{0},
                          .id = Id{"d" + std::to_string(made_.deposits.size())},
                          .asset = asset,
                          .amount = Money{std::max<std::int64_t>(1, std::llround(raw))},
                          .kind = BalanceKind::deposit});
    }

    void add_deposits() {
        double worth = worth_ * between(draw_.cushion_least, draw_.cushion_most);
        const auto part_in = [&](AssetId asset, double level, int decimals) {
            const double part = worth * random_.unit() * 0.7;
            deposit(asset, part / level, decimals);
            worth -= part;
        };
        if (!draw_.only_linear && random_.one_in(3)) part_in(alt, alt_level, 6);
        if (!draw_.only_linear && random_.one_in(2)) {
            in_coin_ ? part_in(usd, 1, usd_decimals_) : part_in(coin, coin_level, 8);
        }
        in_coin_ ? deposit(coin, worth / coin_level, 8) : deposit(usd, worth, usd_decimals_);
    }

    RandomSource& random_;
    Draw draw_;
    RandomAccount made_;
    bool in_coin_{};
    bool hedges_{};
    int usd_decimals_{8};
    double worth_{};
    std::vector<InstrumentDefinition> terms_;  // by instrument
    InstrumentId coin_contract_{no_instrument};
    InstrumentDefinition coin_terms_;
};

}  // namespace

const std::vector<MarginRule>& margin_rules() {
    static const std::vector<MarginRule> rules{
        {.file = "margin/tiered", .knows_options = true},
        {.file = "margin/short_option", .knows_options = true},
        {.file = "venues/deribit/options_standard", .knows_options = true},
        {.file = "venues/bybit/unified", .knows_options = true},
        {.file = "venues/okx/contract_tiers"},
        {.file = "venues/bybit/entry_value",
         .parameters = {{"entry_value.maintenance", 0.02}, {"entry_value.fee", 0.001}}},
        {.file = "venues/bybit/marginal_tiers"},
        {.file = "venues/bybit/order_cost",
         .parameters = {{"order_cost.maintenance", 0.05}},
         .rate_numerator = 1,
         .rate_denominator = 20},
        {.file = "venues/deribit/size_scaled"},
        {.file = "venues/drift/bounded_price",
         .parameters = {{"bounded_price.price_max", 250},
                        {"bounded_price.initial", 0.3},
                        {"bounded_price.maintenance", 0.2}},
         .only_linear = true},
        {.file = "venues/dydx/liquidity_tier",
         .rate_numerator = 3,
         .rate_denominator = 100,
         .initial_numerator = 1,
         .initial_denominator = 20},
        {.file = "venues/exchange_core/per_lot",
         .parameters = {{"per_lot.margin_buy", 5}, {"per_lot.margin_sell", 6}},
         .only_linear = true},
        {.file = "venues/hyperliquid/half_of_initial"},
        {.file = "venues/nautilus_trader/leveraged",
         .parameters = {{"leveraged.initial", 0.5}, {"leveraged.maintenance", 0.4}}},
        {.file = "venues/okx/closing_fee", .rate_numerator = 9, .rate_denominator = 2'000},
        // Rates that jump at each tier: an edge may lie before a stretch that is well again.
        {.file = "venues/okx/closing_fee",
         .tiers = "closing_fee.tiers",
         .rows = {{{"notional", 0}, {"initial", 0.01}, {"maintenance", 0.004}},
                  {{"notional", 20'000}, {"initial", 0.05}, {"maintenance", 0.03}},
                  {{"notional", 100'000}, {"initial", 0.15}, {"maintenance", 0.1}},
                  {{"notional", 400'000}, {"initial", 0.5}, {"maintenance", 0.4}}}},
        {.file = "venues/vega/risk_factors",
         .parameters = {{"risk_factors.risk_factor_long", 0.05},
                        {"risk_factors.risk_factor_short", 0.05},
                        {"risk_factors.linear_slippage", 0.05}},
         .rate_numerator = 1,
         .rate_denominator = 10,
         .initial_numerator = 3,
         .initial_denominator = 20},
    };
    return rules;
}

const std::vector<MarginRule>& book_rules() {
    static const std::vector<MarginRule> rules{
        {.file = "margin/portfolio", .knows_options = true},
        {.file = "venues/deribit/portfolio_margin", .knows_options = true},
        {.file = "venues/derive/standard", .knows_options = true},
        {.file = "venues/derive/portfolio_risk", .knows_options = true},
        {.file = "venues/mango/health",
         .parameters = {{"health.asset_weight", 0.9}, {"health.liability_weight", 1.1}},
         .only_linear = true},
        {.file = "venues/vega/with_orders"},
        {.file = "venues/vega/isolated_orders"},
    };
    return rules;
}

std::unique_ptr<dsl::LuaRulebook> load(const MarginRule& rule) {
    config::RulesSettings settings;
    for (const std::string& file :
         {rule.file, std::string{"collateral/haircut"}, std::string{"liquidation/ladder"}})
        settings.files.push_back(std::string{RISKD_SOURCE_DIR} + "/rules/" + file + ".lua");
    for (const auto& [parameter, value] : rule.parameters)
        settings.parameters.push_back(setting_of(parameter, value));
    if (!rule.rows.empty()) {
        settings.parameters.push_back(setting_of(rule.tiers, 0));
        settings.parameters.back().value.rows = rule.rows;
    }
    settings.parameters.push_back(setting_of("haircut.haircut", haircut_percent / 100.0));
    for (const char* rung : {"warn_at", "cancel_at", "reduce_at", "exit_at"})
        settings.parameters.push_back(setting_of("ladder." + std::string{rung}, 1));
    settings.parameters.push_back(setting_of("ladder.hysteresis", 0));
    dsl::LoadResult loaded = dsl::load_rules(settings);
    if (!loaded.ok()) throw std::runtime_error(loaded.rendered);
    return std::move(loaded.rulebook);
}

RandomAccount draw_account(RandomSource& random, const Draw& draw) {
    return Drawing{random, draw}.run();
}

ProofWorld::ProofWorld(Rulebook& rules) : engine{one_account, rules} {}

void ProofWorld::apply(const EventBody& body) {
    now.ns += 1'000'000;
    Event event{.sequence = {engine.sequence().raw + 1}, .time = now, .body = body};
    if (auto* price = std::get_if<PriceUpdate>(&event.body)) price->as_of = now;
    engine.apply(event, outcome);
}

void ProofWorld::apply_all(const std::vector<EventBody>& bodies) {
    for (const EventBody& body : bodies)
        apply(body);
}

void ProofWorld::mark(InstrumentId instrument, Price price) {
    apply(PriceUpdate{.instrument = instrument, .mark = price});
}

void build(ProofWorld& world, const RandomAccount& account) {
    world.apply_all(account.definitions);
    world.apply_all(account.marks);
    world.apply_all(account.deposits);
    world.apply_all(account.fills);
}

std::string described(const ProofWorld& world) {
    const Ledger& ledger = world.engine.ledger();
    const Account& account = ledger.account(world.account());
    std::string text = "  currency " +
                       std::string{ledger.asset(account.currency).terms.name.view()} +
                       ", leverage " + std::to_string(account.terms.leverage) + "\n";
    for (const Balance& balance : account.balances) {
        text += "  balance " + std::string{ledger.asset(balance.asset).terms.name.view()} + " " +
                std::to_string(balance.amount.raw) + "\n";
    }
    for (const Position& position : account.positions) {
        const Instrument& instrument = ledger.instrument(position.instrument);
        text += "  " + std::string{instrument.terms.name.view()} + " " +
                std::string{name(instrument.terms.kind)} + " quantity " +
                std::to_string(position.quantity.raw) + " entry_value " +
                std::to_string(position.entry_value.raw) + " mark " +
                std::to_string(instrument.prices.mark.raw) + "\n";
    }
    return text;
}

}  // namespace riskd::proofs
