// How a verb finds NATS: the options every client verb has, and the connection made of them. Main
// thread.
#pragma once

#include <memory>
#include <string>

#include "config/settings.hpp"
#include "feeds/wire_client.hpp"

namespace CLI {
class App;
}

namespace riskd::verbs {

// --url --prefix --user --password --credentials; the URL also from RISKD_NATS_URL and so on.
std::shared_ptr<config::NatsSettings> declare_connection(CLI::App& command);

// Nothing, and a line on standard error, when the server cannot be reached.
std::unique_ptr<feeds::WireClient> connect(const config::NatsSettings& settings,
                                           const std::string& name);

}  // namespace riskd::verbs
