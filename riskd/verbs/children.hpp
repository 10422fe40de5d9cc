// Programs started by a verb and ended with it: in a process group of their own, so that Ctrl-C
// reaches only us, and killed by the system should we die first. Main thread.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace riskd::verbs {

struct Program {
    std::vector<std::string> arguments;              // the first is what is looked up in PATH
    std::map<std::string, std::string> environment;  // added to ours
    std::string log;                                 // its output goes there
    int stop_signal{SIGTERM};                        // nats-server calls SIGTERM a failure
};

class Child {
public:
    explicit Child(std::string name) : name_(std::move(name)) {}
    ~Child() { stop(2'000); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    // False when it could not even be started; a program that is not found ends with 127.
    bool start(const Program& program);
    bool is_running() noexcept;
    // Asks with its stop signal, and kills when it takes longer. True when it ended by itself and
    // well.
    bool stop(int timeout_ms) noexcept;
    int exit_status() const noexcept { return status_; }  // of wait(2); meaningful once it ended
    const std::string& name() const noexcept { return name_; }
    pid_t pid() const noexcept { return pid_; }

private:
    std::string name_;
    pid_t pid_{-1};
    int stop_signal_{SIGTERM};
    int status_{};
};

// A port of the loopback address that nobody listens on now.
int free_port();
bool is_listening(int port);
// `port` itself when it is free, else another.
int free_port_near(int port);

// The last lines of a file, for an error message.
std::string tail_of(const std::string& path, std::size_t lines);

}  // namespace riskd::verbs
