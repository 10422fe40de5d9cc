// How far the figures of an account can move with the marks: the sums that margin_reach.hpp
// speaks of.
#include <algorithm>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/contracts/move_bound.hpp"
#include "riskd/core/margin.hpp"
#include "riskd/core/margin_isolated.hpp"

namespace riskd {

namespace {

Wide part_of(Wide amount, Wide numerator, Wide denominator) noexcept {
    return divide(amount * numerator, denominator, Rounding::toward_plus);
}

// How much a conversion itself can move, in thirds of the move: its price, what it is priced in.
Wide swing_thirds(const Ledger& ledger, AssetId from, AssetId to) noexcept {
    if (from == to) return 0;
    const bool above = !ledger.asset(from).is_reference;
    const bool below = !ledger.asset(to).is_reference;
    return above && below ? 8 : below ? 4 : above ? 3 : 0;
}

// Adds up what one asset's figures do in the account's currency.
class Converted {
public:
    Converted(const Marks& marks, AssetId from, AssetId to) noexcept
        : marks_{marks}, from_{from}, to_{to}, thirds_{swing_thirds(marks.ledger(), from, to)} {}

    // What moves by `per_move` and `rounding` quanta of the asset, and stands at `amount`. False:
    // it does not fit.
    bool add(FigureMove& into, Wide per_move, Wide rounding, Wide amount) const noexcept {
        const auto moved = converted(per_move);
        const auto rounded = converted(rounding);
        const auto whole = thirds_ == 0 ? std::optional<Wide>{0} : converted(amount);
        if (!moved || !rounded || !whole) return false;
        into.per_move += *moved + part_of(*moved, thirds_, 12) + part_of(*whole, thirds_, 3);
        into.rounding += *rounded + part_of(*rounded, thirds_, 12) + 1;
        return true;
    }

private:
    std::optional<Wide> converted(Wide amount) const noexcept {
        const auto raw = narrow(amount);
        if (!raw) return std::nullopt;
        const auto made = convert(marks_, Money{*raw},
                                  {.from = from_, .to = to_, .rounding = Rounding::toward_plus});
        if (!made) return std::nullopt;
        return Wide{made->raw};
    }
    const Marks& marks_;
    AssetId from_;
    AssetId to_;
    Wide thirds_;
};

// What the value of a position moves for a whole move of its own mark, when that moves by a quarter
// at most.
Wide value_per_move(const Instrument& instrument, Money value) noexcept {
    const Wide size = magnitude(value).raw;
    return is_inverse(instrument.terms.kind) ? part_of(size, 4, 3) : size;
}

// Slopes are claimed of notionals; what these need goes by other things, and who has one stays
// awake.
bool is_claimed(ContractKind kind) noexcept {
    return kind != ContractKind::binary_option && kind != ContractKind::inverse_option;
}

// The same of what it is on, when it is an option; nothing when that is not known of its kind.
std::optional<Wide> underlying_per_move(const Ledger& ledger, const Instrument& instrument,
                                        Quantity quantity) noexcept {
    const ContractKind kind = instrument.terms.kind;
    if (!is_option(kind)) return Wide{0};
    if (!is_claimed(kind)) return std::nullopt;
    const Instrument& underlying = ledger.instrument(instrument.underlying);
    const Price mark = underlying.prices.mark;
    const PriceRange quarter{.low = {mark.raw - mark.raw / 4}, .high = mark};
    const auto move = option_move_max(instrument, underlying, quantity, quarter);
    if (!move || mark.raw < 16) return std::nullopt;
    return Wide{move->raw} * 5;  // a quarter, rounded down, is more than a fifth
}

}  // namespace

void show_figures(AccountView& view, const AccountMargin& margin, Money gross_exposure,
                  const Asset& currency) noexcept {
    const auto number = [&](Money amount) {
        return static_cast<double>(amount.raw) / currency.unit;
    };
    view.equity = number(margin.equity);
    view.maintenance_margin = number(margin.maintenance_margin);
    view.headroom = number(headroom(margin));
    view.margin_ratio = margin_ratio(margin);
    view.gross_exposure = number(gross_exposure);
}

bool MarginEvaluator::add_line_moves(const Line& line, const Part& part, const Marks& marks,
                                     FigureMoves& moves) const noexcept {
    const Instrument& instrument = ledger_.instrument(line.instrument);
    if (line.value.raw == 0) return true;
    const auto underlying = underlying_per_move(ledger_, instrument, line.quantity);
    if (!underlying) return false;
    const Converted converted{marks, instrument.settle, ledger_.account(part.account).currency};
    const Wide size = magnitude(line.value).raw;
    const Wide own = value_per_move(instrument, line.value);
    if (!converted.add(moves.gross_exposure, own, 2, size)) return false;
    if (line.isolated) return true;
    const MarginAnswer& answer = margin_answers_[line.held];
    const auto needed =
        money_from_rule(answer.maintenance, instrument.settle_unit, Rounding::toward_plus);
    if (!needed) return false;
    return converted.add(
        moves.maintenance_margin,
        part_of(own + *underlying, part.model.slope_max, power_of_ten(rate_decimals)),
        double_error(size) + 2, needed->raw);
}

bool MarginEvaluator::add_amount_moves(const Amount& amount, const Part& part, const Marks& marks,
                                       FigureMoves& moves) const noexcept {
    Wide per_move = 0;
    Wide rounding = 0;
    for (std::uint32_t i = part.lines_begin; i < part.lines_end; ++i) {
        const Instrument& instrument = ledger_.instrument(lines_[i].instrument);
        if (instrument.settle != amount.asset || lines_[i].isolated) continue;
        per_move += value_per_move(instrument, lines_[i].value);
        rounding += 2;
    }
    const Account& account = ledger_.account(part.account);
    if (amount.asset == account.currency) {
        moves.equity.per_move += per_move;
        moves.equity.rounding += rounding;
        return true;
    }
    if (amount.total.raw == 0 && per_move == 0) return true;
    const Wide slope = rulebook_.collateral_slope_max();
    if (slope == 0) return false;
    const Wide held = magnitude(amount.total).raw;
    FigureMove worth;
    const Converted converted{marks, amount.asset, account.currency};
    if (!converted.add(worth, per_move, rounding + double_error(held), held)) return false;
    moves.equity.per_move += part_of(worth.per_move, slope, power_of_ten(rate_decimals));
    moves.equity.rounding += part_of(worth.rounding, slope, power_of_ten(rate_decimals)) + 2;
    return true;
}

std::optional<FigureMoves> MarginEvaluator::moves_of(std::size_t at) const noexcept {
    const Part& part = parts_[at];
    const bool known =
        part.complete && part.model.known && !part.model.of_books && part.model.slope_max > 0;
    if (!known) return std::nullopt;
    const Marks marks = marks_at(now_);
    FigureMoves moves;
    for (std::uint32_t i = part.lines_begin; i < part.lines_end; ++i) {
        if (!add_line_moves(lines_[i], part, marks, moves)) return std::nullopt;
    }
    for (std::uint32_t i = part.amounts_begin; i < part.amounts_end; ++i) {
        if (!add_amount_moves(amounts_[i], part, marks, moves)) return std::nullopt;
    }
    return moves;
}

std::optional<Anchor> MarginEvaluator::anchor_of(std::size_t at, const AccountMargin& margin,
                                                 std::vector<AnchorSource>& sources) const {
    const Part& part = parts_[at];
    const AccountModel& model = part.model;
    const Account& account = ledger_.account(part.account);
    const bool may_be = part.complete && model.known && !model.of_books && model.slope_max > 0 &&
                        !account.terms.borrow && account.isolated_positions == 0;
    if (!may_be) return std::nullopt;
    for (std::uint32_t i = part.amounts_begin; i < part.amounts_end; ++i) {
        if (amounts_[i].asset != account.currency && amounts_[i].total.raw != 0) {
            return std::nullopt;
        }
    }
    const std::size_t begin = sources.size();
    const auto number = [](std::int64_t raw) { return static_cast<double>(raw); };
    constexpr auto whole = static_cast<double>(power_of_ten(rate_decimals));
    Anchor anchor;
    anchor.equity = number(margin.equity.raw);
    anchor.maintenance_margin = number(margin.maintenance_margin.raw);
    anchor.slope = number(model.slope_max) / whole;
    anchor.falling = number(-std::min<std::int64_t>(model.slope_min, 0)) / whole;
    for (std::uint32_t i = part.lines_begin; i < part.lines_end; ++i) {
        const Line& line = lines_[i];
        if (line.quantity.raw == 0) continue;
        const Instrument& instrument = ledger_.instrument(line.instrument);
        const ContractKind kind = instrument.terms.kind;
        if (is_inverse(kind) || is_option(kind) || instrument.settle != account.currency) {
            sources.resize(begin);
            return std::nullopt;
        }
        const double mark = number(instrument.prices.mark.raw);
        sources.push_back({.per_price = number(line.value.raw) / mark,
                           .mark = mark,
                           .instrument = line.instrument});
        // Values are rounded there and here; a mark is at most twice what it was (is_near).
        anchor.equity_rounding += 4;
        anchor.maintenance_rounding +=
            2 * static_cast<double>(double_error(magnitude(line.value).raw)) + 4;
    }
    return anchor;
}

// An option's underlying and the minute are among the terms: what they move is not compared.
void MarginEvaluator::asked_margins(std::size_t at, std::uint32_t turn,
                                    std::vector<PositionAsked>& asked) const {
    const Part& part = parts_[at];
    const Account& account = ledger_.account(part.account);
    const std::uint64_t rules = hash_text(rulebook_.hash().substr(0, 16), turn);
    for (std::uint32_t i = part.lines_begin; i < part.lines_end; ++i) {
        const Line& line = lines_[i];
        if (line.held == none_raw || margin_answers_[line.held].fault != RuleFault::none) continue;
        const Instrument& instrument = ledger_.instrument(line.instrument);
        if (!is_claimed(instrument.terms.kind)) continue;
        const auto needed = money_from_rule(margin_answers_[line.held].maintenance,
                                            instrument.settle_unit, Rounding::toward_plus);
        if (!needed) continue;
        std::uint64_t terms = rules;
        const auto mix = [&terms](std::uint64_t term) {
            terms = (terms ^ term) * 0xff51afd7ed558ccdULL;
            terms ^= terms >> 32;
        };
        const auto bits = [](std::int64_t raw) { return static_cast<std::uint64_t>(raw); };
        mix(std::uint64_t{account.group.raw} << 32 | part.model.rule.raw);
        mix(static_cast<std::uint32_t>(line.leverage));
        mix(bits(line.quantity.raw));
        mix(bits(account.positions[line.slot].entry_value.raw));
        if (is_option(instrument.terms.kind)) {
            mix(bits(ledger_.instrument(instrument.underlying).prices.mark.raw));
        }
        if (part.model.of_time) mix(bits(whole_minute(now_).ns));
        asked.push_back({.slot = line.slot,
                         .margin = {.notional = magnitude(line.value),
                                    .maintenance = *needed,
                                    .terms = static_cast<std::uint32_t>(terms) | 1U}});
    }
}

std::optional<FigureMoves> isolated_moves(const Marks& marks, const Account& account,
                                          const Position& position, const IsolatedFigures& figures,
                                          std::int64_t slope_max) noexcept {
    const Ledger& ledger = marks.ledger();
    const Instrument& instrument = ledger.instrument(position.instrument);
    if (slope_max <= 0 || is_option(instrument.terms.kind)) return std::nullopt;
    const Converted converted{marks, instrument.settle, account.currency};
    const Wide size = magnitude(figures.value).raw;
    const Wide own = value_per_move(instrument, figures.value);
    const AccountMargin& margin = figures.margin;
    FigureMoves moves;
    const bool fits = converted.add(moves.gross_exposure, own, 2, size) &&
                      converted.add(moves.equity, own, 2, magnitude(margin.equity).raw) &&
                      converted.add(moves.maintenance_margin,
                                    part_of(own, slope_max, power_of_ten(rate_decimals)),
                                    double_error(size) + 2, margin.maintenance_margin.raw);
    if (!fits) return std::nullopt;
    return moves;
}

}  // namespace riskd
