#include <gtest/gtest.h>

#include "tests/unit/runtime_random_record.hpp"

namespace riskd::runtime {

// Counts the fields a description visits, not what lies inside them.
struct FieldCounter {
    static constexpr bool writes = false;
    std::size_t count{};
    template <typename Integer>
    void integer(Integer&) {
        ++count;
    }
    void flag(bool& value) {
        ++count;
        value = true;
    }
    template <typename Enumeration>
    void enumerator(Enumeration&) {
        ++count;
    }
    template <typename T>
    void text(T&) {
        ++count;
    }
    template <typename T>
    void list(T&) {
        ++count;
    }
    template <typename T>
    void alternative(T&) {
        ++count;
    }
    void at_most(std::uint64_t, std::uint64_t) {}
};
namespace {

using test::bytes_of;
using test::random_record;

// How many initializers an aggregate takes: the number of its fields.
struct AnyField {
    template <typename T>
    operator T() const;  // never defined: only asked about
};
template <typename T, typename... Fields>
constexpr std::size_t field_count() {
    if constexpr (requires { T{Fields{}..., AnyField{}}; }) {
        return field_count<T, Fields..., AnyField>();
    } else {
        return sizeof...(Fields);
    }
}

template <typename T>
std::size_t described_count() {
    FieldCounter counter;
    T value{};
    fields(counter, value);
    return counter.count;
}

TEST(JournalCodecTest, describes_every_field_of_every_struct) {
    EXPECT_EQ(described_count<OrderRequest>(), field_count<OrderRequest>());
    EXPECT_EQ(described_count<OrderUpdate>(), field_count<OrderUpdate>());
    EXPECT_EQ(described_count<Fill>(), field_count<Fill>());
    EXPECT_EQ(described_count<BalanceChange>(), field_count<BalanceChange>());
    EXPECT_EQ(described_count<Transfer>(), field_count<Transfer>());
    EXPECT_EQ(described_count<PriceUpdate>(), field_count<PriceUpdate>());
    EXPECT_EQ(described_count<Funding>(), field_count<Funding>());
    EXPECT_EQ(described_count<FundingIndex>(), field_count<FundingIndex>());
    EXPECT_EQ(described_count<Settlement>(), field_count<Settlement>());
    EXPECT_EQ(described_count<LeverageChange>(), field_count<LeverageChange>());
    EXPECT_EQ(described_count<MarginChange>(), field_count<MarginChange>());
    EXPECT_EQ(described_count<AccountControl>(), field_count<AccountControl>());
    EXPECT_EQ(described_count<InstrumentControl>(), field_count<InstrumentControl>());
    EXPECT_EQ(described_count<CanaryChange>(), field_count<CanaryChange>());
    EXPECT_EQ(described_count<RefusedFact>(), field_count<RefusedFact>());
    EXPECT_EQ(described_count<AssetDefinition>(), field_count<AssetDefinition>());
    EXPECT_EQ(described_count<InstrumentDefinition>(), field_count<InstrumentDefinition>());
    EXPECT_EQ(described_count<GroupDefinition>(), field_count<GroupDefinition>());
    EXPECT_EQ(described_count<AccountDefinition>(), field_count<AccountDefinition>());
    EXPECT_EQ(described_count<AccountMargin>(), field_count<AccountMargin>());
    EXPECT_EQ(described_count<RuleAnswer>(), field_count<RuleAnswer>());
    EXPECT_EQ(described_count<CloseLeg>(), field_count<CloseLeg>());
    EXPECT_EQ(described_count<PriceUsed>(), field_count<PriceUsed>());
    EXPECT_EQ(described_count<Alert>(), field_count<Alert>());
    EXPECT_EQ(described_count<Handover>(), field_count<Handover>());
    // Of these, what lies inside is counted too: 4 arrays of 8, 4 decimals of 2, margins of 5.
    EXPECT_EQ(described_count<RulesetActivation>(), field_count<RulesetActivation>() + 4 * 7);
    EXPECT_EQ(described_count<Decision>(), field_count<Decision>() + 4 + 4);
    EXPECT_EQ(described_count<StageChange>(), field_count<StageChange>() + 4);
}

TEST(JournalCodecTest, gives_back_every_random_record_unchanged) {
    std::mt19937_64 random(test::printed_seed());
    std::array<int, std::variant_size_v<EventBody>> seen{};
    for (std::uint64_t i = 1; i <= 5'000; ++i) {
        const JournalRecord record = random_record(random, Sequence{i});
        ++seen[record.event.body.index()];
        const auto bytes = bytes_of(record);
        JournalRecord back;
        ASSERT_TRUE(decode_record(bytes, back)) << "record " << i;
        ASSERT_EQ(bytes_of(back), bytes) << "record " << i;
        ASSERT_EQ(back.event.body.index(), record.event.body.index());
        ASSERT_EQ(back.outcome.outputs.size(), record.outcome.outputs.size());
        ASSERT_EQ(sequence_of_record(bytes), Sequence{i});
    }
    for (const int count : seen)
        EXPECT_GT(count, 0);
}

TEST(JournalCodecTest, keeps_the_figures_of_a_decision) {
    JournalRecord record;
    record.event.sequence = Sequence{7};
    record.event.time = Timestamp{1'700'000'000'000'000'001};
    record.event.stream_sequence = 99;
    record.event.body = OrderRequest{.account = AccountId{3},
                                     .instrument = InstrumentId{2},
                                     .order = Id{"o-1"},
                                     .side = Side::sell,
                                     .price = Price{-5},
                                     .quantity = Quantity{123}};
    record.outcome.outputs.push_back(Decision{.account = AccountId{3},
                                              .order = Id{"o-1"},
                                              .reason = RejectReason::rule_failed,
                                              .has_limit = true,
                                              .limit = {.raw = 10, .decimals = 2},
                                              .headroom = {.raw = -1, .decimals = 0},
                                              .sequence = Sequence{7}});
    record.outcome.answers.push_back({.rule = RuleId{2}, .used = 0.1 + 0.2, .allowed = 1e-300});
    JournalRecord back;
    ASSERT_TRUE(decode_record(bytes_of(record), back));
    const auto& request = std::get<OrderRequest>(back.event.body);
    EXPECT_EQ(back.event.time.ns, 1'700'000'000'000'000'001);
    EXPECT_EQ(back.event.stream_sequence, 99U);
    EXPECT_EQ(request.account, AccountId{3});
    EXPECT_EQ(request.order, Id{"o-1"});
    EXPECT_EQ(request.side, Side::sell);
    EXPECT_EQ(request.price, Price{-5});
    EXPECT_EQ(request.quantity, Quantity{123});
    const auto& decision = std::get<Decision>(back.outcome.outputs.at(0));
    EXPECT_EQ(decision.reason, RejectReason::rule_failed);
    EXPECT_EQ(decision.limit, (Decimal{.raw = 10, .decimals = 2}));
    EXPECT_EQ(decision.headroom, (Decimal{.raw = -1, .decimals = 0}));
    EXPECT_FALSE(decision.has_margin);
    const RuleAnswer& answer = back.outcome.answers.at(0);
    EXPECT_EQ(answer.rule, RuleId{2});
    EXPECT_EQ(answer.used, 0.1 + 0.2);  // bit for bit
    EXPECT_EQ(answer.allowed, 1e-300);
}

TEST(JournalCodecTest, refuses_a_record_that_is_too_short_or_too_long) {
    std::mt19937_64 random(test::printed_seed());
    for (int round = 0; round < 50; ++round) {
        auto bytes = bytes_of(random_record(random, Sequence{1}));
        JournalRecord back;
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            ASSERT_FALSE(decode_record(std::span(bytes).first(size), back)) << size;
        }
        bytes.push_back(std::byte{0});
        ASSERT_FALSE(decode_record(bytes, back));
    }
}

TEST(JournalCodecTest, survives_any_changed_byte_and_never_gives_an_unknown_enumerator) {
    std::mt19937_64 random(test::printed_seed());
    for (int round = 0; round < 2'000; ++round) {
        auto bytes = bytes_of(random_record(random, Sequence{1}));
        bytes[random() % bytes.size()] = static_cast<std::byte>(random());
        JournalRecord back;
        if (!decode_record(bytes, back)) continue;
        ASSERT_EQ(bytes_of(back), bytes);  // canonical: one value, one text of bytes
    }
}

TEST(JournalCodecTest, refuses_a_text_that_hides_a_zero) {
    JournalRecord record;
    record.event.body = GroupDefinition{.name = Name{"desk"}};
    auto bytes = bytes_of(record);
    // Behind it: the size of the parent's name, and the numbers of outputs and of answers.
    bytes[bytes.size() - 10] = std::byte{0};
    JournalRecord back;
    EXPECT_FALSE(decode_record(bytes, back));
}

TEST(JournalCodecTest, a_forged_count_allocates_nothing) {
    JournalRecord record;
    record.event.body = TimePassed{};
    auto bytes = bytes_of(record);
    for (std::size_t i = 1; i <= 4; ++i)
        bytes[bytes.size() - i] = std::byte{0xff};
    JournalRecord back;
    EXPECT_FALSE(decode_record(bytes, back));
    EXPECT_LE(back.outcome.outputs.capacity(), 1U);
    EXPECT_LE(back.outcome.answers.capacity(), 1U);
}

}  // namespace
}  // namespace riskd::runtime
