// Deribit's own option chains (recorded, not in this repository): its mark price and greeks against
// ours from its own forward and implied volatility. The fields of a row are not all from the same
// instant, so in a fast market the price follows the forward only so closely.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "riskd/core/contracts/black76.hpp"
#include "tests/recordings.hpp"

namespace riskd {
namespace {

constexpr double days_in_year = 365;  // Deribit counts years of 365 days
constexpr double day_ms = 86'400'000;
constexpr double percent = 0.01;

// One row as read; figures that the file does not have stay nothing.
struct Quote {
    std::string name;
    black76::Option option;
    std::optional<double> mark_price;  // in coin
    std::optional<double> delta, gamma, vega, theta;
    std::string fault;  // why it is not compared
};

using Row = std::map<std::string, std::string>;

// The fields of a line; a quoted field may hold commas.
std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else if (c != '\n' && c != '\r') {
            fields.back() += c;
        }
    }
    return fields;
}

std::vector<Row> read_rows(const std::filesystem::path& file) {
    std::string text;
    gzFile opened = gzopen(file.c_str(), "rb");
    if (opened == nullptr) return {};
    char buffer[65536];
    for (int got = 0; (got = gzread(opened, buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(got));
    gzclose(opened);
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);
    const auto names = split(line);
    std::vector<Row> rows;
    while (std::getline(lines, line)) {
        const auto fields = split(line);
        Row& row = rows.emplace_back();
        for (std::size_t i = 0; i < std::min(names.size(), fields.size()); ++i)
            row[names[i]] = fields[i];
    }
    return rows;
}

std::optional<double> number(const std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || end != text.c_str() + text.size() || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

std::optional<double> field(const Row& row, const std::string& name) {
    const auto found = row.find(name);
    return found == row.end() ? std::nullopt : number(found->second);
}

// {'vega': 0.94545, 'theta': -40.20419, ...}
std::optional<double> within(const std::string& dictionary, const std::string& name) {
    const std::string key = "'" + name + "': ";
    const auto at = dictionary.find(key);
    if (at == std::string::npos) return std::nullopt;
    const auto from = at + key.size();
    return number(dictionary.substr(from, dictionary.find_first_of(",}", from) - from));
}

// Milliseconds since the epoch of 2026-02-03T04:29:35.033992+00:00.
std::optional<double> milliseconds(const std::string& text) {
    std::tm calendar{};
    std::istringstream in(text.substr(0, 19));
    in >> std::get_time(&calendar, "%Y-%m-%dT%H:%M:%S");
    if (in.fail() || text.size() < 6 || text.substr(text.size() - 6) != "+00:00") {
        return std::nullopt;
    }
    const double fraction = number("0" + text.substr(19, text.size() - 25)).value_or(0);
    return (static_cast<double>(timegm(&calendar)) + fraction) * 1000;
}

std::optional<double> moment(const Row& row, const std::string& name) {
    const auto found = row.find(name);
    if (found == row.end()) return std::nullopt;
    const auto written = number(found->second);
    return written ? written : milliseconds(found->second);
}

std::optional<double> first_of(const std::optional<double>& a, const std::optional<double>& b) {
    return a ? a : b;
}

// Both kinds of file: books of 2020 with all greeks, tables of 2025-26 with delta and vega.
Quote read_quote(const Row& row) {
    Quote quote;
    quote.name = row.at("instrument_name");
    quote.option.right = row.at("option_type") == "call" ? OptionRight::call : OptionRight::put;
    const auto forward = first_of(field(row, "futures_price"), field(row, "underlying_price"));
    const auto strike = field(row, "strike");
    auto volatility = field(row, "implied_volatility");
    if (!volatility && field(row, "mark_iv")) volatility = *field(row, "mark_iv") * percent;
    const auto now = moment(row, "timestamp");
    const auto expiry =
        first_of(moment(row, "expiry_datetime"), moment(row, "expiration_timestamp"));
    quote.mark_price = field(row, "mark_price");
    if (!forward || !strike || !volatility || !now || !expiry || !quote.mark_price) {
        quote.fault = "a field is missing";
        return quote;
    }
    quote.option.forward = *forward;
    quote.option.strike = *strike;
    quote.option.volatility = *volatility;
    quote.option.years = (*expiry - *now) / day_ms / days_in_year;
    if (quote.option.years <= 0) quote.fault = "expired";
    if (quote.option.volatility <= 0) quote.fault = "no implied volatility";
    const auto greeks = row.find("greeks");
    const std::string dictionary = greeks == row.end() ? "" : greeks->second;
    quote.delta = first_of(field(row, "delta"), within(dictionary, "delta"));
    quote.vega = first_of(field(row, "vega"), within(dictionary, "vega"));
    quote.gamma = within(dictionary, "gamma");
    quote.theta = within(dictionary, "theta");
    return quote;
}

// As Deribit shows theta: for one day, or until expiry if that is sooner, and never more than the
// option is worth.
double theta_of_a_day(const black76::Option& option, const black76::Greeks& ours) {
    const double days = std::min(option.years * days_in_year, 1.0);
    return -std::min(-ours.theta / days_in_year * days, ours.price);
}

struct Differences {
    std::vector<double> mark_price, delta, gamma, vega, theta;
};

void compare(const Quote& quote, Differences& differences) {
    const black76::Greeks ours = black76::greeks(quote.option);
    const auto add = [](std::vector<double>& to, double figure, std::optional<double> theirs) {
        if (theirs) to.push_back(std::abs(figure - *theirs));
    };
    add(differences.mark_price, black76::price_in_coin(quote.option), quote.mark_price);
    add(differences.delta, ours.delta, quote.delta);
    add(differences.gamma, ours.gamma, quote.gamma);
    add(differences.vega, ours.vega * percent, quote.vega);
    add(differences.theta, theta_of_a_day(quote.option, ours), quote.theta);
}

// The most that a difference may be in the middle of a chain, for 95 of 100 rows, and ever.
struct Tolerance {
    double median{};
    double most_rows{};
    double any_row{};
};

void expect_within(const std::string& name, std::vector<double> differences,
                   const Tolerance& tolerance) {
    if (differences.empty()) return;
    std::sort(differences.begin(), differences.end());
    const auto at = [&](double part) {
        return differences[static_cast<std::size_t>(part *
                                                    static_cast<double>(differences.size() - 1))];
    };
    std::cout << "  " << name << ": " << differences.size() << " rows, median " << at(0.5)
              << ", 95 % within " << at(0.95) << ", all within " << at(1) << '\n';
    EXPECT_LE(at(0.5), tolerance.median) << name;
    EXPECT_LE(at(0.95), tolerance.most_rows) << name;
    EXPECT_LE(at(1), tolerance.any_row) << name;
}

struct Chain {
    std::string file;
    std::size_t rows{};
    Differences differences;
    std::map<std::string, std::vector<std::string>> excluded;  // by reason
};

Chain read_chain(const std::filesystem::path& file) {
    Chain chain{.file = file.filename().string()};
    for (const Row& row : read_rows(file)) {
        const Quote quote = read_quote(row);
        ++chain.rows;
        if (quote.fault.empty()) {
            compare(quote, chain.differences);
        } else {
            chain.excluded[quote.fault].push_back(quote.name);
        }
    }
    return chain;
}

void print_excluded(const Chain& chain) {
    std::cout << chain.file << ": " << chain.differences.mark_price.size() << " of " << chain.rows
              << " rows compared" << (chain.excluded.empty() ? ", none excluded\n" : "\n");
    for (const auto& [why, names] : chain.excluded) {
        std::cout << "  excluded, " << why << ":";
        for (const std::string& name : names)
            std::cout << ' ' << name;
        std::cout << '\n';
    }
}

std::vector<std::filesystem::path> recorded_chains() {
    std::vector<std::filesystem::path> files;
    const auto folder = tests::shared_data("data/options");
    if (!folder) return files;
    for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
        if (entry.path().extension() == ".gz") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

TEST(OptionChainsTest, marks_and_greeks_are_those_of_deribit) {
    const auto files = recorded_chains();
    if (files.empty()) GTEST_SKIP() << tests::no_shared_data;
    std::size_t compared = 0;
    for (const auto& file : files) {
        const Chain chain = read_chain(file);
        print_excluded(chain);
        const auto& found = chain.differences;
        EXPECT_GE(found.mark_price.size(), chain.rows * 99 / 100) << chain.file;
        compared += found.mark_price.size();
        // What the data's own notes found: 5e-5, 8e-4 and 2.3e-3 of a coin.
        expect_within("mark_price", found.mark_price, {5e-5, 8e-4, 2.3e-3});
        if (found.gamma.empty()) {
            expect_within("delta", found.delta, {1e-3, 1.2e-2, 5e-2});
            expect_within("vega", found.vega, {0.02, 1.4, 3});
        } else {
            // A quiet moment, all fields together: half a unit of the last digit shown, and what
            // the last digit of the volatility moves.
            expect_within("delta", found.delta, {1e-5, 5e-5, 1.2e-4});
            expect_within("gamma", found.gamma, {5e-6, 5.1e-6, 5.1e-6});
            expect_within("vega", found.vega, {1e-4, 1e-3, 2e-3});
            expect_within("theta", found.theta, {1e-3, 2e-2, 5e-2});
        }
    }
    std::cout << compared << " rows compared in " << files.size() << " chains\n";
    EXPECT_GT(compared, 0U);
}

}  // namespace
}  // namespace riskd
