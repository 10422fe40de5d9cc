// Questions over request and reply: checks, previews, queries, operations. A check's answer waits
// for the journal; answers that change nothing leave with the batch. Core thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/codec_answers.hpp"
#include "feeds/codec_decode.hpp"
#include "feeds/nats_session.hpp"
#include "riskd/outbox.hpp"
#include "riskd/ruleset_requests.hpp"
#include "riskd/runtime/board.hpp"
#include "riskd/station.hpp"

namespace riskd::verbs {

// What the daemon tells the answers about itself; renewed each cycle.
struct Standing {
    bool takes_new_risk{};  // facts are caught up and there is room for outputs
    bool ready{};
    std::string_view not_ready_because;
    Timestamp started;
    std::uint64_t stream_last{};
    std::vector<Name> nearest;       // accounts nearest the edge, the nearest first
    const DeleverageQueue* queue{};  // of the latest whole pass; null before the first
    Timestamp queued_at;
};

class Requests {
public:
    // REQUIRES: the loop has not started.
    Requests(Station& station, feeds::NatsSession& session, const Standing& standing);

    // Takes what was read; `read_ns` is when. Returns how many messages there were.
    std::size_t serve(std::int64_t read_ns);
    // Publishes the answers whose sequence the journal holds.
    void release();
    // After the flush: how long the answers took.
    void note_sent() noexcept;

    feeds::Decoder& decoder() noexcept { return decoder_; }
    std::size_t answers_held() const noexcept { return held_.size(); }

private:
    void check(const feeds::Message& message, std::string_view account);
    void decide(const feeds::Message& message, std::string_view account);
    void preview(const feeds::Message& message, std::string_view account);
    void query(const feeds::Message& message, const feeds::Subject& subject);
    void control(const feeds::Message& message, std::string_view verb);
    void operate_rulesets(const feeds::Message& message, std::string_view verb);
    void answer_staged();
    void write_status(std::string_view question);
    void write_exposure(std::string_view instrument);
    void refuse(const feeds::Message& message, std::string_view account, RejectReason reason,
                std::string_view order);
    void malformed(const feeds::Message& message, const feeds::DecodeError& fault,
                   runtime::MessageKind kind);
    void answer_now(std::string_view reply);
    void answer_when_safe(std::string_view reply);
    std::size_t serve_checks();
    std::size_t serve_others();

    Station& station_;
    feeds::NatsSession& session_;
    const Standing& standing_;
    std::size_t checks_;
    std::size_t previews_;
    std::size_t queries_;
    std::size_t controls_;
    RulesetRequests rulesets_;
    feeds::Decoder decoder_;
    OrderRequest request_;
    EventBody body_;
    Outbox held_;
    std::string text_;
    std::vector<AccountStanding> nearest_;
    std::int64_t read_ns_{};
    std::uint64_t generation_{};      // of the connection the held answers were asked on
    std::vector<std::int64_t> sent_;  // when the questions answered in this batch were read
};

}  // namespace riskd::verbs
