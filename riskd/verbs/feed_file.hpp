// A CSV file as messages of the wire. What the rows are is told by the header: the names of the
// columns are the fields of docs/PROTOCOL.md, or the file holds candles
// (open_time_ms,open,high,low,close[,volume]). One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/subjects.hpp"
#include "riskd/verbs/csv_lines.hpp"

namespace riskd::verbs {

struct FeedRow {
    std::optional<std::int64_t> time_ns;  // as the file says
    feeds::Topic topic{};
    std::string token;
    std::string payload;
};

// Which prices of a candle are sent: its close at its end, or open, low, high, close in the order
// that its colour makes likely (a fall: open, high, low, close), a quarter of its length apart.
enum class CandlePoints : std::uint8_t { close, ohlc };

struct FeedFileOptions {
    std::string instrument;  // of candles and of price rows without an instrument column
    CandlePoints points{CandlePoints::ohlc};
    std::optional<int> price_decimals;  // candles are rounded to it; otherwise sent as written
    bool keep_time{false};              // send `time` as the file has it; otherwise it is left out
    std::optional<std::int64_t> from_ns;
    std::optional<std::int64_t> to_ns;
};

class FeedFile {
public:
    // False: `error` says why, with the file's name.
    bool open(const std::string& path, FeedFileOptions options, std::string& error);

    // False at the end, and when a row is wrong (see error()).
    bool next(FeedRow& row);
    const std::string& error() const noexcept { return error_; }
    const std::string& path() const noexcept { return path_; }
    double share_read() const noexcept { return lines_.share_read(); }

private:
    static constexpr std::size_t no_column = static_cast<std::size_t>(-1);

    bool read_header(std::string& error);
    bool choose_topic(std::string& error);
    std::size_t column(std::string_view name) const noexcept;
    std::optional<std::int64_t> row_time() const noexcept;
    bool is_wanted(std::optional<std::int64_t> time) const noexcept;
    bool fail(std::string_view what);
    bool make_row(FeedRow& row);
    bool open_candle();
    void price_of_candle(FeedRow& row);

    std::string path_;
    FeedFileOptions options_;
    CsvLines lines_;
    std::vector<std::string> columns_;
    feeds::Topic topic_{};
    std::size_t token_column_{no_column};
    std::size_t time_column_{no_column};
    std::int64_t time_unit_ns_{1};
    bool candles_{};
    std::array<std::size_t, 4> candle_columns_{};  // open, high, low, close
    std::array<std::string, 4> candle_;            // in the order they are sent
    std::int64_t candle_time_ns_{};
    std::int64_t candle_length_ns_{};
    std::size_t candle_at_{4};
    std::string error_;
};

}  // namespace riskd::verbs
