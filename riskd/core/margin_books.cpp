// The books of an account, and what a position needs when it is all there is.
#include <algorithm>

#include "riskd/core/margin.hpp"

namespace riskd {

AccountModel margin_model(const Rulebook& rulebook, const Account& account) noexcept {
    const auto models = rulebook.margin_models();
    const Name& wanted = account.terms.margin;
    if (models.empty()) return {.rule = rulebook.margin_rule(), .known = wanted.empty()};
    for (const MarginModel& model : models) {
        if (wanted.empty() || model.name == wanted) {
            return {.rule = model.rule, .of_books = model.of_books};
        }
    }
    return {.known = false};
}

void MarginEvaluator::gather_book_line(const Line& line, Money worth, const Exposures& exposures) {
    const InstrumentExposure& before = exposures.before;
    const InstrumentExposure& after = exposures.after;
    book_lines_.push_back(
        {.instrument = line.instrument,
         .underlying = ledger_.instrument(line.instrument).base,
         .quantity = before.quantity,
         .value = line.value,
         .worth = worth,
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
void MarginEvaluator::gather_books(Part& part, Timestamp now) {
    part.books_begin = static_cast<std::uint32_t>(books_.size());
    std::sort(book_lines_.begin(), book_lines_.end(),
              [&](const BookLine& a, const BookLine& b) { return before_in_book(ledger_, a, b); });
    if (ledger_.account(part.account).terms.position_mode == PositionMode::hedge) {
        join_book_lines(part);
    }
    const std::span<const BookLine> lines{book_lines_};
    std::size_t end = 0;
    for (std::size_t begin = 0; begin < lines.size(); begin = end) {
        bool changed = false;
        for (end = begin; end < lines.size(); ++end) {
            if (lines[end].underlying != lines[begin].underlying) break;
            changed = changed || lines[end].changed;
        }
        const auto book = lines.subspan(begin, end - begin);
        Book made{.changed = changed};
        made.before = push_book(book, part, now, false, part.complete);
        if (changed) made.after = push_book(book, part, now, true, part.complete_after);
        books_.push_back(made);
    }
    part.books_end = static_cast<std::uint32_t>(books_.size());
}

std::uint32_t MarginEvaluator::push_book(std::span<const BookLine> lines, const Part& part,
                                         Timestamp now, bool after, bool& complete) {
    const auto is_idle = [after](const BookLine& line) { return line.is_idle(after); };
    if (std::all_of(lines.begin(), lines.end(), is_idle)) return none_raw;
    const Account& account = ledger_.account(part.account);
    const BookScope scope{
        .rule = part.model.rule,
        .currency = account.currency,
        .now = now,
        .assumed = {.instrument = assumption_.instrument, .mark = assumption_.mark}};
    const std::size_t begin = book_positions_.size();
    const auto view = book_valuer_.value(lines, scope, after, book_positions_);
    if (!view) {
        complete = false;
        book_positions_.resize(begin);
        return none_raw;
    }
    book_positions_begin_.push_back(begin);
    book_questions_.push_back(
        {.scope = {.account = account.id, .group = account.group},
         .rule = part.model.rule,
         .underlying = lines.front().underlying,
         .book = *view,
         .positions_count = static_cast<std::int32_t>(book_positions_.size() - begin)});
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
    const Part part{.account = id, .model = margin_model(rulebook_, account)};
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
    if (push_book({&line, 1}, part, now, false, complete) == none_raw) {
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
