#include "config/reference.hpp"

#include <algorithm>
#include <array>

#include "config/nearest.hpp"
#include "riskd/core/reference_fields.hpp"

namespace riskd::config {

namespace {

// Beyond this many names the nearest one is not looked for: the answer would take seconds.
constexpr std::size_t suggestions_from_max = 2'000;

AssetDefinition build(std::string_view name, const AssetTexts& texts, FieldFaults& faults) {
    return build_asset(name, texts, faults);
}
InstrumentDefinition build(std::string_view name, const InstrumentTexts& texts,
                           FieldFaults& faults) {
    return build_instrument(name, texts, faults);
}
GroupDefinition build(std::string_view name, const GroupTexts& texts, FieldFaults& faults) {
    return build_group(name, texts, faults);
}
AccountDefinition build(std::string_view name, const AccountTexts& texts, FieldFaults& faults) {
    return build_account(name, texts, faults);
}

// "`tick` of `BTC-PERP` is `0`: must be positive".
std::string describe(const FieldFault& fault, const std::string& owner, const YamlNode* value,
                     std::span<const std::string_view> words) {
    if (fault.field == "name") return "`" + owner + "`: " + std::string{fault.error};
    std::string message = "`" + std::string{fault.field} + "` of `" + owner + "` ";
    if (value == nullptr) return message + std::string{fault.error};
    message += "is `" + value->text + "`: ";
    if (words.empty()) return message + std::string{fault.error};
    message += "must be one of";
    for (const std::string_view word : words)
        message += " " + std::string{word};
    return message + suggestion(value->text, words);
}

template <std::size_t count>
std::array<std::string_view, count> names_of_fields(const std::array<Field, count>& fields) {
    std::array<std::string_view, count> names{};
    for (std::size_t i = 0; i < count; ++i)
        names[i] = fields[i].name;
    return names;
}

}  // namespace

bool ReferenceReader::write_down(Names& names, std::string_view kind, const std::string& name,
                                 Written written) {
    const auto [first, is_new] = names.emplace(name, written);
    if (!is_new) {
        report_.fault(written.place, std::string{kind} + " `" + name +
                                         "` is defined twice; first at " +
                                         render(first->second.place));
    }
    return is_new;
}

template <const auto& fields, typename Definition>
void ReferenceReader::read(const YamlNode& node, std::string_view section, Names& names,
                           std::vector<Definition>& into) {
    static const auto field_names = names_of_fields(fields);
    if (node.kind != YamlNode::Kind::map) {
        report_.entries(node, section);
        return;
    }
    const std::string_view kind = section.substr(0, section.size() - 1);
    for (const YamlNode::Entry& entry : node.entries) {
        if (!write_down(names, kind, entry.key, {entry.place, &entry.value})) continue;
        const std::string owner = std::string{kind} + " `" + entry.key + "`";
        if (entry.value.kind == YamlNode::Kind::text || entry.value.kind == YamlNode::Kind::list) {
            report_.entries(entry.value, entry.key);
            continue;
        }
        FieldTexts<fields> texts;
        bool readable = true;
        for (const YamlNode::Entry* field : report_.entries(entry.value, entry.key)) {
            if (std::find(field_names.begin(), field_names.end(), field->key) ==
                field_names.end()) {
                report_.unknown_key(*field, owner, field_names);
                continue;
            }
            const std::string* text = report_.text(field->value, field->key);
            readable = readable && text != nullptr;
            texts.set(field->key, text == nullptr ? std::string_view{} : *text);
        }
        FieldFaults faults;
        into.push_back(build(entry.key, texts, faults));
        for (const FieldFault& fault : faults.items()) {
            const YamlNode* value = entry.value.find(fault.field);
            // A list or nothing where a value belongs has been reported already.
            if (value != nullptr && value->kind != YamlNode::Kind::text) continue;
            std::span<const std::string_view> words;
            for (const Field& field : fields) {
                if (field.name == fault.field) words = field.words;
            }
            report_.fault(value == nullptr ? entry.place : value->place,
                          describe(fault, entry.key, value, words));
        }
        if (!readable || !faults.none()) into.pop_back();
    }
}

void ReferenceReader::read_assets(const YamlNode& node) {
    read<asset_fields>(node, "assets", assets_, into_.assets);
}

void ReferenceReader::read_instruments(const YamlNode& node) {
    read<instrument_fields>(node, "instruments", instruments_, into_.instruments);
}

void ReferenceReader::read_accounts(const YamlNode& node) {
    read<account_fields>(node, "accounts", accounts_, into_.accounts);
}

// A map of names to what is said of them, or a list of names alone.
void ReferenceReader::read_groups(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::map) {
        return read<group_fields>(node, "groups", groups_, into_.groups);
    }
    for (const YamlNode& item : report_.items(node, "groups")) {
        const std::string* text = report_.text(item, "groups");
        if (text == nullptr) continue;
        if (!is_token(*text)) {
            report_.fault(item.place,
                          "`" + *text + "`: not a name (A-Z a-z 0-9 _ : -, at most 64)");
            continue;
        }
        if (write_down(groups_, "group", *text, {item.place, &item})) {
            into_.groups.push_back({.name = Name{*text}});
        }
    }
}

void ReferenceReader::check(const LimitSettings& limits, const Place& reference_asset) {
    check_assets(reference_asset);
    check_instruments();
    std::stable_partition(into_.instruments.begin(), into_.instruments.end(),
                          [](const auto& instrument) { return !is_option(instrument.kind); });
    check_groups();
    check_accounts();
    check_limits(limits);
}

Place ReferenceReader::place_of(const Names& names, std::string_view name,
                                std::string_view field) const {
    const auto found = names.find(name);
    const YamlNode* value = found->second.node->find(field);
    return value == nullptr ? found->second.place : value->place;
}

const ReferenceReader::Names& ReferenceReader::names_of(std::string_view kind) const {
    if (kind == "asset") return assets_;
    if (kind == "instrument") return instruments_;
    if (kind == "group") return groups_;
    return accounts_;
}

std::string ReferenceReader::not_defined(std::string_view kind, std::string_view name) const {
    const Names& names = names_of(kind);
    std::string message = std::string{kind} + " `" + std::string{name} + "` is not defined";
    if (names.size() > suggestions_from_max) return message;
    std::vector<std::string_view> candidates;
    for (const auto& [known, written] : names)
        candidates.push_back(known);
    return message + suggestion(name, candidates);
}

void ReferenceReader::check_assets(const Place& reference_asset) {
    const std::string& reference = into_.reference_asset;
    if (!has_asset(reference)) {
        report_.fault(reference_asset, "reference " + not_defined("asset", reference));
    }
    for (const AssetDefinition& asset : into_.assets) {
        const std::string name{asset.name.view()};
        const Place place = place_of(assets_, name, "priced_by");
        if (name == reference && !asset.priced_by.empty()) {
            report_.fault(place,
                          "the reference asset `" + name + "` has the value 1; remove `priced_by`");
        }
        if (name == reference) continue;
        if (asset.priced_by.empty()) {
            report_.fault(place, "`priced_by` of `" + name +
                                     "` is missing; only the reference asset `" + reference +
                                     "` goes without");
            continue;
        }
        check_price_source(asset, place);
    }
}

// The price must be of this asset and in the reference asset, or the value would be wrong.
void ReferenceReader::check_price_source(const AssetDefinition& asset, const Place& place) {
    const std::string source{asset.priced_by.view()};
    if (!has_instrument(source)) {
        report_.fault(place, not_defined("instrument", source));
        return;
    }
    for (const InstrumentDefinition& instrument : into_.instruments) {
        if (!(instrument.name == asset.priced_by)) continue;
        if (instrument.base == asset.name && instrument.quote.view() == into_.reference_asset)
            return;
        report_.fault(place,
                      "`" + source + "` is a price of `" + std::string{instrument.base.view()} +
                          "` in `" + std::string{instrument.quote.view()} + "`, not of `" +
                          std::string{asset.name.view()} + "` in `" + into_.reference_asset + "`");
    }
}

void ReferenceReader::check_instruments() {
    for (const InstrumentDefinition& instrument : into_.instruments) {
        const std::string_view name = instrument.name.view();
        const std::array<std::pair<std::string_view, Name>, 2> assets{
            {{"base", instrument.base}, {"quote", instrument.quote}}};
        for (const auto& [field, asset] : assets) {
            if (has_asset(asset.view())) continue;
            report_.fault(place_of(instruments_, name, field), not_defined("asset", asset.view()));
        }
        if (is_option(instrument.kind)) check_underlying(instrument);
        if (instrument.kind != ContractKind::spot) continue;
        for (const AssetDefinition& asset : into_.assets) {
            if (!(asset.name == instrument.base)) continue;
            if (instrument.quantity_decimals <= asset.decimals) continue;
            report_.fault(place_of(instruments_, name, "quantity_decimals"),
                          "`quantity_decimals` of `" + std::string{name} + "` is more than the " +
                              std::to_string(asset.decimals) + " decimals of asset `" +
                              std::string{asset.name.view()} + "`");
        }
    }
}

// Options are defined after what they are on, wherever they stand in the files.
void ReferenceReader::check_underlying(const InstrumentDefinition& option) {
    const std::string_view name = option.name.view();
    const Place place = place_of(instruments_, name, "underlying");
    const std::string underlying{option.underlying.view()};
    if (!has_instrument(underlying)) {
        return report_.fault(place, not_defined("instrument", underlying));
    }
    for (const InstrumentDefinition& each : into_.instruments) {
        if (!(each.name == option.underlying)) continue;
        if (is_option(each.kind)) {
            report_.fault(place, "`" + underlying + "` is an option itself");
        } else if (!(each.base == option.base)) {
            report_.fault(place, "`" + underlying + "` is of `" + std::string{each.base.view()} +
                                     "`, not of `" + std::string{option.base.view()} + "`");
        }
    }
}

const GroupDefinition* ReferenceReader::find_group(const Name& name) const {
    const auto found = std::find_if(into_.groups.begin(), into_.groups.end(),
                                    [&](const GroupDefinition& each) { return each.name == name; });
    return found == into_.groups.end() ? nullptr : &*found;
}

// Whether the way up from a group ends, and soon enough.
bool ReferenceReader::check_above(const GroupDefinition& group) {
    const std::string name{group.name.view()};
    const GroupDefinition* above = &group;
    for (std::size_t level = 1; above != nullptr && !above->parent.empty(); ++level) {
        const Place place = place_of(groups_, name, "parent");
        if (above->parent == group.name) {
            report_.fault(place, "group `" + name + "` is its own parent, or above it");
            return false;
        }
        if (level == group_depth_max) {
            report_.fault(place, "group `" + name + "` has more than " +
                                     std::to_string(group_depth_max - 1) + " groups above it");
            return false;
        }
        above = find_group(above->parent);
    }
    return true;
}

void ReferenceReader::check_groups() {
    if (into_.groups.size() > groups_max) {
        report_.fault(place_of(groups_, into_.groups.back().name.view(), {}),
                      std::to_string(into_.groups.size()) + " groups are defined, at most " +
                          std::to_string(groups_max) + " can be");
        return;
    }
    bool well = true;
    for (const GroupDefinition& group : into_.groups) {
        if (!group.parent.empty() && !has_group(group.parent.view())) {
            report_.fault(place_of(groups_, group.name.view(), "parent"),
                          not_defined("group", group.parent.view()));
            well = false;
        } else {
            well = check_above(group) && well;
        }
    }
    if (!well) return;
    // They are defined in this order, a parent before those below it.
    const auto level = [this](const GroupDefinition& group) {
        std::size_t above = 0;
        const GroupDefinition* at = find_group(group.parent);
        for (; at != nullptr; at = find_group(at->parent))
            ++above;
        return above;
    };
    std::vector<std::vector<GroupDefinition>> levels(group_depth_max);
    for (const GroupDefinition& group : into_.groups)
        levels[level(group)].push_back(group);
    into_.groups.clear();
    for (const auto& each : levels)
        into_.groups.insert(into_.groups.end(), each.begin(), each.end());
}

void ReferenceReader::check_accounts() {
    for (const AccountDefinition& account : into_.accounts) {
        const std::string_view name = account.name.view();
        if (!account.margin.empty()) {
            into_.margins.push_back({.account = std::string{name},
                                     .rule = std::string{account.margin.view()},
                                     .place = place_of(accounts_, name, "margin")});
        }
        if (!account.group.empty() && !has_group(account.group.view())) {
            report_.fault(place_of(accounts_, name, "group"),
                          not_defined("group", account.group.view()));
        }
        if (!has_asset(account.currency.view())) {
            report_.fault(place_of(accounts_, name, "currency"),
                          not_defined("asset", account.currency.view()));
        }
    }
}

void ReferenceReader::check_limits(const LimitSettings& limits) {
    const auto check_count = [&](const Names& names, std::string_view key, std::size_t most) {
        if (names.size() <= most) return;
        const auto last = std::max_element(
            names.begin(), names.end(),
            [](const auto& a, const auto& b) { return a.second.place.line < b.second.place.line; });
        report_.fault(last->second.place, std::to_string(names.size()) + " are defined, `limits." +
                                              std::string{key} + "` is " + std::to_string(most));
    };
    check_count(accounts_, "accounts_max", limits.accounts_max);
    check_count(instruments_, "instruments_max", limits.instruments_max);
}

}  // namespace riskd::config
