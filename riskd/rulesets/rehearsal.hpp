// A ruleset asked about accounts as they stand, before it decides anything: what its first live
// questions would compile then is compiled now. Answers are thrown away. Core thread only.
#pragma once

#include <cstdint>

#include "riskd/core/engine.hpp"

namespace riskd::rulesets {

class Rehearsal {
public:
    // REQUIRES: both outlive it.
    Rehearsal(const Engine& engine, Rulebook& rulebook)
        : engine_{engine}, decider_{engine.ledger(), engine.windows(), rulebook} {}

    // Some of the accounts from `begin` to `end`, evenly. REQUIRES: the rules know their names.
    void ask(std::uint32_t begin, std::uint32_t end);

private:
    void ask_about(const Account& account);

    const Engine& engine_;
    Decider decider_;
};

}  // namespace riskd::rulesets
