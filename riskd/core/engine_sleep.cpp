// Who sleeps, on which bands, and whom a price wakes (bands.hpp, margin_reach.hpp).
#include <algorithm>

#include "riskd/core/engine.hpp"
#include "riskd/core/margin_isolated.hpp"

namespace riskd {

namespace {

bool less_urgent(const Woken& a, const Woken& b) noexcept {
    return is_more_urgent(b, a);
}

constexpr std::size_t bed_batch = 256;  // accounts in one rule call

}  // namespace

void Engine::set_brute_force(bool on) {
    brute_force_ = on;
    bands_are_old_ = true;
}

void Engine::put_everyone_to_bed() {
    bands_are_old_ = false;
    bands_.clear();
    anchors_.clear();
    watchers_ = {};
    woken_.clear();
    steps_woken_ = {};  // a replay does not know which of those that are due had their turn
    if (brute_force_) return;
    is_starting_ = true;
    std::vector<AccountId> batch;
    for (std::uint32_t i = 0; i < ledger_.account_count(); ++i) {
        const AccountId account{i};
        const bool is_other = !batch.empty() && &decider_of(batch.front()) != &decider_of(account);
        if (is_other || batch.size() == bed_batch) {
            put_to_bed(batch, decider_of(batch.front()));
            batch.clear();
        }
        batch.push_back(account);
    }
    if (!batch.empty()) put_to_bed(batch, decider_of(batch.front()));
    is_starting_ = false;
}

void Engine::wake_by_mark(InstrumentId instrument) {
    if (!sleeps()) return wake_holders(instrument);
    woken_now_.clear();
    bands_.leave(instrument, ledger_.instrument(instrument).prices.mark, woken_now_);
    tell_watchers(instrument);
    queue_woken();
}

// Something else than the mark moved what margin rules about books see; those accounts never sleep.
void Engine::wake_awake(InstrumentId instrument) {
    woken_now_.clear();
    bands_.leave_awake(instrument, woken_now_);
    queue_woken();
}

void Engine::queue_woken() {
    for (const Woken& each : woken_now_) {
        woken_.push_back(each);
        std::push_heap(woken_.begin(), woken_.end(), less_urgent);
    }
}

// Who rests again on its anchor costs a part of who is judged, and an edge that was passed too.
void Engine::take_woken() {
    constexpr std::uint32_t cost_of_judging = 16;
    constexpr std::uint32_t edges_least = 256;
    const std::uint32_t affordable = judged_at_once_ * cost_of_judging;
    woken_now_.clear();
    bands_.take_passed(std::max(affordable, edges_least), woken_now_);
    queue_woken();
    for (std::uint32_t cost = 0; !woken_.empty() && cost < affordable;) {
        std::pop_heap(woken_.begin(), woken_.end(), less_urgent);
        const Woken next = woken_.back();
        woken_.pop_back();
        if (!bands_.is_current(next)) continue;  // judged meanwhile, for another reason
        if (rests_again(next.account)) {
            ++cost;
        } else {
            to_evaluate_.push_back(next.account);
            cost += cost_of_judging;
        }
    }
}

// No price can take such an account anywhere. A rule about books may ask something for balances and
// orders alone.
bool Engine::has_nothing_at_stake(const Account& account, const Decider& decider) const noexcept {
    if (account.stage != Stage::healthy) return false;
    if (decider.evaluator.model_of(account.id).of_books) return false;
    for (const Position& position : account.positions) {
        if (position.quantity.raw != 0 || position.stage != Stage::healthy) return false;
    }
    return std::all_of(account.balances.begin(), account.balances.end(),
                       [](const Balance& balance) { return balance.amount.raw >= 0; });
}

// Every instrument whose mark enters the figures, or decides whether they are complete.
void Engine::find_sources(const Account& account, const Decider& decider, BandWidth width) {
    sources_.clear();
    const auto add = [this, width](InstrumentId id) {
        if (!is_known(id)) return;
        const Price mark = ledger_.instrument(id).prices.mark;
        sources_.push_back({.instrument = id, .mark = mark, .below = width, .above = width});
    };
    const bool of_books = decider.evaluator.model_of(account.id).of_books;
    add(ledger_.asset(account.currency).priced_by);
    for (const Balance& balance : account.balances)
        add(ledger_.asset(balance.asset).priced_by);
    for (const Position& position : account.positions) {
        const Instrument& instrument = ledger_.instrument(position.instrument);
        const bool option = is_option(instrument.terms.kind);
        const bool ordered = position.open_orders != 0 && (option || of_books);
        if (position.quantity.raw == 0 && !ordered) continue;
        add(position.instrument);
        add(instrument.underlying);
        add(ledger_.asset(instrument.settle).priced_by);
        if (!of_books) continue;
        add(ledger_.asset(instrument.base).priced_by);
        add(ledger_.asset(instrument.quote).priced_by);
        if (!is_known(instrument.underlying)) continue;
        add(ledger_.asset(ledger_.instrument(instrument.underlying).quote).priced_by);
    }
    std::sort(sources_.begin(), sources_.end());
    sources_.erase(std::unique(sources_.begin(), sources_.end()), sources_.end());
}

// From scratch; what was judged has its figures and moves already.
void Engine::put_to_bed(std::span<const AccountId> accounts, Decider& decider) {
    figures_.resize(accounts.size());
    decider.evaluator.figures_of(accounts, time_, figures_);
    find_proofs(accounts, decider);
    lay_down(accounts, decider);
}

// One for the account and one for each isolated position; false: nothing can be proved.
bool Engine::add_sleepers(AccountId id, std::size_t at, Decider& decider) {
    const Account& account = ledger_.account(id);
    const AccountFigures& figures = figures_[at];
    const Proof& proof = proofs_[at];
    bool known = figures.fault == RuleFault::none && figures.margin.complete && proof.moves;
    if (known) {
        add_sleeper(account, at,
                    {.scope = {.account = id, .group = account.group},
                     .account = account_view(ledger_, account, figures)},
                    figures, *proof.moves);
    }
    decider.evaluator.count_any_age(true);
    for (const Position& position : account.positions) {
        if (!known || account.isolated_positions == 0) break;
        if (!is_isolated(position) || position.quantity.raw == 0) continue;
        known = add_isolated_sleeper(account, position, at, decider);
    }
    decider.evaluator.count_any_age(false);
    return known;
}

bool Engine::add_isolated_sleeper(const Account& account, const Position& position, std::size_t at,
                                  Decider& decider) {
    const Instrument& instrument = ledger_.instrument(position.instrument);
    const Marks marks = Marks::of_any_age(ledger_);
    const auto mark = marks.mark(position.instrument);
    if (!mark) return false;
    const IsolatedFigures own = isolated_figures(
        ledger_, decider.evaluator,
        {.account = account.id, .position = &position, .mark = *mark, .now = time_});
    const AccountFigures seen = in_currency(marks, account, instrument, own);
    const auto moves = isolated_moves(marks, account, position, own,
                                      decider.evaluator.model_of(account.id).slope_max);
    if (seen.fault != RuleFault::none || !seen.margin.complete || !moves) return false;
    add_sleeper(account, at, isolated_question(ledger_, account, position, seen), seen, *moves);
    return true;
}

void Engine::add_sleeper(const Account& account, std::size_t at, const StageQuestion& question,
                         const AccountFigures& figures, const FigureMoves& moves) {
    sleepers_.push_back({.question = question,
                         .margin = figures.margin,
                         .gross_exposure = figures.gross_exposure,
                         .moves = moves,
                         .currency = &ledger_.asset(account.currency),
                         .may_owe = account.terms.borrow,
                         .no_fund = !is_known(ledger_.insurance_fund()),
                         .widest = widest_of(account.id)});
    sleepers_of_.push_back(static_cast<std::uint32_t>(at));
}

// Of those whose figures_ and proofs_ these are. Bands are about prices alone, so an old mark is as
// good as a fresh one.
void Engine::lay_down(std::span<const AccountId> accounts, Decider& decider) {
    const bool may_rest = decider.rulebook.ladder_reads_ratio_alone();
    for (std::size_t at = 0; at < accounts.size(); ++at) {
        if (figures_[at].margin.complete || proofs_[at].is_laid) continue;
        find_proof_at_any_age(accounts[at], at, decider, may_rest);
    }
    if (decider.rulebook.ladder_is_monotone()) rest_on_anchors(accounts, decider);
    lay_by_moves(accounts, decider);
}

void Engine::lay_by_moves(std::span<const AccountId> accounts, Decider& decider) {
    sleepers_.clear();
    sleepers_of_.clear();
    widths_by_.assign(accounts.size(), std::nullopt);
    const bool is_monotone = decider.rulebook.ladder_is_monotone();
    for (std::size_t at = 0; at < accounts.size(); ++at) {
        const Account& account = ledger_.account(accounts[at]);
        // What the fund lacks is shared at once, whatever its stage.
        const bool may_sleep = is_monotone && !proofs_[at].is_laid && !is_fund(account.id) &&
                               !has_nothing_at_stake(account, decider) &&
                               !broken_claims_.contains(account.id) && !waits_for_a_step(account);
        if (!may_sleep) continue;
        if (proofs_[at].anchor) find_proof_at_any_age(accounts[at], at, decider, false);
        const std::size_t begin = sleepers_.size();
        if (add_sleepers(accounts[at], at, decider)) {
            widths_by_[at] = widest_of(accounts[at]);
        } else {
            sleepers_.resize(begin);
            sleepers_of_.resize(begin);
        }
    }
    widths_.resize(sleepers_.size());
    reach_.widths(decider.rulebook, sleepers_, widths_);
    for (std::size_t i = 0; i < sleepers_.size(); ++i) {
        std::optional<BandWidth>& all = widths_by_[sleepers_of_[i]];
        if (all && widths_[i]) {
            all = std::min(*all, *widths_[i]);
        } else {
            all.reset();
        }
    }
    for (std::size_t at = 0; at < accounts.size(); ++at) {
        if (proofs_[at].is_laid) continue;
        anchors_.drop(accounts[at]);
        watchers_.drop(accounts[at]);
        lay_down(ledger_.account(accounts[at]), widths_by_[at], decider);
    }
    if (!is_starting_) return;
    // Whoever was woken and not judged yet when riskd stopped is judged with the next events.
    woken_now_.clear();
    for (std::size_t i = 0; i < sleepers_.size(); ++i) {
        if (!widths_[i]) woken_now_.push_back(bands_.woken(accounts[sleepers_of_[i]]));
    }
    queue_woken();
}

// A step that is due and could not be taken is taken as soon as a price allows it.
bool Engine::waits_for_a_step(const Account& account) const noexcept {
    if (account.stage >= Stage::reduce && is_step_due({.account = account.id})) return true;
    return account.isolated_positions != 0 &&
           std::any_of(account.positions.begin(), account.positions.end(),
                       [&](const Position& position) {
                           return is_isolated(position) && position.stage >= Stage::reduce &&
                                  is_step_due({account.id, position.instrument, position.side});
                       });
}

void Engine::lay_down(const Account& account, std::optional<BandWidth> width,
                      const Decider& decider) {
    if (has_nothing_at_stake(account, decider)) return bands_.forget(account.id);
    find_sources(account, decider, width.value_or(0));
    if (width) {
        bands_.sleep(account.id, sources_);
    } else {
        bands_.stay_awake(account.id, sources_);
    }
}

}  // namespace riskd
