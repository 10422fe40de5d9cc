// Reads the rules section: the rule files in the order they are asked, the parameters of rules for
// everyone and for a group, account, instrument or asset, and who may sign rulesets. Whether a rule
// has such a parameter and allows the value is for dsl/ to say, with the places kept here. Before
// start only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/reference.hpp"
#include "config/report.hpp"
#include "config/settings.hpp"

namespace riskd::config {

// "250000", "-1.5", "5%", "5bp", "250ms", "1d": the nearest double, a share divided, a duration in
// seconds. Nothing when it is none of these.
std::optional<double> parse_number(std::string_view text) noexcept;

class ParameterReader {
public:
    ParameterReader(RulesSettings& into, Report& report) : into_(into), report_(report) {}

    // Paths are relative to `directory`; a directory stands for its .lua files by name.
    void read_files(const YamlNode& node, const std::string& directory);
    void read_parameters(const YamlNode& node);
    void read_overrides(const YamlNode& node);
    // Name to public key; no key twice, or one person would sign as two.
    void read_signers(const YamlNode& node);

    // After all files: overrides for names that nobody defined.
    void check(const ReferenceReader& reference);

private:
    void read_file(const YamlNode& item, const std::string& directory);
    void read_override(const YamlNode& item);
    bool read_scope(const YamlNode& node, ParameterSetting& scope);
    void read_setting(const YamlNode::Entry& entry, const ParameterSetting& scope);
    bool read_value(const YamlNode& node, const std::string& what, ParameterValue& value);
    bool read_rows(const YamlNode& node, const std::string& what, ParameterValue& value);

    struct Mention {
        std::string kind;  // "account"
        std::string name;
        Place place;
    };

    RulesSettings& into_;
    Report& report_;
    std::vector<Mention> mentions_;
};

}  // namespace riskd::config
