#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "riskd/runtime/clock.hpp"
#include "riskd/runtime/crc32c.hpp"
#include "riskd/runtime/latency.hpp"
#include "riskd/runtime/log.hpp"
#include "riskd/runtime/newest.hpp"
#include "riskd/runtime/spsc_ring.hpp"
#include "tests/unit/runtime_random_record.hpp"

namespace riskd::runtime {
namespace {

std::span<const std::byte> as_bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

TEST(Crc32cTest, gives_the_published_check_values) {
    EXPECT_EQ(crc32c(as_bytes_of("123456789")), 0xe3069283U);
    EXPECT_EQ(crc32c(as_bytes_of(std::string(32, '\0'))), 0x8a9136aaU);
    EXPECT_EQ(crc32c(as_bytes_of(std::string(32, '\xff'))), 0x62a8ab43U);
    EXPECT_EQ(crc32c({}), 0U);
}

TEST(Crc32cTest, the_instruction_and_the_tables_agree_and_parts_add_up) {
    std::mt19937_64 random(test::printed_seed());
    for (std::size_t size = 0; size < 300; ++size) {
        std::string text(size, ' ');
        for (char& c : text)
            c = static_cast<char>(random());
        const auto bytes = as_bytes_of(text);
        ASSERT_EQ(crc32c(bytes), crc32c_by_tables(bytes)) << size;
        const std::size_t cut = size == 0 ? 0 : random() % size;
        ASSERT_EQ(crc32c(bytes.subspan(cut), crc32c(bytes.first(cut))), crc32c(bytes)) << size;
    }
}

Timestamp clock_reading{};

TEST(ClockTest, holds_still_while_the_machine_is_behind_the_journal) {
    Clock clock([]() noexcept { return clock_reading; });
    clock.not_before(Timestamp{1'000});
    clock_reading = Timestamp{900};
    EXPECT_EQ(clock.now(), Timestamp{1'000});
    clock_reading = Timestamp{1'500};
    EXPECT_EQ(clock.now(), Timestamp{1'500});
    clock_reading = Timestamp{1'400};
    EXPECT_EQ(clock.now(), Timestamp{1'500});
    EXPECT_EQ(clock.last(), Timestamp{1'500});
}

TEST(SpscRingTest, is_full_at_its_capacity_and_keeps_the_order) {
    SpscRing<int, 8> ring;
    int out = -1;
    EXPECT_FALSE(ring.try_pop(out));
    for (int i = 0; i < 8; ++i)
        EXPECT_TRUE(ring.try_push(i));
    EXPECT_FALSE(ring.try_push(8));
    for (int i = 0; i < 8; ++i) {
        EXPECT_TRUE(ring.try_pop(out));
        EXPECT_EQ(out, i);
    }
    EXPECT_FALSE(ring.try_pop(out));
}

TEST(SpscRingTest, carries_every_item_once_between_two_threads) {
    SpscRing<std::uint64_t, 64> ring;
    constexpr std::uint64_t count = 200'000;
    std::thread producer([&ring] {
        for (std::uint64_t i = 1; i <= count;) {
            if (ring.try_push(i)) {
                ++i;
            } else {
                std::this_thread::yield();
            }
        }
    });
    std::uint64_t expected = 1;
    while (expected <= count) {
        std::uint64_t item = 0;
        if (!ring.try_pop(item)) {
            std::this_thread::yield();
            continue;
        }
        if (item != expected) break;
        ++expected;
    }
    producer.join();
    EXPECT_EQ(expected, count + 1);
}

TEST(NewestTest, the_reader_sees_whole_values_that_only_grow) {
    struct Pair {
        std::uint64_t first{};
        std::uint64_t second{};
    };
    Newest<Pair> newest;
    std::thread writer([&newest] {
        for (std::uint64_t i = 1; i <= 100'000; ++i) {
            newest.draft() = {i, i};
            newest.publish();
        }
    });
    std::uint64_t last = 0;
    bool whole = true;
    while (last < 100'000) {
        const Pair& pair = newest.read();
        whole = whole && pair.first == pair.second && pair.first >= last;
        last = pair.first;
        if (!whole) break;
    }
    writer.join();
    EXPECT_TRUE(whole);
    EXPECT_EQ(newest.read().first, 100'000U);
}

TEST(LatencyHistogramTest, every_duration_lies_within_an_eighth_of_its_slot) {
    for (std::uint64_t ns = 0; ns < 5'000'000'000; ns = ns * 9 / 8 + 1) {
        const std::size_t slot = LatencyHistogram::slot_of(ns);
        const std::uint64_t upper = LatencyHistogram::upper_ns(slot);
        ASSERT_LT(ns, upper);
        ASSERT_LE(upper - ns, ns / 8 + 1);
        if (slot > 0) {
            ASSERT_GE(ns, LatencyHistogram::upper_ns(slot - 1));
        }
    }
}

TEST(LatencyHistogramTest, counts_sums_and_ranks) {
    LatencyHistogram histogram;
    EXPECT_EQ(histogram.percentile_ns(0.5), 0U);
    for (int i = 0; i < 99; ++i)
        histogram.record(100);
    histogram.record(1'000'000);
    histogram.record(-5);
    EXPECT_EQ(histogram.count(), 101U);
    EXPECT_EQ(histogram.sum_ns(), 99U * 100 + 1'000'000);
    EXPECT_EQ(histogram.max_ns(), 1'000'000U);
    EXPECT_NEAR(static_cast<double>(histogram.percentile_ns(0.5)), 100, 12);
    EXPECT_NEAR(static_cast<double>(histogram.percentile_ns(0.999)), 1'000'000, 125'000);
}

TEST(LogTest, writes_lines_of_the_core_thread_in_order_and_hides_lower_levels) {
    testing::internal::CaptureStderr();
    {
        Log log("warning");
        log.from_core(LogLevel::info, "not shown");
        log.from_core(LogLevel::warning, "first");
        log.from_core(LogLevel::error, std::string(400, 'x'));
        log.from_core(LogLevel::error, "third");
        EXPECT_EQ(log.lines_lost(), 0U);
    }
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_EQ(text.find("not shown"), std::string::npos);
    EXPECT_LT(text.find("warning first"), text.find(std::string(248, 'x')));
    EXPECT_LT(text.find(std::string(248, 'x')), text.find("error third"));
    EXPECT_EQ(text.find(std::string(249, 'x')), std::string::npos);
}

TEST(LogTest, counts_what_the_ring_could_not_take) {
    testing::internal::CaptureStderr();
    std::uint64_t lost = 0;
    {
        Log log("info");
        for (int i = 0; i < 100'000; ++i)
            log.from_core(LogLevel::info, "flood");
        lost = log.lines_lost();
    }
    EXPECT_GT(lost, 0U);
    testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace riskd::runtime
