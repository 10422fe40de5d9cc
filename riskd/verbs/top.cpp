#include "riskd/verbs/top.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "riskd/verbs/board.hpp"
#include "riskd/verbs/connection.hpp"
#include "riskd/verbs/interrupt.hpp"
#include "riskd/verbs/progress.hpp"
#include "riskd/verbs/screen.hpp"

namespace riskd::verbs {

namespace {

struct TopOptions {
    std::shared_ptr<config::NatsSettings> nats;
    double interval_seconds{0.5};
    bool once{false};
};

constexpr std::int64_t second_ns = 1'000'000'000;

void take_all(feeds::WireClient& client, BoardFeed& feed, int timeout_ms) {
    client.wait(timeout_ms);
    feeds::Arrival arrival;
    while (client.next(arrival))
        feed.take(arrival, steady_ns());
}

// Two answers, so that there are rates. False when nobody answers within five seconds.
bool fill(feeds::WireClient& client, BoardFeed& feed, const Board& board) {
    const std::int64_t began = steady_ns();
    std::int64_t complete_ns = 0;
    while (!is_interrupted() && steady_ns() - began < 5 * second_ns) {
        feed.tick(steady_ns());
        take_all(client, feed, 50);
        if (complete_ns == 0 && board.has_status()) complete_ns = steady_ns();
        if (complete_ns != 0 && steady_ns() - complete_ns > second_ns) return true;
    }
    return board.has_status();
}

int print_once(feeds::WireClient& client, BoardFeed& feed, const Board& board,
               const std::string& title) {
    const bool filled = fill(client, feed, board);
    std::fputs(board.render(title, {.columns = 120, .lines = 200, .colour = false}).c_str(),
               stdout);
    return filled ? exit_well : exit_failed;
}

int run_top(const TopOptions& options) {
    const auto client = connect(*options.nats, "riskd top");
    if (!client) return exit_bad_start;
    watch_interrupt();
    Board board;
    BoardFeed feed{*client, board, static_cast<std::int64_t>(options.interval_seconds * 1e9)};
    const std::string title = "riskd top  " + options.nats->url;
    if (options.once || !output_is_terminal()) return print_once(*client, feed, board, title);
    Screen screen;
    std::int64_t drawn_ns = 0;
    while (!is_interrupted()) {
        const std::int64_t now = steady_ns();
        feed.tick(now);
        take_all(*client, feed, 50);
        if (now - drawn_ns < second_ns / 4) continue;
        drawn_ns = now;
        const bool gone = !client->connected() || feed.nobody_answers();
        const std::string said =
            title + (client->connected() ? "" : "  NOT CONNECTED") + (gone ? "  NO ANSWER" : "");
        screen.draw(board.render(said, terminal_shape()));
    }
    return exit_well;
}

}  // namespace

VerbBody declare_top(CLI::App& command) {
    auto options = std::make_shared<TopOptions>();
    options->nats = declare_connection(command);
    command.add_option("--interval", options->interval_seconds, "seconds between two questions")
        ->check(CLI::Range(0.1, 60.0))
        ->capture_default_str();
    command.add_flag("--once", options->once, "print one page and end");
    return [options] { return run_top(*options); };
}

}  // namespace riskd::verbs
