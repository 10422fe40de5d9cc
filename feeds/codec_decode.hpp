// Bytes from outside to values of the core. Names become dense ids and amounts raw integers through
// the ledger; everything is distrusted, nothing is guessed. A fault is a value with the field's
// name and changes nothing. No allocation per message. Core thread (it reads the ledger).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "feeds/json_reader.hpp"
#include "feeds/subjects.hpp"
#include "riskd/core/event.hpp"
#include "riskd/core/ledger.hpp"

namespace riskd::feeds {

struct DecodeCounters {
    std::uint64_t messages{};
    std::uint64_t malformed{};
};

class Decoder {
public:
    // A check or a preview; `account` is the subject's token. An account or instrument that nobody
    // defined is not malformed: its id is none (and price and quantity zero), the engine refuses
    // it.
    std::optional<DecodeError> decode_order(std::string_view account, std::string_view message,
                                            const Ledger& ledger, OrderRequest& into) noexcept;

    // A price message. Its time is that of the message when given, never later than `received`.
    std::optional<DecodeError> decode_price(std::string_view instrument, std::string_view message,
                                            const Ledger& ledger, Timestamp received,
                                            PriceUpdate& into) noexcept;

    // A message of the input stream. It always becomes an event, so that its stream position is
    // passed for good: what is malformed or names somebody unknown becomes a RefusedFact.
    void decode_fact(std::string_view subject, const std::optional<Subject>& parsed,
                     std::string_view message, const Ledger& ledger, EventBody& into) noexcept;

    // An operation under <prefix>.admin: `account` and `instrument` set a status.
    std::optional<DecodeError> decode_control(std::string_view verb, std::string_view message,
                                              const Ledger& ledger, EventBody& into) noexcept;

    const DecodeCounters& counters() const noexcept { return counters_; }
    std::uint64_t unknown_fields() const noexcept { return reader_.unknown_fields(); }

private:
    std::optional<DecodeError> decode_known_fact(const Subject& subject, std::string_view message,
                                                 const Ledger& ledger, EventBody& into) noexcept;
    std::optional<DecodeError> decode_update(std::string_view account, std::string_view message,
                                             const Ledger& ledger, EventBody& into) noexcept;
    std::optional<DecodeError> decode_fill(std::string_view account, std::string_view message,
                                           const Ledger& ledger, EventBody& into) noexcept;
    std::optional<DecodeError> decode_balance(std::string_view account, std::string_view message,
                                              const Ledger& ledger, EventBody& into) noexcept;
    std::optional<DecodeError> decode_transfer(std::string_view message, const Ledger& ledger,
                                               EventBody& into) noexcept;
    std::optional<DecodeError> decode_funding(std::string_view instrument, std::string_view message,
                                              const Ledger& ledger, EventBody& into) noexcept;
    std::optional<DecodeError> decode_funding_index(std::string_view instrument,
                                                    std::string_view message, const Ledger& ledger,
                                                    EventBody& into) noexcept;
    std::optional<DecodeError> decode_settlement(std::string_view instrument,
                                                 std::string_view message, const Ledger& ledger,
                                                 EventBody& into) noexcept;
    std::optional<DecodeError> decode_leverage(std::string_view account, std::string_view message,
                                               const Ledger& ledger, EventBody& into) noexcept;
    std::optional<DecodeError> decode_margin(std::string_view account, std::string_view message,
                                             const Ledger& ledger, EventBody& into) noexcept;
    std::optional<DecodeError> decode_instrument(std::string_view instrument,
                                                 std::string_view message,
                                                 EventBody& into) noexcept;
    std::optional<DecodeError> decode_group(std::string_view group, std::string_view message,
                                            EventBody& into) noexcept;
    std::optional<DecodeError> decode_account(std::string_view account, std::string_view message,
                                              EventBody& into) noexcept;
    std::optional<DecodeError> counted(std::optional<DecodeError> fault) noexcept;

    JsonReader reader_;
    DecodeCounters counters_;
};

// A fact that cannot take effect, as the event that records it.
RefusedFact refused_fact(std::string_view subject, const DecodeError& fault) noexcept;

}  // namespace riskd::feeds
