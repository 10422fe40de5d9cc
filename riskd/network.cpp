#include "riskd/network.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "riskd/verbs/interrupt.hpp"

namespace riskd::verbs {
namespace {

using runtime::LogLevel;

// Sleeps about a second, less when a stop is asked for.
void wait_a_second() {
    for (int i = 0; i < 20 && !is_interrupted(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

// Says a line when it differs from the one before: a wait shall not fill the log.
class ChangedLine {
public:
    explicit ChangedLine(runtime::Log& log) : log_(log) {}
    void say(const std::string& line) {
        if (line != last_) log_.write(LogLevel::warning, line);
        last_ = line;
    }

private:
    runtime::Log& log_;
    std::string last_;
};

// Empty: as configured.
std::string fault_of(const feeds::StreamReport& report, const std::string& name) {
    using feeds::StreamStatus;
    switch (report.status) {
        case StreamStatus::verified:
        case StreamStatus::created: return {};
        case StreamStatus::missing: return "stream " + name + " is missing";
        case StreamStatus::unreachable: return "stream " + name + ": " + report.error;
        case StreamStatus::differs: break;
    }
    std::string line = "stream " + name + " is not as configured";
    for (const std::string& difference : report.differences)
        line += "; " + difference;
    return line;
}

std::string ensure_streams(feeds::StreamAdmin& admin, const config::NatsSettings& settings) {
    for (const feeds::StreamSpec& spec :
         {feeds::input_stream(settings), feeds::output_stream(settings)}) {
        const auto report = admin.ensure(spec, settings.manage_streams);
        if (std::string fault = fault_of(report, spec.name); !fault.empty()) return fault;
    }
    return {};
}

}  // namespace

std::unique_ptr<feeds::StreamAdmin> open_streams(const config::NatsSettings& settings,
                                                 runtime::Log& log) {
    ChangedLine waiting(log);
    while (!is_interrupted()) {
        auto opened = feeds::StreamAdmin::open(settings, "riskd-admin");
        if (!opened.admin) {
            waiting.say("waiting for NATS at " + settings.url + ": " + opened.error);
            wait_a_second();
            continue;
        }
        std::string fault = ensure_streams(*opened.admin, settings);
        if (fault.empty()) return std::move(opened.admin);
        waiting.say("waiting for JetStream: " + fault);
        wait_a_second();
    }
    return nullptr;
}

bool Network::open(const config::NatsSettings& settings, std::unique_ptr<feeds::StreamAdmin> admin,
                   runtime::Log& log) {
    poller.set_spin(settings.spin);
    keeper = std::make_unique<feeds::StreamKeeper>(std::move(admin), poller);
    ChangedLine waiting(log);
    const auto open_one = [&](const char* name) {
        while (!is_interrupted()) {
            auto opened = feeds::NatsSession::open(settings, name, poller);
            if (opened.session) return std::move(opened.session);
            waiting.say(std::string("connection ") + name + ": " + opened.error);
            wait_a_second();
        }
        return std::unique_ptr<feeds::NatsSession>{};
    };
    facts = open_one("facts");
    prices = open_one("prices");
    checks = open_one("checks");
    outputs = open_one("outputs");
    const auto all = sessions();
    return std::all_of(all.begin(), all.end(), [](const auto* session) { return session; });
}

void Network::open_streams_at(const config::NatsSettings& settings, std::uint64_t input_sequence,
                              std::uint64_t epoch) {
    fact_reader = std::make_unique<feeds::FactReader>(
        *facts, *keeper, settings.input_stream,
        feeds::FactPosition{.sequence = input_sequence, .time_ns = 0});
    publisher =
        std::make_unique<feeds::OutputPublisher>(*outputs, *keeper, settings.output_stream, epoch);
}

bool Network::connected() const noexcept {
    const auto all = sessions();
    return std::all_of(all.begin(), all.end(),
                       [](const feeds::NatsSession* session) { return session->connected(); });
}

}  // namespace riskd::verbs
