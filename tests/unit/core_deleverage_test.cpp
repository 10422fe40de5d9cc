// Auto-deleveraging against its written formula, worked out here from what the accounts did, in
// rational numbers that never round: order, scores and amounts of 1,000 random books, with cross
// and isolated positions, both sides of hedge mode, linear and inverse contracts.
#include <gtest/gtest.h>
#include <algorithm>
#include <cstdlib>
#include <map>

#include "riskd/core/deleverage.hpp"
#include "tests/model/random_source.hpp"
#include "tests/unit/core_deleverage_formula.hpp"
#include "tests/unit/core_world.hpp"

namespace riskd {
namespace {

using model::RandomSource;
using test::cpp_int;
using test::cpp_rational;
using test::rounded_down;
using test::rounded_up;
using test::World;
using test::written_score;

// What one account has done, as the test knows it.
struct Held {
    std::uint32_t account{};
    PositionSide side{};
    bool isolated{};
    std::int64_t quantity{};  // thousandths, signed
    std::int64_t price{};     // tenths
};
struct Book {
    bool inverse{};
    bool hedge{};
    std::int64_t mark{};
    std::int64_t other_mark{};           // of ETH-PERP
    std::vector<std::int64_t> deposits;  // quanta, by account
    std::vector<std::int64_t> others;    // thousandths of ETH-PERP from 2,000, by account
    std::vector<Held> held;
};

// Few different figures, so that equal scores are common.
Book random_book(RandomSource& random) {
    Book book{.inverse = random.one_in(3), .hedge = random.one_in(3)};
    book.mark = random.between(5'000, 15'000);
    book.other_mark = random.between(19'000, 21'000);
    const std::int64_t accounts = random.between(2, 24);
    for (std::int64_t i = 0; i < accounts; ++i) {
        const std::int64_t coins = book.inverse ? 100'000 : 100'000'000;
        book.deposits.push_back(random.between(1, 6) * 50 * coins);
        book.others.push_back(book.inverse || random.one_in(2) ? 0 : random.between(-50, 50));
        const bool isolated = random.one_in(4);
        const std::int64_t sign = random.one_in(2) ? 1 : -1;
        const auto hold = [&](PositionSide side, std::int64_t direction) {
            book.held.push_back({.account = static_cast<std::uint32_t>(i),
                                 .side = side,
                                 .isolated = isolated,
                                 .quantity = direction * random.between(1, 8) * 250,
                                 .price = random.between(10, 30) * 500});
        };
        if (!book.hedge) hold(PositionSide::net, sign);
        if (book.hedge && !random.one_in(4)) hold(PositionSide::long_side, 1);
        if (book.hedge && !random.one_in(4)) hold(PositionSide::short_side, -1);
    }
    return book;
}

// The engine told of a book; fills in the order of `order`.
class BookOfEngine {
public:
    BookOfEngine(const Book& book, std::span<const std::size_t> order)
        : world_{{.accounts_max = 40,
                  .instruments_max = 8,
                  .open_orders_max = 8,
                  .orders_remembered_max = 8,
                  .ids_remembered_max = 200}} {
        InstrumentDefinition terms = World::definition("X", ContractKind::linear_perpetual, "BTC");
        terms.quantity_decimals = 3;
        if (book.inverse) {
            terms.kind = ContractKind::inverse_perpetual;
            terms.settle = Name{"BTC"};
        }
        world_.apply(terms);
        instrument_ = world_.engine.ledger().find_instrument("X");
        mark(instrument_, 10'000);
        mark(other(), 20'000);
        for (std::size_t i = 0; i < book.deposits.size(); ++i)
            open_account(book, i);
        for (const std::size_t i : order)
            fill(book.held[i]);
        mark(other(), book.other_mark);
        mark(instrument_, book.mark);
    }

    std::vector<Opponent> opponents(Side side, std::span<const AccountId> left_out = {}) {
        MarginEvaluator evaluator{world_.engine.ledger(), world_.rules};
        return opponents_of(
            world_.engine.ledger(), evaluator,
            {.instrument = instrument_, .side = side, .now = world_.time, .left_out = left_out});
    }
    AccountId account(std::uint32_t number) const { return world_.id(name_of(number).view()); }

private:
    static Name name_of(std::size_t number) { return Name{"a" + std::to_string(number)}; }
    InstrumentId other() const { return world_.engine.ledger().find_instrument("ETH-PERP"); }
    void mark(InstrumentId instrument, std::int64_t tenths) {
        world_.apply(PriceUpdate{.instrument = instrument, .mark = Price{tenths}});
    }
    void open_account(const Book& book, std::size_t i) {
        const std::string_view currency = book.inverse ? "BTC" : "USDT";
        world_.apply(AccountDefinition{
            .name = name_of(i),
            .currency = Name{currency},
            .leverage = 10,
            .position_mode = book.hedge ? PositionMode::hedge : PositionMode::one_way});
        world_.apply(BalanceChange{.account = account(static_cast<std::uint32_t>(i)),
                                   .id = world_.next_id(),
                                   .asset = world_.engine.ledger().find_asset(currency),
                                   .amount = Money{book.deposits[i]}});
        if (book.others[i] == 0) return;
        const PositionSide side = !book.hedge          ? PositionSide::net
                                  : book.others[i] > 0 ? PositionSide::long_side
                                                       : PositionSide::short_side;
        trade(other(), {.account = static_cast<std::uint32_t>(i),
                        .side = side,
                        .quantity = book.others[i],
                        .price = 20'000});
    }
    void fill(const Held& held) {
        if (held.isolated) {
            world_.apply(MarginChange{.account = account(held.account),
                                      .instrument = instrument_,
                                      .position_side = held.side,
                                      .id = world_.next_id(),
                                      .has_mode = true,
                                      .mode = MarginMode::isolated});
        }
        trade(instrument_, held);
    }
    void trade(InstrumentId instrument, const Held& held) {
        world_.apply(Fill{.account = account(held.account),
                          .instrument = instrument,
                          .fill = world_.next_id(),
                          .order = Id{"elsewhere"},
                          .side = held.quantity > 0 ? Side::buy : Side::sell,
                          .position_side = held.side,
                          .price = Price{held.price},
                          .quantity = Quantity{std::abs(held.quantity)}});
    }

    World world_;
    InstrumentId instrument_{no_instrument};
};

// Figures in the settlement asset's quanta. Linear: thousandths x tenths = 1e-4 USDT. Inverse, a
// contract of 1 USD: thousandths / tenths = 1e-2 BTC.
cpp_rational worth(const Book& book, std::int64_t quantity, std::int64_t price) {
    if (!book.inverse) return cpp_rational{cpp_int{quantity} * price * 10'000};
    return cpp_rational{-cpp_int{quantity} * 1'000'000, price};
}
struct Written {
    cpp_rational pnl;
    cpp_rational entry;
    cpp_rational notional;
};
Written written_position(const Book& book, const Held& held) {
    const cpp_rational entry = rounded_up(worth(book, held.quantity, held.price));
    const cpp_rational now = rounded_down(worth(book, held.quantity, book.mark));
    return {.pnl = now - entry, .entry = abs(entry), .notional = abs(now)};
}

std::vector<Opponent> written_opponents(const Book& book, const BookOfEngine& engine, Side side) {
    std::map<std::uint32_t, cpp_rational> cross;
    for (std::uint32_t i = 0; i < book.deposits.size(); ++i) {
        cross[i] = cpp_rational{book.deposits[i]};
        cross[i] += cpp_rational{cpp_int{book.others[i]} * (book.other_mark - 20'000) * 10'000};
    }
    for (const Held& held : book.held) {
        const Written position = written_position(book, held);
        if (held.isolated) cross[held.account] -= rounded_up(position.entry / 10);
        if (!held.isolated) cross[held.account] += position.pnl;
    }
    std::vector<Opponent> opponents;
    for (const Held& held : book.held) {
        if ((held.quantity > 0) != (side == Side::buy)) continue;
        const Written position = written_position(book, held);
        const cpp_rational own = rounded_up(position.entry / 10) + position.pnl;
        const cpp_rational equity = held.isolated ? own : cross[held.account];
        const cpp_int score =
            written_score(position.pnl, position.entry, position.notional, equity);
        opponents.push_back({.account = engine.account(held.account),
                             .position_side = held.side,
                             .quantity = Quantity{std::abs(held.quantity)},
                             .score = static_cast<std::int64_t>(score)});
    }
    std::sort(opponents.begin(), opponents.end(), [](const Opponent& a, const Opponent& b) {
        return std::tuple{-a.score, a.account.raw, a.position_side} <
               std::tuple{-b.score, b.account.raw, b.position_side};
    });
    return opponents;
}

// What each gives when `quantity` is wanted in lots of 250.
std::vector<AllottedPart> written_parts(const std::vector<Opponent>& ranked,
                                        std::int64_t quantity) {
    std::vector<AllottedPart> parts;
    for (std::uint32_t rank = 1; rank <= ranked.size() && quantity > 0; ++rank) {
        const Opponent& next = ranked[rank - 1];
        const std::int64_t taken = std::min(next.quantity.raw, quantity / 250 * 250);
        parts.push_back({.account = next.account,
                         .position_side = next.position_side,
                         .quantity = Quantity{taken},
                         .rank = rank});
        quantity -= taken;
    }
    return parts;
}

class Fingerprints {
public:
    void add(std::uint64_t value) {
        for (int byte = 0; byte < 8; ++byte)
            digest_ = (digest_ ^ ((value >> (8 * byte)) & 0xff)) * 0x100000001b3ULL;
    }
    std::uint64_t digest() const { return digest_; }

private:
    std::uint64_t digest_{0xcbf29ce484222325ULL};
};

std::vector<std::size_t> order_of(const Book& book, RandomSource* random) {
    std::vector<std::size_t> order(book.held.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
        if (random != nullptr) std::swap(order[i], order[random->below(i + 1)]);
    }
    return order;
}

TEST(DeleverageTest, order_and_amounts_of_a_thousand_random_books_are_those_of_the_formula) {
    constexpr std::uint64_t seed = 2'026'11;
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    RandomSource random{seed};
    Fingerprints results;
    std::size_t opponents_seen = 0;
    std::size_t equal_scores = 0;
    for (int number = 0; number < 1'000; ++number) {
        SCOPED_TRACE("book " + std::to_string(number));
        const Book book = random_book(random);
        BookOfEngine engine{book, order_of(book, nullptr)};
        BookOfEngine shuffled{book, order_of(book, &random)};
        for (const Side side : {Side::buy, Side::sell}) {
            const std::vector<Opponent> ranked = engine.opponents(side);
            ASSERT_EQ(ranked, written_opponents(book, engine, side));
            ASSERT_EQ(shuffled.opponents(side), ranked);
            const std::int64_t wanted = random.between(1, 40) * 250;
            const Allotment made = allot(ranked, {.quantity = Quantity{wanted}, .lot = {250}});
            ASSERT_EQ(made.parts, written_parts(ranked, wanted));
            std::int64_t given = made.left.raw;
            for (const AllottedPart& part : made.parts) {
                given += part.quantity.raw;
                results.add(part.account.raw);
                results.add(static_cast<std::uint64_t>(part.quantity.raw));
            }
            ASSERT_EQ(given, wanted);
            for (std::size_t i = 0; i < ranked.size(); ++i) {
                results.add(static_cast<std::uint64_t>(ranked[i].score));
                if (i > 0 && ranked[i].score == ranked[i - 1].score) ++equal_scores;
            }
            opponents_seen += ranked.size();
        }
    }
    EXPECT_GT(opponents_seen, 10'000U);
    EXPECT_GT(equal_scores, 100U);
    // The same on every machine: a change of it is a change of who is deleveraged.
    EXPECT_EQ(results.digest(), 12'080'604'177'235'291'658U);
}

TEST(DeleverageTest, who_is_left_out_and_who_has_no_fresh_price_is_no_opponent) {
    World world;
    world.deposit("alice", "USDT", 10'000);
    world.deposit("bob", "USDT", 10'000);
    world.price("BTC-PERP", 100);
    world.price("ETH-PERP", 10);
    world.fill("alice", "o1", Side::sell, 2'000, "BTC-PERP", 110);
    world.fill("bob", "o2", Side::sell, 1'000, "BTC-PERP", 110);
    world.fill("bob", "o3", Side::buy, 1'000, "ETH-PERP", 10);
    const Ledger& ledger = world.engine.ledger();
    MarginEvaluator evaluator{ledger, world.rules};
    OpponentQuestion question{
        .instrument = ledger.find_instrument("BTC-PERP"), .side = Side::sell, .now = world.time};
    const std::array<AccountId, 1> bob{world.id("bob")};
    const auto accounts = [&] {
        std::vector<AccountId> found;
        for (const Opponent& opponent : opponents_of(ledger, evaluator, question))
            found.push_back(opponent.account);
        return found;
    };
    EXPECT_EQ(accounts(), (std::vector{world.id("alice"), world.id("bob")}));
    question.side = Side::buy;
    EXPECT_EQ(accounts(), std::vector<AccountId>{});  // nobody is long
    question.side = Side::sell;
    question.left_out = bob;
    EXPECT_EQ(accounts(), std::vector{world.id("alice")});
    question.left_out = {};
    world.time.ns += 57 * World::second;
    world.price("BTC-PERP", 100);
    world.time.ns += 10 * World::second;  // ETH-PERP, which bob's equity needs, is stale
    question.now = world.time;
    EXPECT_EQ(accounts(), std::vector{world.id("alice")});
    question.now.ns += 60 * World::second;
    EXPECT_EQ(accounts(), std::vector<AccountId>{});
    question.now = world.time;
    world.price("ETH-PERP", 10);
    question.now = world.time;
    world.rules.margin_fault = RuleFault::raised;
    EXPECT_EQ(accounts(), std::vector<AccountId>{});
}

}  // namespace
}  // namespace riskd
