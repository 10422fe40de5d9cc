#include "riskd/verbs/feed.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "feeds/codec_client.hpp"
#include "feeds/wire_client.hpp"
#include "riskd/core/reference_fields.hpp"
#include "riskd/verbs/connection.hpp"
#include "riskd/verbs/feed_file.hpp"
#include "riskd/verbs/interrupt.hpp"
#include "riskd/verbs/progress.hpp"

namespace riskd::verbs {

namespace {

using feeds::Topic;

struct FeedOptions {
    std::shared_ptr<config::NatsSettings> nats;
    std::vector<std::string> files;
    std::string speed{"1"};
    std::string from;
    std::string to;
    std::string points{"ohlc"};
    std::string instrument;
    int price_decimals{-1};
    bool keep_time{false};
};

constexpr std::size_t unconfirmed_max = 4096;
constexpr std::size_t unanswered_max = 1024;

// Files merged by time; rows without one come when their file is first.
class Merge {
public:
    bool add(const std::string& spec, const FeedFileOptions& options, std::string& error) {
        const std::size_t equals = spec.find('=');
        FeedFileOptions own = options;
        if (equals != std::string::npos) own.instrument = spec.substr(0, equals);
        sources_.push_back(std::make_unique<Source>());
        Source& source = *sources_.back();
        const std::string path = equals == std::string::npos ? spec : spec.substr(equals + 1);
        if (!source.file.open(path, own, error)) return false;
        source.advance();
        return true;
    }
    const FeedRow* front() {
        front_ = nullptr;
        for (const auto& source : sources_) {
            if (!source->holds) continue;
            if (front_ == nullptr ||
                source->row.time_ns.value_or(0) < front_->row.time_ns.value_or(0)) {
                front_ = source.get();
            }
        }
        return front_ == nullptr ? nullptr : &front_->row;
    }
    void pop() { front_->advance(); }
    std::string error() const {
        for (const auto& source : sources_) {
            if (!source->file.error().empty()) return source->file.error();
        }
        return {};
    }
    double share_read() const noexcept {
        double least = 1;
        for (const auto& source : sources_)
            least = std::min(least, source->file.share_read());
        return least;
    }

private:
    struct Source {
        FeedFile file;
        FeedRow row;
        bool holds{};
        void advance() { holds = file.next(row); }
    };
    std::vector<std::unique_ptr<Source>> sources_;
    Source* front_{};
};

struct Tally {
    std::uint64_t prices{};
    std::uint64_t facts{};
    std::uint64_t checks{};
    std::uint64_t answered{};
    std::unordered_map<std::string, std::uint64_t> answers;  // "accept", "reject <reason>"
};

class Feeder {
public:
    Feeder(feeds::WireClient& client, Merge& merge, double speed) noexcept
        : client_(client), merge_(merge), speed_(speed) {}

    // False when it was interrupted.
    bool run() {
        began_ns_ = steady_ns();
        while (const FeedRow* row = merge_.front()) {
            if (!wait_until_due(*row) || !make_room()) return false;
            if (!send(*row)) {
                take(10);
                continue;
            }
            merge_.pop();
            ++sent_;
            if (sent_ % 256 == 0) take(0);
            if (progress_.due()) show();
        }
        const std::int64_t until = steady_ns() + 5'000'000'000;
        while (tally_.answered < tally_.checks && steady_ns() < until && !is_interrupted())
            take(10);
        const bool confirmed = client_.drain(10'000);
        progress_.clear();
        return confirmed && !is_interrupted();
    }
    const Tally& tally() const noexcept { return tally_; }
    std::uint64_t sent() const noexcept { return sent_; }

private:
    bool wait_until_due(const FeedRow& row) {
        if (speed_ <= 0 || !row.time_ns) return !is_interrupted();
        if (!first_ns_) first_ns_ = *row.time_ns;
        const auto offset = static_cast<double>(*row.time_ns - *first_ns_) / speed_;
        const std::int64_t due = began_ns_ + static_cast<std::int64_t>(offset);
        for (std::int64_t left = due - steady_ns(); left > 0; left = due - steady_ns()) {
            if (is_interrupted()) return false;
            take(static_cast<int>(std::min<std::int64_t>(left / 1'000'000 + 1, 100)));
            if (progress_.due()) show();
        }
        return true;
    }
    bool make_room() {
        while (client_.unconfirmed() >= unconfirmed_max ||
               tally_.checks - tally_.answered >= unanswered_max) {
            if (is_interrupted()) return false;
            take(10);
            if (progress_.due()) show();
        }
        return !is_interrupted();
    }
    bool send(const FeedRow& row) {
        feeds::SubjectBuffer buffer;
        const std::string_view subject = client_.subjects().format(row.topic, row.token, buffer);
        if (row.topic == Topic::check) {
            if (!client_.request(subject, row.payload, tally_.checks)) return false;
            ++tally_.checks;
        } else if (feeds::is_fact(row.topic)) {
            client_.publish_fact(subject, row.payload);
            ++tally_.facts;
        } else {
            if (!client_.publish(subject, row.payload)) return false;
            ++tally_.prices;
        }
        return true;
    }
    void take(int timeout_ms) {
        client_.wait(timeout_ms);
        feeds::Arrival arrival;
        while (client_.next(arrival)) {
            ++tally_.answered;
            const auto answer = feeds::Tree::parse(arrival.payload);
            std::string word =
                answer ? std::string{(*answer)["decision"].text()} : std::string{"nobody answers"};
            if (word == "reject") word += " " + std::string{(*answer)["reason"].text()};
            if (word == "malformed") word += " " + std::string{(*answer)["field"].text()};
            ++tally_.answers[word];
        }
    }
    void show() {
        char text[120];
        const double seconds = static_cast<double>(steady_ns() - began_ns_) / 1e9;
        std::snprintf(text, sizeof text, "%3.0f %%  %s rows  %.0f rows/s  %zu facts not confirmed",
                      merge_.share_read() * 100, grouped(sent_).c_str(),
                      static_cast<double>(sent_) / seconds, client_.unconfirmed());
        progress_.show(text);
    }

    feeds::WireClient& client_;
    Merge& merge_;
    double speed_;
    Progress progress_;
    Tally tally_;
    std::uint64_t sent_{};
    std::int64_t began_ns_{};
    std::optional<std::int64_t> first_ns_;
};

// Zero: as fast as possible. Negative: not a speed.
double read_speed(std::string text) {
    if (text == "max") return 0;
    if (!text.empty() && text.front() == 'x') text.erase(0, 1);
    if (!text.empty() && text.back() == 'x') text.pop_back();
    char* end = nullptr;
    const double speed = std::strtod(text.c_str(), &end);
    return end == text.c_str() || *end != '\0' || !(speed > 0) ? -1 : speed;
}

bool read_time(const char* option, const std::string& text, std::optional<std::int64_t>& into) {
    if (text.empty()) return true;
    const DecimalRead read = parse_time(text);
    if (read.fault != DecimalFault::none) {
        std::fprintf(stderr, "%s: not a time such as 2021-05-19 or 2021-05-19T12:00:00Z: %s\n",
                     option, text.c_str());
        return false;
    }
    into = read.raw;
    return true;
}

bool open_files(const FeedOptions& options, Merge& merge) {
    FeedFileOptions common;
    common.instrument = options.instrument;
    common.points = options.points == "close" ? CandlePoints::close : CandlePoints::ohlc;
    common.keep_time = options.keep_time;
    if (options.price_decimals >= 0) common.price_decimals = options.price_decimals;
    if (!read_time("--from", options.from, common.from_ns)) return false;
    if (!read_time("--to", options.to, common.to_ns)) return false;
    for (const std::string& file : options.files) {
        std::string error;
        if (merge.add(file, common, error)) continue;
        std::fprintf(stderr, "%s\n", error.c_str());
        return false;
    }
    return true;
}

void report(const Feeder& feeder, const feeds::ClientCounters& counters) {
    const Tally& tally = feeder.tally();
    std::printf(
        "%s rows: %s prices, %s facts (%s confirmed, %s refused by the stream), %s checks\n",
        grouped(feeder.sent()).c_str(), grouped(tally.prices).c_str(), grouped(tally.facts).c_str(),
        grouped(counters.facts_confirmed).c_str(), grouped(counters.facts_refused).c_str(),
        grouped(tally.checks).c_str());
    std::vector<std::pair<std::string, std::uint64_t>> answers(tally.answers.begin(),
                                                               tally.answers.end());
    std::sort(answers.begin(), answers.end());
    for (const auto& [answer, count] : answers) {
        std::printf("  %s: %s\n", answer.c_str(), grouped(count).c_str());
    }
}

int run_feed(const FeedOptions& options) {
    const double speed = read_speed(options.speed);
    if (speed < 0) {
        std::fprintf(stderr, "--speed: not a speed such as 1, 600 or max: %s\n",
                     options.speed.c_str());
        return exit_bad_start;
    }
    Merge merge;
    if (!open_files(options, merge)) return exit_bad_start;
    const auto client = connect(*options.nats, "riskd feed");
    if (!client) return exit_bad_start;
    watch_interrupt();
    Feeder feeder{*client, merge, speed};
    const bool complete = feeder.run();
    report(feeder, client->counters());
    const std::string error = merge.error();
    if (!error.empty()) std::fprintf(stderr, "%s\n", error.c_str());
    return complete && error.empty() && client->counters().facts_refused == 0 ? exit_well
                                                                              : exit_failed;
}

}  // namespace

VerbBody declare_feed(CLI::App& command) {
    auto options = std::make_shared<FeedOptions>();
    options->nats = declare_connection(command);
    command.add_option("files", options->files, "CSV files, plain or gzipped: [INSTRUMENT=]path")
        ->required();
    command.add_option("--speed", options->speed, "times as fast as the times of the rows, or max")
        ->capture_default_str();
    command.add_option("--from", options->from, "skip rows before this time (2021-05-19)");
    command.add_option("--to", options->to, "skip rows from this time on");
    command.add_option("--points", options->points, "of a candle: ohlc (four prices) or close")
        ->check(CLI::IsMember({"ohlc", "close"}))
        ->capture_default_str();
    command.add_option("--instrument", options->instrument, "of files that do not name one");
    command.add_option("--price-decimals", options->price_decimals, "round candles to so many")
        ->check(CLI::Range(0, decimals_max));
    command.add_flag("--keep-time", options->keep_time,
                     "send `time` as the rows have it; otherwise now is meant");
    return [options] { return run_feed(*options); };
}

}  // namespace riskd::verbs
