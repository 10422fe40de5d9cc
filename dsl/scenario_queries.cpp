#include "dsl/scenario_queries.hpp"

#include "dsl/scenario_answers.hpp"
#include "dsl/scenario_values.hpp"
#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/conversion.hpp"
#include "riskd/core/position_change.hpp"

namespace riskd::dsl {

namespace {

// Margin set aside for the account's open orders, in its currency: what it needs beyond its
// positions alone.
Money margin_held(ScenarioWorld& world, const Account& account) {
    const Marks marks{world.ledger(), world.now()};
    Money held = world.engine().figures(account.id, world.now()).margin.initial_margin;
    for (const Position& position : account.positions) {
        if (position.quantity.raw == 0 || is_isolated(position)) continue;
        const Instrument& instrument = world.ledger().instrument(position.instrument);
        const auto margin = world.engine().position_margin(account.id, position,
                                                           instrument.prices.mark, world.now());
        const auto converted = convert(
            marks, margin.initial,
            {.from = instrument.settle, .to = account.currency, .rounding = Rounding::toward_plus});
        held = held - converted.value_or(Money{});
    }
    return held;
}

// Questions about one account.
class AccountQuery {
public:
    AccountQuery(ScenarioWorld& world, AccountId id)
        : world_{world},
          ledger_{world.ledger()},
          account_{ledger_.account(id)},
          figures_{world.engine().figures(id, world.now())} {}

    // The words of one thing; the asked ones say about which asset or instrument.
    std::optional<std::vector<std::string>> answer(const Part& asked) {
        if (const auto money = own_money(asked.name)) {
            return std::vector{money_text(ledger_, account_.currency, *money)};
        }
        if (asked.name == "balance" || asked.name == "hold") return asset_answer(asked);
        if (asked.name == "withdrawable") return withdrawable_answer(asked);
        if (asked.words.size() == 2) return position_answer(asked);
        if (asked.name == "open_orders") return std::vector{std::to_string(account_.open_orders)};
        if (asked.name == "episode") return std::vector{std::to_string(account_.episode)};
        if (asked.name == "stage") return std::vector{std::string{name(account_.stage)}};
        if (asked.name == "status") return std::vector{std::string{name(account_.status)}};
        if (asked.name == "margin") {
            return std::vector<std::string>{figures_.margin.complete ? "complete" : "incomplete"};
        }
        return std::vector{asked.words.front().text};
    }

private:
    std::optional<Money> own_money(std::string_view name) const {
        const AccountMargin& margin = figures_.margin;
        if (name == "equity") return margin.equity;
        if (name == "initial_margin") return margin.initial_margin;
        if (name == "maintenance_margin") return margin.maintenance_margin;
        if (name == "available") return available_margin(margin);
        if (name == "headroom") return headroom(margin);
        if (name == "net_pnl") return figures_.net_pnl;
        if (name == "gross_exposure") return figures_.gross_exposure;
        if (name == "net_exposure") return figures_.net_exposure;
        if (name == "net_deposits") return account_.net_deposits;
        if (name == "owed") return margin.owed;
        return std::nullopt;
    }

    std::optional<std::vector<std::string>> asset_answer(const Part& asked) {
        const Word& named = asked.words[1];
        const AssetId asset =
            named.text.empty() ? account_.currency : ledger_.find_asset(named.text);
        if (!is_known(asset)) {
            world_.fail(named, "there is no asset `" + named.text + "`");
            return std::nullopt;
        }
        const Balance* balance = ledger_.find_balance(account_.id, asset);
        Money amount = balance == nullptr ? Money{} : balance->amount;
        if (asked.name == "hold") {
            amount = balance == nullptr ? Money{} : balance->hold;
            if (asset == account_.currency) amount = margin_held(world_, account_);
        }
        return std::vector{money_text(ledger_, asset, amount), named.text};
    }

    std::optional<std::vector<std::string>> withdrawable_answer(const Part& asked) {
        const Word& named = asked.words[0];
        const AssetId asset = ledger_.find_asset(named.text);
        if (!is_known(asset)) {
            world_.fail(named, "there is no asset `" + named.text + "`");
            return std::nullopt;
        }
        const auto most = world_.engine().withdrawable(account_.id, asset, world_.now());
        return std::vector{named.text, most ? money_text(ledger_, asset, *most) : "unknown"};
    }

    std::optional<std::vector<std::string>> position_answer(const Part& asked) {
        const Word& named = asked.words[0];
        const auto said = position_word(named.text);
        const InstrumentId id = said ? ledger_.find_instrument(said->instrument) : no_instrument;
        if (!is_known(id)) {
            world_.fail(named, "there is no instrument `" + named.text + "`");
            return std::nullopt;
        }
        const Position* position = ledger_.find_position(account_.id, id, said->side);
        if (asked.name == "leverage") {
            const std::uint32_t leverage = leverage_of(account_, position, ledger_.instrument(id));
            return std::vector{named.text, std::to_string(leverage)};
        }
        if (asked.name == "accrued") {
            const Instrument& instrument = ledger_.instrument(id);
            const auto accrued = position == nullptr ? std::optional{Money{}}
                                                     : accrued_funding(instrument, *position);
            return std::vector{
                named.text, accrued ? money_text(ledger_, instrument.settle, *accrued) : "unknown"};
        }
        const Position empty{.instrument = id, .side = said->side};
        const Position& asked_about = position == nullptr ? empty : *position;
        if (const auto margin = margin_answer(asked, asked_about)) return margin;
        const ExpectedOutput left = position_after(world_, account_.id, id, said->side);
        const std::string_view what = asked.name == "position" ? "quantity" : asked.name;
        const Part* part = left.clause.find(what);
        return std::vector{named.text, part == nullptr ? "none" : part->words.front().text};
    }

    // About the margin of one position.
    std::optional<std::vector<std::string>> margin_answer(const Part& asked,
                                                          const Position& position) {
        const InstrumentId id = position.instrument;
        const Instrument& instrument = ledger_.instrument(id);
        std::string text = "unknown";
        if (asked.name == "margin_mode") {
            text = name(position.mode);
        } else if (asked.name == "isolated_stage") {
            text = name(position.stage);
        } else if (asked.name == "isolated_margin") {
            text = money_text(ledger_, instrument.settle, position.isolated_margin);
        } else if (asked.name == "isolated_equity") {
            const auto equity =
                world_.engine().isolated_equity(account_.id, id, world_.now(), position.side);
            if (equity) text = money_text(ledger_, instrument.settle, *equity);
        } else if (asked.name == "liquidation_price") {
            const auto price =
                world_.engine().liquidation_price(account_.id, id, world_.now(), position.side);
            if (price) text = decimal_text(price->raw, instrument.terms.price_decimals);
        } else {
            return std::nullopt;
        }
        return std::vector{asked.words[0].text, text};
    }

    ScenarioWorld& world_;
    const Ledger& ledger_;
    const Account& account_;
    AccountFigures figures_;
};

std::optional<Clause> query_account(ScenarioWorld& world, const ScenarioLine& line) {
    const Word& named = line.event.word("account");
    const AccountId id = world.ledger().find_account(named.text);
    if (!is_known(id)) {
        world.fail(named, "there is no account `" + named.text + "`");
        return std::nullopt;
    }
    Clause clause;
    clause.head.text = named.text;
    AccountQuery account{world, id};
    for (const Part& asked : line.event.parts) {
        if (asked.name == "account") continue;
        auto words = account.answer(asked);
        if (!words) return std::nullopt;
        say(clause, asked.name, std::move(*words));
    }
    return clause;
}

std::optional<Clause> query_order(ScenarioWorld& world, const ScenarioLine& line) {
    const Word& id = line.event.word("order");
    const auto* known = world.find_order(id.text);
    const Part* account = line.event.find("account");
    if (known == nullptr && account == nullptr) {
        world.fail(id, "no order line has the id `" + id.text + "`");
        return std::nullopt;
    }
    const Ledger& ledger = world.ledger();
    const AccountId owner =
        ledger.find_account(account != nullptr ? account->words.front().text : known->account);
    const OpenOrder* order = ledger.find_order(owner, Id{id.text});
    Clause clause;
    clause.head.text = "order " + id.text;
    if (order == nullptr) {
        say(clause, "gone");
        return clause;
    }
    const int decimals = ledger.instrument(order->instrument).terms.quantity_decimals;
    say(clause, "remaining", {decimal_text(order->remaining.raw, decimals)});
    say(clause, "hold",
        {money_text(ledger, order->hold_asset, order->hold),
         asset_name(ledger, order->hold_asset)});
    return clause;
}

std::optional<Clause> query_instrument(ScenarioWorld& world, const ScenarioLine& line) {
    const Word& named = line.event.word("instrument");
    const InstrumentId id = world.ledger().find_instrument(named.text);
    if (!is_known(id)) {
        world.fail(named, "there is no instrument `" + named.text + "`");
        return std::nullopt;
    }
    const Instrument& instrument = world.ledger().instrument(id);
    const InstrumentDefinition& terms = instrument.terms;
    const auto mark = fresh_mark(instrument, world.now());
    Clause clause;
    clause.head.text = "instrument " + named.text;
    say(clause, "long", {decimal_text(instrument.long_quantity.raw, terms.quantity_decimals)});
    say(clause, "short", {decimal_text(instrument.short_quantity.raw, terms.quantity_decimals)});
    const std::string unusable = in_doubt(instrument.prices) ? "in_doubt" : "stale";
    say(clause, "mark", {mark ? decimal_text(mark->raw, terms.price_decimals) : unusable});
    say(clause, "status", {std::string{name(terms.status)}});
    return clause;
}

std::optional<Clause> query_house(ScenarioWorld& world, const ScenarioLine& line) {
    const Word& named = line.event.word("asset");
    const AssetId id = world.ledger().find_asset(named.text);
    if (!is_known(id)) {
        world.fail(named, "there is no asset `" + named.text + "`");
        return std::nullopt;
    }
    const House& house = world.ledger().house(id);
    Clause clause;
    clause.head.text = "house " + named.text;
    const auto figure = [&](std::string_view name, Wide amount) {
        say(clause, name,
            {money_text(world.ledger(), id, Money{static_cast<std::int64_t>(amount)})});
    };
    figure("external", house.external);
    figure("counterparty", house.counterparty);
    figure("fees", house.fees);
    figure("funding", house.funding);
    figure("insurance", house.insurance);
    return clause;
}

}  // namespace

std::optional<Clause> query(ScenarioWorld& world, const ScenarioLine& line) {
    switch (line.verb) {
        case Verb::expect_account: return query_account(world, line);
        case Verb::expect_order: return query_order(world, line);
        case Verb::expect_instrument: return query_instrument(world, line);
        case Verb::expect_house: return query_house(world, line);
        default: return std::nullopt;
    }
}

ExpectedOutput position_after(ScenarioWorld& world, AccountId account, InstrumentId id,
                              PositionSide side) {
    const Ledger& ledger = world.ledger();
    const Instrument& instrument = ledger.instrument(id);
    ExpectedOutput output{.answer = Answer::position};
    Clause& clause = output.clause;
    clause.head.text = "position";
    const Account& owner = ledger.account(account);
    const std::string held = money_text(ledger, owner.currency, margin_held(world, owner));
    if (is_spot(instrument)) {
        // The base balance is the position.
        const Balance* balance = ledger.find_balance(account, instrument.base);
        say(clause, "quantity",
            {money_text(ledger, instrument.base, balance == nullptr ? Money{} : balance->amount)});
        say(clause, "hold", {held, asset_name(ledger, owner.currency)});
        return output;
    }
    const Position* found = ledger.find_position(account, id, side);
    const Position position = found == nullptr ? Position{.instrument = id} : *found;
    say(clause, "quantity",
        {decimal_text(position.quantity.raw, instrument.terms.quantity_decimals)});
    if (position.quantity.raw != 0) {
        const double entry =
            entry_price_number(instrument, position.quantity, position.entry_value);
        say(clause, "entry", {std::string{DecimalText{decimal_from_double(entry)}.view()}});
    }
    say(clause, "hold", {held, asset_name(ledger, owner.currency)});
    say(clause, "realized", {money_text(ledger, instrument.settle, position.realized_pnl)});
    const auto worth =
        value(instrument, position.quantity, instrument.prices.mark, Rounding::toward_minus);
    const auto unrealized = unrealized_pnl(instrument, position, worth.value_or(Money{}));
    say(clause, "unrealized",
        {money_text(ledger, instrument.settle, unrealized.value_or(Money{}))});
    return output;
}

}  // namespace riskd::dsl
