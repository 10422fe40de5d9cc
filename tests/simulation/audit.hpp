// What must hold after every event of a simulated crash, worked out from the simulation's own books
// and compared with the engine's. Faults are sentences; none is well. Test thread.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "riskd/core/engine.hpp"
#include "tests/simulation/own_books.hpp"

namespace riskd::simulation {

// Where the shipped ladder reduces, and where it liquidates, in 1e-2 of the equity.
inline constexpr std::int64_t reduce_at = 90;
inline constexpr std::int64_t liquidate_at = 100;
inline constexpr std::int64_t exit_at = 75;

class Audit {
public:
    Audit(const Engine& engine, OwnBooks& books) : engine_{engine}, books_{books} {}

    void fault(const std::string& text) {
        ++faults_count_;
        if (faults_.size() < 10) {
            faults_.push_back("event " + std::to_string(engine_.sequence().raw) + ": " + text);
        }
    }
    const std::vector<std::string>& faults() const { return faults_; }
    std::size_t faults_count() const { return faults_count_; }
    std::uint64_t checks() const { return checks_; }

    // Of an event with handovers: what the bankrupt account was short of at the marks is what the
    // fund, the opponents and those in profit lost by it, to the quantum; it keeps nothing below
    // zero. REQUIRES: the own books have followed them all; `before` is its equity before them.
    void check_loss(AccountId bankrupt, Wide before, std::span<const Handover> handovers);
    // In rank order from the first; each but the last gives all he has.
    void check_ranks(std::span<const Handover> handovers);
    // Each asset sums to zero over all accounts and the house.
    void check_conservation();
    // Of an event that is over: the insurance fund has nothing or more, or all who are in profit
    // have borne in it as much as they gained, or all they had; or nothing has happened to it.
    void check_fund(std::span<const Handover> handovers);
    // What the account was paid, or the fund paid, for an isolated position by the event itself,
    // before its handovers. Into the own books; and how much it was.
    Wide take_paid(AccountId account, std::span<const Handover> handovers);
    // The account has the quantities and the cash that the own books say. A fill of an isolated
    // position may bring money in for a loss beyond its margin; nothing else may.
    void check_account(AccountId account, bool may_be_paid);
    // What the fund and the house paid is what was received.
    void check_paid();
    // By kind of handover, what others lost at the marks: they took what the bankrupt was short of.
    using LossByKind = std::array<Wide, handover_kind_names.size()>;
    const LossByKind& losses() const { return losses_; }
    // Nobody is on a rung without being below its edge at this moment.
    // `at_once`: it was taken over in the same event, so what is isolated cannot be seen any more.
    void check_stage(const StageChange& change, bool at_once);
    // What `reduce` closes is the least that suffices: every smaller number of lots is tried.
    void check_least(const StageChange& change);
    // With these prices nobody is below maintenance whom the engine has not on its last rung.
    void check_nobody_is_missed();
    // Quantities and cash of all, the outside included, are what came in.
    void check_whole();

    // Of what an account holds in common, and of one isolated position.
    struct Edge {
        Wide equity{};
        Wide maintenance{};
    };
    Wide gain_of(const Handover& handover) const;
    Wide cash_of(AccountId account) const;
    bool gave_all(const Handover& part);
    Edge edge_of(AccountId account);
    Edge edge_of(const Position& position);
    Wide equity_of(const OwnAccount& account);
    bool has_isolated(AccountId account) const;

private:
    std::int64_t mark(std::uint32_t instrument) const {
        return engine_.ledger().instrument(InstrumentId{instrument}).prices.mark.raw;
    }

    const Engine& engine_;
    OwnBooks& books_;
    std::vector<std::string> faults_;
    std::size_t faults_count_{};
    std::uint64_t checks_{};
    LossByKind losses_{};
    Wide paid_{};       // in sum, over all accounts
    Wide fund_last_{};  // when it was last looked at
};

}  // namespace riskd::simulation
