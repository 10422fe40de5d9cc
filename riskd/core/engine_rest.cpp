// Who sleeps on an anchor (margin_anchor.hpp), and rests again on it when woken too early.
#include <algorithm>

#include "riskd/core/engine.hpp"

namespace riskd {

namespace {

constexpr BandWidth narrow_band = width_max / 16;  // below it the anchor is worth its row
constexpr BandWidth close_band = 50'000;           // 0.05 %: a tick or two

}  // namespace

// Of those that the evaluator was last asked about.
void Engine::find_proofs(std::span<const AccountId> accounts, Decider& decider) {
    proofs_.assign(accounts.size(), {});
    anchor_sources_.clear();
    const bool may_rest = decider.rulebook.ladder_reads_ratio_alone();
    for (std::size_t at = 0; at < accounts.size(); ++at) {
        find_proof(at, at, decider, may_rest);
        hold_to_claim(accounts[at], at, decider);
    }
}

// Of the i-th that the evaluator was last asked about.
void Engine::find_proof(std::size_t at, std::size_t i, Decider& decider, bool may_rest) {
    Proof& proof = proofs_[at];
    proof = {.moves = {}, .anchor = {}, .sources_begin = anchor_sources_.size()};
    if (may_rest) {
        proof.anchor = decider.evaluator.anchor_of(i, figures_[at].margin, anchor_sources_);
    }
    proof.sources_end = anchor_sources_.size();
    if (!proof.anchor) proof.moves = decider.evaluator.moves_of(i);
}

// Again from scratch, for one that had no fresh price, or whose anchor does not hold.
void Engine::find_proof_at_any_age(AccountId account, std::size_t at, Decider& decider,
                                   bool may_rest) {
    decider.evaluator.count_any_age(true);
    decider.evaluator.figures_of({&account, 1}, time_, {&figures_[at], 1});
    find_proof(at, 0, decider, may_rest);
    decider.evaluator.count_any_age(false);
}

std::span<const AnchorSource> Engine::sources_at(std::size_t at) const noexcept {
    const Proof& proof = proofs_[at];
    return {anchor_sources_.data() + proof.sources_begin, proof.sources_end - proof.sources_begin};
}

// REQUIRES: the ladder is monotone.
void Engine::rest_on_anchors(std::span<const AccountId> accounts, Decider& decider) {
    anchored_.clear();
    rest_questions_.clear();
    for (std::uint32_t at = 0; at < accounts.size(); ++at) {
        const AccountFigures& figures = figures_[at];
        const Account& account = ledger_.account(accounts[at]);
        const bool may_rest = proofs_[at].anchor && figures.fault == RuleFault::none &&
                              figures.margin.complete && !is_fund(account.id) &&
                              !broken_claims_.contains(account.id) &&
                              !has_nothing_at_stake(account, decider);
        if (!may_rest) continue;
        anchored_.push_back(at);
        rest_questions_.push_back({.scope = {.account = account.id, .group = account.group},
                                   .account = account_view(ledger_, account, figures)});
    }
    held_.resize(anchored_.size());
    const bool no_fund = !is_known(ledger_.insurance_fund());
    reach_.ratios(decider.rulebook, rest_questions_, no_fund, held_);
    for (std::size_t i = 0; i < anchored_.size(); ++i) {
        const std::size_t at = anchored_[i];
        const Account& account = ledger_.account(accounts[at]);
        if (!held_[i] || waits_for_a_step(account)) continue;
        Anchor& anchor = *proofs_[at].anchor;
        anchor.held = *held_[i];
        anchor.healthy = account.stage == Stage::healthy;
        proofs_[at].is_laid = rest(account.id, anchor, sources_at(at));
    }
}

// Lays it down on edges worked out from the marks as they are now; false: it must be judged. Where
// the next rung is so near that edges would be met at once, it looks at each mark instead.
bool Engine::rest(AccountId account, const Anchor& anchor, std::span<const AnchorSource> sources) {
    marks_.clear();
    for (const AnchorSource& source : sources)
        marks_.push_back(ledger_.instrument(source.instrument).prices.mark);
    const auto reach = reach_of(anchor, sources, marks_, widest_of(account));
    if (!reach) return false;
    sources_.clear();
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const bool is_long = sources[i].per_price > 0;
        sources_.push_back({.instrument = sources[i].instrument,
                            .mark = marks_[i],
                            .below = is_long ? reach->adverse : reach->favourable,
                            .above = is_long ? reach->favourable : reach->adverse});
    }
    const BandWidth narrowest = std::min(reach->adverse, reach->favourable);
    watchers_.drop(account);
    if (narrowest < close_band && !watchers_.is_full(sources)) {
        bands_.forget(account);
        watchers_.watch(account, anchor, sources, marks_, 2 * close_band);
    } else {
        bands_.sleep(account, sources_);
    }
    if (narrowest >= narrow_band) {
        anchors_.drop(account);
    } else if (const auto* row = anchors_.find(account);
               row == nullptr || &row->anchor != &anchor) {
        anchors_.keep(account, anchor, sources);
    }
    return true;
}

// Who watches the instrument closely: whether it may be on another rung now, or the next one is far
// enough for edges.
void Engine::tell_watchers(InstrumentId instrument) {
    leaving_.clear();
    watchers_.see(instrument, ledger_.instrument(instrument).prices.mark, leaving_);
    for (const AccountId account : leaving_) {
        if (rests_again(account)) continue;
        watchers_.drop(account);
        woken_now_.push_back(bands_.wake(account));
    }
}

// Who was woken too early: from the anchor it is known that it is on the same stage.
bool Engine::rests_again(AccountId account) {
    const Anchors::Row* row = anchors_.find(account);
    return row != nullptr && rest(account, row->anchor, row->sources.rows());
}

}  // namespace riskd
