// Who sleeps, on which bands, and whom a price wakes (bands.hpp, margin_reach.hpp).
#include <algorithm>

#include "riskd/core/engine.hpp"
#include "riskd/core/margin_isolated.hpp"

namespace riskd {

namespace {

// So that accounts put to bed at one price do not all wake at another: a sixth to a quarter.
BandWidth widest_of(AccountId account) noexcept {
    constexpr BandWidth spread = width_max / 3;
    const std::uint64_t mixed = account.raw * 0x9e3779b97f4a7c15ULL;
    return width_max - static_cast<BandWidth>((mixed >> 32) % spread);
}

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
    woken_.clear();
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

void Engine::take_woken() {
    for (std::uint32_t taken = 0; !woken_.empty() && taken < judged_at_once_;) {
        std::pop_heap(woken_.begin(), woken_.end(), less_urgent);
        const Woken next = woken_.back();
        woken_.pop_back();
        if (!bands_.is_current(next)) continue;  // judged meanwhile, for another reason
        to_evaluate_.push_back(next.account);
        ++taken;
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
void Engine::find_sources(const Account& account, const Decider& decider) {
    sources_.clear();
    const auto add = [this](InstrumentId id) {
        if (is_known(id)) {
            sources_.push_back({.instrument = id, .mark = ledger_.instrument(id).prices.mark});
        }
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

// What hurts alone: below longs and above shorts. REQUIRES: nothing but marks of positions enters.
void Engine::find_adverse_sources(const Account& account) {
    sources_.clear();
    for (const Position& position : account.positions) {
        if (position.quantity.raw == 0) continue;
        sources_.push_back({.instrument = position.instrument,
                            .mark = ledger_.instrument(position.instrument).prices.mark,
                            .below = position.quantity.raw > 0,
                            .above = position.quantity.raw < 0});
    }
}

// From scratch; what was judged has its figures and moves already.
void Engine::put_to_bed(std::span<const AccountId> accounts, Decider& decider) {
    figures_.resize(accounts.size());
    moves_.resize(accounts.size());
    decider.evaluator.figures_of(accounts, time_, figures_);
    for (std::size_t i = 0; i < accounts.size(); ++i)
        moves_[i] = decider.evaluator.moves_of(i);
    lay_down(accounts, decider);
}

// One for the account and one for each isolated position; false: nothing can be proved. Bands are
// about prices alone, so an old mark is as good as a fresh one.
bool Engine::add_sleepers(AccountId id, std::size_t at, Decider& decider) {
    const Account& account = ledger_.account(id);
    decider.evaluator.count_any_age(true);
    AccountFigures& figures = figures_[at];
    if (!figures.margin.complete) {
        decider.evaluator.figures_of({&id, 1}, time_, {&figures, 1});
        moves_[at] = decider.evaluator.moves_of(0);
    }
    bool known = figures.fault == RuleFault::none && figures.margin.complete && moves_[at];
    if (known) {
        add_sleeper(account, at,
                    {.scope = {.account = id, .group = account.group},
                     .account = account_view(ledger_, account, figures)},
                    figures, *moves_[at]);
    }
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
    sleepers_.push_back(
        {.question = question,
         .margin = figures.margin,
         .gross_exposure = figures.gross_exposure,
         .moves = moves,
         .currency = &ledger_.asset(account.currency),
         .may_owe = account.terms.borrow,
         .no_fund = !is_known(ledger_.insurance_fund()),
         .one_sided = one_sided_ && moves.may_be_one_sided && account.stage == Stage::healthy,
         .widest = widest_of(account.id)});
    sleepers_of_.push_back(static_cast<std::uint32_t>(at));
}

// Of those whose figures_ and moves_ these are.
void Engine::lay_down(std::span<const AccountId> accounts, Decider& decider) {
    sleepers_.clear();
    sleepers_of_.clear();
    reached_by_.assign(accounts.size(), std::nullopt);
    if (decider.rulebook.ladder_is_monotone()) {
        one_sided_ = decider.rulebook.ladder_reads_ratio_alone();
        for (std::size_t at = 0; at < accounts.size(); ++at) {
            const std::size_t begin = sleepers_.size();
            if (add_sleepers(accounts[at], at, decider)) {
                reached_by_[at] = {.width = widest_of(accounts[at]), .one_sided = true};
            } else {
                sleepers_.resize(begin);
                sleepers_of_.resize(begin);
            }
        }
    }
    reached_.resize(sleepers_.size());
    if (!sleepers_.empty()) reach_.widths(decider.rulebook, sleepers_, reached_);
    for (std::size_t i = 0; i < sleepers_.size(); ++i) {
        std::optional<Reached>& all = reached_by_[sleepers_of_[i]];
        if (!reached_[i]) {
            all.reset();
        } else if (all) {
            all->width = std::min(all->width, reached_[i]->width);
            all->one_sided = all->one_sided && reached_[i]->one_sided;
        }
    }
    for (std::size_t at = 0; at < accounts.size(); ++at)
        lay_down(ledger_.account(accounts[at]), reached_by_[at], decider);
    if (!is_starting_) return;
    // Whoever was woken and not judged yet when riskd stopped is judged with the next events.
    woken_now_.clear();
    for (std::size_t i = 0; i < sleepers_.size(); ++i) {
        if (!reached_[i]) woken_now_.push_back(bands_.woken(accounts[sleepers_of_[i]]));
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

void Engine::lay_down(const Account& account, const std::optional<Reached>& reached,
                      const Decider& decider) {
    const bool no_price_matters =
        has_nothing_at_stake(account, decider) || account.id == ledger_.insurance_fund();
    if (no_price_matters) return bands_.forget(account.id);
    if (reached && reached->one_sided) {
        find_adverse_sources(account);
    } else {
        find_sources(account, decider);
    }
    if (reached && !waits_for_a_step(account)) {
        bands_.sleep(account.id, sources_, reached->width);
    } else {
        bands_.stay_awake(account.id, sources_);
    }
}

}  // namespace riskd
