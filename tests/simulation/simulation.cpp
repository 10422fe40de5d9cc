#include "tests/simulation/simulation.hpp"

#include <algorithm>
#include <cstdlib>

#include "tests/model/comparison.hpp"

namespace riskd::simulation {
namespace {

constexpr std::int64_t moment_ns = 20'000'000'000;
constexpr LedgerLimits limits{.accounts_max = 2'000,
                              .instruments_max = 8,
                              .open_orders_max = 4'000,
                              .open_orders_per_account_max = 100,
                              .orders_remembered_max = 20'000,
                              .ids_remembered_max = 100'000};

}  // namespace

Simulation::Simulation(const CrashPath& path, const SimulationTerms& terms, Rulebook& rules)
    : path_{path},
      terms_{terms},
      random_{terms.seed},
      engine_{limits, rules},
      brute_force_{limits, rules},
      audit_{engine_, books_} {
    brute_force_.set_brute_force(true);
    engine_.set_judged_at_once(limits.accounts_max);
    define(path);
    move_prices(path.moments.front());
    open_fund();
    for (std::size_t i = 0; i < terms.accounts; ++i)
        open_account(i);
}

void Simulation::define(const CrashPath& path) {
    apply(AssetDefinition{.name = Name{"USDT"}, .decimals = 8});
    for (std::size_t i = 0; i < path.listings.size(); ++i) {
        const Listing& listing = path.listings[i];
        apply(AssetDefinition{.name = Name{"COIN" + std::to_string(i)},
                              .decimals = 8,
                              .priced_by = Name{listing.name}});
        apply(InstrumentDefinition{
            .name = Name{listing.name},
            .kind = ContractKind::linear_perpetual,
            .base = Name{"COIN" + std::to_string(i)},
            .quote = Name{"USDT"},
            .settle = Name{"USDT"},
            .price_decimals = static_cast<std::uint8_t>(listing.price_decimals),
            .quantity_decimals = static_cast<std::uint8_t>(listing.quantity_decimals()),
            .taker_fee_rate = fee_rate * 10'000,
            .market_price_band = 5'000'000,
            .leverage_max = 50,
            .mark_age_max = {10 * moment_ns}});
        const Wide depth = Wide{terms_.book_depth} * whole_usdt / 1'000;
        order_books_.emplace_back(OrderBook::Terms{
            .depth = static_cast<std::int64_t>(depth / path.moments.front()[i]), .step = 5});
    }
}

const Outcome& Simulation::apply(EventBody body) {
    time_.ns += 1'000;
    ++tally_.events;
    const Event event{
        .sequence = {engine_.sequence().raw + 1}, .time = time_, .body = std::move(body)};
    engine_.apply(event, outcome_);
    brute_force_.apply(event, swept_);
    const std::string difference = model::compare_outputs(outcome_, swept_);
    if (!difference.empty()) audit_.fault("bands and brute force: " + difference);
    audit_.check_conservation();
    follow(outcome_);
    return outcome_;
}

void Simulation::follow(const Outcome& outcome) {
    const AccountId fund = engine_.ledger().insurance_fund();
    std::map<AccountId, Wide> before;  // of those handed over: what they have at the marks
    std::vector<Handover> handovers;
    for (const Output& output : outcome.outputs) {
        const auto* handover = std::get_if<Handover>(&output);
        if (handover == nullptr) continue;
        before.try_emplace(handover->of, audit_.equity_of(books_.of(handover->of)));
        before.try_emplace(fund, audit_.equity_of(books_.of(fund)));
        handovers.push_back(*handover);
    }
    if (is_known(paid_for_)) {
        for (const AccountId account : {std::exchange(paid_for_, no_account), fund}) {
            const Wide paid = audit_.take_paid(account, handovers);
            const auto found = before.find(account);
            if (found != before.end()) found->second += paid;
        }
    }
    for (const Output& output : outcome.outputs) {
        if (const auto* change = std::get_if<StageChange>(&output)) {
            follow(*change, before.contains(change->account));
        }
        if (const auto* said = std::get_if<Alert>(&output)) alert(*said);
        if (const auto* handover = std::get_if<Handover>(&output)) {
            books_.hand_over(*handover, fund);
            ++tally_.handovers[static_cast<std::size_t>(handover->kind)];
        }
    }
    if (!handovers.empty()) audit_handovers(before, handovers);
    if (is_known(fund)) audit_.check_fund(handovers);
}

void Simulation::audit_handovers(const std::map<AccountId, Wide>& before,
                                 std::span<const Handover> handovers) {
    audit_.check_ranks(handovers);
    const AccountId fund = engine_.ledger().insurance_fund();
    for (const auto& [account, equity] : before) {
        audit_.check_loss(account, equity, handovers);
        if (account != fund) ++tally_.taken_over;
    }
    for (const Handover& handover : handovers) {
        audit_.check_account(handover.of, true);
        audit_.check_account(handover.account, true);
    }
    audit_.check_account(fund, true);
    audit_.check_whole();
}

// What an OMS does with a trigger: notes the orders to send, and those to cancel.
void Simulation::follow(const StageChange& change, bool at_once) {
    ++tally_.triggers;
    audit_.check_stage(change, at_once);
    audit_.check_least(change);
    const bool isolated = is_known(change.instrument);
    std::erase_if(wants_, [&](const auto& row) {
        const auto& [account, place] = row.first;
        if (account != change.account.raw) return false;
        if (!isolated) return !is_isolated_at(change.account, place);
        return place.instrument == change.instrument.raw && place.side == change.position_side;
    });
    if (change.stage >= Stage::cancel_orders) cancelling_.push_back(change);
    if (change.stage == Stage::reduce && change.before < Stage::reduce) ++tally_.reduced;
    if (change.stage >= Stage::liquidate && change.before < Stage::liquidate) ++tally_.liquidated;
    if (change.stage == Stage::take_over) return;  // the engine has done it
    for (const CloseLeg& leg : change.close) {
        const Place place{.instrument = leg.instrument.raw, .side = leg.position_side};
        wants_[{change.account.raw, place}] = {
            .side = leg.side, .left = leg.quantity.raw, .trigger = tally_.triggers};
    }
}

void Simulation::alert(const Alert& alert) {
    // A loss that went faster than the orders could; everything else would be a fault of ours.
    if (alert.kind == AlertKind::balance_below_zero) return;
    audit_.fault("an alert " + std::string(name(alert.kind)) + " about " +
                 std::string(alert.about.view()));
}

bool Simulation::is_isolated_at(AccountId account, Place place) const {
    const Position* position =
        engine_.ledger().find_position(account, InstrumentId{place.instrument}, place.side);
    return position != nullptr && is_isolated(*position);
}

void Simulation::fill(const OwnBooks::Traded& traded, const Id& order) {
    const Wide worth = worth_of(traded.quantity, traded.price);
    const bool may_be_paid = is_isolated_at(traded.account, traded.place);
    books_.trade(traded);
    if (may_be_paid) paid_for_ = traded.account;
    apply(Fill{.account = traded.account,
               .instrument = InstrumentId{traded.place.instrument},
               .fill = next_id(),
               .order = order,
               .side = traded.quantity > 0 ? Side::buy : Side::sell,
               .position_side = traded.place.side,
               .price = Price{traded.price},
               .quantity = Quantity{std::abs(traded.quantity)},
               .fee_asset = AssetId{0},
               .fee = Money{static_cast<std::int64_t>(written_fee(worth < 0 ? -worth : worth))}});
    audit_.check_account(traded.account, may_be_paid);
    audit_.check_paid();
}

void Simulation::move_prices(const std::vector<std::int64_t>& prices) {
    time_.ns += moment_ns;
    for (std::uint32_t i = 0; i < prices.size(); ++i) {
        order_books_[i].move(prices[i]);
        apply(PriceUpdate{.instrument = InstrumentId{i}, .mark = Price{prices[i]}, .as_of = time_});
    }
}

void Simulation::end_order(AccountId account, const Id& order, OrderEvent event) {
    apply(OrderUpdate{.account = account, .id = next_id(), .order = order, .event = event});
}

void Simulation::cancel_unwanted() {
    const std::vector<StageChange> changes = std::move(cancelling_);
    cancelling_.clear();
    for (const StageChange& change : changes) {
        const auto concerns = [&](const Resting& resting) {
            if (resting.account != change.account) return false;
            return !is_known(change.instrument) ||
                   (resting.place.instrument == change.instrument.raw &&
                    resting.place.side == change.position_side);
        };
        const std::vector<Resting> all = resting_;
        std::erase_if(resting_, concerns);
        for (const Resting& resting : all) {
            if (!concerns(resting)) continue;
            ++tally_.cancelled;
            end_order(resting.account, resting.order, OrderEvent::cancelled);
        }
    }
}

// Bids that the price has come down to.
void Simulation::meet_resting() {
    const auto is_met = [&](const Resting& resting) {
        return mark(resting.place.instrument) <= resting.price;
    };
    const std::vector<Resting> all = resting_;
    std::erase_if(resting_, is_met);
    for (const Resting& resting : all) {
        if (!is_met(resting)) continue;
        ++tally_.orders_met;
        fill({.account = resting.account,
              .place = resting.place,
              .quantity = resting.quantity,
              .price = resting.price},
             resting.order);
    }
}

void Simulation::close_wanted() {
    std::vector<WantKey> keys;
    for (const auto& row : wants_)
        keys.push_back(row.first);
    for (const WantKey& key : keys)
        close(key);
}

// What the check lets pass of an order that closes: all of it, or, where the size of one order is
// limited, as much as the answer says.
Simulation::Sent Simulation::send_order(OrderRequest request) {
    for (int attempt = 0; attempt < 2; ++attempt) {
        const Outcome& answer = apply(request);
        const auto* decision = std::get_if<Decision>(&answer.outputs.at(0));
        if (decision != nullptr && decision->accepted)
            return {.order = request.order, .quantity = request.quantity.raw};
        if (decision == nullptr || !decision->has_largest_quantity ||
            decision->largest_quantity.raw <= 0 || attempt > 0) {
            audit_.fault("a liquidation order is refused: " +
                         std::string(decision == nullptr ? "" : name(decision->reason)));
            break;
        }
        request.quantity = decision->largest_quantity;
        request.order = next_id();
    }
    return {};
}

// One market order, fill by fill, as far as the book goes. A fill may cure the account, or bring a
// new trigger: then the rest of this order is cancelled.
void Simulation::close(const WantKey& key) {
    const auto& [number, place] = key;
    const AccountId account{number};
    const auto wanted = wants_.find(key);
    if (wanted == wants_.end()) return;
    const std::int64_t held = std::abs(books_.quantity(account, place));
    std::int64_t left = std::min(wanted->second.left, held);
    if (left == 0) {
        wants_.erase(wanted);
        return;
    }
    const std::uint64_t trigger = wanted->second.trigger;
    const Side side = wanted->second.side;
    const Sent sent = send_order({.account = account,
                                  .instrument = InstrumentId{place.instrument},
                                  .order = next_id(),
                                  .side = side,
                                  .type = OrderType::market,
                                  .time_in_force = TimeInForce::ioc,
                                  .reduce_only = true,
                                  .position_side = place.side,
                                  .quantity = Quantity{left}});
    left = sent.quantity;
    while (left > 0) {
        const auto now = wants_.find(key);
        if (now == wants_.end() || now->second.trigger != trigger) break;
        const auto trade = order_books_[place.instrument].take(side, left);
        if (!trade) break;
        left -= trade->quantity;
        now->second.left -= trade->quantity;
        ++tally_.liquidation_fills;
        if (account == engine_.ledger().insurance_fund()) ++tally_.fund_closed;
        fill({.account = account,
              .place = place,
              .quantity = side == Side::buy ? trade->quantity : -trade->quantity,
              .price = trade->price},
             sent.order);
    }
    if (left > 0) end_order(account, sent.order, OrderEvent::cancelled);
}

void Simulation::run() {
    for (const auto& prices : path_.moments) {
        move_prices(prices);
        audit_.check_nobody_is_missed();
        cancel_unwanted();
        meet_resting();
        close_wanted();
        cancel_unwanted();
        audit_.check_whole();
    }
    finish();
}

// The price stands still until the books have taken what is still to be closed.
void Simulation::finish() {
    for (int moment = 0; moment < 200 || (moment < 2'000 && !wants_.empty()); ++moment) {
        move_prices(path_.moments.back());
        close_wanted();
        cancel_unwanted();
    }
    if (!wants_.empty()) audit_.fault("something is still to be closed");
    audit_.check_whole();
    audit_.check_nobody_is_missed();
    const Ledger& ledger = engine_.ledger();
    for (std::uint32_t i = 0; i < ledger.account_count(); ++i) {
        const Audit::Edge edge = audit_.edge_of(AccountId{i});
        if (AccountId{i} == ledger.insurance_fund()) tally_.fund_left = edge.equity;
        if (edge.maintenance > 0 && edge.equity < edge.maintenance) {
            audit_.fault(std::string(ledger.account(AccountId{i}).terms.name.view()) +
                         " is left below its maintenance margin");
        }
        if (edge.equity < 0) {
            ++tally_.bankrupt;
            tally_.lost -= edge.equity;
        }
        if (AccountId{i} == ledger.insurance_fund()) continue;
        tally_.paid_by_house += books_.of(AccountId{i}).paid_in;
    }
}

}  // namespace riskd::simulation
