#include "riskd/requests.hpp"

#include "riskd/runtime/latency.hpp"

namespace riskd::verbs {
namespace {

using feeds::Topic;
using runtime::Admission;
using runtime::MessageKind;
using runtime::RequestKind;

constexpr std::size_t others_per_cycle = 32;         // previews, queries, operations: each
constexpr std::size_t digest_accounts_max = 20'000;  // beyond it the digest must be asked for

template <typename Counts, typename Kind>
void count_one(Counts& counts, Kind kind) {
    ++counts[static_cast<std::size_t>(kind)];
}

}  // namespace

Requests::Requests(Station& station, feeds::NatsSession& session, const Standing& standing)
    : station_(station),
      session_(session),
      standing_(standing),
      checks_(session.subscribe(station.subjects.pattern(Topic::check))),
      previews_(session.subscribe(station.subjects.pattern(Topic::preview))),
      queries_(session.subscribe(station.subjects.family("query"))),
      controls_(session.subscribe(station.subjects.pattern(Topic::admin))),
      rulesets_(station) {}

std::size_t Requests::serve(std::int64_t read_ns) {
    read_ns_ = read_ns;
    // Whoever asked before the connection was lost has given up: nothing stale is sent.
    if (generation_ != session_.generation()) {
        generation_ = session_.generation();
        held_.clear();
    }
    answer_staged();
    return serve_checks() + serve_others();
}

std::size_t Requests::serve_checks() {
    feeds::Message message;
    std::size_t taken = 0;
    while (session_.next(checks_, message)) {
        count_one(station_.counters.requests, RequestKind::check);
        const auto subject = station_.subjects.parse(message.subject);
        if (!subject || subject->topic != Topic::check) {
            malformed(message, {"account", "not a token"}, MessageKind::check);
        } else if (++taken > station_.settings.limits.checks_per_cycle_max) {
            refuse(message, subject->token, RejectReason::overloaded, {});
        } else {
            check(message, subject->token);
        }
    }
    return taken;
}

std::size_t Requests::serve_others() {
    feeds::Message message;
    std::size_t taken = 0;
    for (std::size_t i = 0; i < others_per_cycle && session_.next(previews_, message); ++i) {
        count_one(station_.counters.requests, RequestKind::preview);
        const auto subject = station_.subjects.parse(message.subject);
        if (subject) preview(message, subject->token);
        ++taken;
    }
    for (std::size_t i = 0; i < others_per_cycle && session_.next(queries_, message); ++i) {
        count_one(station_.counters.requests, RequestKind::query);
        const auto subject = station_.subjects.parse(message.subject);
        if (subject) {
            query(message, *subject);
        } else {
            malformed(message, {"subject", "no such question"}, MessageKind::query);
        }
        ++taken;
    }
    for (std::size_t i = 0; i < others_per_cycle && session_.next(controls_, message); ++i) {
        count_one(station_.counters.requests, RequestKind::admin);
        const auto subject = station_.subjects.parse(message.subject);
        if (subject) control(message, subject->token);
        ++taken;
    }
    return taken;
}

void Requests::check(const feeds::Message& message, std::string_view account) {
    if (message.reply.empty()) return;  // a hold that nobody would hear of
    const Ledger& ledger = station_.engine.ledger();
    if (auto fault = decoder_.decode_order(account, message.payload, ledger, request_)) {
        malformed(message, *fault, MessageKind::check);
        return;
    }
    switch (station_.sequencer->admit(request_)) {
        case Admission::apply:
        case Admission::reduce: decide(message, account); return;
        case Admission::answered:
            text_.clear();
            feeds::encode_decision(station_.announcer.scope(request_.account),
                                   *ledger.find_decision(request_.account, request_.order), account,
                                   text_);
            answer_now(message.reply);
            return;
        case Admission::wait: return;
        case Admission::unavailable:
            refuse(message, account, RejectReason::journal_unavailable, request_.order.view());
            return;
    }
}

void Requests::decide(const feeds::Message& message, std::string_view account) {
    const Ledger& ledger = station_.engine.ledger();
    const bool journalled = station_.sequencer->takes_inputs();
    if (!standing_.takes_new_risk && !runtime::only_reduces(ledger, request_)) {
        const bool repeats = is_known(request_.account) &&
                             ledger.find_decision(request_.account, request_.order) != nullptr;
        if (!repeats) {
            refuse(message, account, RejectReason::overloaded, request_.order.view());
            return;
        }
    }
    body_ = request_;
    const Outcome& outcome = station_.apply(body_);
    text_.clear();
    feeds::encode_decision(station_.announcer.scope(request_.account),
                           std::get<Decision>(outcome.outputs.front()), account, text_);
    if (journalled) {
        answer_when_safe(message.reply);
    } else {
        answer_now(message.reply);  // a reduction while the journal fails
    }
}

void Requests::preview(const feeds::Message& message, std::string_view account) {
    if (message.reply.empty()) return;
    Engine& engine = station_.engine;
    if (auto fault = decoder_.decode_order(account, message.payload, engine.ledger(), request_)) {
        malformed(message, *fault, MessageKind::preview);
        return;
    }
    const Timestamp now = station_.clock.now();
    const Preview preview = engine.preview(request_, now);
    text_.clear();
    feeds::encode_preview(station_.announcer.scope(request_.account), preview, account,
                          preview.liquidation_price, text_);
    answer_now(message.reply);
}

void Requests::query(const feeds::Message& message, const feeds::Subject& subject) {
    if (message.reply.empty()) return;
    const Ledger& ledger = station_.engine.ledger();
    text_.clear();
    if (subject.topic == Topic::query_account) {
        const AccountId account = ledger.find_account(subject.token);
        if (is_known(account)) {
            feeds::encode_account(station_.announcer.scope(), station_.engine,
                                  {.account = account,
                                   .now = station_.clock.now(),
                                   .queue = standing_.queue,
                                   .queued_at = standing_.queued_at},
                                  text_);
        } else {
            feeds::encode_unknown(RejectReason::unknown_account, subject.token, text_);
        }
    } else if (subject.topic == Topic::query_exposure) {
        write_exposure(subject.token);
    } else {
        write_status(message.payload);
    }
    answer_now(message.reply);
}

void Requests::write_exposure(std::string_view instrument) {
    const Ledger& ledger = station_.engine.ledger();
    const InstrumentId id = ledger.find_instrument(instrument);
    if (!instrument.empty() && !is_known(id)) {
        feeds::encode_unknown(RejectReason::unknown_instrument, instrument, text_);
        return;
    }
    nearest_.clear();
    const Timestamp now = station_.clock.now();
    for (const Name& name : standing_.nearest) {
        const AccountId account = ledger.find_account(name.view());
        const auto standing = station_.engine.standing(account, now);
        if (standing) nearest_.push_back(*standing);
    }
    feeds::encode_exposure(station_.announcer.scope(),
                           {.instrument = instrument.empty() ? no_instrument : id,
                            .nearest = nearest_,
                            .now = now,
                            .sequence = station_.engine.sequence()},
                           text_);
}

// The digest reads the whole state, so with many accounts it must be asked for: {"digest":true}.
void Requests::write_status(std::string_view question) {
    const bool small = station_.engine.ledger().account_count() <= digest_accounts_max;
    std::string digest;
    if (small || question.find("\"digest\"") != std::string_view::npos) {
        digest = text(station_.engine.digest());
    }
    const auto& counters = station_.counters;
    std::uint64_t all_malformed = 0;
    for (const std::uint64_t count : counters.malformed)
        all_malformed += count;
    feeds::encode_status(
        station_.announcer.scope(), station_.engine,
        {.version = RISKD_VERSION,
         .digest = digest,
         .ready = standing_.ready,
         .not_ready_because = standing_.not_ready_because,
         .started = standing_.started,
         .now = station_.clock.now(),
         .stream_last = standing_.stream_last,
         .malformed = all_malformed,
         .overloaded = counters.refusals[static_cast<std::size_t>(RejectReason::overloaded)],
         .unknown_fields = counters.unknown_fields,
         .journal_bytes = station_.journal.figures().bytes,
         .overrides = station_.rulesets.active_ruleset().bundle.overrides.size(),
         .override_ends = station_.rulesets.next_end()},
        text_);
}

void Requests::operate_rulesets(const feeds::Message& message, std::string_view verb) {
    text_.clear();
    if (!station_.sequencer->takes_inputs()) {
        text_ = R"({"error":"journal_unavailable"})";
        return answer_now(message.reply);
    }
    switch (rulesets_.serve(verb, message.payload, message.reply, text_)) {
        case RulesetRequests::Leaves::now: return answer_now(message.reply);
        case RulesetRequests::Leaves::when_safe: return answer_when_safe(message.reply);
        case RulesetRequests::Leaves::later: return;
    }
}

void Requests::answer_staged() {
    std::string reply;
    text_.clear();
    if (rulesets_.turn(reply, text_)) answer_now(reply);
}

void Requests::control(const feeds::Message& message, std::string_view verb) {
    if (RulesetRequests::concerns(verb)) return operate_rulesets(message, verb);
    if (auto fault =
            decoder_.decode_control(verb, message.payload, station_.engine.ledger(), body_)) {
        malformed(message, *fault, MessageKind::admin);
        return;
    }
    text_.clear();
    if (!station_.sequencer->takes_inputs()) {
        text_ = R"({"error":"journal_unavailable"})";
        answer_now(message.reply);
        return;
    }
    station_.apply(body_);
    text_ = R"({"applied":")" + std::string(verb) + R"(","sequence":)" +
            std::to_string(station_.engine.sequence().raw) + "}";
    answer_when_safe(message.reply);
}

void Requests::refuse(const feeds::Message& message, std::string_view account, RejectReason reason,
                      std::string_view order) {
    count_one(station_.counters.refusals, reason);
    text_.clear();
    feeds::encode_refusal(
        {.reason = reason, .account = account, .order = order, .time = station_.clock.now()},
        text_);
    answer_now(message.reply);
}

void Requests::malformed(const feeds::Message& message, const feeds::DecodeError& fault,
                         MessageKind kind) {
    count_one(station_.counters.malformed, kind);
    text_.clear();
    feeds::encode_malformed(fault, text_);
    answer_now(message.reply);
}

void Requests::answer_now(std::string_view reply) {
    if (reply.empty()) return;
    session_.publish(reply, {}, text_);
    sent_.push_back(read_ns_);
}

void Requests::answer_when_safe(std::string_view reply) {
    if (reply.empty()) return;
    held_.push({.sequence = station_.engine.sequence(),
                .number = 0,
                .asked_ns = read_ns_,
                .subject = reply,
                .payload = text_});
}

void Requests::release() {
    for (; !held_.empty(); held_.pop()) {
        const Waiting answer = held_.front();
        if (!station_.sequencer->may_leave(answer.sequence)) return;
        session_.publish(answer.subject, {}, answer.payload);
        sent_.push_back(answer.asked_ns);
    }
}

void Requests::note_sent() noexcept {
    if (sent_.empty()) return;
    const std::int64_t now = runtime::interval_clock_ns();
    for (const std::int64_t asked : sent_)
        station_.counters.check.record(now - asked);
    sent_.clear();
}

}  // namespace riskd::verbs
