#include "tests/integration/durability_riskd.hpp"

#include <poll.h>

#include <sstream>

namespace riskd::tests {
namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

int exit_code_of(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

Riskd::Riskd(const std::string& nats_url, const fs::path& journal, const std::string& promise) {
    std::string pattern = (fs::temp_directory_path() / "riskd-durability-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) directory_ = pattern;
    journal_ = journal.empty() ? directory_ / "journal" : journal;
    http_port_ = NatsServer::free_port();
    std::ofstream(configuration_file())
        << market_configuration({.nats_url = nats_url,
                                 .journal_directory = journal_.string(),
                                 .http_port = http_port_,
                                 .promise = promise});
}

Riskd::~Riskd() {
    kill();
    std::error_code ignored;
    const bool keep = std::getenv("RISKD_KEEP_LOGS") != nullptr;
    if (!directory_.empty() && !keep) fs::remove_all(directory_, ignored);
}

std::string Riskd::binary() {
    if (const char* named = std::getenv("RISKD_BINARY")) return named;
    std::error_code ignored;
    const fs::path self = fs::read_symlink("/proc/self/exe", ignored);
    return self.parent_path().parent_path().parent_path() / "bin" / "riskd";
}

pid_t Riskd::launch(const std::vector<std::string>& arguments, const std::string& log) const {
    std::vector<std::string> words = arguments;
    words.insert(words.begin(), binary());
    std::vector<char*> argv;
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const int nowhere = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(nowhere, 0);
    ::dup2(file, 1);
    ::dup2(file, 2);
    if (::chdir(directory_.c_str()) != 0) ::_exit(126);
    ::execv(argv[0], argv.data());
    ::_exit(127);
}

bool Riskd::start() {
    if (running()) return true;
    pid_ = launch({"run", "--config", configuration_file()}, directory_ / "riskd.log");
    return pid_ > 0;
}

int Riskd::end(int signal) {
    if (pid_ <= 0) return exit_code_;
    ::kill(pid_, signal);
    int status = 0;
    const auto until = Clock::now() + std::chrono::seconds(10);
    while (::waitpid(pid_, &status, WNOHANG) == 0) {
        if (Clock::now() > until) ::kill(pid_, SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    pid_ = -1;
    return exit_code_ = exit_code_of(status);
}

bool Riskd::running() {
    if (pid_ <= 0) return false;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
    pid_ = -1;
    exit_code_ = exit_code_of(status);
    return false;
}

Riskd::Ready Riskd::ready() const {
    Ready answer;
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = NatsServer::loopback(http_port_);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        const std::string request =
            "GET /readyz HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
        ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
        char buffer[4096];
        pollfd waiting{socket, POLLIN, 0};
        while (::poll(&waiting, 1, 2'000) > 0) {
            const auto count = ::recv(socket, buffer, sizeof buffer, 0);
            if (count <= 0) break;
            answer.text.append(buffer, static_cast<std::size_t>(count));
        }
        const std::size_t space = answer.text.find(' ');
        if (space != std::string::npos) answer.code = std::atoi(answer.text.c_str() + space);
    }
    ::close(socket);
    return answer;
}

bool Riskd::wait_until_ready(int timeout_ms) {
    const auto until = Clock::now() + std::chrono::milliseconds(timeout_ms);
    while (ready().code != 200) {
        if (!running() || Clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

bool Riskd::wait_until_not_ready(const std::string& reason, int timeout_ms) {
    const auto until = Clock::now() + std::chrono::milliseconds(timeout_ms);
    for (;;) {
        const Ready answer = ready();
        if (answer.code == 503 && answer.text.find(reason) != std::string::npos) return true;
        if (!running() || Clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

bool Riskd::wait_until_connected(int timeout_ms) {
    const auto until = Clock::now() + std::chrono::milliseconds(timeout_ms);
    for (;;) {
        const Ready answer = ready();
        if (answer.code != 0 && answer.text.find("nats_disconnected") == std::string::npos) {
            return true;
        }
        if (!running() || Clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

Riskd::Output Riskd::run(const std::vector<std::string>& arguments) const {
    const fs::path log = directory_ / "run.log";
    std::error_code ignored;
    fs::remove(log, ignored);
    const pid_t pid = launch(arguments, log);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return {.exit_code = exit_code_of(status), .text = contents(log)};
}

std::string Riskd::log() const {
    return contents(directory_ / "riskd.log");
}

std::string Riskd::last_words() const {
    const std::string all = log();
    const std::string tail = all.size() > 3'000 ? all.substr(all.size() - 3'000) : all;
    return "exit code " + std::to_string(exit_code_) + ", end of its log:\n" + tail;
}

}  // namespace riskd::tests
