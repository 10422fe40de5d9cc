// The subjects of the wire: prefix, topic and at most one token (an account, an instrument, a
// verb). Parsing and formatting do not allocate. Immutable after construction; any thread.
// A token is an id without a point; a subject that does not have this form is nobody's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace riskd::feeds {

enum class Topic : std::uint8_t {
    check,             // <prefix>.check.<account>
    preview,           // <prefix>.preview.<account>
    query_account,     // <prefix>.query.account.<account>
    query_exposure,    // <prefix>.query.exposure[.<instrument>]
    query_status,      // <prefix>.query.status
    admin,             // <prefix>.admin.<verb>
    in_order,          // <prefix>.in.order.<account>
    in_fill,           // <prefix>.in.fill.<account>
    in_balance,        // <prefix>.in.balance.<account>
    in_transfer,       // <prefix>.in.transfer
    in_funding,        // <prefix>.in.funding.<instrument>
    in_funding_index,  // <prefix>.in.funding_index.<instrument>
    in_settlement,     // <prefix>.in.settlement.<instrument>
    in_leverage,       // <prefix>.in.leverage.<account>
    in_margin,         // <prefix>.in.margin.<account>
    in_instrument,     // <prefix>.in.instrument.<instrument>
    in_account,        // <prefix>.in.account.<account>
    in_group,          // <prefix>.in.group.<group>
    in_price,          // <prefix>.in.price.<instrument>
    out_decision,      // <prefix>.out.decision.<account>
    out_liquidation,   // <prefix>.out.liquidation.<account>
    out_account,       // <prefix>.out.account.<account>
    out_alert,         // <prefix>.out.alert.<severity>
};
inline constexpr std::size_t topic_count = 23;

enum class TokenRule : std::uint8_t { none, required, optional };

struct TopicShape {
    std::string_view words;  // between the prefix and the token
    TokenRule token{};
};

// In the order of Topic.
inline constexpr std::array<TopicShape, topic_count> topic_shapes{{
    {"check", TokenRule::required},           {"preview", TokenRule::required},
    {"query.account", TokenRule::required},   {"query.exposure", TokenRule::optional},
    {"query.status", TokenRule::none},        {"admin", TokenRule::required},
    {"in.order", TokenRule::required},        {"in.fill", TokenRule::required},
    {"in.balance", TokenRule::required},      {"in.transfer", TokenRule::none},
    {"in.funding", TokenRule::required},      {"in.funding_index", TokenRule::required},
    {"in.settlement", TokenRule::required},   {"in.leverage", TokenRule::required},
    {"in.margin", TokenRule::required},       {"in.instrument", TokenRule::required},
    {"in.account", TokenRule::required},      {"in.group", TokenRule::required},
    {"in.price", TokenRule::required},        {"out.decision", TokenRule::required},
    {"out.liquidation", TokenRule::required}, {"out.account", TokenRule::required},
    {"out.alert", TokenRule::required},
}};

// Facts travel in the input stream, each of them once; prices do not, the newest wins.
constexpr bool is_fact(Topic topic) noexcept {
    return topic >= Topic::in_order && topic <= Topic::in_group;
}

struct Subject {
    Topic topic{};
    std::string_view token;  // points into what was parsed; empty when there is none
};

inline constexpr std::size_t prefix_max = 64;
inline constexpr std::size_t token_max = 64;
inline constexpr std::size_t subject_max = 160;

// A subject under construction, reused for each message.
using SubjectBuffer = std::array<char, subject_max>;

class Subjects {
public:
    // REQUIRES: is_prefix(prefix).
    explicit Subjects(std::string_view prefix);

    // Tokens of ids joined by points, at most prefix_max bytes.
    static bool is_prefix(std::string_view prefix) noexcept;

    std::optional<Subject> parse(std::string_view subject) const noexcept;

    // The subject as text in `buffer`. REQUIRES: the token is at most token_max bytes, and is empty
    // exactly when the topic has none.
    std::string_view format(Topic topic, std::string_view token,
                            SubjectBuffer& buffer) const noexcept;

    // For subscriptions and streams: every subject of the topic ("risk.check.*"), and every subject
    // of a family ("risk.in.>").
    std::string pattern(Topic topic) const;
    std::string family(std::string_view word) const;

    std::string_view prefix() const noexcept { return {prefix_.data(), prefix_.size() - 1}; }

private:
    std::string prefix_;  // with its point
};

}  // namespace riskd::feeds
