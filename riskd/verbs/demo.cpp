#include "riskd/verbs/demo.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "config/load.hpp"
#include "riskd/verbs/board.hpp"
#include "riskd/verbs/connection.hpp"
#include "riskd/verbs/demo_clients.hpp"
#include "riskd/verbs/demo_market.hpp"
#include "riskd/verbs/demo_stage.hpp"
#include "riskd/verbs/interrupt.hpp"
#include "riskd/verbs/progress.hpp"
#include "riskd/verbs/screen.hpp"

namespace riskd::verbs {

namespace {

struct DemoOptions {
    StagePlan stage{.directory = "data/demo", .config = "config/demo.yaml"};
    MarketPlan market;
    DemoClientsPlan clients;
    double seconds{0};
    bool plain{false};
};

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t price_interval = second / 5;

std::string_view weather_text(Weather weather) {
    switch (weather) {
        case Weather::calm: return "calm";
        case Weather::crash: return "CRASH";
        case Weather::recovery: return "recovery";
    }
    return "";
}

class Demo {
public:
    Demo(const DemoOptions& options, DemoStage& stage, feeds::WireClient& client,
         const config::Settings& settings)
        : options_(options),
          stage_(stage),
          client_(client),
          market_(settings.reference.instruments, options.clients.seed, options.market),
          clients_(client, market_, options.clients),
          feed_(client, board_, second / 2) {}

    // Until riskd answers and every account has its money. False: `error` says what went wrong.
    bool set_up(std::string& error) {
        if (!wait_for("riskd to answer", error, [this] { return board_.has_status(); })) {
            return false;
        }
        clients_.open_accounts();
        const auto is_confirmed = [this] { return client_.unconfirmed() == 0; };
        if (!wait_for("the accounts to be stored", error, is_confirmed)) return false;
        clients_.deposit();
        if (!wait_for("the deposits to be stored", error, is_confirmed)) return false;
        return wait_for("riskd to be ready", error, [this] {
            const feeds::Tree& status = *board_.status();
            return status["ready"].text() == "true" && status["lag"].text() == "0" &&
                   status["accounts"].number() >= static_cast<double>(options_.clients.accounts);
        });
    }

    // Until Ctrl-C, or the time is over. False: a part broke down.
    bool run(std::string& error) {
        const bool on_screen = output_is_terminal() && !options_.plain;
        std::optional<Screen> screen;
        if (on_screen) screen.emplace();
        const std::int64_t began = steady_ns();
        const auto limit = static_cast<std::int64_t>(options_.seconds * 1e9);
        std::int64_t next_show = began;
        while (!is_interrupted()) {
            const std::int64_t now = steady_ns();
            if (limit > 0 && now - began >= limit) break;
            seconds_ = static_cast<double>(now - began) / 1e9;
            move_market(now);
            clients_.tick(now);
            take_all(5);
            if (now < next_show) continue;
            next_show += on_screen ? second / 4 : second;
            if (!stage_.is_well(error)) return false;
            show(screen);
        }
        return true;
    }

    void summarize() const {
        const DemoCounters& counters = clients_.counters();
        const auto print = [](const char* what, std::uint64_t count) {
            std::printf("  %-22s %s\n", what, grouped(count).c_str());
        };
        std::printf("%.0f seconds\n", seconds_);
        print("checks asked", counters.checks);
        print("accepted", counters.accepts);
        print("rejected", counters.rejects);
        print("malformed", counters.malformed);
        print("not answered", counters.unanswered);
        print("fills", counters.fills);
        print("cancels", counters.cancels);
        print("margin calls", counters.margin_calls);
        print("reductions", counters.reductions);
        print("liquidations", counters.liquidations);
        print("episodes closed", counters.closed);
        if (!board_.status()) return;
        for (const feeds::Tree& reason : (*board_.status())["counters"]["rejected"].elements()) {
            std::printf("  rejected: %-36s %s\n", std::string{reason.key()}.c_str(),
                        std::string{reason.text()}.c_str());
        }
    }

private:
    template <typename Done>
    bool wait_for(const char* what, std::string& error, Done&& is_done) {
        const std::int64_t until = steady_ns() + 30 * second;
        while (!is_done()) {
            if (is_interrupted() || !stage_.is_well(error)) return false;
            if (steady_ns() > until) {
                error = std::string{"waited in vain for "} + what + "\n" +
                        tail_of(stage_.riskd_log(), 20);
                return false;
            }
            move_market(steady_ns());
            take_all(20);
        }
        return true;
    }
    void move_market(std::int64_t now) {
        feed_.tick(now);
        if (now < next_price_) return;
        next_price_ = now + price_interval;
        market_.step(seconds_);
        feeds::SubjectBuffer buffer;
        for (const MarketInstrument& instrument : market_.instruments()) {
            payload_.clear();
            market_.encode(instrument, payload_);
            client_.publish(client_.subjects().format(feeds::Topic::in_price,
                                                      instrument.terms.name.view(), buffer),
                            payload_);
        }
    }
    void take_all(int timeout_ms) {
        client_.wait(timeout_ms);
        feeds::Arrival arrival;
        while (client_.next(arrival)) {
            const std::int64_t now = steady_ns();
            if (!feed_.take(arrival, now)) clients_.take(arrival, now);
        }
    }
    void show(std::optional<Screen>& screen) {
        char title[200];
        const std::string_view weather = weather_text(market_.weather());
        std::snprintf(title, sizeof title,
                      "riskd demo  %3.0f s  market: %s  metrics: http://%s/metrics", seconds_,
                      std::string{weather}.c_str(), stage_.http().c_str());
        if (screen) {
            screen->draw(board_.render(title, terminal_shape()));
            return;
        }
        std::printf("%4.0f s  %-8s  %s\n", seconds_, std::string{weather}.c_str(),
                    board_.line().c_str());
        std::fflush(stdout);
    }

    const DemoOptions& options_;
    DemoStage& stage_;
    feeds::WireClient& client_;
    DemoMarket market_;
    DemoClients clients_;
    Board board_;
    BoardFeed feed_;
    double seconds_{};
    std::int64_t next_price_{};
    std::string payload_;
};

// False: a part broke down.
bool play(const DemoOptions& options, const config::Settings& settings, DemoStage& stage,
          std::string& error) {
    if (!stage.start(error)) return false;
    const auto client = connect(stage.nats(), "riskd demo");
    if (!client) return false;
    std::printf("nats-server %s, riskd with %s\n", stage.nats().url.c_str(),
                options.stage.config.c_str());
    std::printf("another board: riskd top --url %s\n", stage.nats().url.c_str());
    std::fflush(stdout);
    Demo demo{options, stage, *client, settings};
    if (!demo.set_up(error)) return is_interrupted() && error.empty();
    const bool well = demo.run(error);
    demo.summarize();
    return well;
}

int run_demo(DemoOptions options) {
    options.stage.config = find_config(options.stage.config);
    const config::LoadResult loaded = config::load(options.stage.config);
    if (!loaded.ok()) {
        std::fputs(config::render(loaded.faults).c_str(), stderr);
        return exit_bad_start;
    }
    watch_interrupt();
    DemoStage stage{options.stage};
    std::string error;
    const bool well = play(options, loaded.settings, stage, error);
    if (!error.empty()) std::fprintf(stderr, "%s\n", error.c_str());
    std::fflush(stdout);
    const std::string unwell = stage.stop();
    std::fputs(unwell.c_str(), stderr);
    return well && unwell.empty() ? exit_well : exit_failed;
}

}  // namespace

VerbBody declare_demo(CLI::App& command) {
    auto options = std::make_shared<DemoOptions>();
    command.add_option("-c,--config", options->stage.config, "settings of riskd")
        ->capture_default_str();
    command.add_option("--directory", options->stage.directory, "where journal and streams go")
        ->capture_default_str();
    command.add_option("--seconds", options->seconds, "end after so long; 0: until Ctrl-C")
        ->check(CLI::NonNegativeNumber);
    command.add_option("--accounts", options->clients.accounts, "accounts that trade")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    command.add_option("--rate", options->clients.checks_per_second, "checks asked a second")
        ->check(CLI::Range(1.0, 100'000.0))
        ->capture_default_str();
    command.add_option("--seed", options->clients.seed, "of the market and the clients")
        ->capture_default_str();
    command
        .add_option("--crash-after", options->market.crash_after_seconds,
                    "seconds of normal trading before each crash")
        ->check(CLI::Range(1.0, 1'000.0))
        ->capture_default_str();
    command.add_flag("--any-port", options->stage.any_port,
                     "ports nobody uses, instead of 4222 and 9464 when they are free");
    command.add_flag("--plain", options->plain, "a line a second instead of the board");
    return [options] {
        options->market.cycle_seconds = options->market.crash_after_seconds +
                                        options->market.crash_seconds +
                                        options->market.recovery_seconds + 24;
        return run_demo(*options);
    };
}

}  // namespace riskd::verbs
