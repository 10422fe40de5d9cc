#include "riskd/station.hpp"

#include <random>

#include "riskd/rule_names.hpp"

namespace riskd::verbs {
namespace {

constexpr std::size_t events_per_commit = 1'024;

runtime::JournalOptions journal_options(const config::JournalSettings& settings) {
    return {.directory = settings.directory,
            .segment_bytes = static_cast<std::uint64_t>(settings.segment_bytes),
            .sync = settings.promise == config::AnswerPromise::disk,
            .epoch = new_epoch()};
}

std::uint64_t faults_of(const dsl::LuaRulebook& rulebook) noexcept {
    std::uint64_t all = 0;
    for (const dsl::RuleCounters& rule : rulebook.counters()) {
        for (const std::uint64_t faults : rule.faults)
            all += faults;
    }
    return all;
}

}  // namespace

LedgerLimits ledger_limits(const config::LimitSettings& settings) {
    return {.accounts_max = settings.accounts_max,
            .instruments_max = settings.instruments_max,
            .open_orders_max = settings.open_orders_max,
            .open_orders_per_account_max = settings.open_orders_per_account_max,
            .orders_remembered_max = settings.orders_remembered_max,
            .ids_remembered_max = settings.ids_remembered_max};
}

std::uint64_t new_epoch() {
    std::random_device random;
    const std::uint64_t high = random();
    return (high << 32 | random()) | 1;
}

Station::Station(config::Settings from, std::unique_ptr<dsl::LuaRulebook> rules,
                 runtime::Log& lines)
    : settings(std::move(from)),
      rulesets(settings.rules, std::move(rules)),
      log(lines),
      subjects(settings.nats.subject_prefix),
      engine(ledger_limits(settings.limits), rulesets.rules(), rulesets.canary_rules()),
      journal(files, journal_options(settings.journal)),
      announcer(engine, subjects, counters) {}

std::string Station::open_journal(const SaidBefore& said, const runtime::ReplayProgress& progress) {
    if (std::string fault = journal.lock(); !fault.empty()) return fault;
    runtime::JournalReader headers(files, settings.journal.directory);
    if (std::string fault = headers.open(); !fault.empty()) return fault;
    runtime::JournalReader reader(files, settings.journal.directory);
    const bool known = said.known && said.epoch == headers.epoch();
    const feeds::OutputId all_said{~std::uint64_t{0}, 0};
    const auto after = [&](const runtime::JournalRecord& record) {
        reference_.learn(record.event);
        if (const auto* activation = std::get_if<RulesetActivation>(&record.event.body)) {
            remember_decided(std::string{activation->hash.view()});
        }
        ++counters.events[record.event.body.index()];
        feeds::OutputId already = said.last;
        if (!known) already = record.event.time < said.recent ? all_said : feeds::OutputId{};
        announcer.announce(record.event, record.outcome, already);
    };
    const runtime::ReplayResult result = runtime::replay(reader, engine, progress, after);
    if (!result.fault.empty()) return result.fault;
    engine.set_judged_at_once(settings.limits.judged_at_once_max);
    engine.put_everyone_to_bed();
    if (result.end.torn_bytes > 0) {
        log.write(runtime::LogLevel::warning,
                  "journal: cut " + std::to_string(result.end.torn_bytes) +
                      " torn bytes behind sequence " + std::to_string(result.end.last.raw) +
                      " in " + result.end.segment);
    }
    if (std::string fault = journal.start(result.end); !fault.empty()) return fault;
    sequencer = std::make_unique<runtime::Sequencer>(engine, journal, clock);
    if (std::string fault = restore_rulesets(); !fault.empty()) return fault;
    rulesets.define_all(engine.ledger());
    log.write(runtime::LogLevel::info,
              "journal: replayed " + std::to_string(result.records) + " records, sequence " +
                  std::to_string(engine.sequence().raw) + ", digest " + text(engine.digest()));
    return known ? pass_sequences_said(said.last.sequence) : std::string{};
}

std::string Station::restore_rulesets() {
    if (!rulesets.is_managed()) {
        const std::string fault = rulesets.keep_configured();
        if (fault.empty()) return {};
        log.write(runtime::LogLevel::warning,
                  "what these rules decide cannot be explained when they have gone: " + fault);
        return {};
    }
    const std::string configured{rulesets.rules().hash()};
    std::string fault = rulesets.restore(decided_, clock.now());
    if (!fault.empty()) return fault;
    for (const std::string& each : rulesets.ended_at_start()) {
        log.write(runtime::LogLevel::warning,
                  "the override of " + each +
                      " ended while riskd was down, or two signers no longer stand for it");
    }
    if (rulesets.rules().hash() != configured) {
        log.write(runtime::LogLevel::info,
                  "the rules of the configuration, " + configured +
                      ", are not those that decide: only a bundle changes them");
    }
    return {};
}

// Only as many as there may be overrides among them, and some more to go back to.
void Station::remember_decided(std::string hash) {
    constexpr std::size_t most = 8;
    std::erase(decided_, hash);
    if (decided_.size() == most) decided_.erase(decided_.begin());
    decided_.push_back(std::move(hash));
}

// The outside has heard of sequences that a torn tail took. Given again they would name something
// else, and the stream would take what is said under them for repeats: events without effect take
// their places.
std::string Station::pass_sequences_said(std::uint64_t last) {
    if (engine.sequence().raw >= last) return {};
    log.write(runtime::LogLevel::warning,
              "the output stream has heard of sequence " + std::to_string(last) +
                  ", the journal has not: what was decided behind " +
                  std::to_string(engine.sequence().raw) + " is lost, facts are read again");
    std::string fault;
    while (engine.sequence().raw < last) {
        apply(PriceUpdate{});
        const bool whole = engine.sequence().raw % events_per_commit == 0;
        if (whole && !commit_or_say(fault)) return fault;
    }
    return commit_or_say(fault) ? std::string{} : fault;
}

std::string Station::apply_settings() {
    std::string fault;
    std::size_t applied = 0;
    if (!engine.canary().hash.empty()) end_canary();  // nobody watches over it any more
    for (const EventBody& body : reference_.missing(settings.reference, engine.ledger())) {
        apply(body);
        if (++applied % events_per_commit == 0 && !commit_or_say(fault)) return fault;
    }
    if (!ruleset_is_active()) {
        apply(activation_of(rulesets.rules()));
        say_who_decides();
    }
    if (!commit_or_say(fault)) return fault;
    if (applied > 0) {
        log.write(runtime::LogLevel::info,
                  "applied " + std::to_string(applied) + " definitions of the configuration");
    }
    rulesets.active().warm();
    return {};
}

bool Station::commit_or_say(std::string& fault) {
    if (sequencer->commit() == runtime::JournalStatus::healthy) return true;
    fault = settings.journal.directory + ": " + journal.last_error();
    return false;
}

const Outcome& Station::apply(const EventBody& body, std::uint64_t stream_sequence) {
    const Outcome& outcome = sequencer->apply(body, stream_sequence);
    ++counters.events[body.index()];
    rulesets.define(engine.ledger(), body);
    announcer.announce(sequencer->event(), outcome);
    return outcome;
}

std::string Station::activate_candidate() {
    const std::vector<rulesets::Override> before = rulesets.active_ruleset().bundle.overrides;
    if (std::string fault = rulesets.activate(); !fault.empty()) return fault;
    end_shadow();
    probation_ = {.holds = true, .faults = faults_of(rulesets.active()), .began_ns = 0};
    put_in_place();
    say_ended(before);
    return {};
}

void Station::roll_back() {
    const std::vector<rulesets::Override> before = rulesets.active_ruleset().bundle.overrides;
    end_shadow();
    rulesets.roll_back();
    probation_ = {};
    put_in_place();
    say_ended(before);
}

bool Station::end_overrides(Timestamp now) {
    const rulesets::Life::Ending ending = rulesets.turn_ending(engine, now);
    if (!ending.fault.empty()) {
        log.from_core(
            runtime::LogLevel::error,
            "an override that has ended is still in force, riskd goes on trying: " + ending.fault);
    }
    if (!ending.is_ready) return false;
    const std::vector<rulesets::Override> before = rulesets.active_ruleset().bundle.overrides;
    end_shadow();
    rulesets.end_overrides();
    probation_ = {.holds = probation_.holds, .faults = faults_of(rulesets.active()), .began_ns = 0};
    put_in_place();
    say_ended(before);
    return true;
}

void Station::say_ended(std::span<const rulesets::Override> before) {
    for (const std::string& each :
         overrides_lost(before, rulesets.active_ruleset().bundle.overrides)) {
        log.from_core(runtime::LogLevel::info, "the override of " + each + " has ended");
    }
}

void Station::put_in_place() {
    apply(activation_of(rulesets.rules()));
    say_who_decides();
}

bool Station::retreat_from_faults(std::int64_t now_ns) {
    const std::int64_t most = settings.rules.faults_max;
    if (!probation_.holds || most == 0) return false;
    if (!rulesets.why_not_roll_back(clock.last()).empty()) return false;
    const std::uint64_t faults = faults_of(rulesets.active());
    if (faults - probation_.faults > static_cast<std::uint64_t>(most)) {
        log.from_core(runtime::LogLevel::error,
                      "ruleset " + std::string(rulesets.rules().hash()) + " failed " +
                          std::to_string(faults - probation_.faults) +
                          " times, it gives way: " + std::string(rulesets.active().last_error()));
        roll_back();
        return true;
    }
    if (now_ns - probation_.began_ns >= settings.rules.faults_within_ms * 1'000'000) {
        probation_.faults = faults;
        probation_.began_ns = now_ns;
    }
    return false;
}

std::string Station::begin_shadow() {
    if (rulesets.candidate() == nullptr) return "there is no candidate; stage a bundle first";
    dsl::LuaRulebook& candidate = *rulesets.candidate()->rulebook;
    std::string why = rulesets::Shadow::why_not(candidate, rulesets.rules());
    if (!why.empty()) return why;
    if (!engine.canary().hash.empty()) return {};  // it is watched already
    shadow_ =
        std::make_unique<rulesets::Shadow>(engine, candidate, rulesets.active(), settings.canary);
    sequencer->watch(shadow_.get());
    return {};
}

std::string Station::begin_canary(const CanaryChange& wanted) {
    if (rulesets.candidate() == nullptr) return "there is no candidate; stage a bundle first";
    if (!engine.canary().hash.empty()) return "a canary is at work already; end it first";
    if (rulesets.is_staging()) return "another bundle is being looked at";
    for (const Name& name : wanted.accounts) {
        if (is_known(engine.ledger().find_account(name.view()))) continue;
        return "no account is called `" + std::string(name.view()) + "`";
    }
    const rulesets::Ruleset& candidate = *rulesets.candidate();
    std::string why = rulesets.why_not_activate(candidate.bundle.hash, clock.now());
    if (why.empty()) why = begin_shadow();
    if (!why.empty()) return why;
    why = rulesets.begin_canary();
    if (!why.empty()) {
        end_shadow();
        return why;
    }
    const RulesetActivation rules = activation_of(*candidate.rulebook);
    apply(CanaryChange{.hash = rules.hash,
                       .rules = rules.rules,
                       .share = wanted.share,
                       .accounts = wanted.accounts});
    log.from_core(runtime::LogLevel::info, "ruleset " + candidate.bundle.hash +
                                               " decides for a canary from sequence " +
                                               std::to_string(engine.sequence().raw));
    return {};
}

void Station::end_canary() {
    rulesets.end_canary();
    apply(CanaryChange{});
    end_shadow();
}

bool Station::retreat_from_canary() {
    if (engine.canary().hash.empty() || shadow_ == nullptr) return false;
    const std::string breach = shadow_->breach();
    if (breach.empty()) return false;
    log.from_core(runtime::LogLevel::error, "ruleset " + std::string(engine.canary().hash.view()) +
                                                " is a canary no longer: " + breach);
    end_canary();
    return true;
}

void Station::end_shadow() noexcept {
    sequencer->watch(nullptr);
    shadow_.reset();
}

void Station::say_who_decides() {
    log.from_core(runtime::LogLevel::info, "ruleset " + std::string(rulesets.rules().hash()) +
                                               " decides from sequence " +
                                               std::to_string(engine.sequence().raw));
}

bool Station::ruleset_is_active() const noexcept {
    const RulesetActivation& active = engine.ruleset();
    const RulesetActivation wanted = activation_of(rulesets.rules());
    return active.hash == wanted.hash && active.windows_count == wanted.windows_count &&
           active.window_measures == wanted.window_measures &&
           active.window_calendar == wanted.window_calendar &&
           active.window_spans == wanted.window_spans &&
           active.window_offsets == wanted.window_offsets && active.rules == wanted.rules;
}

}  // namespace riskd::verbs
