// Files of exchange records as lines of text, plain or gzip, and their figures as exact integers.
// A figure that is not exact in the decimals asked for fails the test. Test thread; values.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "riskd/core/units.hpp"
#include "tests/integration/oms_model_json.hpp"
#include "tests/recordings.hpp"

namespace riskd::lifecycle {

using tests::Json;

// Tests of recorded accounts; skipped where there are none.
class RecordedAccounts : public testing::Test {
protected:
    void SetUp() override {
        folder = tests::shared_data("data/lifecycle");
        if (!folder) GTEST_SKIP() << tests::no_shared_data;
    }
    std::optional<std::filesystem::path> folder;
};

// Empty when the file cannot be read; the test has failed then.
std::vector<std::string> read_lines(const std::filesystem::path& file);
// A line of JSON each.
std::vector<Json> read_json_lines(const std::filesystem::path& file);
// The fields of a line without quotes.
std::vector<std::string_view> split_fields(std::string_view line);

// "-1.5" or "1.5e-05" in units of the last decimal.
std::int64_t exact(std::string_view text, int decimals);
std::int64_t exact(const Json& figure, int decimals);

constexpr Timestamp from_ms(std::int64_t ms) noexcept {
    return {ms * 1'000'000};
}

// Half away from zero, as exchanges show averages.
constexpr std::int64_t nearest(Wide dividend, Wide divisor) noexcept {
    const bool negative = (dividend < 0) != (divisor < 0);
    const Wide size = dividend < 0 ? -dividend : dividend;
    const Wide parts = divisor < 0 ? -divisor : divisor;
    const auto rounded = static_cast<std::int64_t>((size + parts / 2) / parts);
    return negative ? -rounded : rounded;
}
static_assert(nearest(5, 2) == 3);
static_assert(nearest(-5, 2) == -3);
static_assert(nearest(-4, -3) == 1);

}  // namespace riskd::lifecycle
