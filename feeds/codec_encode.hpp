// Values of the core to bytes: the answers to checks and what riskd publishes, exactly as in
// docs/PROTOCOL.md. Each function appends one JSON object to a text the caller clears and reuses,
// so a warm one does not allocate. Amounts are decimal strings without trailing zeros. Core thread
// (it reads the ledger).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "feeds/json_reader.hpp"
#include "riskd/core/engine.hpp"
#include "riskd/core/event.hpp"
#include "riskd/core/ledger.hpp"
#include "riskd/core/outcome.hpp"
#include "riskd/core/rulebook.hpp"

namespace riskd::feeds {

// Where names come from: the ledger for accounts, instruments and assets, the ruleset that decides
// for its hash and its rules, by RuleId.
struct EncodeScope {
    const Ledger& ledger;
    std::string_view ruleset;
    std::span<const Name> rules{};
};

// The answer to a check. `account` is the token of the subject it was asked on, which names even an
// account that nobody defined.
void encode_decision(const EncodeScope& scope, const Decision& decision, std::string_view account,
                     std::string& into);

// The same answer with the order it is about, what every rule said of it, and the prices and the
// position it was made on, for the record. REQUIRES: the ledger stands right behind the decision.
struct DecisionRecord {
    const Decision& decision;
    const OrderRequest& request;
    std::span<const RuleAnswer> answers{};
};
void encode_decision_record(const EncodeScope& scope, const DecisionRecord& record,
                            std::string_view account, std::string& into);

void encode_malformed(const DecodeError& fault, std::string& into);

// A reject that was never sequenced (overloaded, journal_unavailable): no sequence, nothing
// changed.
struct Refusal {
    RejectReason reason{};
    std::string_view account;
    std::string_view order;  // empty when it was not read
    Timestamp time;
};
void encode_refusal(const Refusal& refusal, std::string& into);

// liquidation_price: of the position as it would be after the order; nothing when there is none.
void encode_preview(const EncodeScope& scope, const Preview& preview, std::string_view account,
                    std::optional<Price> liquidation_price, std::string& into);

void encode_liquidation(const EncodeScope& scope, const StageChange& change, std::string& into);

// Of the other account, the one that takes, gives up or pays.
void encode_handover(const EncodeScope& scope, const Handover& handover, std::string& into);

void encode_alert(const EncodeScope& scope, const Alert& alert, std::string& into);

}  // namespace riskd::feeds
