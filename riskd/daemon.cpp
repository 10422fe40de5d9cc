#include "riskd/daemon.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "config/load.hpp"
#include "riskd/duty_cycle.hpp"
#include "riskd/network.hpp"
#include "riskd/runtime/status_server.hpp"
#include "riskd/station.hpp"
#include "riskd/verbs/interrupt.hpp"
#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {
namespace {

using runtime::LogLevel;

constexpr std::int64_t said_again_ns_max = 600'000'000'000;  // ten minutes
constexpr int tail_tries = 5;
constexpr std::uint64_t silent_replay_bytes = 64U << 20;  // done before a person looks

int fail(runtime::Log& log, const std::string& why) {
    log.write(LogLevel::error, why);
    return exit_failed;
}

Station::SaidBefore said_before(feeds::StreamAdmin& admin, const Station& station) {
    Station::SaidBefore said;
    said.recent = Timestamp{runtime::machine_time().ns - said_again_ns_max};
    std::string error;
    auto tail = admin.output_tail(station.settings.nats.output_stream, error);
    for (int i = 1; i < tail_tries && !tail && !is_interrupted(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        tail = admin.output_tail(station.settings.nats.output_stream, error);
    }
    if (!tail) station.log.write(LogLevel::warning, error + "; what is recent is said again");
    if (!tail || !tail->known) return said;
    said.known = true;
    said.epoch = tail->epoch;
    said.last = {tail->sequence, tail->number};
    return said;
}

runtime::ReplayProgress progress_lines(runtime::Log& log) {
    return [&log](const runtime::JournalProgress& progress) {
        if (progress.bytes_total < silent_replay_bytes) return;
        log.write(LogLevel::info, "journal: replaying, " +
                                      std::to_string(progress.bytes_read >> 20) + " of " +
                                      std::to_string(progress.bytes_total >> 20) + " MiB, " +
                                      std::to_string(progress.records) + " records");
    };
}

int join_and_turn(Station& station, runtime::Published& published) {
    auto admin = open_streams(station.settings.nats, station.log);
    if (!admin) return exit_well;
    const auto said = said_before(*admin, station);
    if (std::string fault = station.open_journal(said, progress_lines(station.log));
        !fault.empty()) {
        return fail(station.log, fault);
    }
    if (std::string fault = station.apply_settings(); !fault.empty()) {
        return fail(station.log, fault);
    }
    Network network;
    if (!network.open(station.settings.nats, std::move(admin), station.log)) return exit_well;
    network.open_streams_at(station.settings.nats, station.engine.stream_sequence(),
                            station.journal.epoch());
    DutyCycle cycle(station, network, published);
    cycle.run();
    return exit_well;
}

}  // namespace

std::optional<Loaded> load_all(const std::string& config_path) {
    config::LoadResult loaded = config::load(config_path);
    if (!loaded.ok()) {
        std::fputs(config::render(loaded.faults).c_str(), stderr);
        return std::nullopt;
    }
    dsl::LoadResult rules = dsl::load_rules(loaded.settings.rules);
    if (!rules.ok()) {
        std::fputs(rules.rendered.c_str(), stderr);
        return std::nullopt;
    }
    const auto margins = dsl::faults_of_margins(*rules.rulebook, loaded.settings.reference.margins);
    if (!margins.empty()) {
        std::fputs(config::render(margins).c_str(), stderr);
        return std::nullopt;
    }
    return Loaded{std::move(loaded.settings), std::move(rules.rulebook)};
}

int run_daemon(const std::string& config_path) {
    auto loaded = load_all(config_path);
    if (!loaded) return exit_bad_start;
    watch_interrupt();
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is a failing write, not the end
    runtime::Log log(loaded->settings.log.level);
    log.write(LogLevel::info, "riskd " RISKD_VERSION ", configuration " + config_path +
                                  ", ruleset " + std::string(loaded->rulebook->hash()));
    auto published = std::make_unique<runtime::Published>();
    runtime::StatusServer server(*published, RISKD_VERSION);
    const std::string listen = loaded->settings.http.listen;
    if (!listen.empty()) {
        if (std::string fault = server.start(listen); !fault.empty()) return fail(log, fault);
        log.write(LogLevel::info, "metrics on http://" + listen.substr(0, listen.rfind(':')) + ":" +
                                      std::to_string(server.port()) + "/metrics");
    }
    const auto station =
        std::make_unique<Station>(std::move(loaded->settings), std::move(loaded->rulebook), log);
    const int exit_code = join_and_turn(*station, *published);
    server.stop();
    log.write(LogLevel::info,
              "stopped at sequence " + std::to_string(station->engine.sequence().raw));
    return exit_code;
}

}  // namespace riskd::verbs
