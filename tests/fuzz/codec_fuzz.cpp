// Any bytes as a message on any subject: the decoder answers with a value or a fault, the same one
// each time, and what it lets through keeps its promises.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "feeds/codec_client.hpp"
#include "feeds/codec_decode.hpp"
#include "feeds/codec_encode.hpp"
#include "tests/unit/feeds_codec_ledger.hpp"

namespace {

using namespace riskd;
using namespace riskd::feeds;

void must(bool condition) {
    if (!condition) std::abort();
}

struct World {
    World() { ledger.work("o-1", 5'000); }
    CodecLedger ledger;
    Decoder decoder;
    Subjects subjects{"risk"};
};

void check_order(World& world, std::string_view message) {
    OrderRequest first;
    OrderRequest second;
    const auto fault = world.decoder.decode_order("A1", message, *world.ledger, first);
    must(fault == world.decoder.decode_order("A1", message, *world.ledger, second));
    if (fault) {
        std::string text;
        encode_malformed(*fault, text);
        const auto tree = Tree::parse(text);
        must(tree && (*tree)["field"].text() == fault->field);
        return;
    }
    must(is_id(first.order.view()) && first.order == second.order);
    must(first.quantity == second.quantity && first.price == second.price);
    must(is_known(first.instrument) ? first.quantity.raw > 0 : first.quantity.raw == 0);
    must(first.quantity.raw <= raw_max && first.price.raw >= 0 && first.price.raw <= raw_max);
    must((first.time_in_force == TimeInForce::gtd) || first.expires.ns == 0);
    must(first.replaces.empty() || is_id(first.replaces.view()));
    std::string text;
    Decision decision;
    decision.order = first.order;
    encode_decision_record({*world.ledger, "hash"}, {decision, first}, "A1", text);
    must(Tree::parse(text).has_value());
}

void check_fact(World& world, std::string_view subject, std::string_view message) {
    EventBody body;
    world.decoder.decode_fact(subject, world.subjects.parse(subject), message, *world.ledger, body);
    if (const auto* fill = std::get_if<Fill>(&body)) {
        must(is_known(fill->account) && is_known(fill->instrument));
        must(fill->price.raw > 0 && fill->quantity.raw > 0);
        must(is_known(fill->fee_asset) || fill->fee.raw == 0);
    } else if (const auto* transfer = std::get_if<Transfer>(&body)) {
        must(is_known(transfer->from) && is_known(transfer->to) && transfer->amount.raw > 0);
    } else if (const auto* change = std::get_if<BalanceChange>(&body)) {
        must(is_known(change->account) && is_known(change->asset));
        must(change->kind != BalanceKind::deposit || change->amount.raw > 0);
        must(change->kind != BalanceKind::withdrawal || change->amount.raw < 0);
    } else if (const auto* chosen = std::get_if<LeverageChange>(&body)) {
        must(is_known(chosen->account) && is_known(chosen->instrument));
        must(chosen->leverage <= 1'000);
    } else if (const auto* margin = std::get_if<MarginChange>(&body)) {
        must(is_known(margin->account) && is_known(margin->instrument));
        must(!margin->has_mode || margin->amount.raw == 0);
    } else if (const auto* refused = std::get_if<RefusedFact>(&body)) {
        must(!refused->field.empty() && !refused->reason.empty());
    }
}

void check_price(World& world, std::string_view message) {
    PriceUpdate price;
    const Timestamp now{1'700'000'000'000'000'000};
    const auto fault = world.decoder.decode_price("BTC-PERP", message, *world.ledger, now, price);
    if (!fault) must(price.as_of <= now && price.as_of.ns >= 0 && price.mark.raw >= 0);
}

constexpr std::array<std::string_view, 13> fact_subjects{
    "risk.in.order.A1",       "risk.in.fill.A1",          "risk.in.balance.A1",
    "risk.in.transfer",       "risk.in.funding.BTC-PERP", "risk.in.settlement.BTC-PERP",
    "risk.in.instrument.NEW", "risk.in.account.NEW",      "risk.in.nobody.A1",
    "risk.in.group.NEW",      "risk.in.leverage.A1",      "risk.in.funding_index.BTC-PERP",
    "risk.in.margin.A1"};

}  // namespace

// The first byte says which kind of message the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    static World world;
    if (count == 0) return 0;
    const std::string_view message{reinterpret_cast<const char*>(bytes) + 1, count - 1};
    const std::size_t kind = bytes[0] % (fact_subjects.size() + 4);
    if (kind < fact_subjects.size()) {
        check_fact(world, fact_subjects[kind], message);
    } else if (kind == fact_subjects.size()) {
        check_price(world, message);
    } else if (kind == fact_subjects.size() + 1) {
        EventBody body;
        world.decoder.decode_control("account", message, *world.ledger, body);
        world.subjects.parse(message);
    } else {
        check_order(world, message);
    }
    return 0;
}
