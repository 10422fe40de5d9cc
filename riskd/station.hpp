// What the core thread works with, without the network: settings, rules, engine, journal, sequencer
// and the announcer, joined so that every event takes the same way through them. Made once at
// start; core thread only afterwards.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "dsl/host.hpp"
#include "feeds/subjects.hpp"
#include "riskd/announcer.hpp"
#include "riskd/core/activation.hpp"
#include "riskd/core/engine.hpp"
#include "riskd/reference_memory.hpp"
#include "riskd/rulesets/life.hpp"
#include "riskd/rulesets/shadow.hpp"
#include "riskd/runtime/clock.hpp"
#include "riskd/runtime/journal.hpp"
#include "riskd/runtime/log.hpp"
#include "riskd/runtime/replay.hpp"
#include "riskd/runtime/sequencer.hpp"

namespace riskd::verbs {

LedgerLimits ledger_limits(const config::LimitSettings& settings);
// A number no other journal has.
std::uint64_t new_epoch();

class Station {
public:
    Station(config::Settings from, std::unique_ptr<dsl::LuaRulebook> rules, runtime::Log& lines);

    // Which outputs of the journal the stream does not hold yet. Without a position only recent
    // ones are said again: an old trigger is worse than none.
    struct SaidBefore {
        bool known{};
        std::uint64_t epoch{};
        feeds::OutputId last;
        Timestamp recent;
    };
    // Locks, replays, cuts what is torn; then the sequencer stands. Empty: well.
    // REQUIRES: called once, first.
    [[nodiscard]] std::string open_journal(const SaidBefore& said,
                                           const runtime::ReplayProgress& progress);
    // Applies what the files say and the journal does not have, activates the ruleset, warms it.
    // Empty: well. REQUIRES: open_journal() was well.
    [[nodiscard]] std::string apply_settings();

    // The candidate decides from the next sequence on, or the one before does again. Empty: well.
    // REQUIRES: rulesets.why_not_activate() or why_not_roll_back() says it may.
    std::string activate_candidate();
    void roll_back();
    // Overrides that have ended by now go: the rules without them are made beside the work, and
    // decide as soon as they are ready. True: they do now. To be called again and again.
    bool end_overrides(Timestamp now);

    // When the rules that were activated while riskd runs fail too often, those before them decide
    // again. True: they do now.
    bool retreat_from_faults(std::int64_t now_ns);

    // The candidate is asked beside the ruleset that decides. Empty: it is from now on.
    std::string begin_shadow();
    // The candidate decides for these accounts and this share of all, from the next sequence on.
    // Empty: it does; refused when another is not known, or when it may not be activated.
    std::string begin_canary(const CanaryChange& wanted);
    // The ruleset of all others decides for them too.
    void end_canary();
    // A canary that passed one of its bounds has ended. True: it has now.
    bool retreat_from_canary();

    // Before the candidate changes, and when another ruleset decides; nothing when there is none.
    void end_shadow() noexcept;
    rulesets::Shadow* shadow() const noexcept { return shadow_.get(); }

    // REQUIRES: as Sequencer::apply.
    const Outcome& apply(const EventBody& body, std::uint64_t stream_sequence = 0);

    // Declared in the order they are needed.
    config::Settings settings;
    rulesets::Life rulesets;
    runtime::Log& log;
    feeds::Subjects subjects;
    runtime::DaemonCounters counters;
    Engine engine;
    runtime::DiskFiles files;
    runtime::Journal journal;
    runtime::Clock clock;
    Announcer announcer;
    std::unique_ptr<runtime::Sequencer> sequencer;  // after open_journal()

private:
    std::string restore_rulesets();
    std::string pass_sequences_said(std::uint64_t last);
    void say_who_decides();
    bool ruleset_is_active() const noexcept;
    bool commit_or_say(std::string& fault);

    void put_in_place();
    void remember_decided(std::string hash);
    void say_ended(std::span<const rulesets::Override> before);
    ReferenceMemory reference_;
    std::vector<std::string> decided_;  // hashes of the journal, each once, the last one last
    std::unique_ptr<rulesets::Shadow> shadow_;
    struct Probation {  // of what was activated; none after a roll-back
        bool holds{};
        std::uint64_t faults{};  // when the time began
        std::int64_t began_ns{};
    };
    Probation probation_;
};

}  // namespace riskd::verbs
