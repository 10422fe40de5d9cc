#include "riskd/verbs/load.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "feeds/codec_client.hpp"
#include "feeds/wire_client.hpp"
#include "riskd/verbs/connection.hpp"
#include "riskd/verbs/interrupt.hpp"
#include "riskd/verbs/latency.hpp"
#include "riskd/verbs/progress.hpp"

namespace riskd::verbs {

namespace {

using feeds::Topic;

struct LoadOptions {
    std::shared_ptr<config::NatsSettings> nats;
    std::size_t accounts{1000};
    std::size_t in_flight{1};
    double rate{0};
    double seconds{5};
    int rounds{5};
    std::string instrument{"BTC-PERP"};
    std::string price{"50000"};
    std::string quantity{"0.001"};
    std::string currency{"USDT"};
    bool no_echo{false};
    bool no_setup{false};
};

constexpr std::int64_t second = 1'000'000'000;

// What the echo answers: as long as an accept is.
constexpr std::size_t echo_bytes = 330;

// Answers every message at once, in a process of its own, as riskd is one. Ends with its parent.
class Echo {
public:
    explicit Echo(const config::NatsSettings& settings) {
        pid_ = ::fork();
        if (pid_ != 0) return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const auto client = connect(settings, "riskd load echo");
        if (!client) ::_exit(1);
        client->subscribe(std::string{client->subjects().prefix()} + ".echo");
        const std::string answer(echo_bytes, 'e');
        feeds::Arrival arrival;
        for (;;) {
            client->wait(1000);
            while (client->next(arrival))
                client->answer(arrival, answer);
        }
    }
    ~Echo() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Echo(const Echo&) = delete;
    Echo& operator=(const Echo&) = delete;

private:
    pid_t pid_{-1};
};

struct Measured {
    LatencyRecorder latency;
    std::map<std::string, std::uint64_t> answers;
    std::uint64_t sent{};
    std::uint64_t not_sent{};
    std::int64_t elapsed_ns{};

    double per_second() const {
        return elapsed_ns == 0
                   ? 0
                   : static_cast<double>(latency.count()) * 1e9 / static_cast<double>(elapsed_ns);
    }
    void add(const Measured& other) {
        latency.add(other.latency);
        for (const auto& [answer, count] : other.answers)
            answers[answer] += count;
        sent += other.sent;
        not_sent += other.not_sent;
        elapsed_ns += other.elapsed_ns;
    }
};

class Load {
public:
    Load(feeds::WireClient& client, const LoadOptions& options)
        : client_(client),
          options_(options),
          run_(std::to_string(wall_ns() / 1'000'000 % 10'000'000'000)) {
        for (std::size_t i = 1; i <= options.accounts; ++i) {
            idle_.push_back(i - 1);
            accounts_.push_back({.name = "load-" + std::to_string(i), .last = {}});
        }

        echo_subject_ = std::string{client.subjects().prefix()} + ".echo";
    }

    bool set_up() {
        feeds::SubjectBuffer buffer;
        for (const Account& account : accounts_) {
            fact(client_.subjects().format(Topic::in_account, account.name, buffer),
                 {{"currency", options_.currency}});
            while (client_.unconfirmed() > 2000 && !is_interrupted())
                take_nothing();
        }
        if (!client_.drain(60'000)) return false;
        for (const Account& account : accounts_) {
            fact(client_.subjects().format(Topic::in_balance, account.name, buffer),
                 {{"id", "load-deposit"},
                  {"asset", options_.currency},
                  {"amount", "1000000"},
                  {"kind", "deposit"}});
            while (client_.unconfirmed() > 2000 && !is_interrupted())
                take_nothing();
        }
        return client_.drain(60'000);
    }

    // One round. Samples count from the moment a request was due.
    void run(bool echo, std::int64_t duration_ns, Measured& into) {
        echo_ = echo;
        const std::int64_t began = steady_ns();
        const std::int64_t until = began + duration_ns;
        const double interval = options_.rate > 0 ? 1e9 / options_.rate : 0;
        double due = static_cast<double>(began);
        Measured measured;
        for (std::int64_t now = began; now < until && !is_interrupted(); now = steady_ns()) {
            publish_price(now);
            if (interval > 0) {
                for (; due <= static_cast<double>(now); due += interval) {
                    ask(static_cast<std::int64_t>(due), measured);
                }
            } else {
                while (due_.size() < options_.in_flight && ask(steady_ns(), measured)) {
                }
            }
            take(interval > 0 ? 0 : 10, measured);
        }
        for (const std::int64_t end = steady_ns() + 2 * second;
             !due_.empty() && steady_ns() < end;) {
            take(10, measured);
        }
        measured.answers["not answered"] += due_.size();
        for (const auto& [number, asked] : due_)
            idle_.push_back(asked.account);
        due_.clear();
        measured.elapsed_ns = steady_ns() - began;
        into.add(measured);
    }

private:
    struct Account {
        std::string name;
        std::string last;  // its open order
    };
    struct Asked {
        std::int64_t due_ns{};
        std::size_t account{};
        std::string order;
    };

    void fact(std::string_view subject, std::initializer_list<feeds::FieldText> fields) {
        payload_.clear();
        feeds::encode_fields({fields.begin(), fields.size()}, payload_);
        client_.publish_fact(subject, payload_);
    }
    void take_nothing() {
        client_.wait(10);
        feeds::Arrival ignored;
        while (client_.next(ignored)) {
        }
    }
    void publish_price(std::int64_t now) {
        if (now < next_price_) return;
        next_price_ = now + second / 2;
        feeds::SubjectBuffer buffer;
        payload_.clear();
        const feeds::FieldText fields[] = {{"mark", options_.price}};
        feeds::encode_fields(fields, payload_);
        client_.publish(client_.subjects().format(Topic::in_price, options_.instrument, buffer),
                        payload_);
    }
    bool ask(std::int64_t due_ns, Measured& measured) {
        // An account waits for its answer before it asks again: it must know which order works.
        if (idle_.empty()) {
            ++measured.not_sent;
            return false;
        }
        const std::size_t at = idle_.front();
        Account& account = accounts_[at];
        std::string order = "l" + run_ + "-" + std::to_string(++numbered_);
        payload_.clear();
        const feeds::FieldText fields[] = {{"order", order},
                                           {"instrument", options_.instrument},
                                           {"side", numbered_ % 2 == 0 ? "buy" : "sell"},
                                           {"type", "limit"},
                                           {"price", options_.price},
                                           {"quantity", options_.quantity},
                                           {"time_in_force", "gtc"},
                                           {"replaces", account.last}};
        feeds::encode_fields(fields, payload_);
        feeds::SubjectBuffer buffer;
        const std::string_view subject =
            echo_ ? std::string_view{echo_subject_}
                  : client_.subjects().format(Topic::check, account.name, buffer);
        if (!client_.request(subject, payload_, numbered_)) {
            ++measured.not_sent;
            return false;
        }
        ++measured.sent;
        idle_.pop_front();
        due_.emplace(numbered_, Asked{due_ns, at, std::move(order)});
        return true;
    }
    void take(int timeout_ms, Measured& measured) {
        client_.wait(timeout_ms);
        feeds::Arrival arrival;
        while (client_.next(arrival)) {
            const auto asked = due_.find(arrival.number);
            if (asked == due_.end()) continue;
            measured.latency.record(steady_ns() - asked->second.due_ns);
            idle_.push_back(asked->second.account);
            if (!echo_) judge(arrival, asked->second, measured);
            due_.erase(asked);
        }
    }
    // Looks no further than it must: the load generator shares the machine with what it measures.
    void judge(const feeds::Arrival& arrival, Asked& asked, Measured& measured) {
        if (arrival.payload.starts_with(R"({"decision":"accept")")) {
            ++measured.answers["accept"];
            accounts_[asked.account].last = std::move(asked.order);
            return;
        }
        const auto answer = feeds::Tree::parse(arrival.payload);
        std::string word = answer ? std::string{(*answer)["decision"].text()} : "nobody answers";
        if (word == "reject") word += " " + std::string{(*answer)["reason"].text()};
        if (word == "reject unknown_order") accounts_[asked.account].last.clear();
        ++measured.answers[word];
    }

    feeds::WireClient& client_;
    const LoadOptions& options_;
    std::string run_;
    std::string echo_subject_;
    std::vector<Account> accounts_;
    std::map<std::uint64_t, Asked> due_;
    std::uint64_t numbered_{};
    std::deque<std::size_t> idle_;  // accounts that wait for no answer
    std::int64_t next_price_{};
    std::string payload_;
    bool echo_{};
};

void report(const char* what, const Measured& measured) {
    std::printf("%-6s %9.0f /s  %s\n", what, measured.per_second(),
                measured.latency.text().c_str());
    for (const auto& [answer, count] : measured.answers) {
        if (count != 0) std::printf("         %s: %s\n", answer.c_str(), grouped(count).c_str());
    }
    if (measured.not_sent != 0) {
        std::printf("         could not be sent: %s\n", grouped(measured.not_sent).c_str());
    }
}

int run_rounds(const LoadOptions& options, Load& load) {
    Measured echo;
    Measured check;
    const double parts = options.rounds * (options.no_echo ? 1.0 : 2.0);
    const auto part_ns = static_cast<std::int64_t>(options.seconds * 1e9 / parts);
    Measured warm;
    load.run(false, second / 2, warm);
    {
        Progress progress;
        for (int round = 0; round < options.rounds && !is_interrupted(); ++round) {
            if (!options.no_echo) load.run(true, part_ns, echo);
            load.run(false, part_ns, check);
            if (progress.due())
                progress.show("round " + std::to_string(round + 1) + " of " +
                              std::to_string(options.rounds) + "  " + check.latency.text());
        }
    }
    if (options.rate > 0) {
        std::printf("open loop, %.0f a second", options.rate);
    } else {
        std::printf("closed loop, %zu in flight", options.in_flight);
    }
    std::printf(", %zu accounts, %d rounds, %.1f s in all\n", options.accounts, options.rounds,
                options.seconds);
    if (!options.no_echo) report("echo", echo);
    report("check", check);
    if (!options.no_echo && echo.latency.count() > 0) {
        const auto ratio = [&](double share) {
            return static_cast<double>(check.latency.percentile(share)) /
                   static_cast<double>(echo.latency.percentile(share));
        };
        std::printf("check / echo: p50 %.2f  p99 %.2f  throughput %.2f\n", ratio(0.5), ratio(0.99),
                    check.per_second() / echo.per_second());
    }
    return check.answers.count("accept") != 0 ? exit_well : exit_failed;
}

int run_load(const LoadOptions& options) {
    watch_interrupt();
    std::unique_ptr<Echo> echo;
    if (!options.no_echo) echo = std::make_unique<Echo>(*options.nats);
    const auto client = connect(*options.nats, "riskd load");
    if (!client) return exit_bad_start;
    Load load{*client, options};
    if (!options.no_setup && !load.set_up()) {
        std::fprintf(stderr, "the input stream did not confirm accounts and deposits\n");
        return exit_failed;
    }
    return run_rounds(options, load);
}

}  // namespace

VerbBody declare_load(CLI::App& command) {
    auto options = std::make_shared<LoadOptions>();
    options->nats = declare_connection(command);
    const auto add = [&](const char* name, auto& value, const char* text) {
        return command.add_option(name, value, text)->capture_default_str();
    };
    add("--accounts", options->accounts, "accounts to ask for")->check(CLI::Range(1, 1'000'000));
    add("--in-flight", options->in_flight, "closed loop: questions open at a time")
        ->check(CLI::Range(1, 100'000));
    add("--rate", options->rate, "open loop: questions a second; 0: closed loop")
        ->check(CLI::NonNegativeNumber);
    add("--seconds", options->seconds, "how long in all")->check(CLI::PositiveNumber);
    add("--rounds", options->rounds, "echo and check take turns so many times")
        ->check(CLI::Range(1, 1'000));
    add("--instrument", options->instrument, "what is ordered");
    add("--price", options->price, "its price, published as the mark, too");
    add("--quantity", options->quantity, "of each order");
    add("--currency", options->currency, "of the accounts");
    command.add_flag("--no-echo", options->no_echo, "measure riskd alone");
    command.add_flag("--no-setup", options->no_setup, "accounts load-1... and their money exist");
    return [options] { return run_load(*options); };
}

}  // namespace riskd::verbs
