// The connections of a running riskd, each with its one purpose, and the threads behind them.
// Opened once before the loop; core thread only afterwards. Opening waits for NATS as long as it
// takes, until a stop is asked for.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "config/settings.hpp"
#include "feeds/fact_reader.hpp"
#include "feeds/nats_session.hpp"
#include "feeds/output_publisher.hpp"
#include "feeds/poller.hpp"
#include "feeds/stream_keeper.hpp"
#include "feeds/streams.hpp"
#include "riskd/runtime/log.hpp"

namespace riskd::verbs {

// The administration connection, with both streams there as configured; empty when a stop was asked
// for while waiting. Says in the log what it waits for.
std::unique_ptr<feeds::StreamAdmin> open_streams(const config::NatsSettings& settings,
                                                 runtime::Log& log);

class Network {
public:
    Network() = default;
    // False: a stop was asked for, or a connection was refused; the log says why.
    [[nodiscard]] bool open(const config::NatsSettings& settings,
                            std::unique_ptr<feeds::StreamAdmin> admin, runtime::Log& log);
    // REQUIRES: open() was well; the loop has not started.
    void open_streams_at(const config::NatsSettings& settings, std::uint64_t input_sequence,
                         std::uint64_t epoch);

    // In the order they are read.
    std::array<feeds::NatsSession*, 4> sessions() const noexcept {
        return {facts.get(), prices.get(), checks.get(), outputs.get()};
    }
    bool connected() const noexcept;

    feeds::Poller poller;
    std::unique_ptr<feeds::StreamKeeper> keeper;
    std::unique_ptr<feeds::NatsSession> facts;
    std::unique_ptr<feeds::NatsSession> prices;
    std::unique_ptr<feeds::NatsSession> checks;
    std::unique_ptr<feeds::NatsSession> outputs;
    std::unique_ptr<feeds::FactReader> fact_reader;
    std::unique_ptr<feeds::OutputPublisher> publisher;
};

}  // namespace riskd::verbs
