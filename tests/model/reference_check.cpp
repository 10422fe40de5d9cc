#include "tests/model/reference_check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/model/reference_windows.hpp"

namespace riskd::model {

namespace {

constexpr double absent = std::numeric_limits<double>::quiet_NaN();

double number(const Exact& raw, double unit) {
    return static_cast<double>(raw) / unit;
}
double price_number(std::int64_t raw, double unit) {
    return raw > 0 ? number(raw, unit) : absent;
}

// A question about one quantity of one request.
class Check {
public:
    Check(const ReferenceState& state, Rulebook& rules, const OrderRequest& request,
          std::int64_t quantity, Timestamp now)
        : state_{state},
          rules_{rules},
          request_{request},
          account_{state.accounts[request.account.raw]},
          instrument_{state.instruments[request.instrument.raw]},
          currency_{account_.currency},
          now_{now} {
        order_.request = request;
        order_.request.quantity.raw = quantity;
        order_.remaining = quantity;
        order_.taker_fee_rate = instrument_.terms.taker_fee_rate;
        if (!request.replaces.empty()) replaced_ = state.order(request.account, request.replaces);
        is_spot_ = state.is_spot(request.instrument.raw);
        reduces_ = find_reduces();
        find_hold_price();
        order_.hold_asset = AssetId{currency_};
        if (is_spot_) {
            const Name& held =
                request.side == Side::buy ? instrument_.terms.quote : instrument_.terms.base;
            order_.hold_asset = AssetId{state.asset(held.view())};
        }
    }

    // REQUIRES: called once.
    void ask() {
        reason_ = standing();
        if (reason_) return;
        const ReferenceChange change{.without = replaced_, .with = priced() ? &order_ : nullptr};
        const ReferenceChange same;
        const std::uint32_t id = request_.account.raw;
        before_ = figures_of(state_, rules_, id, now_, same);
        after_ = figures_of(state_, rules_, id, now_, change);
        // What an order adds is known only when both are.
        if (before_.fault != RuleFault::none) {
            after_.fault = before_.fault;
            after_.rule = before_.rule;
        }
        has_margin_ = after_.fault == RuleFault::none;
        if (!has_margin_) faults_.emplace_back(after_.rule, after_.fault);
        if (!reduces_ && !after_.complete) {
            reason_ = RejectReason::reference_price_not_available;
            return;
        }
        if (!balance_covers()) return;
        ask_rules();
        if (reduces_) return;
        if (after_.fault != RuleFault::none && precedes(RejectReason::rule_failed)) {
            reason_ = RejectReason::rule_failed;
            rule_ = after_.rule;
            has_limit_ = false;
        }
        if (!reason_) ask_margin();
    }

    bool passes() const { return !reason_; }
    Decision decision() const;
    ReferenceOrder order() const { return order_; }
    const std::vector<std::pair<RuleId, RuleFault>>& faults() const { return faults_; }

private:
    bool precedes(RejectReason reason) const { return !reason_ || reason < *reason_; }
    bool priced() const { return order_.hold_price > 0; }

    Exact position() const {
        const auto found = account_.positions.find(request_.instrument.raw);
        return found == account_.positions.end() ? Exact{0} : found->second.quantity;
    }

    // Only smaller, never through zero, whatever else of its side fills first.
    bool find_reduces() const {
        if (is_spot_) return request_.side == Side::sell;
        Exact if_filled = order_.remaining;
        for (const ReferenceOrder& row : state_.orders) {
            const bool same = row.request.account == request_.account &&
                              row.request.instrument == request_.instrument &&
                              row.request.side == request_.side && &row != replaced_;
            if (same) if_filled += row.remaining;
        }
        const Exact held = position();
        const bool opposite = request_.side == Side::buy ? held < 0 : held > 0;
        return opposite && if_filled <= absolute(held);
    }

    void find_hold_price() {
        const auto banded = [&](std::int64_t price) -> std::int64_t {
            if (price <= 0 || request_.side == Side::sell) return price;
            const Exact wide =
                Exact{price} * (power_of_ten(rate_decimals) + instrument_.terms.market_price_band);
            return fit(ceiling_of(wide, ten_to(rate_decimals))).value_or(0);
        };
        switch (request_.type) {
            case OrderType::limit:
            case OrderType::stop_limit: order_.hold_price = request_.price.raw; break;
            case OrderType::market: order_.hold_price = banded(instrument_.prices.mark.raw); break;
            case OrderType::stop_market:
                order_.hold_price = banded(request_.trigger_price.raw);
                break;
        }
        if (order_.hold_price <= 0 && reduces_) order_.hold_price = instrument_.terms.tick.raw;
    }

    std::optional<RejectReason> standing() const;
    std::optional<RejectReason> terms() const;
    bool amounts_fit() const;
    bool balance_covers();
    void ask_rules();
    void ask_margin();
    double in_currency(const Exact& amount) const {
        const std::uint32_t settle = instrument_.settle;
        const auto made = state_.convert(amount, settle, currency_, true, now_);
        return made ? number(*made, state_.asset_unit(currency_)) : absent;
    }
    OrderView order_view() const;
    InstrumentView instrument_view() const;
    ExposureView exposure_view() const;
    Decimal money(const Exact& amount, std::uint32_t asset) const {
        return {.raw = fit(amount).value_or(raw_max), .decimals = state_.assets[asset].decimals};
    }

    const ReferenceState& state_;
    Rulebook& rules_;
    const OrderRequest& request_;
    const ReferenceAccount& account_;
    const ReferenceInstrument& instrument_;
    std::uint32_t currency_;
    Timestamp now_;
    ReferenceOrder order_;
    const ReferenceOrder* replaced_{};
    bool is_spot_{};
    bool reduces_{};
    ReferenceFigures before_;
    ReferenceFigures after_;
    bool has_margin_{};
    std::optional<RejectReason> reason_;
    RuleId rule_{no_rule};
    bool has_limit_{};
    Decimal limit_;
    Decimal used_;
    Decimal would_be_;
    std::vector<std::pair<RuleId, RuleFault>> faults_;
};

std::optional<RejectReason> Check::terms() const {
    const InstrumentDefinition& terms = instrument_.terms;
    const std::int64_t quantity = order_.request.quantity.raw;
    const bool expired = terms.expiry.ns != 0 && now_ >= terms.expiry;
    if (terms.status == InstrumentStatus::halted || terms.status == InstrumentStatus::settled ||
        expired) {
        return RejectReason::instrument_closed;
    }
    const bool too_large = terms.quantity_max.raw > 0 && quantity > terms.quantity_max.raw;
    if (quantity <= 0 || quantity % terms.lot.raw != 0 || quantity < terms.quantity_min.raw ||
        too_large) {
        return RejectReason::incorrect_quantity;
    }
    const auto on_grid = [&](Price price) {
        return price.raw > 0 && price.raw % terms.tick.raw == 0;
    };
    const bool limits = request_.type == OrderType::limit || request_.type == OrderType::stop_limit;
    const bool stops =
        request_.type == OrderType::stop_limit || request_.type == OrderType::stop_market;
    if ((limits && !on_grid(request_.price)) || (stops && !on_grid(request_.trigger_price))) {
        return RejectReason::invalid_price_increment;
    }
    const bool at_once =
        request_.time_in_force == TimeInForce::ioc || request_.time_in_force == TimeInForce::fok;
    const bool late = request_.time_in_force == TimeInForce::gtd && request_.expires <= now_;
    if ((request_.post_only && (at_once || !limits)) || late) {
        return RejectReason::invalid_order_terms;
    }
    if (priced() && !amounts_fit()) return RejectReason::invalid_order_terms;
    return std::nullopt;
}

// What the order is worth, and the sums of what would work on its side.
bool Check::amounts_fit() const {
    const auto own = state_.amounts(order_);
    Exact quantity = order_.remaining;
    Exact notional = own.notional;
    Exact fee = own.fee;
    for (const ReferenceOrder& row : state_.orders) {
        const bool same = row.request.account == request_.account &&
                          row.request.instrument == request_.instrument &&
                          row.request.side == request_.side;
        if (!same) continue;
        const auto works = state_.amounts(row);
        quantity += row.remaining;
        notional += works.notional;
        fee += works.fee;
    }
    return state_.amounts_fit(own) && fit(quantity) && fit(notional) && fit(fee);
}

std::optional<RejectReason> Check::standing() const {
    if (state_.order(request_.account, request_.order) != nullptr) {
        return RejectReason::duplicate_order;
    }
    if (!request_.replaces.empty() && replaced_ == nullptr) return RejectReason::unknown_order;
    if (account_.terms.status == AccountStatus::halted) return RejectReason::account_halted;
    if (const auto reason = terms()) return reason;
    const auto works_here = [&](const ReferenceOrder& row) {
        return row.request.account == request_.account;
    };
    const auto own = std::count_if(state_.orders.begin(), state_.orders.end(), works_here);
    const bool full = state_.orders.size() >= state_.limits.open_orders_max ||
                      own >= std::int64_t{state_.limits.open_orders_per_account_max};
    if (replaced_ == nullptr && full) return RejectReason::order_capacity_exceeded;
    if (reduces_) return std::nullopt;
    if (account_.terms.status == AccountStatus::suspended) return RejectReason::account_suspended;
    if (account_.stage >= Stage::cancel_orders) return RejectReason::account_in_liquidation;
    if (instrument_.terms.status == InstrumentStatus::reduce_only) {
        return RejectReason::instrument_reduce_only;
    }
    if (request_.reduce_only) return RejectReason::reduce_only_would_increase_position;
    if (!priced() || !state_.is_fresh(request_.instrument.raw, now_)) {
        return RejectReason::reference_price_not_available;
    }
    return std::nullopt;
}

bool Check::balance_covers() {
    if (!is_spot_ || !priced()) return true;
    const std::uint32_t asset = order_.hold_asset.raw;
    const auto found = account_.balances.find(asset);
    const Exact balance = found == account_.balances.end() ? Exact{0} : found->second;
    Exact held = state_.spot_hold(request_.account.raw, asset);
    const bool freed = replaced_ != nullptr && replaced_->hold_asset.raw == asset &&
                       state_.is_spot(replaced_->request.instrument.raw);
    if (freed) held -= state_.amounts(*replaced_).spot_hold;
    const Exact with_order = held + state_.amounts(order_).spot_hold;
    if (with_order <= balance) return true;
    reason_ = RejectReason::insufficient_balance;
    has_limit_ = true;
    limit_ = money(balance, asset);
    used_ = money(held, asset);
    would_be_ = money(with_order, asset);
    return false;
}

void Check::ask_margin() {
    // An order that needs no more margin than there was before passes.
    if (after_.initial_margin <= before_.initial_margin) return;
    if (after_.equity >= after_.initial_margin) return;
    reason_ = RejectReason::insufficient_initial_margin;
    rule_ = rules_.margin_rule();
    has_limit_ = true;
    limit_ = money(after_.equity, currency_);
    used_ = money(before_.initial_margin, currency_);
    would_be_ = money(after_.initial_margin, currency_);
}

void Check::ask_rules() {
    const auto ids = rules_.check_rules();
    std::vector<CheckAnswer> answers(ids.size());
    CheckQuestion question;
    question.scope = {.account = request_.account,
                      .group = GroupId{account_.group},
                      .instrument = request_.instrument};
    question.mark_fresh = state_.is_fresh(request_.instrument.raw, now_) && before_.complete;
    question.order = order_view();
    question.account = reference_account_view(state_, request_.account.raw, before_);
    question.account.gross_exposure_after =
        number(after_.gross_exposure_after, state_.asset_unit(currency_));
    question.instrument = instrument_view();
    question.exposure = exposure_view();
    view_windows(state_, request_.account.raw, before_.net_pnl, now_, question.history);
    rules_.check(question, answers);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const CheckAnswer& answer = answers[i];
        const bool failed = answer.outcome == CheckOutcome::fault;
        if (failed) faults_.emplace_back(ids[i], answer.fault);
        if (answer.outcome == CheckOutcome::not_applicable || (failed && reduces_)) continue;
        if (!failed && answer.used <= answer.allowed) continue;
        const RejectReason reason =
            failed ? RejectReason::rule_failed : rules_.rules()[index(ids[i])].reason;
        if (!precedes(reason)) continue;
        reason_ = reason;
        rule_ = ids[i];
        has_limit_ = !failed;
        limit_ = decimal_from_double(answer.allowed);
        used_ = decimal_from_double(answer.used);
        would_be_ = used_;
    }
}

OrderView Check::order_view() const {
    const std::uint32_t id = request_.instrument.raw;
    return {.quantity = number(order_.remaining, state_.quantity_unit(id)),
            .price = price_number(order_.hold_price, state_.price_unit(id)),
            .notional = priced() ? in_currency(state_.amounts(order_).notional) : absent,
            .side = static_cast<std::int32_t>(request_.side),
            .type = static_cast<std::int32_t>(request_.type),
            .time_in_force = static_cast<std::int32_t>(request_.time_in_force),
            .reduce_only = request_.reduce_only,
            .post_only = request_.post_only,
            .reduces = reduces_};
}

InstrumentView Check::instrument_view() const {
    const std::uint32_t id = request_.instrument.raw;
    const Prices& prices = instrument_.prices;
    const InstrumentDefinition& terms = instrument_.terms;
    const double unit = state_.price_unit(id);
    return {.mark_price = state_.is_fresh(id, now_) ? price_number(prices.mark.raw, unit) : absent,
            .index_price = price_number(prices.index.raw, unit),
            .bid = price_number(prices.bid.raw, unit),
            .ask = price_number(prices.ask.raw, unit),
            .mark_age =
                prices.mark.raw > 0 ? static_cast<double>(now_.ns - prices.as_of.ns) / 1e9 : absent,
            .tick = price_number(terms.tick.raw, unit),
            .lot = number(terms.lot.raw, state_.quantity_unit(id)),
            .contract_size = number(terms.contract_size,
                                    static_cast<double>(ten_to(terms.contract_size_decimals))),
            .leverage_max = static_cast<double>(terms.leverage_max),
            .kind = static_cast<std::int32_t>(terms.kind),
            .long_quantity = number(state_.open_interest(id, true), state_.quantity_unit(id)),
            .short_quantity = number(state_.open_interest(id, false), state_.quantity_unit(id))};
}

ExposureView Check::exposure_view() const {
    const std::uint32_t id = request_.instrument.raw;
    const std::uint32_t settle = instrument_.settle;
    const double unit = state_.quantity_unit(id);
    Exact quantity = position();
    if (is_spot_) {
        // The base balance is the position, in whole quantities.
        const std::uint32_t base = instrument_.base;
        const auto found = account_.balances.find(base);
        if (found != account_.balances.end()) {
            const int spare = state_.assets[base].decimals - instrument_.terms.quantity_decimals;
            quantity = floor_of(found->second, ten_to(spare));
        }
    }
    const auto worth = state_.value(id, quantity, instrument_.prices.mark.raw);
    Exact marked = floor_of(worth.dividend, worth.divisor);
    if (!fit(marked)) marked = 0;
    const ReferenceChange change{.without = replaced_, .with = priced() ? &order_ : nullptr};
    const ReferenceWorst worst =
        worst_of(state_, request_.account.raw, id, quantity, marked, change);
    Exact open_buy = 0;
    Exact open_sell = 0;
    std::int64_t open_orders = 0;
    for (const ReferenceOrder& row : state_.orders) {
        const bool here = row.request.account == request_.account &&
                          row.request.instrument == request_.instrument;
        if (!here) continue;
        ++open_orders;
        (row.request.side == Side::buy ? open_buy : open_sell) += row.remaining;
    }
    const auto found = account_.positions.find(id);
    const bool flat = position() == 0;
    const Exact entry = flat ? Exact{0} : found->second.entry_value;
    const InstrumentView terms = instrument_view();
    const std::uint32_t chosen = account_.terms.leverage;
    const std::uint32_t highest = instrument_.terms.leverage_max;
    return {.quantity = number(quantity, unit),
            .notional = in_currency(absolute(marked)),
            .entry_price = flat ? absent
                                : number(entry, state_.asset_unit(settle)) / terms.contract_size /
                                      number(position(), unit),
            .unrealized_pnl = flat ? 0.0 : in_currency(marked - entry),
            .open_buy_quantity = number(open_buy, unit),
            .open_sell_quantity = number(open_sell, unit),
            .open_orders = static_cast<double>(open_orders),
            .worst_case_quantity_after = number(absolute(worst.quantity), unit),
            .worst_case_notional_after = in_currency(worst.notional),
            .leverage = static_cast<double>(chosen == 0 ? highest : std::min(chosen, highest))};
}

Decision Check::decision() const {
    Decision made{.account = request_.account,
                  .instrument = request_.instrument,
                  .order = request_.order,
                  .accepted = !reason_,
                  .reason = reason_.value_or(RejectReason::other),
                  .rule = rule_,
                  .has_limit = has_limit_,
                  .has_margin = has_margin_,
                  .currency = AssetId{currency_}};
    if (is_known(rule_)) made.rule_name = rules_.rules()[index(rule_)].name;
    if (has_limit_) {
        made.limit = limit_;
        made.used = used_;
        made.would_be = would_be_;
        made.headroom = {.raw = std::max<std::int64_t>(limit_.raw - used_.raw, 0),
                         .decimals = limit_.decimals};
    }
    if (has_margin_) made.margin = reason_ ? before_.margin() : after_.margin();
    if (reason_) return made;
    made.hold_asset = order_.hold_asset;
    if (is_spot_) {
        made.hold = Money{static_cast<std::int64_t>(state_.amounts(order_).spot_hold)};
    } else if (has_margin_) {
        const Exact added = after_.initial_margin - before_.initial_margin;
        made.hold = Money{static_cast<std::int64_t>(std::max(added, Exact{0}))};
    }
    return made;
}

// Reasons that have nothing to do with how much is asked for.
bool is_about_quantity(RejectReason reason) {
    return reason == RejectReason::incorrect_quantity || reason >= RejectReason::account_suspended;
}

// The most whole lots below what was asked for that pass, where one more does not; zero when even
// the least does not.
std::int64_t largest_passing(const ReferenceState& state, Rulebook& rules,
                             const OrderRequest& request, Timestamp now) {
    const InstrumentDefinition& terms = state.instruments[request.instrument.raw].terms;
    const std::int64_t lot = terms.lot.raw;
    const auto passes = [&](std::int64_t lots) {
        Check check{state, rules, request, lots * lot, now};
        check.ask();
        return check.passes();
    };
    const auto lots_of = [&](std::int64_t quantity) { return (quantity + lot - 1) / lot; };
    std::int64_t good = std::max<std::int64_t>(lots_of(terms.quantity_min.raw), 1);
    std::int64_t bad = lots_of(request.quantity.raw);
    if (good >= bad || !passes(good)) return 0;
    while (bad - good > 1) {
        const std::int64_t middle = good + (bad - good) / 2;
        (passes(middle) ? good : bad) = middle;
    }
    return good * lot;
}

}  // namespace

ReferenceVerdict check_order(const ReferenceState& state, Rulebook& rules,
                             const OrderRequest& request, Timestamp now) {
    ReferenceVerdict verdict;
    const auto refuse = [&](RejectReason reason) {
        verdict.decision = {.account = request.account,
                            .instrument = request.instrument,
                            .order = request.order,
                            .reason = reason};
        return verdict;
    };
    if (!is_known(request.account)) return refuse(RejectReason::unknown_account);
    for (const Decision& answered : state.answered) {
        if (answered.account != request.account || !(answered.order == request.order)) continue;
        verdict.decision = answered;
        verdict.decision.repeated = true;
        return verdict;
    }
    if (!is_known(request.instrument)) return refuse(RejectReason::unknown_instrument);
    Check check{state, rules, request, request.quantity.raw, now};
    check.ask();
    verdict.decision = check.decision();
    verdict.order = check.order();
    verdict.faults = check.faults();
    if (!check.passes() && is_about_quantity(verdict.decision.reason)) {
        verdict.decision.has_largest_quantity = true;
        verdict.decision.largest_quantity = Quantity{largest_passing(state, rules, request, now)};
    }
    return verdict;
}

}  // namespace riskd::model
