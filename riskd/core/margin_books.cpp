// The books of an account, and what a position needs when it is all there is.
#include <algorithm>

#include "riskd/core/margin.hpp"

namespace riskd {

namespace {

// In units of the underlying, at mark. Of a contract by value one unit is one at the mark.
double units_of(const Instrument& instrument, Quantity quantity) noexcept {
    const double held = static_cast<double>(quantity.raw) / instrument.quantity_unit;
    const double size = instrument.contract_size;
    if (!is_inverse(instrument.terms.kind)) return held * size;
    const Price mark = instrument.prices.mark;
    return held * size / (static_cast<double>(mark.raw) / instrument.price_unit);
}

}  // namespace

AccountModel margin_model(const Rulebook& rulebook, const Name& wanted) noexcept {
    const auto models = rulebook.margin_models();
    if (models.empty()) return {.rule = rulebook.margin_rule(), .known = wanted.empty()};
    for (const MarginModel& model : models) {
        if (wanted.empty() || model.name == wanted) {
            return {.rule = model.rule,
                    .of_books = model.of_books,
                    .of_accounts = model.of_accounts,
                    .of_orders = model.of_orders,
                    .of_time = model.of_time,
                    .slope_max = model.slope_max,
                    .slope_min = model.slope_min};
        }
    }
    return {.known = false};
}

void MarginEvaluator::gather_book_line(const Line& line, const LineWorth& worth,
                                       const Exposures& exposures) {
    const InstrumentExposure& before = exposures.before;
    const InstrumentExposure& after = exposures.after;
    book_lines_.push_back(
        {.instrument = line.instrument,
         .underlying = ledger_.instrument(line.instrument).base,
         .quantity = before.quantity,
         .value = line.value,
         .worth = worth.worth,
         .added = worth.added,
         .buys = {before.open_buy, before.open_buy_notional, before.open_buy_fee},
         .sells = {before.open_sell, before.open_sell_notional, before.open_sell_fee},
         .buys_after = {after.open_buy, after.open_buy_notional, after.open_buy_fee},
         .sells_after = {after.open_sell, after.open_sell_notional, after.open_sell_fee},
         .changed = line.changed});
}

// The long and the short position of one instrument are one line: by price they are each other's
// hedge, and a book is of what is left.
void MarginEvaluator::join_book_lines(Part& part) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < book_lines_.size(); ++i) {
        const BookLine& line = book_lines_[i];
        BookLine* last = kept == 0 ? nullptr : &book_lines_[kept - 1];
        if (last == nullptr || last->instrument != line.instrument) {
            book_lines_[kept++] = line;
            continue;
        }
        const Instrument& instrument = ledger_.instrument(line.instrument);
        const bool joined = last->join(line);
        const auto worth = value(instrument, last->quantity, mark_of(instrument.id, instrument),
                                 Rounding::toward_minus);
        part.complete = part.complete && joined && worth.has_value();
        last->worth = worth.value_or(Money{});
        last->value = exposure_of(instrument, last->worth);
    }
    book_lines_.resize(kept);
}

// One after another in book order, whatever the order of positions was.
void MarginEvaluator::gather_books(Part& part, Timestamp now, const OrderDelta* delta) {
    part.books_begin = static_cast<std::uint32_t>(books_.size());
    std::sort(book_lines_.begin(), book_lines_.end(),
              [&](const BookLine& a, const BookLine& b) { return before_in_book(ledger_, a, b); });
    if (ledger_.account(part.account).terms.position_mode == PositionMode::hedge) {
        join_book_lines(part);
    }
    const std::span<const BookLine> lines{book_lines_};
    const bool whole = part.model.of_accounts;
    const auto push = [&](std::span<const BookLine> book, bool changed) {
        Book made{.changed = changed};
        made.before = push_book({.lines = book, .with_balances = whole}, part, now, part.complete);
        if (changed) {
            made.after =
                push_book({.lines = book, .with_balances = whole, .after = true, .delta = delta},
                          part, now, part.complete_after);
        }
        books_.push_back(made);
    };
    std::size_t end = 0;
    for (std::size_t begin = 0; begin < lines.size() && !whole; begin = end) {
        bool changed = false;
        for (end = begin; end < lines.size(); ++end) {
            if (lines[end].underlying != lines[begin].underlying) break;
            changed = changed || lines[end].changed;
        }
        push(lines.subspan(begin, end - begin), changed);
    }
    if (whole) push(lines, delta != nullptr);
    part.books_end = static_cast<std::uint32_t>(books_.size());
}

// In the order in which assets were defined, whatever came first to the account.
bool MarginEvaluator::push_balance(const Amount& amount, const Part& part, const BookOf& of,
                                   std::size_t begin) {
    const AssetId currency = ledger_.account(part.account).currency;
    std::size_t at = book_assets_.size();
    while (at > begin && amount.asset < book_assets_[at - 1])
        --at;
    if (at > begin && book_assets_[at - 1] == amount.asset) return true;
    const bool is_own = amount.asset == currency;
    const Marks marks = marks_at(now_);
    const auto own = price_of(marks, currency);
    const auto price = price_of(marks, amount.asset);
    if (!is_own && (!price || !own)) return false;
    const double unit = ledger_.asset(amount.asset).unit;
    const double unit_price = is_own ? 1.0 : price->number() / own->number();
    const double units = static_cast<double>(amount.balance.raw) / unit;
    const Money hold = of.after ? amount.hold_after : amount.hold;
    const auto place = static_cast<std::ptrdiff_t>(at);
    book_assets_.insert(book_assets_.begin() + place, amount.asset);
    book_balances_.insert(
        book_balances_.begin() + place,
        {.amount = units,
         .hold = static_cast<double>(hold.raw) / unit,
         .price = unit_price,
         .value = units * unit_price,
         .confidence =
             static_cast<double>(asset_confidence(ledger_, amount.asset)) / whole_confidence,
         .is_currency = is_own,
         .asset = static_cast<double>(amount.asset.raw)});
    return true;
}

// The account's own currency is always among them, and so is what its spot orders trade when the
// rule looks at orders.
void MarginEvaluator::push_balances(const BookOf& of, const Part& part, bool& complete) {
    const AssetId currency = ledger_.account(part.account).currency;
    const std::size_t begin = book_balances_.size();
    for (std::size_t i = part.amounts_begin; i < amounts_.size(); ++i) {
        const Amount& amount = amounts_[i];
        const Money hold = of.after ? amount.hold_after : amount.hold;
        if (amount.balance.raw == 0 && hold.raw == 0) continue;
        complete = push_balance(amount, part, of, begin) && complete;
    }
    complete = push_balance({.asset = currency}, part, of, begin) && complete;
    if (!part.model.of_orders) return;
    const auto traded = [&](InstrumentId id) {
        const Instrument& instrument = ledger_.instrument(id);
        if (!is_spot(instrument)) return;
        complete = push_balance({.asset = instrument.base}, part, of, begin) && complete;
        complete = push_balance({.asset = instrument.quote}, part, of, begin) && complete;
    };
    for_each_order(of, part, [&](InstrumentId id, Side, Quantity, Money) { traded(id); });
}

// The working orders of the account, with the order in question last; but for those of isolated
// positions, which stand outside of books with them.
template <typename See>
void MarginEvaluator::for_each_order(const BookOf& of, const Part& part, See see) const {
    const OrderDelta* delta = of.delta;
    const OpenOrder* replaced = delta == nullptr ? nullptr : delta->replaced;
    const auto is_apart = [&](InstrumentId id, PositionSide side) {
        const Position* position = ledger_.find_position(part.account, id, side);
        return position != nullptr && is_isolated(*position);
    };
    const auto& rows = ledger_.orders().get<by_account>();
    const auto [first, last] = rows.equal_range(std::make_tuple(part.account));
    for (auto row = first; row != last; ++row) {
        if (&*row == replaced || row->remaining.raw == 0) continue;
        if (is_apart(row->instrument, row->position_side)) continue;
        see(row->instrument, row->side, row->remaining, row->notional);
    }
    if (delta == nullptr || delta->quantity.raw == 0) return;
    if (is_apart(delta->instrument, delta->position_side)) return;
    see(delta->instrument, delta->side, delta->quantity, delta->amounts.notional);
}

// The working orders that belong to a book; of whole accounts those for spot as well.
void MarginEvaluator::push_orders(const BookOf& of, const Part& part, bool& complete) {
    const AssetId currency = ledger_.account(part.account).currency;
    const Marks marks = marks_at(now_);
    const auto own = price_of(marks, currency);
    const auto push = [&](InstrumentId id, Side side, Quantity quantity, Money notional) {
        const auto in_line = [id](const BookLine& line) { return line.instrument == id; };
        const Instrument& instrument = ledger_.instrument(id);
        const bool spot = is_spot(instrument);
        const bool belongs =
            spot ? of.with_balances : std::any_of(of.lines.begin(), of.lines.end(), in_line);
        if (!belongs) return;
        const auto owed =
            convert(marks, notional,
                    {.from = instrument.settle, .to = currency, .rounding = Rounding::toward_plus});
        if (!owed) complete = false;
        const double value =
            static_cast<double>(owed.value_or(Money{}).raw) / ledger_.asset(currency).unit;
        const double units = units_of(instrument, quantity);
        const auto quote = price_of(marks, instrument.quote);
        const auto base = spot ? price_of(marks, instrument.base) : std::nullopt;
        const Price mark = mark_of(id, instrument);
        double marked = absent;
        if (own && base) marked = base->number() / own->number();
        if (own && quote && !spot) {
            marked = static_cast<double>(mark.raw) / instrument.price_unit * quote->number() /
                     own->number();
        }
        book_orders_instruments_.push_back(id);
        book_orders_.push_back({.side = static_cast<std::int32_t>(side),
                                .is_spot = spot,
                                .quantity = units,
                                .price = value / units,
                                .value = value,
                                .mark_price = marked,
                                .instrument = static_cast<double>(id.raw),
                                .asset = static_cast<double>(instrument.base.raw),
                                .pays = static_cast<double>(instrument.quote.raw)});
    };
    for_each_order(of, part, push);
}

void MarginEvaluator::drop_book(const BookBegin& begin) {
    book_positions_.resize(begin.position);
    book_balances_.resize(begin.balance);
    book_assets_.resize(begin.balance);
    book_orders_.resize(begin.order);
    book_orders_instruments_.resize(begin.order);
}

std::uint32_t MarginEvaluator::push_book(const BookOf& of, const Part& part, Timestamp now,
                                         bool& complete) {
    const BookBegin begin{.position = book_positions_.size(),
                          .balance = book_balances_.size(),
                          .order = book_orders_.size()};
    if (of.with_balances) push_balances(of, part, complete);
    if (part.model.of_orders && !of.alone) push_orders(of, part, complete);
    const auto is_idle = [&](const BookLine& line) { return line.is_idle(of.after); };
    // Alone, the account's own currency, which is always there, is nothing to ask about.
    const auto has_more = [](const BalanceView& balance) { return balance.amount != 0; };
    const bool empty =
        std::all_of(of.lines.begin(), of.lines.end(), is_idle) &&
        book_orders_.size() == begin.order &&
        std::none_of(book_balances_.begin() + static_cast<std::ptrdiff_t>(begin.balance),
                     book_balances_.end(), has_more);
    if (empty) {
        drop_book(begin);
        return none_raw;
    }
    const Account& account = ledger_.account(part.account);
    // Nobody knows what such an account is worth: there is nothing to ask.
    if (of.with_balances && !price_of(marks_at(now_), account.currency)) {
        complete = false;
        drop_book(begin);
        return none_raw;
    }
    const BookScope scope{
        .rule = part.model.rule,
        .currency = account.currency,
        .now = now,
        .assumed = {.instrument = assumption_.instrument, .mark = assumption_.mark}};
    const auto view = book_valuer_.value(of.lines, scope, of.after, book_positions_);
    if (!view) {
        complete = false;
        drop_book(begin);
        return none_raw;
    }
    for (const BookLine& line : of.lines) {
        if (!line.is_idle(of.after)) book_instruments_.push_back(line.instrument);
    }
    book_begins_.push_back(begin);
    book_questions_.push_back(
        {.scope = {.account = account.id, .group = account.group},
         .rule = part.model.rule,
         .underlying = part.model.of_accounts ? no_asset : of.lines.front().underlying,
         .book = *view,
         .positions_count = static_cast<std::int32_t>(book_positions_.size() - begin.position),
         .balances_count = static_cast<std::int32_t>(book_balances_.size() - begin.balance),
         .orders_count = static_cast<std::int32_t>(book_orders_.size() - begin.order)});
    return static_cast<std::uint32_t>(book_questions_.size() - 1);
}

MarginEvaluator::PositionMargin MarginEvaluator::position_margin(AccountId id,
                                                                 const Position& position,
                                                                 Price mark,
                                                                 Timestamp now) noexcept {
    clear();
    now_ = now;
    const Account& account = ledger_.account(id);
    const Instrument& instrument = ledger_.instrument(position.instrument);
    const auto worth = value(instrument, position.quantity, mark, Rounding::toward_minus);
    if (!worth) return {.fault = RuleFault::out_of_range};
    const Part part{.account = id, .model = margin_model(rulebook_, account.terms.margin)};
    if (!part.model.known) return {.fault = RuleFault::unknown_rule};
    if (part.model.of_books) {
        assumption_ = {.instrument = position.instrument, .mark = mark};
        const PositionMargin margin = alone_in_book(part,
                                                    {.instrument = position.instrument,
                                                     .underlying = instrument.base,
                                                     .quantity = position.quantity,
                                                     .value = exposure_of(instrument, *worth),
                                                     .worth = *worth},
                                                    now);
        assumption_ = {};
        return margin;
    }
    push_question(part, instrument,
                  static_cast<double>(leverage_of(account, &position, instrument)),
                  {.notional = magnitude(*worth),
                   .quantity = position.quantity,
                   .entry = magnitude(position.entry_value)});
    ask();
    const MarginAnswer& answer = margin_answers_.front();
    if (answer.fault != RuleFault::none) return {.fault = answer.fault};
    const auto initial =
        money_from_rule(answer.initial, instrument.settle_unit, Rounding::toward_plus);
    const auto maintenance =
        money_from_rule(answer.maintenance, instrument.settle_unit, Rounding::toward_plus);
    if (!initial || !maintenance) return {.fault = RuleFault::not_a_number};
    return {.initial = *initial, .maintenance = *maintenance};
}

MarginEvaluator::PositionMargin MarginEvaluator::alone_in_book(const Part& part,
                                                               const BookLine& line,
                                                               Timestamp now) {
    bool complete = true;
    if (push_book({.lines = {&line, 1}, .alone = true}, part, now, complete) == none_raw) {
        return {.fault = RuleFault::out_of_range, .complete = complete};
    }
    ask();
    const MarginAnswer& answer = book_answers_.front();
    if (answer.fault != RuleFault::none) return {.fault = answer.fault};
    const AssetId currency = ledger_.account(part.account).currency;
    const Marks marks = marks_at(now);
    const auto settled = [&](double number) -> std::optional<Money> {
        const auto own =
            money_from_rule(number, ledger_.asset(currency).unit, Rounding::toward_plus);
        if (!own) return std::nullopt;
        const auto made = convert(marks, *own,
                                  {.from = currency,
                                   .to = ledger_.instrument(line.instrument).settle,
                                   .rounding = Rounding::toward_plus});
        complete = made.has_value();
        return made;
    };
    const auto initial = settled(answer.initial);
    const auto maintenance = initial ? settled(answer.maintenance) : std::nullopt;
    if (!maintenance) return {.fault = RuleFault::not_a_number, .complete = complete};
    return {.initial = *initial, .maintenance = *maintenance};
}

}  // namespace riskd
