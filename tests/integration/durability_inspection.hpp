// A calm moment of riskd and the order management system beside it: everything either of them knows
// is compared. Each function gives what is wrong, one line each; empty is well. Test thread only.
#pragma once

#include <cstdint>
#include <string>

#include "tests/integration/durability_audit.hpp"
#include "tests/integration/durability_riskd.hpp"
#include "tests/integration/oms_model.hpp"

namespace riskd::tests {

// From the command line (--kills 50 --seed 7) or the environment (RISKD_KILLS, RISKD_SEED).
struct DurabilityOptions {
    int kills{15};
    std::uint64_t seed{};
};
DurabilityOptions& durability_options();

struct Inspected {
    std::uint64_t sequence{};
    std::uint64_t outputs{};
    std::uint64_t stage_changes{};
    std::uint64_t orders_asked_again{};   // that had no answer
    std::uint64_t orders_kept_unheard{};  // of these, decided before without our hearing it
};

class Inspection {
public:
    Inspection(Riskd& riskd, Oms& oms, OutputWatcher& watcher)
        : riskd_(riskd), oms_(oms), watcher_(watcher) {}

    // All of the below, in this order; stops at the first that finds something.
    std::string everything();

    // Every fact is in the stream and applied, and riskd is ready.
    std::string wait_until_caught_up(int timeout_ms = 15'000);
    // Orders without an answer are asked again, those with one too; every answer must agree with
    // the state before and with what was answered before.
    std::string ask_again();
    std::string compare_accounts(Books::Compared compared = Books::Compared::everything);
    // Of the state, against a replay from nothing.
    std::string compare_digest();
    // The state digest against a replay from nothing, the outputs and decisions against the
    // journal.
    std::string compare_journal();

    const Inspected& inspected() const { return inspected_; }

private:
    std::optional<Json> ask(const std::string& subject, const std::string& payload = "");
    std::string compare_digest(JournalAudit& audit);
    std::string judge_unheard(std::size_t order, const Json& account) const;
    std::string compare_decisions(const JournalAudit& audit) const;

    Riskd& riskd_;
    Oms& oms_;
    OutputWatcher& watcher_;
    Inspected inspected_;
};

}  // namespace riskd::tests
