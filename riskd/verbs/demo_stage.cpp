#include "riskd/verbs/demo_stage.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>

#include "feeds/codec_client.hpp"
#include "riskd/verbs/interrupt.hpp"

namespace riskd::verbs {

namespace {

namespace fs = std::filesystem;

constexpr int nats_port_wanted = 4222;
constexpr int http_port_wanted = 9464;

constexpr int port_of_its_choice = -1;

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string own_binary() {
    std::error_code ignored;
    return fs::read_symlink("/proc/self/exe", ignored).string();
}

}  // namespace

std::string find_config(const std::string& path) {
    std::error_code ignored;
    if (fs::exists(path, ignored) || fs::path(path).is_absolute()) return path;
    // <source>/build/<preset>/bin/riskd
    for (fs::path above = fs::path(own_binary()).parent_path(); above.has_relative_path();
         above = above.parent_path()) {
        if (fs::exists(above / path, ignored)) return (above / path).string();
    }
    return path;
}

DemoStage::DemoStage(StagePlan plan) : plan_(std::move(plan)) {}

bool DemoStage::start(std::string& error) {
    return prepare(error) && start_nats(error) && start_riskd(error);
}

bool DemoStage::prepare(std::string& error) {
    std::error_code fault;
    plan_.directory = fs::absolute(plan_.directory, fault).string();
    for (const char* part : {"journal", "jetstream", "nats.conf", "nats.log", "riskd.log"}) {
        fs::remove_all(fs::path(plan_.directory) / part, fault);
    }
    fs::create_directories(plan_.directory, fault);
    if (!fault && ::access(plan_.directory.c_str(), W_OK) == 0) return true;
    error = plan_.directory + ": cannot be written; choose another with --directory";
    return false;
}

bool DemoStage::start_nats(std::string& error) {
    // Debian keeps nats-server where the PATH of a normal user does not look.
    const char* path = std::getenv("PATH");
    const std::string wider = std::string{path == nullptr ? "" : path} + ":/usr/sbin:/sbin";
    ::setenv("PATH", wider.c_str(), 1);
    const bool usual = !plan_.any_port && !is_listening(nats_port_wanted);
    if (usual && try_nats(nats_port_wanted, error)) return true;
    error.clear();
    return try_nats(port_of_its_choice, error);
}

// The server says itself where it listens, so nobody else's is taken for ours.
bool DemoStage::try_nats(int port, std::string& error) {
    const std::string conf = plan_.directory + "/nats.conf";
    std::ofstream(conf) << "listen: \"127.0.0.1:" << port << "\"\n"
                        << "jetstream: { store_dir: \"" << plan_.directory << "/jetstream\" }\n"
                        << "ports_file_dir: \"" << plan_.directory << "\"\n"
                        << "write_deadline: \"1s\"\n";
    Program program;
    program.arguments = {"nats-server", "-c", conf};
    program.log = plan_.directory + "/nats.log";
    program.stop_signal = SIGINT;
    if (!nats_server_.start(program)) {
        error = "nats-server: cannot fork";
        return false;
    }
    const std::string ports =
        plan_.directory + "/nats-server_" + std::to_string(nats_server_.pid()) + ".ports";
    for (int waited = 0; waited < 10'000 && !is_interrupted(); waited += 20) {
        const auto told = feeds::Tree::parse(text_of(ports));
        const auto urls = told ? (*told)["nats"].elements() : std::span<const feeds::Tree>{};
        if (!urls.empty()) {
            nats_.url = std::string{urls.front().text()};
            return true;
        }
        if (!nats_server_.is_running()) break;
        ::usleep(20'000);
    }
    error = "nats-server did not come up (is the package nats-server installed?)\n" +
            tail_of(program.log, 10);
    return false;
}

bool DemoStage::start_riskd(std::string& error) {
    const int port = plan_.any_port ? free_port() : free_port_near(http_port_wanted);
    http_ = "127.0.0.1:" + std::to_string(port);
    Program program;
    program.arguments = {own_binary(), "run", "--config", plan_.config};
    program.environment = {{"RISKD_NATS_URL", nats_.url},
                           {"RISKD_JOURNAL_DIRECTORY", plan_.directory + "/journal"},
                           {"RISKD_RULES_DIRECTORY", plan_.directory + "/rulesets"},
                           {"RISKD_HTTP_LISTEN", http_}};
    program.log = riskd_log();
    if (riskd_.start(program)) return true;
    error = "riskd: cannot fork";
    return false;
}

bool DemoStage::is_well(std::string& error) {
    if (!riskd_.is_running()) {
        error = "riskd has ended:\n" + tail_of(riskd_log(), 20);
    } else if (!nats_server_.is_running()) {
        error = "nats-server has ended:\n" + tail_of(plan_.directory + "/nats.log", 10);
    }
    return error.empty();
}

std::string DemoStage::stop() noexcept {
    std::string unwell;
    for (Child* child : {&riskd_, &nats_server_}) {
        if (!child->stop(10'000)) unwell += child->name() + " did not end in order\n";
    }
    return unwell;
}

}  // namespace riskd::verbs
