// One limit for one account for some time: a value in the place of another, why, and until when.
// JSON, signed by two as a bundle is: statement() holds every field, so a signature is of all of
// it. What is read is only form; whether it fits the rules is for admission.hpp. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "feeds/codec_client.hpp"
#include "feeds/json_writer.hpp"
#include "riskd/core/units.hpp"
#include "riskd/rulesets/json_reading.hpp"

namespace riskd::rulesets {

inline constexpr std::size_t override_bytes_max = 16 * 1024;
inline constexpr std::size_t overrides_max = 100;  // in force at once
inline constexpr Duration override_time_max{31LL * 86'400 * 1'000'000'000};

struct Signature {
    std::string name;  // of the signer, as the configuration has it
    std::string text;  // base64
};
void write(feeds::JsonWriter& json, const std::vector<Signature>& signatures);
std::vector<Signature> read_signatures(JsonReading& reading, const feeds::Tree& node);

struct Override {
    // The account, and perhaps an instrument or an asset; a number or a flag, as it was written.
    config::ParameterSetting setting;
    std::string reason;
    Timestamp until;
    std::string base;     // the hash of the ruleset it was written against
    std::string instead;  // what applies without it, as riskd worked it out; nobody signs it
    std::vector<Signature> signatures;
};

// "check/open_orders.orders_max", as it was written.
std::string parameter_of(const Override& from);
// "open_orders.orders_max of account A1 in BTC-PERP".
std::string in_words(const Override& from);
// Whether one takes the place of the other, whatever their values.
bool same_place(const config::ParameterSetting& a, const config::ParameterSetting& b);

// Who signed it, each name once; whether the signatures hold is for admission.hpp.
std::vector<std::string> signers_of(const Override& from);

std::string statement(const Override& from);
std::string write(const Override& from);
void write(feeds::JsonWriter& json, const Override& from);

struct OverrideRead {
    std::optional<Override> made;
    std::string fault;  // when there is none
};
// Whether it calls itself an override; all else is for whoever reads bundles.
bool is_override(std::string_view text);
OverrideRead read_override(std::string_view text);
OverrideRead read_override(const feeds::Tree& node);

// "rule.parameter" and "5%" as the setting holds them. Empty, or what is wrong.
std::string set_parameter(std::string_view text, config::ParameterSetting& setting);
std::string set_value(std::string_view text, config::ParameterSetting& setting);

}  // namespace riskd::rulesets
