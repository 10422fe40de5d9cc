#include "riskd/verbs/children.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <fstream>

namespace riskd::verbs {

namespace {

sockaddr_in loopback(int port) noexcept {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// Port 0: any. The port that was bound, or -1.
int bind_port(int port) noexcept {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address = loopback(port);
    socklen_t size = sizeof address;
    int bound = -1;
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
        bound = ntohs(address.sin_port);
    }
    ::close(listener);
    return bound;
}

[[noreturn]] void become(const Program& program, pid_t parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    const int log = ::open(program.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    const int nowhere = ::open("/dev/null", O_RDONLY);
    ::dup2(nowhere, STDIN_FILENO);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    for (const auto& [name, value] : program.environment) {
        ::setenv(name.c_str(), value.c_str(), 1);
    }
    std::vector<char*> arguments;
    for (const std::string& argument : program.arguments) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGPIPE, SIG_DFL);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
}

}  // namespace

bool Child::start(const Program& program) {
    const pid_t parent = ::getpid();
    stop_signal_ = program.stop_signal;
    pid_ = ::fork();
    if (pid_ == 0) become(program, parent);
    return pid_ > 0;
}

bool Child::is_running() noexcept {
    if (pid_ <= 0) return false;
    if (::waitpid(pid_, &status_, WNOHANG) != pid_) return true;
    pid_ = -1;
    return false;
}

bool Child::stop(int timeout_ms) noexcept {
    if (!is_running()) return pid_ == -1 && WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
    ::kill(pid_, stop_signal_);
    for (int waited = 0; waited < timeout_ms; waited += 10) {
        if (!is_running()) return WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
        ::usleep(10'000);
    }
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status_, 0);
    pid_ = -1;
    return false;
}

int free_port() {
    return bind_port(0);
}

int free_port_near(int port) {
    return !is_listening(port) && bind_port(port) == port ? port : free_port();
}

bool is_listening(int port) {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool open =
        ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(probe);
    return open;
}

std::string tail_of(const std::string& path, std::size_t lines) {
    std::ifstream file(path);
    std::deque<std::string> last;
    for (std::string line; std::getline(file, line);) {
        last.push_back(std::move(line));
        if (last.size() > lines) last.pop_front();
    }
    std::string text;
    for (const std::string& line : last)
        text += "  " + line + "\n";
    return text;
}

}  // namespace riskd::verbs
