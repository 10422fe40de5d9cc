// A bare echo through NatsSession beside a hand-written client doing the same, through one real
// nats-server, interleaved. Server, responder and requester are all pinned to one CPU, so the
// figures are work, not wake-ups of idle CPUs.
//   nats_echo [--quick] [--cpu N]
#include <cstring>
#include <functional>

#include "feeds/nats_session.hpp"
#include "tests/bench/nats_requester.hpp"

namespace riskd::bench {
namespace {

constexpr std::string_view subject = "risk.check.>";

void echo_through_session(const tests::NatsServer& server) {
    feeds::Poller poller;
    auto opened = feeds::NatsSession::open(server.settings(), "echo", poller);
    if (!opened.session) return;
    feeds::NatsSession& session = *opened.session;
    const std::size_t checks = session.subscribe(std::string(subject));
    feeds::Message message;
    for (;;) {
        poller.wait(1'000);
        session.read();
        while (session.next(checks, message))
            session.publish(message.reply, {}, message.payload);
        session.flush();
    }
}

void echo_by_hand(const tests::NatsServer& server) {
    tests::RawNats client(server.port());
    client.subscribe(subject);
    client.send();
    tests::RawMessage message;
    while (client.connected()) {
        if (client.next(message, 1'000)) client.publish(message.reply, message.payload);
    }
}

struct Responder {
    std::string_view name;
    std::function<void(const tests::NatsServer&)> run;
};

Percentiles measure_responder(const tests::NatsServer& server, const Responder& responder,
                              const Load& load) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        responder.run(server);
        ::_exit(0);
    }
    ::usleep(200'000);  // until it has subscribed
    const Percentiles figures = measure(server.port(), load);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    return figures;
}

int run(bool quick, int cpu) {
    const bool pinned = pin_to_cpu(cpu);
    const tests::NatsServer server;
    if (!server.running()) {
        std::puts("skipped: no nats-server");
        return 0;
    }
    const Responder responders[] = {{"hand-written client", echo_by_hand},
                                    {"NatsSession", echo_through_session}};
    const std::size_t rounds = quick ? 1 : 3;
    std::printf(
        "request/reply echo, 128 byte payload, one nats-server on loopback, %s, %zu round%s\n",
        pinned ? "all on one CPU" : "not pinned", rounds, rounds == 1 ? "" : "s");
    print_heading();
    bool complete = true;
    for (const std::size_t in_flight : {1U, 16U, 256U}) {
        Load load;
        load.in_flight = in_flight;
        load.requests = (quick ? 2'000U : 20'000U) * (in_flight == 1 ? 1U : 10U);
        for (std::size_t round = 0; round < rounds; ++round) {
            for (const Responder& responder : responders) {
                const Percentiles figures = measure_responder(server, responder, load);
                print_line(responder.name, in_flight, figures);
                complete = complete && figures.count == load.requests;
            }
        }
    }
    return complete ? 0 : 1;
}

}  // namespace
}  // namespace riskd::bench

int main(int count, char** words) {
    bool quick = false;
    int cpu = 0;
    for (int i = 1; i < count; ++i) {
        if (std::strcmp(words[i], "--quick") == 0) quick = true;
        if (std::strcmp(words[i], "--cpu") == 0 && i + 1 < count) cpu = std::atoi(words[++i]);
    }
    return riskd::bench::run(quick, cpu);
}
