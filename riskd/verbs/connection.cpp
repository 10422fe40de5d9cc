#include "riskd/verbs/connection.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace riskd::verbs {

std::shared_ptr<config::NatsSettings> declare_connection(CLI::App& command) {
    auto settings = std::make_shared<config::NatsSettings>();
    command.add_option("--url", settings->url, "address of nats-server")
        ->envname("RISKD_NATS_URL")
        ->capture_default_str();
    command.add_option("--prefix", settings->subject_prefix, "what all subjects begin with")
        ->capture_default_str();
    command.add_option("--user", settings->user, "NATS user")->envname("RISKD_NATS_USER");
    command.add_option("--password", settings->password, "NATS password")
        ->envname("RISKD_NATS_PASSWORD");
    command.add_option("--credentials", settings->credentials_file, "a .creds file of NATS");
    return settings;
}

std::unique_ptr<feeds::WireClient> connect(const config::NatsSettings& settings,
                                           const std::string& name) {
    feeds::WireClient::Opened opened = feeds::WireClient::open(settings, name);
    if (!opened.client) {
        std::fprintf(stderr, "%s: %s\n", settings.url.c_str(), opened.error.c_str());
    }
    return std::move(opened.client);
}

}  // namespace riskd::verbs
