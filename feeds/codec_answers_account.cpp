#include "feeds/codec_answers.hpp"
#include "feeds/codec_parts.hpp"
#include "feeds/json_writer.hpp"
#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/deleverage.hpp"
#include "riskd/core/position_change.hpp"

// One account as text: its standing, balances, positions and open orders.
namespace riskd::feeds {

namespace {

void write_price(JsonWriter& json, const Instrument& instrument, std::optional<Price> price) {
    if (price) {
        json.decimal(as_price(instrument, *price));
    } else {
        json.null();
    }
}

void write_decimal(JsonWriter& json, std::optional<Decimal> figure) {
    if (figure) {
        json.decimal(*figure);
    } else {
        json.null();
    }
}

struct Marked {
    std::optional<Decimal> notional;
    std::optional<Decimal> unrealized_pnl;
};

Marked at_mark(const Ledger& ledger, const Instrument& instrument, const Position& position,
               Price mark) noexcept {
    const auto worth = value(instrument, position.quantity, mark, Rounding::toward_minus);
    if (!worth) return {};
    const auto pnl = unrealized_pnl(instrument, position, *worth);
    Marked marked;
    marked.notional = in_asset(ledger, instrument.settle, magnitude(*worth));
    if (pnl) marked.unrealized_pnl = in_asset(ledger, instrument.settle, *pnl);
    return marked;
}

void write_balances(JsonWriter& json, Engine& engine, const AccountQuestion& question) {
    const Ledger& ledger = engine.ledger();
    json.begin_array();
    for (const Balance& balance : ledger.account(question.account).balances) {
        json.begin_object();
        json.key("asset").string(asset_name(ledger, balance.asset));
        json.key("amount").decimal(in_asset(ledger, balance.asset, balance.amount));
        json.key("hold").decimal(in_asset(ledger, balance.asset, balance.hold));
        if (question.detail == Detail::full) {
            const auto most = engine.withdrawable(question.account, balance.asset, question.now);
            json.key("withdrawable");
            write_decimal(
                json, most ? std::optional{in_asset(ledger, balance.asset, *most)} : std::nullopt);
        }
        json.end_object();
    }
    json.end_array();
}

void write_orders(JsonWriter& json, const Ledger& ledger, AccountId account) {
    json.begin_array();
    const auto& rows = ledger.orders().get<by_account>();
    for (auto row = rows.lower_bound(account); row != rows.end() && row->account == account;
         ++row) {
        const Instrument& instrument = ledger.instrument(row->instrument);
        json.begin_object();
        json.key("order").string(row->id.view());
        json.key("instrument").string(instrument.terms.name.view());
        write_position_side(json, row->position_side);
        json.key("side").string(name(row->side));
        json.key("type").string(name(row->type));
        json.key("price");
        write_price(json, instrument,
                    row->price.raw > 0 ? std::optional{row->price} : std::nullopt);
        json.key("quantity").decimal(as_quantity(instrument, row->quantity));
        json.key("remaining").decimal(as_quantity(instrument, row->remaining));
        json.key("hold");
        write_amount(json, ledger, row->hold_asset, row->hold);
        json.key("sequence").unsigned_integer(row->sequence.raw);
        json.end_object();
    }
    json.end_array();
}

struct PositionText {
    const Ledger& ledger;
    const Account& account;
    const Instrument& instrument;
    const Position& position;

    void write(JsonWriter& json, const std::optional<MarginEvaluator::PositionMargin>& margin,
               std::optional<Price> mark) const {
        const Marked marked = mark ? at_mark(ledger, instrument, position, *mark) : Marked{};
        const bool answered = margin && margin->fault == RuleFault::none;
        const auto settled = [&](Money money) {
            return std::optional{in_asset(ledger, instrument.settle, money)};
        };
        json.key("instrument").string(instrument.terms.name.view());
        write_position_side(json, position.side);
        json.key("quantity").decimal(as_quantity(instrument, position.quantity));
        json.key("entry_price");
        write_decimal(json, entry_price(instrument, position.quantity, position.entry_value));
        json.key("mark_price");
        write_price(json, instrument, mark);
        json.key("notional");
        write_decimal(json, marked.notional);
        json.key("unrealized_pnl");
        write_decimal(json, marked.unrealized_pnl);
        json.key("realized_pnl");
        write_decimal(json, settled(position.realized_pnl));
        const auto accrued = accrued_funding(instrument, position);
        json.key("accrued_funding");
        write_decimal(json, accrued ? settled(*accrued) : std::nullopt);
        json.key("leverage").unsigned_integer(leverage_of(account, &position, instrument));
        json.key("margin_mode").string(name(position.mode));
        json.key("isolated_margin");
        write_decimal(json, settled(position.isolated_margin));
        if (is_isolated(position)) json.key("stage").string(name(position.stage));
        json.key("initial_margin");
        write_decimal(json, answered ? settled(margin->initial) : std::nullopt);
        json.key("maintenance_margin");
        write_decimal(json, answered ? settled(margin->maintenance) : std::nullopt);
    }
};

void write_queue_place(JsonWriter& json, const Ledger& ledger, const AccountQuestion& question,
                       const ScoreQuestion& of) {
    json.key("adl");
    const auto score = question.queue != nullptr ? adl_score_now(ledger, of) : std::nullopt;
    if (!score) {
        json.null();
        return;
    }
    const QueuePlace place = question.queue->place({.instrument = of.position->instrument,
                                                    .is_long = of.position->quantity.raw > 0,
                                                    .score = *score});
    json.begin_object();
    json.key("rank").unsigned_integer(place.rank);
    json.key("of").unsigned_integer(place.of);
    json.key("lights").unsigned_integer(place.lights);
    json.key("as_of").integer(question.queued_at.ns);
    json.end_object();
}

}  // namespace

void encode_account(const EncodeScope& scope, Engine& engine, const AccountQuestion& question,
                    std::string& into) {
    const auto& [id, now, detail, queue, queued_at] = question;
    const Ledger& ledger = scope.ledger;
    const Account& account = ledger.account(id);
    const AccountFigures figures = engine.figures(id, now);
    JsonWriter json{into};
    json.begin_object();
    write_standing(json, ledger, account, figures.margin);
    if (figures.fault != RuleFault::none) json.key("fault").string(name(figures.fault));
    json.key("leverage").unsigned_integer(account.terms.leverage);
    json.key("borrow").boolean(account.terms.borrow);
    json.key("position_mode").string(name(account.terms.position_mode));
    if (account.terms.insurance_fund) json.key("insurance_fund").boolean(true);
    json.key("owed").decimal(in_asset(ledger, account.currency, figures.margin.owed));
    if (!account.terms.margin.empty()) {
        json.key("margin_rule").string(account.terms.margin.view());
    }
    json.key("episode").unsigned_integer(account.episode);
    json.key("open_order_count").unsigned_integer(account.open_orders);
    json.key("balances");
    write_balances(json, engine, question);
    json.key("positions").begin_array();
    for (const Position& position : account.positions) {
        const bool is_untold = position.quantity.raw == 0 && position.realized_pnl.raw == 0 &&
                               position.leverage == 0 && !is_isolated(position);
        if (is_untold) continue;
        const Instrument& instrument = ledger.instrument(position.instrument);
        const auto mark = fresh_mark(instrument, now);
        std::optional<MarginEvaluator::PositionMargin> margin;
        if (mark) margin = engine.position_margin(id, position, *mark, now);
        json.begin_object();
        PositionText{ledger, account, instrument, position}.write(json, margin, mark);
        if (detail == Detail::full) {
            json.key("liquidation_price");
            write_price(json, instrument,
                        engine.liquidation_price(id, position.instrument, now, position.side));
            write_queue_place(
                json, ledger, question,
                {.account = id, .position = &position, .figures = &figures, .now = now});
        }
        json.end_object();
    }
    json.end_array();
    if (detail == Detail::full) {
        json.key("open_orders");
        write_orders(json, ledger, id);
    }
    json.key("sequence").unsigned_integer(engine.sequence().raw);
    json.key("time").integer(now.ns);
    json.key("ruleset").string(scope.ruleset);
    json.end_object();
}

}  // namespace riskd::feeds
