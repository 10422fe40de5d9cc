#include "riskd/duty_cycle.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "riskd/verbs/interrupt.hpp"

namespace riskd::verbs {
namespace {

using runtime::interval_clock_ns;
using runtime::LogLevel;
using runtime::NotReady;

constexpr std::size_t facts_per_cycle = 1'024;
constexpr std::size_t accounts_told_per_cycle = 64;
constexpr std::size_t outputs_waiting_max = 200'000;
constexpr std::size_t outputs_bytes_max = 256U << 20;
constexpr std::uint32_t scan_busy = 64;     // accounts looked at in a cycle with work
constexpr std::uint32_t scan_idle = 4'096;  // and in one without
constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t look_around_ns = 50'000'000;
constexpr std::int64_t lag_ns_max = 2 * second_ns;
constexpr int wait_ms = 10;

// The stream no longer holds what was applied: nobody can say what is missing.
bool has_lost_facts(const feeds::FactReader& facts) noexcept {
    const auto status = facts.status();
    return status == feeds::FactStatus::stream_behind ||
           status == feeds::FactStatus::stream_rewritten;
}

}  // namespace

DutyCycle::DutyCycle(Station& station, Network& network, runtime::Published& published)
    : station_(station),
      network_(network),
      published_(published),
      requests_(station, *network.checks, standing_),
      intake_(station, *network.prices, *network.fact_reader, requests_.decoder()),
      scan_(station.settings.board.nearest_accounts) {
    standing_.started = runtime::machine_time();
    not_ready_[static_cast<std::size_t>(NotReady::input_lagging)] = true;
}

void DutyCycle::run() {
    while (!is_interrupted())
        turn();
    stop();
}

void DutyCycle::turn() {
    network_.poller.wait(judges_everyone() ? 0 : wait_ms);
    const std::int64_t began = interval_clock_ns();
    published_.beat_ns.store(began, std::memory_order_relaxed);
    for (feeds::NatsSession* session : network_.sessions())
        session->read();
    network_.fact_reader->tick(began);
    std::size_t work = apply_inputs(began);
    work += requests_.serve(began);
    send(began);
    if (work > 0) {
        const std::int64_t took = interval_clock_ns() - began;
        station_.counters.cycle.record(took);
        station_.counters.cycle_max_ns = std::max(station_.counters.cycle_max_ns, took);
    }
    look_around(began);
    scan_board(began, work == 0);
    // What waits untaken keeps the poller awake; without this a full disk would cost a core.
    if (holds_back_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// Facts before prices before checks: an order is judged on the newest facts. While the journal
// fails or outputs have no room, facts stay in their stream and prices are conflated.
std::size_t DutyCycle::apply_inputs(std::int64_t now_ns) {
    const Outbox& outputs = station_.announcer.outputs();
    outputs_full_ = outputs.size() > outputs_waiting_max || outputs.bytes() > outputs_bytes_max;
    const bool takes = station_.sequencer->takes_inputs() && !outputs_full_;
    holds_back_ = !takes;
    std::size_t work = takes ? intake_.apply_facts(facts_per_cycle) : 0;
    if (network_.fact_reader->caught_up()) {
        caught_up_once_ = true;
        caught_up_ns_ = now_ns;
    }
    work += intake_.take_prices();
    if (takes) {
        intake_.apply_prices();
        pass_time();
    }
    standing_.takes_new_risk =
        caught_up_once_ && !has_lost_facts(*network_.fact_reader) && !outputs_full_;
    return work;
}

void DutyCycle::pass_time() {
    const Timestamp now = station_.clock.now();
    if ((now - time_passed_).ns < second_ns && !judges_everyone()) return;
    time_passed_ = now;
    station_.apply(TimePassed{});
}

void DutyCycle::send(std::int64_t now_ns) {
    station_.sequencer->commit();
    requests_.release();
    network_.checks->flush();  // somebody waits for these; the rest may follow
    requests_.note_sent();
    pump_outputs();
    tell_accounts(now_ns);
    network_.publisher->tick(now_ns);
    network_.outputs->flush();
    network_.facts->flush();
    network_.prices->flush();
}

// Into the publisher's list, which keeps them until the stream has them.
void DutyCycle::pump_outputs() {
    Outbox& outputs = station_.announcer.outputs();
    for (; !outputs.empty(); outputs.pop()) {
        const Waiting output = outputs.front();
        if (!station_.sequencer->may_leave(output.sequence)) return;
        const feeds::OutputId id{output.sequence.raw, output.number};
        if (!network_.publisher->publish(id, output.subject, output.payload)) return;
    }
}

void DutyCycle::tell_accounts(std::int64_t now_ns) {
    const std::int64_t interval = station_.settings.board.account_interval_ms * 1'000'000;
    if (now_ns - accounts_ns_ >= interval) {
        accounts_ns_ = now_ns;
        station_.announcer.begin_interval();
    }
    station_.announcer.tell_accounts(station_.clock.last(), accounts_told_per_cycle,
                                     [this](std::string_view subject, std::string_view payload) {
                                         network_.outputs->publish(subject, {}, payload);
                                     });
}

void DutyCycle::look_around(std::int64_t now_ns) {
    if (now_ns - looked_ns_ < look_around_ns) return;
    looked_ns_ = now_ns;
    const auto set = [this](NotReady reason, bool holds) {
        not_ready_[static_cast<std::size_t>(reason)] = holds;
    };
    if (station_.sequencer->takes_inputs()) {
        station_.retreat_from_canary();
        station_.retreat_from_faults(now_ns);
        station_.end_overrides(station_.clock.now());
    }
    note_journal();
    note_connections();
    note_facts();
    set(NotReady::journal_failed, journal_was_failing_);
    set(NotReady::nats_disconnected, !was_connected_);
    set(NotReady::streams_missing, has_lost_facts(*network_.fact_reader));
    set(NotReady::input_lagging, !caught_up_once_ || now_ns - caught_up_ns_ > lag_ns_max);
    set(NotReady::stopping, is_interrupted());
    not_ready_text_.clear();
    for (std::size_t i = 0; i < not_ready_.size(); ++i) {
        if (!not_ready_[i]) continue;
        if (!not_ready_text_.empty()) not_ready_text_ += ", ";
        not_ready_text_ += runtime::not_ready_names[i];
    }
    if (!standing_.ready && not_ready_text_.empty()) {
        station_.log.from_core(LogLevel::info, "ready");
    } else if (standing_.ready && !not_ready_text_.empty()) {
        station_.log.from_core(LogLevel::warning, "not ready: " + not_ready_text_);
    }
    standing_.ready = not_ready_text_.empty();
    standing_.not_ready_because = not_ready_text_;
    standing_.stream_last = station_.engine.stream_sequence() + network_.fact_reader->pending();
    station_.counters.outputs_waiting =
        station_.announcer.outputs().size() + network_.publisher->unconfirmed();
}

void DutyCycle::note_journal() {
    const bool failing = !station_.sequencer->takes_inputs();
    if (failing == journal_was_failing_) return;
    journal_was_failing_ = failing;
    if (failing) {
        station_.log.from_core(LogLevel::error, "journal cannot be written, new risk is refused: " +
                                                    station_.journal.last_error());
    } else {
        station_.log.from_core(LogLevel::info, "journal is written again, nothing was lost");
    }
}

void DutyCycle::note_connections() {
    const bool connected = network_.connected();
    if (connected == was_connected_) return;
    was_connected_ = connected;
    station_.log.from_core(connected ? LogLevel::info : LogLevel::warning,
                           connected ? "NATS: every connection is up" : "NATS: disconnected");
}

void DutyCycle::note_facts() {
    const auto status = network_.fact_reader->status();
    if (status == facts_were_) return;
    facts_were_ = status;
    const std::string applied = std::to_string(station_.engine.stream_sequence());
    if (status == feeds::FactStatus::stream_behind) {
        station_.log.from_core(LogLevel::error,
                               "the input stream ends before fact " + applied +
                                   ", which was applied: it lost facts; reconcile, then restart");
    } else if (status == feeds::FactStatus::stream_rewritten) {
        station_.log.from_core(LogLevel::error, "the input stream holds another message as fact " +
                                                    applied + ": it was made anew; reconcile");
    } else if (status == feeds::FactStatus::reading) {
        station_.log.from_core(LogLevel::info, "facts: reading behind stream sequence " + applied);
    }
}

void DutyCycle::scan_board(std::int64_t now_ns, bool idle) {
    const std::int64_t interval = station_.settings.board.metrics_interval_ms * 1'000'000;
    if (now_ns - board_ns_ >= interval) {
        board_ns_ = now_ns;
        publish_board(now_ns);
        scanning_ = true;
        queueing_ = true;
    }
    if (rulesets::Shadow* shadow = station_.shadow()) {
        shadow->look_on(station_.clock.last(), idle ? scan_idle : scan_busy);
    }
    scan_queue(idle ? scan_idle : scan_busy);
    if (!scanning_) return;
    if (!scan_.step(station_.engine, station_.clock.last(), idle ? scan_idle : scan_busy)) return;
    scanning_ = false;
    standing_.nearest.clear();
    for (const auto& near : scan_.figures().nearest)
        standing_.nearest.push_back(near.account);
}

// What clients are shown of the queue of auto-deleveraging.
void DutyCycle::scan_queue(std::uint32_t budget) {
    if (!queueing_ || !queue_scan_.step(station_.engine, station_.clock.last(), budget)) return;
    queueing_ = false;
    standing_.queue = &queue_scan_.queue();
    standing_.queued_at = queue_scan_.as_of();
}

void DutyCycle::publish_board(std::int64_t now_ns) {
    runtime::BoardSnapshot& board = published_.board.draft();
    const feeds::FactReader& facts = *network_.fact_reader;
    station_.counters.unknown_fields = requests_.decoder().unknown_fields();
    station_.counters.prices_conflated = intake_.conflated();
    station_.counters.log_lines_lost = station_.log.lines_lost();
    board.not_ready = not_ready_;
    board.ruleset = station_.engine.ruleset().hash;
    board.sequence = station_.engine.sequence();
    board.open_orders = station_.engine.ledger().orders().size();
    board.input_sequence = station_.engine.stream_sequence();
    board.input_lag_messages = facts.pending();
    const bool lags = facts.pending() > 0 && intake_.last_fact_ns() > 0;
    const double age = static_cast<double>(station_.clock.last().ns - intake_.last_fact_ns());
    board.input_lag_seconds = lags ? std::max(0.0, age / 1e9) : 0.0;
    board.input_missing = facts.counters().missing;
    board.engine = station_.engine.counters();
    board.daemon = station_.counters;
    board.journal = station_.journal.figures();
    board.journal_healthy = station_.sequencer->takes_inputs();
    board.journal_pending_bytes = station_.journal.pending_bytes();
    board.exposure = scan_.figures();
    for (std::uint32_t i = 0; i < board.exposure.instruments.size(); ++i) {
        runtime::InstrumentFigures& figures = board.exposure.instruments[i];
        figures.queued_longs = queue_scan_.queue().positions(InstrumentId{i}, true);
        figures.queued_shorts = queue_scan_.queue().positions(InstrumentId{i}, false);
    }
    write_rules(board);
    write_rulesets(board);
    write_connections(board);
    station_.counters.cycle_max_ns = 0;
    published_.board.publish();
    published_.beat_ns.store(now_ns, std::memory_order_relaxed);
}

void DutyCycle::write_rules(runtime::BoardSnapshot& board) const {
    const auto rules = station_.rulesets.active().rules();
    const auto counters = station_.rulesets.active().counters();
    const auto& rejects = station_.announcer.rejects();
    board.rules.resize(rules.size());
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const dsl::RuleCounters& counted = counters[i];
        // One call in a few thousand is timed; the others are taken to be like it.
        const double mean = counted.timed_calls == 0 ? 0.0
                                                     : static_cast<double>(counted.timed_ns) /
                                                           static_cast<double>(counted.timed_calls);
        board.rules[i] = {
            .rule = rules[i].name,
            .calls = counted.calls,
            .ns = static_cast<std::uint64_t>(mean * static_cast<double>(counted.calls)),
            .rejects = i < rejects.size() ? rejects[i] : 0,
            .faults = counted.faults};
    }
}

void DutyCycle::write_rulesets(runtime::BoardSnapshot& board) {
    board.overrides.clear();
    for (const rulesets::Override& each : station_.rulesets.active_ruleset().bundle.overrides) {
        const config::ParameterSetting& setting = each.setting;
        board.overrides.push_back(
            {.account = setting.account,
             .where = setting.instrument.empty() ? setting.asset : setting.instrument,
             .parameter = parameter_of(each),
             .value = setting.value.text,
             .instead = each.instead,
             .end_seconds = static_cast<double>(each.until.ns) / 1e9});
    }
    board.overrides_overdue = station_.rulesets.overdue(station_.clock.last());
    board.shadow = {};
    board.canary = {};
    board.accounts_waiting = station_.engine.accounts_waiting();
    board.accounts_awake = station_.engine.bands().accounts_awake();
    const rulesets::Shadow* shadow = station_.shadow();
    if (shadow == nullptr) return;
    const auto& [decided, same, accept, refuse, other, faults] = shadow->orders();
    const rulesets::ShadowStages& stages = shadow->stages();
    board.shadow = {.running = true,
                    .orders = {same, accept, refuse, other},
                    .faults = faults,
                    .accounts = {stages.nearer, stages.farther, stages.liquidated, stages.unknown}};
    const rulesets::CanaryCounts& canary = shadow->canary();
    board.canary = {.running = !station_.engine.canary().hash.empty(),
                    .orders = {canary.orders - canary.differences, canary.differences, canary.slow},
                    .faults = canary.faults,
                    .liquidations = canary.liquidations};
}

void DutyCycle::write_connections(runtime::BoardSnapshot& board) const {
    board.connections.clear();
    for (const feeds::NatsSession* session : network_.sessions()) {
        const feeds::SessionCounters& counters = session->counters();
        board.connections.push_back(
            {.connection = Name(std::string_view(session->name()).substr(0, 64)),
             .connected = session->connected(),
             .reconnects = counters.connects > 0 ? counters.connects - 1 : 0,
             .messages_in = counters.messages_in,
             .messages_out = counters.messages_out,
             .publish_failures = counters.publish_failures});
    }
}

void DutyCycle::stop() {
    station_.log.from_core(LogLevel::info, "stopping");
    const std::int64_t began = interval_clock_ns();
    not_ready_[static_cast<std::size_t>(NotReady::stopping)] = true;
    publish_board(began);
    send(began);
    // What riskd said is brought to its stream, as long as the server takes it.
    while (network_.publisher->unconfirmed() > 0 && network_.outputs->connected() &&
           interval_clock_ns() - began < 3 * second_ns) {
        network_.poller.wait(wait_ms);
        network_.outputs->read();
        pump_outputs();
        network_.publisher->tick(interval_clock_ns());
        network_.outputs->flush();
    }
    for (feeds::NatsSession* session : network_.sessions())
        session->drain(500);
}

}  // namespace riskd::verbs
