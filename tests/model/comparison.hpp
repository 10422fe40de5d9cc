// The fast engine and the slow one side by side: after each event all outputs, all balances,
// positions, orders and stages, conservation of every asset; a preview before each order; now and
// then what an account could withdraw; and a second fast engine that replays what the first
// recorded, through the bytes of the journal and without rules. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "riskd/core/engine.hpp"
#include "riskd/runtime/journal_codec.hpp"
#include "tests/model/plain_rulebook.hpp"
#include "tests/model/random_events.hpp"
#include "tests/model/reference_engine.hpp"

namespace riskd::model {

class Comparison {
public:
    Comparison(const LedgerLimits& limits, Rulebook& rules)
        : rules_{rules},
          plain_{dynamic_cast<PlainRulebook*>(&rules)},
          fast_{limits, rules},
          replayed_{limits, rules},
          slow_{limits, rules} {}

    // Applies an event (its sequence is set here) and says what differs; empty when nothing does.
    std::string apply(Event event);
    // When every order has ended: no hold, no open figure is left.
    std::string check_released() const;
    std::string check_digest() const;
    // An account's figures are so large that sums of them need not fit: the order of summing then
    // decides what is refused, and the engines may differ.
    bool is_at_bound() const;

    const Engine& fast() const noexcept { return fast_; }
    const Outcome& outcome() const noexcept { return outcome_; }

private:
    std::string preview(const Event& event);
    std::string check_largest(const Event& event);
    std::string check_withdrawable(const Event& event);
    std::string compare_state() const;
    std::string compare_groups() const;
    std::string compare_account(std::uint32_t id) const;
    std::string compare_position(const Account& account, const Position& position) const;

    Rulebook& rules_;
    PlainRulebook* plain_;  // null when the rules are others
    Engine fast_;
    Engine replayed_;
    ReferenceEngine slow_;
    Outcome outcome_;
    runtime::ByteBuffer bytes_;
    runtime::JournalRecord record_;
};

// What differs between two outputs of one event; empty when nothing does.
std::string compare_outputs(const Outcome& fast, const Outcome& slow);
std::string describe(const Output& output);

}  // namespace riskd::model
