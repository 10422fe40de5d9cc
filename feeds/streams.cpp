#include "feeds/streams.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "feeds/nats_link.hpp"

namespace riskd::feeds {
namespace {

constexpr std::int64_t answer_wait_ms = 2'000;
constexpr std::int64_t hour_ns = 3'600'000'000'000;
constexpr std::int64_t forget_after_ns = 5'000'000'000;

template <typename T, void (*destroy)(T*)>
struct Owned {
    Owned() = default;
    ~Owned() {
        if (raw != nullptr) destroy(raw);
    }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    T* operator->() const noexcept { return raw; }
    T* raw{};
};
using StreamFacts = Owned<jsStreamInfo, jsStreamInfo_Destroy>;
using ConsumerFacts = Owned<jsConsumerInfo, jsConsumerInfo_Destroy>;
using StoredMessage = Owned<natsMsg, natsMsg_Destroy>;

StreamState state_of(const jsStreamInfo& facts) {
    return {facts.State.Msgs, facts.State.FirstSeq, facts.State.LastSeq};
}

std::string joined(const std::set<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts)
        all += (all.empty() ? "" : " ") + text;
    return all.empty() ? "none" : all;
}

class Differences {
public:
    void require(std::string_view what, std::int64_t is, std::int64_t must) {
        if (is == must) return;
        add(what, std::to_string(is), std::to_string(must));
    }
    void require(std::string_view what, bool fulfilled, std::string is, std::string must) {
        if (!fulfilled) add(what, std::move(is), std::move(must));
    }
    std::vector<std::string> list;

private:
    void add(std::string_view what, const std::string& is, const std::string& must) {
        list.push_back(std::string(what) + ": is " + is + ", must be " + must);
    }
};

std::vector<std::string> differences(const jsStreamConfig& is, const StreamSpec& must) {
    Differences found;
    std::set<std::string> have;
    for (int i = 0; i < is.SubjectsLen; ++i)
        have.insert(is.Subjects[i]);
    const std::set<std::string> want(must.subjects.begin(), must.subjects.end());
    std::set<std::string> missing;
    std::set<std::string> extra;
    std::set_difference(want.begin(), want.end(), have.begin(), have.end(),
                        std::inserter(missing, missing.end()));
    std::set_difference(have.begin(), have.end(), want.begin(), want.end(),
                        std::inserter(extra, extra.end()));
    found.require("subjects missing", missing.empty(), joined(missing), "none");
    found.require("subjects too many", extra.empty(), joined(extra), "none");
    found.require("storage", is.Storage == js_FileStorage, "memory", "file");
    found.require("retention", is.Retention == js_LimitsPolicy, "by interest or work queue",
                  "by limits");
    found.require("discard", is.Discard == js_DiscardOld, "new", "old");
    found.require("no_ack", !is.NoAck, "true", "false");
    found.require("sealed", !is.Sealed, "true", "false");
    found.require("max_msgs", is.MaxMsgs, -1);
    found.require("max_bytes", is.MaxBytes, -1);
    found.require("max_msg_size", is.MaxMsgSize, -1);
    found.require("max_msgs_per_subject", is.MaxMsgsPerSubject, -1);
    found.require("num_replicas", is.Replicas, must.replicas);
    found.require("max_age (ns)", is.MaxAge, must.age_ns_max);
    found.require("duplicate_window (ns)", is.Duplicates, must.duplicate_window_ns);
    found.require("sources", is.SourcesLen == 0 && is.Mirror == nullptr, "present", "none");
    return found.list;
}

}  // namespace

StreamSpec input_stream(const config::NatsSettings& settings) {
    StreamSpec spec;
    spec.name = settings.input_stream;
    for (const char* kind :
         {"order.*", "fill.*", "balance.*", "transfer", "funding.*", "funding_index.*",
          "settlement.*", "leverage.*", "margin.*", "instrument.*", "account.*", "group.*"}) {
        spec.subjects.push_back(settings.subject_prefix + ".in." + kind);
    }
    spec.replicas = settings.replicas;
    spec.age_ns_max = settings.input_max_age_hours * hour_ns;
    return spec;
}

StreamSpec output_stream(const config::NatsSettings& settings) {
    StreamSpec spec;
    spec.name = settings.output_stream;
    for (const char* kind : {"decision.*", "liquidation.*", "alert.*"}) {
        spec.subjects.push_back(settings.subject_prefix + ".out." + kind);
    }
    spec.replicas = settings.replicas;
    spec.age_ns_max = settings.output_max_age_hours * hour_ns;
    return spec;
}

std::optional<OutputTail> parse_output_id(std::string_view text) noexcept {
    OutputTail tail;
    const char* at = text.data();
    const char* const end = at + text.size();
    const auto number = [&](auto& value, bool last) {
        const auto parsed = std::from_chars(at, end, value);
        if (parsed.ec != std::errc{}) return false;
        at = parsed.ptr;
        if (last) return at == end;
        return at != end && *at++ == '-';
    };
    tail.known =
        number(tail.epoch, false) && number(tail.sequence, false) && number(tail.number, true);
    if (!tail.known) return std::nullopt;
    return tail;
}

struct StreamAdmin::Connection {
    ~Connection() {
        jsCtx_Destroy(context);
        natsConnection_Destroy(connection);
    }
    natsConnection* connection{};
    jsCtx* context{};
};

StreamAdmin::StreamAdmin(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}
StreamAdmin::~StreamAdmin() = default;

StreamAdmin::Opened StreamAdmin::open(const config::NatsSettings& settings,
                                      const std::string& name) {
    Opened opened;
    const OptionsPointer options = connection_options(settings, name, opened.error);
    if (!options) return opened;
    natsOptions_SetMaxReconnect(options.get(), -1);
    natsOptions_SetReconnectWait(options.get(), settings.reconnect_wait_ms);
    natsOptions_SetPingInterval(options.get(), 1'000);
    natsOptions_SetMaxPingsOut(options.get(), 2);
    natsOptions_SetFailRequestsOnDisconnect(options.get(), true);
    auto connection = std::make_unique<Connection>();
    natsStatus status = natsConnection_Connect(&connection->connection, options.get());
    jsOptions streaming;
    jsOptions_Init(&streaming);
    streaming.Wait = answer_wait_ms;
    if (status == NATS_OK) {
        status = natsConnection_JetStream(&connection->context, connection->connection, &streaming);
    }
    if (status != NATS_OK) {
        opened.error = nats_fault("nats: cannot connect to " + settings.url, status);
        return opened;
    }
    opened.admin.reset(new StreamAdmin(std::move(connection)));
    return opened;
}

StreamReport StreamAdmin::ensure(const StreamSpec& spec, bool create) {
    StreamReport report;
    StreamFacts facts;
    jsErrCode code{};
    natsStatus status =
        js_GetStreamInfo(&facts.raw, connection_->context, spec.name.c_str(), nullptr, &code);
    const bool missing = status == NATS_NOT_FOUND || code == JSStreamNotFoundErr;
    if (status != NATS_OK && !missing) {
        report.error = nats_fault("stream " + spec.name, status);
        return report;
    }
    if (missing && !create) {
        report.status = StreamStatus::missing;
        report.error = "stream " + spec.name + " is missing and manage_streams is off";
        return report;
    }
    if (missing) {
        std::vector<const char*> subjects;
        for (const std::string& subject : spec.subjects)
            subjects.push_back(subject.c_str());
        jsStreamConfig wanted;
        jsStreamConfig_Init(&wanted);
        wanted.Name = spec.name.c_str();
        wanted.Subjects = subjects.data();
        wanted.SubjectsLen = static_cast<int>(subjects.size());
        wanted.Storage = js_FileStorage;
        wanted.Retention = js_LimitsPolicy;
        wanted.Discard = js_DiscardOld;
        wanted.Replicas = spec.replicas;
        wanted.MaxAge = spec.age_ns_max;
        wanted.Duplicates = spec.duplicate_window_ns;
        status = js_AddStream(&facts.raw, connection_->context, &wanted, nullptr, &code);
        if (status != NATS_OK) {
            report.error = nats_fault("stream " + spec.name + " cannot be created", status);
            return report;
        }
    }
    report.state = state_of(*facts.raw);
    report.differences = differences(*facts->Config, spec);
    report.status = missing ? StreamStatus::created : StreamStatus::verified;
    if (!report.differences.empty()) {
        report.status = StreamStatus::differs;
        report.error = "stream " + spec.name + " is not configured as riskd needs it";
    }
    return report;
}

std::optional<StreamState> StreamAdmin::state(const std::string& stream, std::string& error) {
    StreamFacts facts;
    const natsStatus status =
        js_GetStreamInfo(&facts.raw, connection_->context, stream.c_str(), nullptr, nullptr);
    if (status != NATS_OK) {
        error = nats_fault("stream " + stream, status);
        return std::nullopt;
    }
    return state_of(*facts.raw);
}

std::optional<std::int64_t> StreamAdmin::message_time_ns(const std::string& stream,
                                                         std::uint64_t sequence,
                                                         std::string& error) {
    StoredMessage message;
    jsErrCode code{};
    const natsStatus status =
        js_GetMsg(&message.raw, connection_->context, stream.c_str(), sequence, nullptr, &code);
    if (status == NATS_OK) return natsMsg_GetTime(message.raw);
    if (status != NATS_NOT_FOUND && code != JSNoMessageFoundErr) {
        error = nats_fault("stream " + stream, status);
    }
    return std::nullopt;
}

std::optional<OutputTail> StreamAdmin::output_tail(const std::string& stream, std::string& error) {
    const std::optional<StreamState> now = state(stream, error);
    if (!now) return std::nullopt;
    OutputTail tail;
    tail.stream_sequence = now->last_sequence;
    if (now->messages == 0) return tail;
    StoredMessage message;
    const natsStatus status = js_GetMsg(&message.raw, connection_->context, stream.c_str(),
                                        now->last_sequence, nullptr, nullptr);
    if (status != NATS_OK) {
        error = nats_fault("stream " + stream + ": last message", status);
        return std::nullopt;
    }
    const char* id = nullptr;
    natsMsgHeader_Get(message.raw, "Nats-Msg-Id", &id);
    const auto parsed = parse_output_id(id == nullptr ? std::string_view{} : id);
    if (!parsed) {
        error = "stream " + stream + ": its last message is not from riskd";
        return std::nullopt;
    }
    tail = *parsed;
    tail.stream_sequence = now->last_sequence;
    return tail;
}

bool StreamAdmin::create_consumer(const ConsumerSpec& spec, std::string& error) {
    jsConsumerConfig wanted;
    jsConsumerConfig_Init(&wanted);
    wanted.Name = spec.name.c_str();
    wanted.DeliverSubject = spec.deliver_subject.c_str();
    wanted.DeliverPolicy = spec.first_sequence <= 1 ? js_DeliverAll : js_DeliverByStartSequence;
    if (spec.first_sequence > 1) wanted.OptStartSeq = spec.first_sequence;
    wanted.AckPolicy = js_AckNone;
    wanted.FlowControl = true;
    wanted.Heartbeat = spec.heartbeat_ns;
    wanted.InactiveThreshold = forget_after_ns;
    wanted.Replicas = 1;
    wanted.MemoryStorage = true;
    ConsumerFacts facts;
    const natsStatus status = js_AddConsumer(&facts.raw, connection_->context, spec.stream.c_str(),
                                             &wanted, nullptr, nullptr);
    if (status != NATS_OK) error = nats_fault("consumer of " + spec.stream, status);
    return status == NATS_OK;
}

bool StreamAdmin::delete_consumer(const std::string& stream, const std::string& name) {
    jsErrCode code{};
    const natsStatus status =
        js_DeleteConsumer(connection_->context, stream.c_str(), name.c_str(), nullptr, &code);
    return status == NATS_OK || status == NATS_NOT_FOUND || code == JSConsumerNotFoundErr ||
           code == JSStreamNotFoundErr;
}

std::optional<ServerVersion> StreamAdmin::server_version() {
    std::array<char, 512> url{};
    if (natsConnection_GetConnectedUrl(connection_->connection, url.data(), url.size()) !=
        NATS_OK) {
        return std::nullopt;
    }
    return ask_server_version(url.data());
}

}  // namespace riskd::feeds
