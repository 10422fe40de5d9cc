#include "riskd/rulesets/rehearsal.hpp"

#include <algorithm>

namespace riskd::rulesets {
namespace {

constexpr std::uint32_t accounts_each = 8;
constexpr std::size_t orders_each = 2;

}  // namespace

void Rehearsal::ask(std::uint32_t begin, std::uint32_t end) {
    const std::uint32_t step = std::max<std::uint32_t>((end - begin) / accounts_each, 1);
    for (std::uint32_t raw = begin; raw < end; raw += step)
        ask_about(engine_.ledger().account(AccountId{raw}));
}

// Its margin, its stage, and a lot more and a lot less of what it holds.
void Rehearsal::ask_about(const Account& account) {
    const Ledger& ledger = engine_.ledger();
    const AccountFigures figures = decider_.evaluator.figures(account.id, engine_.time());
    const StageQuestion question{.scope = {.account = account.id, .group = account.group},
                                 .account = account_view(ledger, account, figures)};
    StageAnswer answer;
    decider_.rulebook.stage({&question, 1}, {&answer, 1});
    for (std::size_t i = 0; i < std::min(account.positions.size(), orders_each); ++i) {
        const Position& position = account.positions[i];
        const Instrument& instrument = ledger.instrument(position.instrument);
        const std::int64_t tick = instrument.terms.tick.raw;
        for (const Side side : {Side::buy, Side::sell}) {
            const OrderRequest order{
                .account = account.id,
                .instrument = position.instrument,
                .side = side,
                .position_side = position.side,
                .price = Price{instrument.prices.mark.raw / tick * tick},
                .quantity = std::max(instrument.terms.lot, instrument.terms.quantity_min)};
            static_cast<void>(decider_.order_check.decide(order, engine_.time()));
        }
    }
}

}  // namespace riskd::rulesets
