#include "riskd/verbs/feed_file.hpp"

#include <algorithm>
#include <cstdlib>

#include "feeds/codec_client.hpp"
#include "riskd/core/decimal.hpp"
#include "riskd/core/reference_fields.hpp"
#include "riskd/core/units.hpp"

namespace riskd::verbs {

namespace {

using feeds::Topic;

struct TimeColumn {
    std::string_view name;
    std::int64_t unit_ns;
};
constexpr std::array<TimeColumn, 5> time_columns{{{"time", 1},
                                                  {"time_ns", 1},
                                                  {"time_ms", 1'000'000},
                                                  {"timestamp_ms", 1'000'000},
                                                  {"open_time_ms", 1'000'000}}};

// The first one whose columns are all there says what the rows are.
struct RowKind {
    Topic topic;
    std::array<std::string_view, 3> columns;
    std::string_view token;  // column whose text ends the subject
};
constexpr std::array<RowKind, 13> row_kinds{{
    {Topic::in_fill, {"fill", "order", "account"}, "account"},
    {Topic::in_order, {"event", "order", "account"}, "account"},
    {Topic::in_transfer, {"from", "to", "amount"}, ""},
    {Topic::in_balance, {"kind", "amount", "account"}, "account"},
    {Topic::in_funding, {"rate", "id", "instrument"}, "instrument"},
    {Topic::in_funding, {"period", "id", "instrument"}, "instrument"},  // of perpetual options
    {Topic::in_leverage, {"leverage", "instrument", "account"}, "account"},
    {Topic::in_funding_index, {"index", "id", "instrument"}, "instrument"},
    {Topic::in_margin, {"amount", "instrument", "account"}, "account"},
    {Topic::check, {"order", "side", "account"}, "account"},
    {Topic::in_account, {"currency", "account", "account"}, "account"},
    {Topic::in_group, {"parent", "group", "group"}, "group"},
    {Topic::in_price, {"mark", "mark", "mark"}, "instrument"},
}};

std::optional<std::int64_t> scaled(std::string_view text, std::int64_t unit_ns) noexcept {
    const DecimalRead read = parse_decimal(text, 0);
    if (read.fault != DecimalFault::none || read.raw > INT64_MAX / unit_ns) return std::nullopt;
    return read.raw * unit_ns;
}

// To the nearest, halves up. What is not a decimal passes as it is: riskd will say so.
std::string rounded(std::string_view text, int decimals) {
    const DecimalRead read = parse_decimal(text, decimals_max);
    if (read.fault != DecimalFault::none) return std::string{text};
    const std::int64_t step = power_of_ten(decimals_max - decimals);
    const Wide half_up = divide(Wide{read.raw} + step / 2, step, Rounding::toward_minus);
    return std::string{DecimalText{static_cast<std::int64_t>(half_up), decimals}.view()};
}

}  // namespace

bool FeedFile::open(const std::string& path, FeedFileOptions options, std::string& error) {
    path_ = path;
    options_ = std::move(options);
    if (!lines_.open(path, error)) return false;
    if (read_header(error)) return true;
    error = path + ": " + error;
    return false;
}

std::size_t FeedFile::column(std::string_view name) const noexcept {
    const auto found = std::find(columns_.begin(), columns_.end(), name);
    return found == columns_.end() ? no_column : static_cast<std::size_t>(found - columns_.begin());
}

bool FeedFile::read_header(std::string& error) {
    if (!lines_.next()) {
        error = lines_.error().empty() ? "no header" : lines_.error();
        return false;
    }
    for (const std::string_view name : lines_.fields())
        columns_.emplace_back(name);
    for (const TimeColumn& each : time_columns) {
        if (column(each.name) == no_column) continue;
        time_column_ = column(each.name);
        time_unit_ns_ = each.unit_ns;
        break;
    }
    return choose_topic(error);
}

bool FeedFile::choose_topic(std::string& error) {
    candle_columns_ = {column("open"), column("high"), column("low"), column("close")};
    candles_ = std::count(candle_columns_.begin(), candle_columns_.end(), no_column) == 0 &&
               time_column_ != no_column;
    if (candles_) {
        topic_ = Topic::in_price;
        if (!is_token(options_.instrument)) error = "candles: say whose, as INSTRUMENT=file";
        return error.empty();
    }
    for (const RowKind& kind : row_kinds) {
        const auto missing = [&](std::string_view name) { return column(name) == no_column; };
        if (std::any_of(kind.columns.begin(), kind.columns.end(), missing)) continue;
        topic_ = kind.topic;
        if (!kind.token.empty()) token_column_ = column(kind.token);
        if (topic_ == Topic::in_price && token_column_ == no_column &&
            options_.instrument.empty()) {
            error = "no column `instrument`: say whose prices, as INSTRUMENT=file";
        }
        return error.empty();
    }
    error = "the header fits no message of docs/PROTOCOL.md and no candles";
    return false;
}

std::optional<std::int64_t> FeedFile::row_time() const noexcept {
    if (time_column_ == no_column || time_column_ >= lines_.fields().size()) return std::nullopt;
    return scaled(lines_.fields()[time_column_], time_unit_ns_);
}

bool FeedFile::is_wanted(std::optional<std::int64_t> time) const noexcept {
    if (options_.from_ns && (!time || *time < *options_.from_ns)) return false;
    return !options_.to_ns || (time && *time < *options_.to_ns);
}

bool FeedFile::fail(std::string_view what) {
    error_ = path_ + ":" + std::to_string(lines_.line()) + ": " + std::string{what};
    return false;
}

bool FeedFile::next(FeedRow& row) {
    if (!error_.empty()) return false;
    if (candle_at_ < candle_.size()) {
        price_of_candle(row);
        return true;
    }
    while (lines_.next()) {
        if (lines_.fields().size() != columns_.size()) {
            return fail("has " + std::to_string(lines_.fields().size()) + " fields, the header " +
                        std::to_string(columns_.size()));
        }
        if (!candles_ && !is_wanted(row_time())) continue;
        if (!candles_) return make_row(row);
        if (!open_candle()) return false;
        if (!is_wanted(candle_time_ns_)) {
            candle_at_ = candle_.size();
            continue;
        }
        price_of_candle(row);
        return true;
    }
    if (!lines_.error().empty()) return fail(lines_.error());
    return false;
}

bool FeedFile::make_row(FeedRow& row) {
    row.time_ns = row_time();
    row.topic = topic_;
    row.token = token_column_ == no_column ? options_.instrument
                                           : std::string{lines_.fields()[token_column_]};
    if (topic_ == Topic::in_transfer) {
        row.token.clear();
    } else if (!is_token(row.token)) {
        return fail("not the name of an account or instrument: " + row.token);
    }
    std::vector<feeds::FieldText> fields;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (i == time_column_ || i == token_column_) continue;
        fields.push_back({columns_[i], lines_.fields()[i]});
    }
    const std::string time =
        options_.keep_time && row.time_ns ? std::to_string(*row.time_ns) : std::string{};
    fields.push_back({"time", time});
    row.payload.clear();
    feeds::encode_fields(fields, row.payload);
    return true;
}

bool FeedFile::open_candle() {
    const auto time = row_time();
    if (!time) return fail("the time is not a whole number");
    if (candle_time_ns_ != 0 && *time > candle_time_ns_ &&
        (candle_length_ns_ == 0 || *time - candle_time_ns_ < candle_length_ns_)) {
        candle_length_ns_ = *time - candle_time_ns_;
    }
    candle_time_ns_ = *time;
    const auto price = [&](std::size_t i) {
        const std::string_view text = lines_.fields()[candle_columns_[i]];
        return options_.price_decimals ? rounded(text, *options_.price_decimals)
                                       : std::string{text};
    };
    const bool falls =
        std::strtod(price(3).c_str(), nullptr) < std::strtod(price(0).c_str(), nullptr);
    candle_ = {price(0), price(falls ? 1 : 2), price(falls ? 2 : 1), price(3)};
    candle_at_ = options_.points == CandlePoints::close ? 3 : 0;
    return true;
}

void FeedFile::price_of_candle(FeedRow& row) {
    constexpr std::int64_t minute_ns = 60'000'000'000;
    const std::int64_t length = candle_length_ns_ == 0 ? minute_ns : candle_length_ns_;
    const auto quarter = static_cast<std::int64_t>(candle_at_ + 1);
    row.time_ns = candle_time_ns_ + length / 4 * quarter - 1;
    row.topic = topic_;
    row.token = options_.instrument;
    const std::string time = options_.keep_time ? std::to_string(*row.time_ns) : std::string{};
    const feeds::FieldText fields[] = {{"mark", candle_[candle_at_]}, {"time", time}};
    row.payload.clear();
    feeds::encode_fields(fields, row.payload);
    ++candle_at_;
}

}  // namespace riskd::verbs
