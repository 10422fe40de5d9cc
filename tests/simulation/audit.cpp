#include "tests/simulation/audit.hpp"

#include <cstdlib>
#include <utility>

namespace riskd::simulation {
namespace {

// What rounding may do: a quantum a figure, of a few figures.
constexpr std::int64_t quanta_of_rounding = 8;

std::string text_of(Wide amount) {
    return std::to_string(static_cast<double>(amount) / static_cast<double>(whole_usdt));
}

}  // namespace

void Audit::check_conservation() {
    ++checks_;
    const Ledger& ledger = engine_.ledger();
    for (std::uint32_t asset = 0; asset < ledger.asset_count(); ++asset) {
        if (ledger.conservation(AssetId{asset}) != 0) fault("an asset does not sum to zero");
    }
}

// What went in and out of it, by the ledger.
Wide Audit::cash_of(AccountId id) const {
    const Account& account = engine_.ledger().account(id);
    Wide cash = 0;
    for (const Balance& balance : account.balances)
        cash += balance.amount.raw;
    for (const Position& position : account.positions)
        cash -= position.entry_value.raw;
    return cash;
}

Wide Audit::take_paid(AccountId id, std::span<const Handover> handovers) {
    if (!is_known(id)) return 0;
    Wide cash = cash_of(id);
    for (const Handover& handover : handovers) {
        const bool shared = handover.kind == HandoverKind::loss_share;
        const AccountId other = shared ? engine_.ledger().insurance_fund() : handover.of;
        const Wide worth = worth_of(handover.quantity.raw, handover.price.raw);
        const Wide got = !is_of_position(handover.kind) ? Wide{handover.amount.raw}
                         : handover.side == Side::buy   ? -worth
                                                        : worth;
        if (handover.account == id) cash -= got;
        if (other == id) cash += got;
    }
    OwnAccount& own = books_.of(id);
    const Wide paid = cash - own.cash - own.paid_in;
    own.paid_in += paid;
    paid_ += paid;
    return paid;
}

void Audit::check_fund(std::span<const Handover> handovers) {
    ++checks_;
    const Ledger& ledger = engine_.ledger();
    const AccountId fund = ledger.insurance_fund();
    const Wide equity = equity_of(books_.of(fund));
    if (equity >= 0 || equity == std::exchange(fund_last_, equity)) return;
    std::map<AccountId, Wide> borne;
    for (const Handover& handover : handovers) {
        if (handover.kind == HandoverKind::loss_share)
            borne[handover.account] -= handover.amount.raw;
    }
    for (std::uint32_t i = 0; i < ledger.account_count(); ++i) {
        const Account& account = ledger.account(AccountId{i});
        const Balance* balance = ledger.find_balance(account.id, AssetId{0});
        if (account.id == fund || balance == nullptr) continue;
        Wide gained = 0;
        for (const Position& position : account.positions) {
            if (position.quantity.raw == 0) continue;
            gained += worth_of(position.quantity.raw, mark(position.instrument.raw)) -
                      position.entry_value.raw;
        }
        if (borne[account.id] < gained && shared_amount(*balance).raw > 0) {
            fault("the fund is below zero, by " + text_of(-equity) + ", and " +
                  std::string(account.terms.name.view()) + " has gained " + text_of(gained));
            return;
        }
    }
}

void Audit::check_account(AccountId id, bool may_be_paid) {
    ++checks_;
    const Account& account = engine_.ledger().account(id);
    OwnAccount& own = books_.of(id);
    for (const Position& position : account.positions) {
        const Place place{.instrument = position.instrument.raw, .side = position.side};
        if (position.quantity.raw != books_.quantity(id, place)) {
            fault(std::string(account.terms.name.view()) + " has another quantity");
        }
    }
    const Wide paid_in = cash_of(id) - own.cash;
    if (paid_in == own.paid_in) return;
    const bool is_fund = id == engine_.ledger().insurance_fund();
    if (!may_be_paid || (paid_in < own.paid_in) != is_fund) {
        fault(std::string(account.terms.name.view()) + " differs by " +
              text_of(paid_in - own.paid_in));
    }
    paid_ += paid_in - own.paid_in;
    own.paid_in = paid_in;
}

void Audit::check_paid() {
    if (paid_ + engine_.ledger().house(AssetId{0}).insurance != 0) {
        fault("what was paid for isolated positions is not what was received");
    }
}

// What the other one gains by it at the mark.
Wide Audit::gain_of(const Handover& handover) const {
    if (handover.quantity.raw == 0) return handover.amount.raw;
    const std::int64_t quantity =
        handover.side == Side::buy ? handover.quantity.raw : -handover.quantity.raw;
    return worth_of(quantity, mark(handover.instrument.raw)) -
           worth_of(quantity, handover.price.raw);
}

void Audit::check_loss(AccountId bankrupt, Wide before, std::span<const Handover> handovers) {
    ++checks_;
    Wide expected = before;
    bool isolated = false;
    const bool is_fund = bankrupt == engine_.ledger().insurance_fund();
    for (const Handover& handover : handovers) {
        const Wide gain = gain_of(handover);
        if (is_fund && handover.kind == HandoverKind::loss_share) expected -= gain;
        // In one event an account may be an opponent of another, and bankrupt itself.
        if (handover.account == bankrupt) expected += gain;
        if (handover.of != bankrupt) continue;
        losses_[static_cast<std::size_t>(handover.kind)] -= gain;
        // A share of the loss goes to the fund, which has borne it already.
        if (handover.kind != HandoverKind::loss_share) expected -= gain;
        const Position* position =
            engine_.ledger().find_position(bankrupt, handover.instrument, handover.of_side);
        isolated = isolated || (position != nullptr && is_isolated(*position));
    }
    const Wide after = equity_of(books_.of(bankrupt));
    const std::string who(engine_.ledger().account(bankrupt).terms.name.view());
    if (after != expected) {
        fault(who + " has " + text_of(after) + " where others leave it " + text_of(expected));
    }
    if (is_fund) return;  // see check_fund
    for (const Balance& balance : engine_.ledger().account(bankrupt).balances) {
        // An isolated position answers with its margin alone, whatever else the account owes.
        if (shared_amount(balance).raw < 0 && !isolated) fault(who + " is left below zero");
    }
}

// As far as can be seen afterwards: nobody buys and sells in the middle of an event, but one who
// was deleveraged may be taken over later in it.
bool Audit::gave_all(const Handover& part) {
    return books_.quantity(part.account, {part.instrument.raw, part.position_side}) == 0;
}

void Audit::check_ranks(std::span<const Handover> handovers) {
    const Handover* before = nullptr;
    for (const Handover& handover : handovers) {
        const bool ranked = handover.kind == HandoverKind::deleverage;
        const bool goes_on = ranked && before != nullptr && before->of == handover.of &&
                             before->instrument == handover.instrument &&
                             before->of_side == handover.of_side;
        if (ranked) {
            ++checks_;
            if (handover.rank != (goes_on ? before->rank + 1 : 1)) fault("a rank is passed over");
        }
        if (goes_on && !gave_all(*before)) {
            fault("one gives a part before the last");
        }
        before = ranked ? &handover : nullptr;
    }
}

Wide Audit::equity_of(const OwnAccount& account) {
    Wide equity = account.cash + account.paid_in;
    for (const auto& [place, quantity] : account.quantities)
        equity += worth_of(quantity, mark(place.instrument));
    return equity;
}

Audit::Edge Audit::edge_of(const Position& position) {
    const Wide worth = worth_of(position.quantity.raw, mark(position.instrument.raw));
    return {.equity = position.isolated_margin.raw + worth - position.entry_value.raw,
            .maintenance = written_maintenance(worth < 0 ? -worth : worth)};
}

bool Audit::has_isolated(AccountId id) const {
    return engine_.ledger().account(id).isolated_positions > 0;
}

Audit::Edge Audit::edge_of(AccountId id) {
    OwnAccount& own = books_.of(id);
    Edge edge{.equity = equity_of(own)};
    for (const auto& [place, quantity] : own.quantities) {
        const Position* position =
            engine_.ledger().find_position(id, InstrumentId{place.instrument}, place.side);
        if (position != nullptr && is_isolated(*position)) {
            edge.equity -= edge_of(*position).equity;
        } else if (quantity != 0) {
            const Wide worth = worth_of(quantity, mark(place.instrument));
            edge.maintenance += written_maintenance(worth < 0 ? -worth : worth);
        }
    }
    return edge;
}

void Audit::check_stage(const StageChange& change, bool at_once) {
    ++checks_;
    if (change.stage < Stage::reduce || change.stage <= change.before) return;
    const Ledger& ledger = engine_.ledger();
    const Position* position =
        is_known(change.instrument)
            ? ledger.find_position(change.account, change.instrument, change.position_side)
            : nullptr;
    const Edge edge = position != nullptr ? edge_of(*position) : edge_of(change.account);
    const std::int64_t at = change.stage == Stage::reduce ? reduce_at : liquidate_at;
    const Wide beyond = edge.maintenance * 100 - edge.equity * at;
    const std::string who(ledger.account(change.account).terms.name.view());
    if (at_once) {
        const Wide said =
            Wide{change.margin.maintenance_margin.raw} * 100 - Wide{change.margin.equity.raw} * at;
        if (said < 0) fault(who + " is on a rung that its own figures do not reach");
        if (position != nullptr || has_isolated(change.account)) return;
    }
    if (beyond < -100 * quanta_of_rounding) {
        fault(who + " is on " + std::string(name(change.stage)) + " with equity " +
              text_of(edge.equity) + " and maintenance " + text_of(edge.maintenance));
    }
    const Wide apart = edge.equity - change.margin.equity.raw;
    if (apart < -quanta_of_rounding || apart > quanta_of_rounding) {
        fault(who + " has equity " + text_of(edge.equity) + " and not " +
              text_of(change.margin.equity.raw));
    }
}

// Closing at the mark changes the equity by the fee only; of an isolated position, whose margin
// stays while it is reduced, not even by that.
void Audit::check_least(const StageChange& change) {
    if (change.stage != Stage::reduce || change.before > Stage::reduce) return;
    const bool isolated = is_known(change.instrument);
    const Ledger& ledger = engine_.ledger();
    Edge edge = isolated ? edge_of(*ledger.find_position(change.account, change.instrument,
                                                         change.position_side))
                         : edge_of(change.account);
    const std::string who(ledger.account(change.account).terms.name.view());
    for (std::size_t i = 0; i < change.close.size(); ++i) {
        const CloseLeg& leg = change.close[i];
        const bool last = i + 1 == change.close.size();
        const Place place{.instrument = leg.instrument.raw, .side = leg.position_side};
        const std::int64_t held = std::abs(books_.quantity(change.account, place));
        const std::int64_t price = mark(place.instrument);
        const Wide before = written_maintenance(worth_of(held, price));
        const auto with = [&](std::int64_t closed) {
            return Edge{
                .equity = edge.equity - (isolated ? 0 : written_fee(worth_of(closed, price))),
                .maintenance =
                    edge.maintenance - before +
                    (closed == held ? 0 : written_maintenance(worth_of(held - closed, price)))};
        };
        const auto beyond = [](const Edge& at) {  // 0 and more: does not suffice
            return at.maintenance * 100 - at.equity * exit_at;
        };
        if (!last && leg.quantity.raw != held) fault(who + " keeps a part of what goes first");
        for (std::int64_t less = 0; less < leg.quantity.raw; ++less, ++checks_) {
            if (beyond(with(less)) < -100 * quanta_of_rounding) {
                fault(who + " closes " + std::to_string(leg.quantity.raw) + " of " +
                      std::to_string(held) + " where " + std::to_string(less) + " suffice");
                break;
            }
        }
        edge = with(leg.quantity.raw);
        if (last && leg.quantity.raw != held && beyond(edge) > 100 * quanta_of_rounding) {
            fault(who + " closes " + std::to_string(leg.quantity.raw) + ", which is not enough");
        }
    }
}

void Audit::check_nobody_is_missed() {
    const Ledger& ledger = engine_.ledger();
    for (std::uint32_t i = 0; i < ledger.account_count(); ++i) {
        ++checks_;
        const Account& account = ledger.account(AccountId{i});
        const Edge edge = edge_of(account.id);
        const bool below = edge.maintenance - edge.equity > quanta_of_rounding;
        if (below && edge.maintenance > 0 && account.stage < Stage::liquidate) {
            fault(std::string(account.terms.name.view()) + " is below its edge, and on " +
                  std::string(name(account.stage)));
        }
        for (const Position& position : account.positions) {
            if (!is_isolated(position) || position.quantity.raw == 0) continue;
            const Edge own = edge_of(position);
            if (own.maintenance - own.equity > quanta_of_rounding &&
                position.stage < Stage::liquidate) {
                fault(std::string(account.terms.name.view()) + " has a position below its edge");
            }
        }
    }
}

void Audit::check_whole() {
    ++checks_;
    Wide cash = books_.outside().cash + books_.fees();
    Wide paid_in = 0;
    std::map<std::uint32_t, std::int64_t> open;
    for (const auto& [place, quantity] : books_.outside().quantities)
        open[place.instrument] += quantity;
    for (const OwnAccount& account : books_.accounts()) {
        cash += account.cash;
        paid_in += account.paid_in;
        for (const auto& [place, quantity] : account.quantities)
            open[place.instrument] += quantity;
    }
    if (cash != books_.deposits()) fault("cash came or went");
    for (const auto& [instrument, quantity] : open) {
        if (quantity != 0) fault("longs and shorts differ");
    }
    if (paid_in + engine_.ledger().house(AssetId{0}).insurance != 0) {
        fault("the house paid something else than was received");
    }
    if (engine_.ledger().house(AssetId{0}).fees != books_.fees()) fault("fees differ");
}

}  // namespace riskd::simulation
