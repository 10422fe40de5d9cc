// One question of the slow engine: may this quantity of this order be sent? Private to its check.
// One thread.
#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "riskd/core/rulebook.hpp"
#include "tests/model/reference_books.hpp"
#include "tests/model/reference_figures.hpp"
#include "tests/model/reference_state.hpp"

namespace riskd::model {

inline constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
inline double number_of(const Exact& raw, double unit) {
    return static_cast<double>(raw) / unit;
}
inline double price_number(std::int64_t raw, double unit) {
    return raw > 0 ? number_of(raw, unit) : no_number;
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
        if (is_spot_ && account_.terms.borrow && priced()) {
            reduces_ = held_with_order() <= paying_balance() && (reduces_ || pays_back());
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
        // What an order adds is known only when both are. That there is no such rule is said first.
        if (before_.fault != RuleFault::none && after_.fault != RuleFault::unknown_rule) {
            after_.fault = before_.fault;
            after_.rule = before_.rule;
        }
        after_.complete = after_.complete && before_.complete;
        has_margin_ = after_.fault == RuleFault::none;
        if (!has_margin_) faults_.emplace_back(after_.rule, after_.fault);
        if (!reduces_ && !after_.complete) {
            reason_ = RejectReason::reference_price_not_available;
            return;
        }
        if (!balance_covers()) return;
        ask_rules();
        if (reduces_) {
            if (!reason_ && unhedges()) ask_margin();
            return;
        }
        if (after_.fault != RuleFault::none && precedes(RejectReason::rule_failed)) {
            reason_ = RejectReason::rule_failed;
            rule_ = after_.rule;
            group_ = none_raw;
            has_limit_ = false;
        }
        if (!reason_) ask_margin();
    }

    bool passes() const { return !reason_; }
    Decision decision() const;
    ReferenceOrder order() const { return order_; }
    const std::vector<std::pair<RuleId, RuleFault>>& faults() const { return faults_; }
    const std::vector<RuleAnswer>& answers() const { return answers_; }

private:
    bool precedes(RejectReason reason) const { return !reason_ || reason < *reason_; }
    bool priced() const { return order_.hold_price > 0; }

    Exact position() const {
        const auto found = account_.positions.find(order_.place());
        return found == account_.positions.end() ? Exact{0} : found->second.quantity;
    }

    // Only smaller, never through zero, whatever else of its side fills first.
    bool find_reduces() const {
        if (is_spot_) return request_.side == Side::sell;
        Exact if_filled = order_.remaining;
        for (const ReferenceOrder& row : state_.orders) {
            const bool same = row.request.account == request_.account &&
                              row.place() == order_.place() && row.request.side == request_.side &&
                              &row != replaced_;
            if (same) if_filled += row.remaining;
        }
        const Exact held = position();
        const bool opposite = request_.side == Side::buy ? held < 0 : held > 0;
        return opposite && if_filled <= absolute(held);
    }

    // Of the asset a spot order pays with.
    Exact paying_balance() const { return shared_balance(order_.hold_asset.raw); }

    // What is not the margin of an isolated position.
    Exact shared_balance(std::uint32_t asset) const {
        const auto found = account_.balances.find(asset);
        const Exact balance = found == account_.balances.end() ? Exact{0} : found->second;
        const Exact shared = balance - state_.isolated_in(request_.account.raw, asset);
        return fit(shared) ? shared : Exact{0};
    }
    Exact held_beside() const {
        const std::uint32_t asset = order_.hold_asset.raw;
        const Exact held = state_.spot_hold(request_.account.raw, asset);
        const bool freed = replaced_ != nullptr && replaced_->hold_asset.raw == asset &&
                           state_.is_spot(replaced_->request.instrument.raw);
        return freed ? Exact{held - state_.amounts(*replaced_).spot_hold} : held;
    }
    Exact held_with_order() const { return held_beside() + state_.amounts(order_).spot_hold; }
    bool pays_back() const;

    void find_hold_price() {
        const auto banded = [&](std::int64_t price) -> std::int64_t {
            const bool inverse = state_.is_inverse(request_.instrument.raw);
            const Side worse = inverse ? Side::sell : Side::buy;
            if (price <= 0 || request_.side != worse) return price;
            const std::int64_t one = power_of_ten(rate_decimals);
            const std::int64_t band = instrument_.terms.market_price_band;
            const Exact moved = Exact{price} * (inverse ? one - band : one + band);
            if (inverse) {
                const Exact lowered = floor_of(moved, one);
                return band < one ? static_cast<std::int64_t>(std::max(lowered, Exact{1})) : 0;
            }
            return fit(ceiling_of(moved, one)).value_or(0);
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
    // With books a smaller position may be a larger risk.
    bool unhedges() const {
        const auto model = model_of(rules_, account_);
        return model && model->of_books && !is_spot_ && has_margin_ && after_.complete &&
               account_.stage < Stage::reduce;
    }
    double in_currency(const Exact& amount) const {
        const std::uint32_t settle = instrument_.settle;
        const auto made = state_.convert(amount, settle, currency_, true, now_);
        return made ? number_of(*made, state_.asset_unit(currency_)) : no_number;
    }
    void view_groups();
    double borrowed_after() const;
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
    std::vector<GroupQuestion> groups_;
    bool groups_known_{true};
    std::uint32_t group_{none_raw};  // whose limit it was
    bool has_limit_{};
    Decimal limit_;
    Decimal used_;
    Decimal would_be_;
    std::vector<std::pair<RuleId, RuleFault>> faults_;
    std::vector<RuleAnswer> answers_;
};

}  // namespace riskd::model
