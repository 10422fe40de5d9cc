// Reads assets, instruments, groups and accounts into ReferenceSettings, over as many files as name
// them, then checks what they say of one another. The YAML nodes handed in must outlive the reader.
// Before start only; one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/report.hpp"
#include "config/settings.hpp"
#include "config/yaml.hpp"

namespace riskd::config {

class ReferenceReader {
public:
    ReferenceReader(ReferenceSettings& into, Report& report) : into_(into), report_(report) {}

    void read_assets(const YamlNode& node);
    void read_instruments(const YamlNode& node);
    void read_groups(const YamlNode& node);
    void read_accounts(const YamlNode& node);

    // After all files: dangling references, prices in the wrong asset, more than the limits hold.
    // `reference_asset` is where that was written.
    void check(const LimitSettings& limits, const Place& reference_asset);

    bool has_asset(std::string_view name) const { return assets_.contains(name); }
    bool has_instrument(std::string_view name) const { return instruments_.contains(name); }
    bool has_group(std::string_view name) const { return groups_.contains(name); }
    bool has_account(std::string_view name) const { return accounts_.contains(name); }

    // "instrument `X` is not defined; did you mean `Y`?"
    std::string not_defined(std::string_view kind, std::string_view name) const;

private:
    // Where each name was written, faulty entries included: a reference to one is not dangling.
    struct Written {
        Place place;
        const YamlNode* node{};
    };
    using Names = std::map<std::string, Written, std::less<>>;

    template <const auto& fields, typename Definition>
    void read(const YamlNode& node, std::string_view section, Names& names,
              std::vector<Definition>& into);
    bool write_down(Names& names, std::string_view kind, const std::string& name, Written written);
    Place place_of(const Names& names, std::string_view name, std::string_view field) const;

    void check_assets(const Place& reference_asset);
    void check_price_source(const AssetDefinition& asset, const Place& place);
    void check_instruments();
    void check_underlying(const InstrumentDefinition& option);
    const GroupDefinition* find_group(const Name& name) const;
    void check_groups();
    bool check_above(const GroupDefinition& group);
    void check_accounts();
    void check_limits(const LimitSettings& limits);
    const Names& names_of(std::string_view kind) const;

    ReferenceSettings& into_;
    Report& report_;
    Names assets_;
    Names instruments_;
    Names groups_;
    Names accounts_;
};

}  // namespace riskd::config
