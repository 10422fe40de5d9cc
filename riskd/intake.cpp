#include "riskd/intake.hpp"

namespace riskd::verbs {
namespace {

using feeds::Topic;
using runtime::MessageKind;

MessageKind message_kind_of(const std::optional<feeds::Subject>& subject) {
    if (!subject) return MessageKind::unknown;
    switch (subject->topic) {
        case Topic::in_order: return MessageKind::order;
        case Topic::in_fill: return MessageKind::fill;
        case Topic::in_balance: return MessageKind::balance;
        case Topic::in_transfer: return MessageKind::transfer;
        case Topic::in_funding: return MessageKind::funding;
        case Topic::in_funding_index: return MessageKind::funding_index;
        case Topic::in_settlement: return MessageKind::settlement;
        case Topic::in_leverage: return MessageKind::leverage;
        case Topic::in_margin: return MessageKind::margin;
        case Topic::in_instrument: return MessageKind::instrument;
        case Topic::in_account: return MessageKind::account;
        case Topic::in_group: return MessageKind::group;
        case Topic::in_price: return MessageKind::price;
        default: return MessageKind::unknown;
    }
}

}  // namespace

Intake::Intake(Station& station, feeds::NatsSession& prices, feeds::FactReader& facts,
               feeds::Decoder& decoder)
    : station_(station),
      prices_(prices),
      facts_(facts),
      decoder_(decoder),
      subscription_(prices.subscribe(station.subjects.pattern(Topic::in_price))) {}

std::size_t Intake::apply_facts(std::size_t most) {
    std::size_t applied = 0;
    feeds::Fact fact;
    for (; applied < most && facts_.next(fact); ++applied) {
        const auto subject = station_.subjects.parse(fact.message.subject);
        decoder_.decode_fact(fact.message.subject, subject, fact.message.payload,
                             station_.engine.ledger(), body_);
        if (std::holds_alternative<RefusedFact>(body_)) {
            ++station_.counters.malformed[static_cast<std::size_t>(message_kind_of(subject))];
        }
        station_.apply(body_, fact.stream_sequence);
        last_fact_ns_ = fact.stream_time_ns;
    }
    return applied;
}

std::size_t Intake::take_prices() {
    std::size_t taken = 0;
    feeds::Message message;
    PriceUpdate update;
    const Timestamp received = station_.clock.now();
    for (; prices_.next(subscription_, message); ++taken) {
        const auto subject = station_.subjects.parse(message.subject);
        const bool ours = subject && subject->topic == Topic::in_price;
        const bool well =
            ours && !decoder_.decode_price(subject->token, message.payload,
                                           station_.engine.ledger(), received, update);
        if (well && is_known(update.instrument)) {
            newest_.take(update);
        } else {
            ++station_.counters.malformed[static_cast<std::size_t>(MessageKind::price)];
        }
    }
    return taken;
}

void Intake::apply_prices() {
    newest_.drain([this](const PriceUpdate& update) {
        body_ = update;
        station_.apply(body_);
    });
}

}  // namespace riskd::verbs
