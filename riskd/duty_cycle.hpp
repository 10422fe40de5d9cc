// The loop of the core thread: read what each socket has (facts, then prices, then checks), apply,
// one journal write for the batch, one send per connection. Nothing in it waits but the poller.
// Core thread only.
#pragma once

#include <cstdint>
#include <vector>

#include "riskd/intake.hpp"
#include "riskd/network.hpp"
#include "riskd/requests.hpp"
#include "riskd/runtime/board_scan.hpp"
#include "riskd/runtime/queue_scan.hpp"
#include "riskd/runtime/status_server.hpp"
#include "riskd/station.hpp"

namespace riskd::verbs {

class DutyCycle {
public:
    // REQUIRES: the network is open and its streams stand where the station is.
    DutyCycle(Station& station, Network& network, runtime::Published& published);

    // Until a stop is asked for; then everything in hand is journalled, answered and sent.
    void run();

private:
    void turn();
    std::size_t apply_inputs(std::int64_t now_ns);
    void pass_time();
    // A slice of the accounts in each turn, since new rules decide.
    bool judges_everyone() const noexcept { return station_.engine.accounts_waiting() > 0; }
    void send(std::int64_t now_ns);
    void pump_outputs();
    void tell_accounts(std::int64_t now_ns);
    void look_around(std::int64_t now_ns);
    void note_journal();
    void note_connections();
    void note_facts();
    void scan_board(std::int64_t now_ns, bool idle);
    void scan_queue(std::uint32_t budget);
    void publish_board(std::int64_t now_ns);
    void write_rules(runtime::BoardSnapshot& board) const;
    void write_rulesets(runtime::BoardSnapshot& board);
    void write_connections(runtime::BoardSnapshot& board) const;
    void stop();

    Station& station_;
    Network& network_;
    runtime::Published& published_;
    Standing standing_;
    Requests requests_;
    Intake intake_;
    runtime::BoardScan scan_;
    runtime::QueueScan queue_scan_;
    std::array<bool, runtime::not_ready_names.size()> not_ready_{};
    bool caught_up_once_{};
    bool outputs_full_{};
    bool holds_back_{};  // inputs wait for the journal or for room
    bool scanning_{};
    bool queueing_{};
    bool journal_was_failing_{};
    bool was_connected_{true};
    feeds::FactStatus facts_were_{feeds::FactStatus::waiting};
    std::int64_t caught_up_ns_{};
    std::int64_t looked_ns_{};
    std::int64_t board_ns_{};
    std::int64_t accounts_ns_{};
    Timestamp time_passed_;
    std::string not_ready_text_;
};

}  // namespace riskd::verbs
