#include "riskd/core/margin.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "riskd/core/position_change.hpp"

namespace riskd {

namespace {

// What a position with all orders of a side filled would have cost. Orders that turn it around
// close it first: of them only the part that opens counts, at their average price.
Money entry_if_filled(const InstrumentExposure& exposure, Quantity open, Money notional,
                      bool turns) noexcept {
    if (!turns) return exposure.entry + notional;
    const Quantity opened = open - magnitude(exposure.quantity);
    return scaled_product(notional.raw, opened.raw, {.numerator = 1, .denominator = open.raw},
                          Rounding::toward_plus)
        .value_or(notional);
}

}  // namespace

std::optional<Money> money_from_rule(double value, double unit, Rounding rounding) noexcept {
    const double scaled = value * unit;
    constexpr auto bound = static_cast<double>(raw_max);
    if (!(scaled >= -bound && scaled <= bound)) return std::nullopt;  // NaN fails both
    const auto whole = static_cast<std::int64_t>(scaled);
    const auto below = whole - (scaled < static_cast<double>(whole) ? 1 : 0);
    const double part = scaled - static_cast<double>(below);  // 0 to 1
    // A rule's few operations each err by half a unit in the last place; eight covers them.
    const double tolerance = 8 * std::numeric_limits<double>::epsilon() * std::fabs(scaled);
    const bool is_nearer_below = part < 0.5;
    // Half way between two quanta neither is the nearest.
    if (part != 0.5 && (is_nearer_below ? part : 1.0 - part) <= tolerance) {
        return Money{is_nearer_below ? below : below + 1};
    }
    return Money{rounding == Rounding::toward_plus ? below + 1 : below};
}

InstrumentExposure exposure_with(const Position* position, Money value,
                                 const OrderDelta* delta) noexcept {
    InstrumentExposure exposure{.value = value};
    if (position != nullptr) {
        exposure = {.quantity = position->quantity,
                    .value = value,
                    .entry = magnitude(position->entry_value),
                    .open_buy = position->open_buy,
                    .open_sell = position->open_sell,
                    .open_buy_notional = position->open_buy_notional,
                    .open_sell_notional = position->open_sell_notional,
                    .open_buy_fee = position->open_buy_fee,
                    .open_sell_fee = position->open_sell_fee};
    }
    if (delta == nullptr) return exposure;
    const auto add = [&exposure](Side side, Quantity quantity, Money notional, Money fee) {
        if (side == Side::buy) {
            exposure.open_buy = exposure.open_buy + quantity;
            exposure.open_buy_notional = exposure.open_buy_notional + notional;
            exposure.open_buy_fee = exposure.open_buy_fee + fee;
        } else {
            exposure.open_sell = exposure.open_sell + quantity;
            exposure.open_sell_notional = exposure.open_sell_notional + notional;
            exposure.open_sell_fee = exposure.open_sell_fee + fee;
        }
    };
    const bool is_its = position == nullptr || delta->is_for(*position);
    if (is_its && delta->quantity.raw != 0) {
        add(delta->side, delta->quantity, delta->amounts.notional, delta->amounts.fee);
    }
    const OpenOrder* replaced = delta->replaced;
    if (replaced != nullptr && position != nullptr &&
        is_on(*replaced, position->instrument, position->side)) {
        add(replaced->side, -replaced->remaining, -replaced->notional, -replaced->fee);
    }
    return exposure;
}

WorstCase worst_case(const InstrumentExposure& exposure) noexcept {
    const Quantity quantity = exposure.quantity;
    const bool buys_reduce = quantity.raw < 0 && exposure.open_buy <= -quantity;
    const bool sells_reduce = quantity.raw > 0 && exposure.open_sell <= quantity;
    SideFilled bought{.quantity = quantity + exposure.open_buy};
    SideFilled sold{.quantity = quantity - exposure.open_sell};
    Money fee{};
    if (!buys_reduce) {
        bought.notional = magnitude(exposure.value + exposure.open_buy_notional);
        bought.is_asked = exposure.open_buy.raw != 0;
        bought.entry = entry_if_filled(exposure, exposure.open_buy, exposure.open_buy_notional,
                                       quantity.raw < 0);
        fee = exposure.open_buy_fee;
    }
    if (!sells_reduce) {
        sold.notional = magnitude(exposure.value - exposure.open_sell_notional);
        sold.is_asked = exposure.open_sell.raw != 0;
        sold.entry = entry_if_filled(exposure, exposure.open_sell, exposure.open_sell_notional,
                                     quantity.raw > 0);
        fee = std::max(fee, exposure.open_sell_fee);
    }
    const SideFilled& worse = sold.notional > bought.notional ? sold : bought;
    return {.notional = worse.notional,
            .quantity = worse.quantity,
            .fee = fee,
            .bought = bought,
            .sold = sold};
}

MarginEvaluator::MarginEvaluator(const Ledger& ledger, Rulebook& rulebook) noexcept
    : ledger_{ledger}, rulebook_{rulebook}, book_valuer_{ledger, rulebook} {}

void MarginEvaluator::clear() noexcept {
    margin_questions_.clear();
    collateral_questions_.clear();
    book_questions_.clear();
    book_begins_.clear();
    book_positions_.clear();
    book_instruments_.clear();
    book_balances_.clear();
    book_assets_.clear();
    book_orders_.clear();
    book_orders_instruments_.clear();
    books_.clear();
    lines_.clear();
    amounts_.clear();
    parts_.clear();
}

MarginEvaluator::Amount& MarginEvaluator::amount_of(Part& part, AssetId asset) {
    for (std::uint32_t i = part.amounts_begin; i < amounts_.size(); ++i) {
        if (amounts_[i].asset == asset) return amounts_[i];
    }
    amounts_.push_back({.asset = asset});
    return amounts_.back();
}

void MarginEvaluator::gather_line(Part& part, const Position* position, InstrumentId id,
                                  Timestamp now, const OrderDelta* delta) {
    const Instrument& instrument = ledger_.instrument(id);
    if (is_spot(instrument)) return;
    const Quantity quantity = position == nullptr ? Quantity{} : position->quantity;
    const bool isolated = position != nullptr && is_isolated(*position);
    Money marked{};
    LineWorth worth_here;
    if (quantity.raw != 0) {
        if (!is_fresh(instrument, now)) part.complete = false;
        const auto worth =
            value(instrument, quantity, mark_of(id, instrument), Rounding::toward_minus);
        const auto added = worth ? position_worth(instrument, *position, *worth) : std::nullopt;
        Amount& amount = amount_of(part, instrument.settle);
        Money& sum = isolated ? amount.isolated : amount.total;
        const auto total = added ? checked_add(sum, *added) : std::nullopt;
        if (!total) {
            part.complete = false;
            return;
        }
        marked = exposure_of(instrument, *worth);
        worth_here = {.worth = *worth, .added = *added};
        sum = *total;
    }
    const bool changed = delta != nullptr && (position == nullptr || delta->touches(*position));
    const bool idle = position == nullptr || (quantity.raw == 0 && position->open_orders == 0);
    if (idle && !changed) return;
    if (!has_underlying_price(part, instrument)) return;
    const Account& account = ledger_.account(part.account);
    Line line{.instrument = id,
              .changed = changed,
              .isolated = isolated,
              .leverage = static_cast<double>(leverage_of(account, position, instrument)),
              .quantity = quantity,
              .value = marked};
    if (quantity.raw != 0 && !part.model.of_books) {
        line.held = push_question(part, instrument, line.leverage,
                                  {.notional = magnitude(marked),
                                   .quantity = quantity,
                                   .entry = magnitude(position->entry_value)});
    }
    Exposures exposures{.before = exposure_with(position, marked, nullptr), .after = {}};
    exposures.after = changed ? exposure_with(position, marked, delta) : exposures.before;
    line.before = need(line, exposures.before, part, instrument);
    if (changed) line.after = need(line, exposures.after, part, instrument);
    if (isolated) {
        line.before.top_up = top_up(exposures.before, *position, account);
        if (changed) line.after.top_up = top_up(exposures.after, *position, account);
    } else if (part.model.of_books) {
        gather_book_line(line, worth_here, exposures);
    }
    lines_.push_back(line);
}

// A book answers for its orders, their premiums and fees; but for those of an isolated position,
// which no book holds: there the account has the fees, and what is moved to its margin.
MarginEvaluator::Need MarginEvaluator::need(const Line& line, const InstrumentExposure& exposure,
                                            const Part& part, const Instrument& instrument) {
    const WorstCase worst = worst_case(exposure);
    if (part.model.of_books) {
        return {.notional = worst.notional, .fee = line.isolated ? worst.fee : Money{}};
    }
    const auto ask = [&](const SideFilled& side) {
        return side.is_asked ? push_question(part, instrument, line.leverage, side) : none_raw;
    };
    Need made{.notional = worst.notional,
              .fee = worst.fee,
              .bought = ask(worst.bought),
              .sold = ask(worst.sold)};
    if (is_option(instrument.terms.kind) && worst.bought.is_asked) {
        made.premium = exposure.open_buy_notional;
        made.gained = value(instrument, exposure.open_buy, mark_of(instrument.id, instrument),
                            Rounding::toward_minus)
                          .value_or(Money{});
    }
    return made;
}

void MarginEvaluator::gather_holds(Part& part, const OrderDelta& delta) {
    for (std::uint32_t i = part.amounts_begin; i < amounts_.size(); ++i) {
        amounts_[i].hold_after = amounts_[i].hold;
    }
    if (delta.amounts.spot_hold.raw != 0) {
        Amount& amount = amount_of(part, delta.hold_asset);
        amount.hold_after = amount.hold_after + delta.amounts.spot_hold;
    }
    if (delta.replaced != nullptr && delta.replaced->spot_hold.raw != 0) {
        Amount& amount = amount_of(part, delta.replaced->hold_asset);
        amount.hold_after = amount.hold_after - delta.replaced->spot_hold;
    }
}

void MarginEvaluator::gather_collateral(Part& part, Timestamp now) {
    const Account& account = ledger_.account(part.account);
    const Marks marks = marks_at(now);
    const auto currency_price = price_of(marks, account.currency);
    const auto end = static_cast<std::uint32_t>(amounts_.size());
    for (std::uint32_t i = part.amounts_begin; i < end; ++i) {
        Amount& amount = amounts_[i];
        const bool empty = amount.total.raw == 0 && amount.isolated.raw == 0 &&
                           amount.hold.raw == 0 && amount.hold_after.raw == 0;
        if (amount.asset == account.currency || empty) continue;
        const auto price = price_of(marks, amount.asset);
        if (!price || !currency_price) {
            part.complete = false;
            continue;
        }
        const double asset_unit = ledger_.asset(amount.asset).unit;
        const double unit_price = price->number() / currency_price->number();
        const auto push = [&](Money held) {
            const double units = static_cast<double>(held.raw) / asset_unit;
            const auto at = static_cast<std::uint32_t>(collateral_questions_.size());
            collateral_questions_.push_back(
                {.scope = {.account = account.id, .group = account.group},
                 .asset = amount.asset,
                 .collateral = {
                     .amount = units, .price = unit_price, .value = units * unit_price}});
            return at;
        };
        amount.whole = push(amount.total);
        if (amount.hold.raw != 0) amount.free = push(amount.total - amount.hold);
        if (amount.hold_after.raw != 0) {
            amount.free_after = push(amount.total - amount.hold_after);
        }
    }
}

void MarginEvaluator::gather(AccountId id, Timestamp now, const OrderDelta* delta) {
    now_ = now;
    const Account& account = ledger_.account(id);
    Part part{.account = id,
              .model = margin_model(rulebook_, account.terms.margin),
              .lines_begin = static_cast<std::uint32_t>(lines_.size()),
              .amounts_begin = static_cast<std::uint32_t>(amounts_.size())};
    book_lines_.clear();
    for (const Balance& balance : account.balances) {
        const auto shared = checked_add(balance.amount, -balance.isolated);
        part.complete = part.complete && shared.has_value();
        amounts_.push_back({.asset = balance.asset,
                            .balance = shared.value_or(Money{}),
                            .total = shared.value_or(Money{}),
                            .isolated = balance.isolated,
                            .hold = balance.hold});
    }
    const Position* assumed = assumption_.position;
    bool delta_seen = delta == nullptr;
    const bool all_assumed = !assumption_.positions.empty();
    for (std::size_t slot = 0; slot < account.positions.size(); ++slot) {
        const Position& position =
            all_assumed ? assumption_.positions[slot].position : account.positions[slot];
        const bool is_assumed = assumed != nullptr &&
                                position.instrument == assumption_.instrument &&
                                position.side == assumed->side;
        delta_seen = delta_seen || delta->is_for(position);
        const std::size_t lines = lines_.size();
        gather_line(part, is_assumed ? assumed : &position, position.instrument, now, delta);
        if (lines_.size() != lines) lines_.back().slot = static_cast<std::uint32_t>(slot);
        if (is_assumed) assumed = nullptr;
    }
    if (!delta_seen && delta->quantity.raw != 0) {
        gather_line(part, nullptr, delta->instrument, now, delta);
    }
    if (assumed != nullptr) gather_line(part, assumed, assumed->instrument, now, delta);
    assume(part);
    if (delta != nullptr) gather_holds(part, *delta);
    gather_books(part, now, delta);
    gather_collateral(part, now);
    part.lines_end = static_cast<std::uint32_t>(lines_.size());
    part.amounts_end = static_cast<std::uint32_t>(amounts_.size());
    parts_.push_back(part);
}

void MarginEvaluator::ask() noexcept {
    margin_answers_.resize(margin_questions_.size());
    book_answers_.resize(book_questions_.size());
    collateral_answers_.resize(collateral_questions_.size());
    if (!margin_questions_.empty()) rulebook_.margin(margin_questions_, margin_answers_);
    for (std::size_t i = 0; i < book_questions_.size(); ++i) {
        BookQuestion& question = book_questions_[i];
        question.positions = book_positions_.data() + book_begins_[i].position;
        question.instruments = book_instruments_.data() + book_begins_[i].position;
        question.balances = book_balances_.data() + book_begins_[i].balance;
        question.assets = book_assets_.data() + book_begins_[i].balance;
        question.orders = book_orders_.data() + book_begins_[i].order;
        question.orders_instruments = book_orders_instruments_.data() + book_begins_[i].order;
    }
    if (!book_questions_.empty()) rulebook_.books(book_questions_, book_answers_);
    if (!collateral_questions_.empty()) {
        rulebook_.collateral(collateral_questions_, collateral_answers_);
    }
}

AccountFigures MarginEvaluator::figures(AccountId account, Timestamp now) noexcept {
    clear();
    gather(account, now, nullptr);
    ask();
    return with_least_need(parts_.front(), sum(parts_.front(), now));
}

AccountFigures MarginEvaluator::figures_if(AccountId account, Timestamp now,
                                           const Assumption& assumption) noexcept {
    assumption_ = assumption;
    const AccountFigures result = figures(account, now);
    assumption_ = {};
    return result;
}

MarginEvaluator::BeforeAfter MarginEvaluator::figures_with(AccountId account, Timestamp now,
                                                           const OrderDelta& delta) noexcept {
    clear();
    gather(account, now, &delta);
    ask();
    const Part& part = parts_.front();
    const AccountFigures before = sum(part, now);
    return {.before = with_least_need(part, before),
            .after = with_least_need(part, sum_after(part, now, before))};
}

Price MarginEvaluator::mark_of(InstrumentId id, const Instrument& instrument) const noexcept {
    return id == assumption_.instrument && assumption_.mark ? *assumption_.mark
                                                            : instrument.prices.mark;
}

Marks MarginEvaluator::marks_at(Timestamp now) const noexcept {
    if (any_age_) return Marks::of_any_age(ledger_);
    return assumption_.mark ? Marks{ledger_, now, assumption_.instrument, *assumption_.mark}
                            : Marks{ledger_, now};
}

void MarginEvaluator::figures_of(std::span<const AccountId> accounts, Timestamp now,
                                 std::span<AccountFigures> results) noexcept {
    RISKD_CHECK(accounts.size() == results.size());
    clear();
    for (const AccountId account : accounts)
        gather(account, now, nullptr);
    ask();
    for (std::size_t i = 0; i < parts_.size(); ++i)
        results[i] = with_least_need(parts_[i], sum(parts_[i], now));
}

}  // namespace riskd
