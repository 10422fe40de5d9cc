// The parts of the demo that are other programs: nats-server and riskd, each in a clean directory,
// started in this order and stopped in the other. Main thread.
#pragma once

#include <string>

#include "config/settings.hpp"
#include "riskd/verbs/children.hpp"

namespace riskd::verbs {

struct StagePlan {
    std::string directory{"data/demo"};  // what an earlier demo left there is removed
    std::string config;                  // of riskd
    bool any_port{false};                // do not even try the usual ports
};

class DemoStage {
public:
    explicit DemoStage(StagePlan plan);

    // False: `error` says which part did not come up and shows the end of its log.
    bool start(std::string& error);
    // False and a text when a part has ended that should not.
    bool is_well(std::string& error);
    // Empty when both ended in order, else a line for each that did not.
    std::string stop() noexcept;

    const config::NatsSettings& nats() const noexcept { return nats_; }
    const std::string& http() const noexcept { return http_; }
    std::string riskd_log() const { return plan_.directory + "/riskd.log"; }

private:
    bool prepare(std::string& error);
    bool start_nats(std::string& error);
    bool try_nats(int port, std::string& error);
    bool start_riskd(std::string& error);

    StagePlan plan_;
    config::NatsSettings nats_;
    std::string http_;
    Child nats_server_{"nats-server"};
    Child riskd_{"riskd"};
};

// The file itself when it is there, else the same in the source tree this binary was built in.
std::string find_config(const std::string& path);

}  // namespace riskd::verbs
