// Operations on rulesets, risk.admin.ruleset_<verb>: stage a bundle, ask it in the shadow, activate
// it, roll back, say how things stand. Answers are JSON, docs/PROTOCOL.md. Core thread only.
#pragma once

#include <string>
#include <string_view>

#include "riskd/station.hpp"

namespace riskd::verbs {

class RulesetRequests {
public:
    explicit RulesetRequests(Station& station) noexcept : station_{station} {}

    enum class Leaves : std::uint8_t {
        now,        // it changed nothing
        when_safe,  // with the journal
        later,      // turn() gives it
    };
    static bool concerns(std::string_view verb) noexcept;
    // The answer is appended to `into`. REQUIRES: concerns(verb); the sequencer takes inputs.
    Leaves serve(std::string_view verb, std::string_view payload, std::string_view reply,
                 std::string& into);

    // The answer to a staged bundle, once there is one; `reply` is to whom.
    bool turn(std::string& reply, std::string& into);

private:
    Leaves stage(std::string_view payload, std::string_view reply, std::string& into);
    Leaves shadow(std::string_view payload, std::string& into);
    Leaves canary(std::string_view payload, std::string& into);
    Leaves activate(std::string_view payload, std::string& into);
    Leaves roll_back(std::string& into);
    void write_status(std::string& into) const;
    void write_applied(std::string_view verb, std::size_t overrides_ended, std::string& into) const;

    Station& station_;
    std::string staged_by_;  // where the answer goes
};

}  // namespace riskd::verbs
