// What the engine's outcomes say to the outside: decisions, liquidation triggers and alerts as
// bytes for the output stream, numbered by sequence and place so that a restart says the same; and
// the accounts that changed, told at most once per interval. Core thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "feeds/codec_answers.hpp"
#include "feeds/codec_encode.hpp"
#include "feeds/output_list.hpp"
#include "feeds/subjects.hpp"
#include "riskd/core/engine.hpp"
#include "riskd/outbox.hpp"
#include "riskd/runtime/board.hpp"

namespace riskd::verbs {

class Announcer {
public:
    Announcer(Engine& engine, const feeds::Subjects& subjects, runtime::DaemonCounters& counters);

    // Right after the event was applied: the message shows the state it was decided on. Outputs up
    // to `already_said` are counted and not said again.
    void announce(const Event& event, const Outcome& outcome, feeds::OutputId already_said = {});

    Outbox& outputs() noexcept { return outputs_; }
    // With the ruleset that decides for the account; of nobody, for all outside of a canary.
    feeds::EncodeScope scope(AccountId account = no_account) const noexcept {
        const RulesetSeen ruleset = engine_.ruleset_of(account);
        return {engine_.ledger(), ruleset.hash, ruleset.rules};
    }
    // Orders refused by each rule of the ruleset that decides.
    const std::vector<std::uint64_t>& rejects() const noexcept { return rejects_; }

    // Accounts that changed since the last interval, one message each; `publish(subject, payload)`.
    // Tells at most `most` of them in one call.
    void begin_interval();
    template <typename Publish>
    void tell_accounts(Timestamp now, std::size_t most, Publish publish) {
        for (; most > 0 && !telling_.empty(); --most) {
            const AccountId account = telling_.back();
            telling_.pop_back();
            text_.clear();
            feeds::encode_account(scope(account), engine_,
                                  {.account = account, .now = now, .detail = feeds::Detail::brief},
                                  text_);
            publish(account_subject(account), text_);
        }
    }

private:
    void encode(const Event& event, const Outcome& outcome, const Output& output);
    void count(const Output& output);
    void touch(AccountId account);
    std::string_view account_subject(AccountId account) noexcept;
    std::string_view token_of(AccountId account) const noexcept;

    Engine& engine_;
    const feeds::Subjects& subjects_;
    runtime::DaemonCounters& counters_;
    Outbox outputs_;
    std::vector<std::uint64_t> rejects_;
    std::string text_;
    feeds::SubjectBuffer subject_buffer_{};
    std::string_view subject_;
    std::vector<bool> touched_;       // by account
    std::vector<AccountId> changed_;  // since the interval began
    std::vector<AccountId> telling_;  // of the interval before
};

}  // namespace riskd::verbs
