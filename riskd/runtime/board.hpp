// What riskd shows of itself: plain figures that the core thread writes down twice a second and the
// metrics and boards read. Money is a double here, for display only; nothing is decided on it.
// Label sets are bounded by configuration, by enumerations, or by board.nearest_accounts.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "riskd/core/engine.hpp"
#include "riskd/core/text.hpp"
#include "riskd/core/words.hpp"
#include "riskd/runtime/journal.hpp"
#include "riskd/runtime/latency.hpp"

namespace riskd::runtime {

enum class NotReady : std::uint8_t {
    replaying,
    nats_disconnected,
    streams_missing,
    input_lagging,
    journal_failed,
    stopping,
};
inline constexpr std::array<std::string_view, 6> not_ready_names{
    "replaying",     "nats_disconnected", "streams_missing",
    "input_lagging", "journal_failed",    "stopping"};

// In the order of EventBody.
inline constexpr std::array<std::string_view, 21> event_names{"order_request",
                                                              "order_update",
                                                              "fill",
                                                              "balance",
                                                              "transfer",
                                                              "price",
                                                              "funding",
                                                              "funding_index",
                                                              "settlement",
                                                              "leverage",
                                                              "margin",
                                                              "asset",
                                                              "instrument",
                                                              "group",
                                                              "account",
                                                              "account_control",
                                                              "instrument_control",
                                                              "ruleset_activation",
                                                              "canary",
                                                              "time",
                                                              "refused_fact"};
static_assert(event_names.size() == std::variant_size_v<EventBody>, "name every event");

enum class RequestKind : std::uint8_t { check, preview, query, admin };
inline constexpr std::array<std::string_view, 4> request_kind_names{"check", "preview", "query",
                                                                    "admin"};

enum class MessageKind : std::uint8_t {
    check,
    preview,
    query,
    admin,
    order,
    fill,
    balance,
    transfer,
    funding,
    funding_index,
    settlement,
    leverage,
    margin,
    instrument,
    account,
    group,
    price,
    unknown,
};
inline constexpr std::array<std::string_view, 18> message_kind_names{
    "check",   "preview",    "query",   "admin",         "order",      "fill",
    "balance", "transfer",   "funding", "funding_index", "settlement", "leverage",
    "margin",  "instrument", "account", "group",         "price",      "unknown"};

struct NearAccount {
    Name account;
    Name group;
    Name currency;
    Name instrument;  // of its largest position
    Stage stage{};
    double margin_ratio{};  // maintenance_margin / equity; 1 is the edge
    double equity{};
    double initial_margin{};
    double maintenance_margin{};
    double headroom{};
    double gross_exposure{};
    bool stale{};  // by a mark that is not fresh
};

struct InstrumentFigures {
    Name instrument;
    bool stale{};         // or unknown
    bool in_doubt{};      // prices.hpp
    double mark_price{};  // zero when it never had one
    double mark_age_seconds{};
    double gross_exposure{};  // in the reference asset
    double net_exposure{};
    // In the queue of auto-deleveraging, as of the latest pass over all accounts.
    std::uint64_t queued_longs{};
    std::uint64_t queued_shorts{};
};

struct GroupFigures {
    Name group;
    double gross_exposure{};
    double net_exposure{};
};

struct AssetFigures {
    Name asset;
    double balance{};   // over all accounts, in the asset
    double exposure{};  // the same in the reference asset
};

struct RuleFigures {
    Name rule;
    std::uint64_t calls{};
    std::uint64_t ns{};
    std::uint64_t rejects{};
    std::array<std::uint64_t, rule_fault_names.size()> faults{};
};

// A limit that one account has for some time.
struct OverrideFigures {
    std::string account;
    std::string where;  // the instrument or asset; empty: everywhere
    std::string parameter;
    std::string value;
    std::string instead;
    double end_seconds{};  // UTC
};

inline constexpr std::array<std::string_view, 4> shadow_outcome_names{
    "same", "would_accept", "would_refuse", "other_reason"};
inline constexpr std::array<std::string_view, 4> shadow_change_names{"nearer", "farther",
                                                                     "liquidated", "unknown"};

// What the candidate would have done since it is asked; zero when none is.
struct ShadowFigures {
    bool running{};
    std::array<std::uint64_t, shadow_outcome_names.size()> orders{};
    std::uint64_t faults{};
    std::array<std::uint64_t, shadow_change_names.size()> accounts{};  // of the latest look at all
};

inline constexpr std::array<std::string_view, 3> canary_outcome_names{"same", "different", "slow"};

// Of the accounts that a candidate decides for; zero when there is no canary. A slow order is one
// of the others too.
struct CanaryFigures {
    bool running{};
    std::array<std::uint64_t, canary_outcome_names.size()> orders{};
    std::uint64_t faults{};
    std::uint64_t liquidations{};
};

struct ConnectionFigures {
    Name connection;
    bool connected{};
    std::uint64_t reconnects{};
    std::uint64_t messages_in{};
    std::uint64_t messages_out{};
    std::uint64_t publish_failures{};
};

// What one pass over the ledger found (board_scan.hpp).
struct ExposureFigures {
    std::array<std::uint64_t, stage_names.size()> accounts_by_stage{};
    std::vector<NearAccount> nearest;  // the nearest first
    std::vector<InstrumentFigures> instruments;
    std::vector<GroupFigures> groups;
    std::vector<AssetFigures> assets;
};

// What the core thread counts beside the engine's own counters.
struct DaemonCounters {
    std::array<std::uint64_t, request_kind_names.size()> requests{};
    std::array<std::uint64_t, message_kind_names.size()> malformed{};
    std::array<std::uint64_t, event_names.size()> events{};
    // Rejects that were never sequenced: overloaded, journal_unavailable.
    std::array<std::uint64_t, reject_reason_names.size()> refusals{};
    std::array<std::array<std::uint64_t, severity_names.size()>, alert_kind_names.size()> alerts{};
    std::uint64_t unknown_fields{};
    std::uint64_t prices_conflated{};
    std::uint64_t outputs_waiting{};  // decisions and triggers not yet acknowledged by the stream
    std::uint64_t log_lines_lost{};
    LatencyHistogram check;       // from the read of its bytes to the send of its answer
    LatencyHistogram cycle;       // of cycles that had work
    std::int64_t cycle_max_ns{};  // since the snapshot before
};

struct BoardSnapshot {
    std::array<bool, not_ready_names.size()> not_ready{true};  // replaying, until told otherwise
    Text<64> ruleset;
    Sequence sequence;
    std::uint64_t open_orders{};
    std::uint64_t input_sequence{};
    std::uint64_t input_lag_messages{};
    double input_lag_seconds{};
    std::uint64_t input_missing{};
    EngineCounters engine;
    DaemonCounters daemon;
    JournalFigures journal;
    bool journal_healthy{true};
    std::uint64_t journal_pending_bytes{};
    ExposureFigures exposure;
    std::vector<RuleFigures> rules;
    std::vector<OverrideFigures> overrides;
    std::uint64_t overrides_overdue{};
    ShadowFigures shadow;
    CanaryFigures canary;
    std::uint64_t accounts_waiting{};  // woken by new rules or a price, not judged yet
    std::uint64_t accounts_awake{};    // without a band
    std::vector<ConnectionFigures> connections;

    bool ready() const noexcept {
        for (const bool holds : not_ready) {
            if (holds) return false;
        }
        return true;
    }
};

}  // namespace riskd::runtime
