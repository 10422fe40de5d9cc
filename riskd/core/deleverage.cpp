#include "riskd/core/deleverage.hpp"

#include <algorithm>
#include <array>

#include "riskd/core/contracts/contract.hpp"
#include "riskd/core/position_change.hpp"

namespace riskd {

namespace {

__extension__ using WideUnsigned = unsigned __int128;

// dividend / divisor in 1e-9, cut off, at most score_max. By long division, a figure at a time: the
// dividend times 1e9 may need more than 128 bits. REQUIRES: divisor <= raw_max x raw_max, so ten
// times a remainder fits.
std::int64_t scaled_quotient(WideUnsigned dividend, WideUnsigned divisor) noexcept {
    if (divisor == 0) return score_max;
    WideUnsigned quotient = dividend / divisor;
    WideUnsigned rest = dividend % divisor;
    constexpr WideUnsigned most = score_max;
    if (quotient > most / power_of_ten(score_decimals)) return score_max;
    for (int figure = 0; figure < score_decimals; ++figure) {
        rest *= 10;
        quotient = quotient * 10 + rest / divisor;
        rest %= divisor;
    }
    return static_cast<std::int64_t>(std::min(quotient, most));
}

WideUnsigned product(Money a, Money b) noexcept {
    return static_cast<WideUnsigned>(magnitude(a).raw) *
           static_cast<WideUnsigned>(magnitude(b).raw);
}

// A position that is ranked once the equity of its account is known.
struct Entrant {
    const Position* position{};
    AccountId account{no_account};
};

// Accounts in as few rule calls as there is scratch for.
class Ranking {
public:
    Ranking(const Ledger& ledger, MarginEvaluator& evaluator, const OpponentQuestion& question)
        : ledger_{ledger}, evaluator_{evaluator}, question_{question} {}

    void enter(const Entrant& entrant) {
        if (is_isolated(*entrant.position)) return rank(entrant, {});
        entrants_[count_] = entrant;
        accounts_[count_] = entrant.account;
        ++count_;
        if (count_ == batch) rank_batch();
    }

    std::vector<Opponent> finish() {
        rank_batch();
        std::sort(opponents_.begin(), opponents_.end(), is_ahead);
        return std::move(opponents_);
    }

private:
    static constexpr std::size_t batch = 64;

    void rank_batch() {
        const std::span<AccountFigures> results{figures_.data(), count_};
        evaluator_.figures_of({accounts_.data(), count_}, question_.now, results);
        for (std::size_t i = 0; i < count_; ++i)
            rank(entrants_[i], results[i]);
        count_ = 0;
    }

    void rank(const Entrant& entrant, const AccountFigures& figures) {
        const auto score = adl_score_now(ledger_, {.account = entrant.account,
                                                   .position = entrant.position,
                                                   .figures = &figures,
                                                   .now = question_.now});
        if (!score) return;
        opponents_.push_back({.account = entrant.account,
                              .position_side = entrant.position->side,
                              .quantity = magnitude(entrant.position->quantity),
                              .score = *score});
    }

    const Ledger& ledger_;
    MarginEvaluator& evaluator_;
    const OpponentQuestion& question_;
    std::array<Entrant, batch> entrants_{};
    std::array<AccountId, batch> accounts_{};
    std::array<AccountFigures, batch> figures_{};
    std::size_t count_{};
    std::vector<Opponent> opponents_;
};

}  // namespace

std::int64_t adl_score(const Standing& standing) noexcept {
    const Money profit = standing.unrealized_pnl;
    if (profit.raw > 0) {
        if (standing.equity.raw <= 0) return score_max;
        return scaled_quotient(product(profit, standing.notional),
                               product(standing.entry_value, standing.equity));
    }
    if (profit.raw == 0 || standing.equity.raw <= 0) return 0;
    return -scaled_quotient(product(profit, standing.equity),
                            product(standing.entry_value, standing.notional));
}

std::optional<Standing> standing_of(const Instrument& instrument, const Position& position,
                                    Price mark, Money equity) noexcept {
    const auto worth = value(instrument, position.quantity, mark, Rounding::toward_minus);
    const auto gained = worth ? unrealized_pnl(instrument, position, *worth) : std::nullopt;
    if (!gained) return std::nullopt;
    return Standing{.unrealized_pnl = *gained,
                    .entry_value = position.entry_value,
                    .notional = magnitude(*worth),
                    .equity = equity};
}

std::optional<std::int64_t> adl_score_now(const Ledger& ledger,
                                          const ScoreQuestion& question) noexcept {
    const Position& position = *question.position;
    const Instrument& instrument = ledger.instrument(position.instrument);
    const auto mark = fresh_mark(instrument, question.now);
    if (!mark || position.quantity.raw == 0) return std::nullopt;
    auto standing = standing_of(instrument, position, *mark, position.isolated_margin);
    if (!standing) return std::nullopt;
    const AccountFigures& figures = *question.figures;
    std::optional<Money> equity;
    if (is_isolated(position)) {
        equity = checked_add(standing->equity, standing->unrealized_pnl);
    } else if (figures.margin.complete && figures.fault == RuleFault::none) {
        equity = convert(Marks{ledger, question.now}, figures.margin.equity,
                         {.from = ledger.account(question.account).currency,
                          .to = instrument.settle,
                          .rounding = Rounding::toward_minus});
    }
    if (!equity) return std::nullopt;
    standing->equity = *equity;
    return adl_score(*standing);
}

bool is_ahead(const Opponent& one, const Opponent& other) noexcept {
    if (one.score != other.score) return one.score > other.score;
    if (one.account != other.account) return one.account < other.account;
    return one.position_side < other.position_side;
}

std::vector<Opponent> opponents_of(const Ledger& ledger, MarginEvaluator& evaluator,
                                   const OpponentQuestion& question) {
    if (!fresh_mark(ledger.instrument(question.instrument), question.now)) return {};
    Ranking ranking{ledger, evaluator, question};
    for (const PositionSlot& row : ledger.positions_in(question.instrument)) {
        const auto& out = question.left_out;
        if (std::find(out.begin(), out.end(), row.account) != out.end()) continue;
        const Position& position = ledger.account(row.account).positions[row.slot];
        const bool against =
            question.side == Side::sell ? position.quantity.raw < 0 : position.quantity.raw > 0;
        if (against) ranking.enter({.position = &position, .account = row.account});
    }
    return ranking.finish();
}

Allotment allot(std::span<const Opponent> ranked, const AllotmentQuestion& question) {
    Allotment made{.parts = {}, .left = question.quantity};
    const std::int64_t lot = std::max<std::int64_t>(question.lot.raw, 1);
    for (std::size_t i = 0; i < ranked.size() && made.left.raw > 0; ++i) {
        const Opponent& next = ranked[i];
        const bool whole = next.quantity <= made.left;
        const Quantity taken =
            whole ? next.quantity : Quantity{made.left.raw - made.left.raw % lot};
        if (taken.raw > 0) {
            made.parts.push_back({.account = next.account,
                                  .position_side = next.position_side,
                                  .quantity = taken,
                                  .rank = static_cast<std::uint32_t>(i + 1)});
            made.left = made.left - taken;
        }
        if (!whole) break;
    }
    return made;
}

LossShares share_loss(Money amount, std::span<const LossBearer> bearers) {
    LossShares shared{.shares = std::vector<Money>(bearers.size()), .left = amount};
    std::vector<std::size_t> open;
    Wide weights = 0;
    for (std::size_t i = 0; i < bearers.size(); ++i) {
        if (bearers[i].weight.raw <= 0 || bearers[i].cap.raw <= 0) continue;
        open.push_back(i);
        weights += bearers[i].weight.raw;
    }
    if (amount.raw <= 0 || open.empty()) return shared;
    // By the cap for each unit of weight: once one of them bears less than his cap, so do the rest.
    std::sort(open.begin(), open.end(), [&](std::size_t a, std::size_t b) {
        const Wide left = Wide{bearers[a].cap.raw} * bearers[b].weight.raw;
        const Wide right = Wide{bearers[b].cap.raw} * bearers[a].weight.raw;
        return left != right ? left < right : a < b;
    });
    Wide rest = amount.raw;
    std::size_t first = 0;
    for (; first < open.size(); ++first) {
        const auto& [weight, cap] = bearers[open[first]];
        const Wide product = rest * weight.raw;
        const Wide share = product / weights;
        if (share < cap.raw || (share == cap.raw && product % weights == 0)) break;
        shared.shares[open[first]] = cap;
        rest -= cap.raw;
        weights -= weight.raw;
    }
    open.erase(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(first));
    shared.left = open.empty() ? Money{static_cast<std::int64_t>(rest)} : Money{};
    Wide spare = rest;
    std::vector<Wide> remainders(bearers.size());
    for (const std::size_t i : open) {
        const Wide product = rest * bearers[i].weight.raw;
        shared.shares[i] = Money{static_cast<std::int64_t>(product / weights)};
        remainders[i] = product % weights;
        spare -= shared.shares[i].raw;
    }
    std::sort(open.begin(), open.end(), [&](std::size_t a, std::size_t b) {
        return remainders[a] != remainders[b] ? remainders[a] > remainders[b] : a < b;
    });
    for (std::size_t k = 0; k < open.size() && spare > 0; ++k, --spare)
        shared.shares[open[k]] = shared.shares[open[k]] + Money{1};
    return shared;
}

}  // namespace riskd
