// Answers to questions about the state: one account, exposure by instrument, the daemon itself; and
// the conflated account message. Each function appends one JSON object to a text the caller reuses.
// Nothing here changes anything. Core thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/codec_encode.hpp"
#include "riskd/core/deleverage_queue.hpp"
#include "riskd/core/engine.hpp"
#include "riskd/core/margin.hpp"

namespace riskd::feeds {

// full: the answer to a query, with open orders, liquidation prices and what can be withdrawn.
// brief: the message after a change, without them.
enum class Detail : std::uint8_t { brief, full };

struct AccountQuestion {
    AccountId account{no_account};
    Timestamp now;
    Detail detail{Detail::full};
    // The queue of auto-deleveraging, and when it was counted; null: its places are not known.
    const DeleverageQueue* queue{};
    Timestamp queued_at{};
};
// REQUIRES: the account is known.
void encode_account(const EncodeScope& scope, Engine& engine, const AccountQuestion& question,
                    std::string& into);

// A question about a name that nobody defined.
void encode_unknown(RejectReason reason, std::string_view name, std::string& into);

// Long, short and net of every instrument (or of one), and how the accounts given stand.
struct ExposureQuestion {
    InstrumentId instrument{no_instrument};  // none: all
    std::span<const AccountStanding> nearest;
    Timestamp now;
    Sequence sequence;
};
void encode_exposure(const EncodeScope& scope, const ExposureQuestion& question, std::string& into);

// What the daemon knows about itself beside the engine.
struct StatusFacts {
    std::string_view version;
    std::string_view role{"leader"};
    std::string_view digest;  // empty: not asked for
    bool ready{};
    std::string_view not_ready_because;
    Timestamp started;
    Timestamp now;
    std::uint64_t stream_last{};  // newest sequence of the input stream; lag is counted from it
    std::uint64_t malformed{};
    std::uint64_t overloaded{};
    std::uint64_t unknown_fields{};
    std::uint64_t journal_bytes{};
    std::uint64_t overrides{};  // of the ruleset, in force
    Timestamp override_ends;    // the next of them; of none without meaning
};
void encode_status(const EncodeScope& scope, const Engine& engine, const StatusFacts& facts,
                   std::string& into);

}  // namespace riskd::feeds
