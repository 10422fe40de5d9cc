// Everything a person can set, as plain structs filled by the YAML loader (config/load.hpp). The
// defaults here are the documented defaults of config/riskd.yaml; a test holds the two together.
// Read once before anything starts; any thread may read afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "riskd/core/definitions.hpp"

namespace riskd::config {

// Where in which file a value was written; line 0 means it is a default.
struct Place {
    std::string file;
    int line{};
    int column{};
    friend bool operator==(const Place&, const Place&) = default;
};

// One fault of a file a person wrote, printed as file:line:column: message.
struct Fault {
    Place place;
    std::string message;
    friend bool operator==(const Fault&, const Fault&) = default;
};

enum class AnswerPromise : std::uint8_t { os, disk };

struct NatsSettings {
    std::string url{"nats://127.0.0.1:4222"};
    std::string credentials_file;  // empty: none
    std::string user;              // empty: none
    std::string password;
    std::string subject_prefix{"risk"};
    std::string input_stream{"RISK_IN"};
    std::string output_stream{"RISK_OUT"};
    bool manage_streams{true};  // create missing streams; otherwise only verify them
    int replicas{1};
    std::int64_t output_max_age_hours{168};
    std::int64_t input_max_age_hours{168};
    int reconnect_wait_ms{100};
    bool spin{false};  // busy-poll the sockets; only with an isolated core
    friend bool operator==(const NatsSettings&, const NatsSettings&) = default;
};

struct JournalSettings {
    std::string directory{"data/journal"};
    std::int64_t segment_bytes{256LL << 20};
    AnswerPromise promise{AnswerPromise::os};
    friend bool operator==(const JournalSettings&, const JournalSettings&) = default;
};

struct HttpSettings {
    std::string listen{"127.0.0.1:9464"};  // metrics, healthz, readyz; empty: off
    friend bool operator==(const HttpSettings&, const HttpSettings&) = default;
};

struct LimitSettings {
    std::uint32_t accounts_max{1'000'000};
    std::uint32_t instruments_max{4'096};
    std::uint32_t open_orders_max{2'000'000};
    std::uint32_t open_orders_per_account_max{1'000};
    std::uint32_t orders_remembered_max{1'000'000};  // answered orders, for repeated questions
    std::uint32_t ids_remembered_max{4'000'000};     // fills, transfers, balance changes
    std::uint32_t checks_per_cycle_max{512};         // beyond it: overloaded
    std::uint32_t judged_at_once_max{64};            // accounts that a price woke, in one event
    friend bool operator==(const LimitSettings&, const LimitSettings&) = default;
};

struct BoardSettings {
    std::uint32_t nearest_accounts{20};     // accounts with their own series
    std::int64_t account_interval_ms{250};  // risk.out.account at most once per interval
    std::int64_t metrics_interval_ms{500};
    friend bool operator==(const BoardSettings&, const BoardSettings&) = default;
};

// One parameter value as written: a number ("250000", "5%", "1d"), a list of tiers, or a flag,
// which has neither number nor rows and the text "true" or "false".
struct ParameterValue {
    std::optional<double> number;  // percent already divided by 100; durations in seconds
    std::vector<std::vector<std::pair<std::string, double>>> rows;  // steps: one row per tier
    std::string text;                                               // as written
    Place place;
};

// The most specific wins: global < group < account < instrument < group and instrument
// < account and instrument. A setting of a group is one of all groups below it; the nearest wins.
struct ParameterSetting {
    std::string rule;        // "price_collar"
    std::string parameter;   // "deviation_max"
    std::string group;       // empty: any
    std::string account;     // empty: any
    std::string instrument;  // empty: any
    std::string asset;       // empty: any; for rules asked about an asset, never with an instrument
    ParameterValue value;
};

// Who may sign rulesets, with the public half of a key (riskd/rulesets/keys.hpp).
struct RuleSigner {
    std::string name;
    std::string public_key;  // base64
};

struct RulesSettings {
    std::vector<std::string> files;  // paths of .lua files, in the order they are asked
    std::vector<ParameterSetting> parameters;
    std::int64_t steps_max{100'000};  // per call of a rule about books; of others a tenth
    std::int64_t memory_max_bytes{64LL << 20};
    std::vector<RuleSigner> signers;  // none: the configuration alone says which rules decide
    std::string directory{"data/rulesets"};
    // More faults of its rules than this within the time, and the ruleset before decides again.
    std::int64_t faults_max{100};  // zero: it never does by itself
    std::int64_t faults_within_ms{60'000};
};

// What a canary may come to before the ruleset of all others decides for its accounts again.
struct CanarySettings {
    std::int64_t faults_max{};                // of its rules
    std::int64_t liquidations_max{};          // that only its rules see
    std::int64_t orders_min{100};             // decided, before the shares below count
    std::int64_t differences_percent_max{5};  // of its orders, decided otherwise
    std::int64_t slow_percent_max{1};         // of its orders, taking longer than this
    std::int64_t slow_after_ms{1};
};

// A margin rule that an account names. Whether the ruleset has it is asked when both are loaded.
struct MarginChoice {
    std::string account;
    std::string rule;
    Place place;
};

struct ReferenceSettings {
    std::string reference_asset{"USDT"};
    std::vector<AssetDefinition> assets;
    std::vector<InstrumentDefinition> instruments;
    std::vector<GroupDefinition> groups;
    std::vector<AccountDefinition> accounts;
    std::vector<MarginChoice> margins;
};

struct LogSettings {
    std::string level{"info"};
    friend bool operator==(const LogSettings&, const LogSettings&) = default;
};

struct Settings {
    NatsSettings nats;
    JournalSettings journal;
    HttpSettings http;
    LimitSettings limits;
    BoardSettings board;
    LogSettings log;
    RulesSettings rules;
    CanarySettings canary;
    ReferenceSettings reference;
};

}  // namespace riskd::config
