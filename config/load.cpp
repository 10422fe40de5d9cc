#include "config/load.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <filesystem>

#include "config/parameters.hpp"
#include "config/reference.hpp"
#include "config/report.hpp"
#include "config/setting_keys.hpp"
#include "riskd/core/reference_fields.hpp"

namespace riskd::config {

namespace {

using Keys = std::span<const std::string_view>;

constexpr std::array<std::string_view, 16> main_keys{
    "nats",      "journal",     "http",     "limits",           "board",
    "log",       "rules",       "canary",   "reference_asset",  "assets",
    "groups",    "instruments", "accounts", "instruments_file", "accounts_file",
    "rules_file"};
constexpr std::array<std::string_view, 2> instruments_file_keys{"assets", "instruments"};
constexpr std::array<std::string_view, 2> accounts_file_keys{"groups", "accounts"};
constexpr std::array<std::string_view, 1> rules_file_keys{"rules"};
constexpr std::array<std::string_view, 4> rules_list_keys{"files", "parameters", "overrides",
                                                          "signers"};

constexpr std::array<Override, 6> environment{{
    {"RISKD_NATS_URL", "nats", "url"},
    {"RISKD_NATS_USER", "nats", "user"},
    {"RISKD_NATS_PASSWORD", "nats", "password"},
    {"RISKD_JOURNAL_DIRECTORY", "journal", "directory"},
    {"RISKD_HTTP_LISTEN", "http", "listen"},
    {"RISKD_RULES_DIRECTORY", "rules", "directory"},
}};

std::string path_of(std::string_view section, std::string_view key) {
    std::string path{section};
    if (!key.empty()) path += "." + std::string{key};
    return path;
}

std::string beside(const std::string& file, std::string_view name) {
    const std::filesystem::path directory = std::filesystem::path{file}.parent_path();
    return (directory / name).lexically_normal().string();
}

class Loader {
public:
    explicit Loader(LoadResult& result) : result_(result), report_(result.faults) {}

    void read_main(YamlNode tree, const std::string& file) {
        files_.push_back(file);
        trees_.push_back(std::move(tree));
        read_tree(trees_.back(), file, main_keys);
        for (std::size_t i = 0; i < named_.size(); ++i) {
            const Named named = named_[i];
            files_.push_back(named.file);
            std::vector<Fault> faults;
            trees_.push_back(load_yaml(named.file, faults));
            for (Fault& fault : faults) {
                // A file that cannot be read is the fault of the line that names it.
                if (fault.place.line > 0) {
                    result_.faults.push_back(std::move(fault));
                } else {
                    report_.fault(named.place, "`" + named.file + "` " + fault.message);
                }
            }
            read_tree(trees_.back(), named.file, named.keys);
        }
        read_environment();
        // A file that is no map of keys has said nothing that could be checked.
        if (trees_.front().kind != YamlNode::Kind::list &&
            trees_.front().kind != YamlNode::Kind::text) {
            check(file);
        }
        sort_faults();
    }

private:
    struct Named {
        std::string file;
        Keys keys;
        Place place;
    };

    void read_tree(const YamlNode& tree, const std::string& file, Keys known) {
        for (const YamlNode::Entry* entry : report_.entries(tree, file)) {
            if (std::find(known.begin(), known.end(), entry->key) == known.end()) {
                report_.unknown_key(*entry, file, known);
                continue;
            }
            read_section(entry->key, *entry, file);
        }
    }

    void read_section(std::string_view key, const YamlNode::Entry& entry, const std::string& file) {
        if (key == "assets") return reference_.read_assets(entry.value);
        if (key == "instruments") return reference_.read_instruments(entry.value);
        if (key == "groups") return reference_.read_groups(entry.value);
        if (key == "accounts") return reference_.read_accounts(entry.value);
        if (key == "reference_asset") return read_value(key, "", entry, file);
        if (key == "instruments_file") return name_file(entry, file, instruments_file_keys);
        if (key == "accounts_file") return name_file(entry, file, accounts_file_keys);
        if (key == "rules_file") return name_file(entry, file, rules_file_keys);
        read_settings(key, entry, file);
    }

    void read_settings(std::string_view section, const YamlNode::Entry& entry,
                       const std::string& file) {
        std::vector<std::string_view> known;
        for (const SettingKey& key : setting_keys()) {
            if (key.section == section) known.push_back(key.key);
        }
        const bool is_rules = section == "rules";
        if (is_rules) known.insert(known.end(), rules_list_keys.begin(), rules_list_keys.end());
        for (const YamlNode::Entry* each : report_.entries(entry.value, section)) {
            if (is_rules && each->key == "files") {
                parameters_.read_files(each->value, beside(file, ""));
            } else if (is_rules && each->key == "parameters") {
                parameters_.read_parameters(each->value);
            } else if (is_rules && each->key == "overrides") {
                parameters_.read_overrides(each->value);
            } else if (is_rules && each->key == "signers") {
                parameters_.read_signers(each->value);
            } else if (find_setting_key(section, each->key) != nullptr) {
                read_value(section, each->key, *each, file);
            } else {
                report_.unknown_key(*each, "`" + std::string{section} + "`", known);
            }
        }
    }

    void read_value(std::string_view section, std::string_view key, const YamlNode::Entry& entry,
                    const std::string& file) {
        const std::string path = path_of(section, key);
        const std::string* text = report_.text(entry.value, path);
        if (!report_.set_once(path, entry.place) || text == nullptr) return;
        const std::string wrong = find_setting_key(section, key)->store(result_.settings, *text);
        if (!wrong.empty()) report_.fault(entry.value.place, "`" + path + "` " + wrong);
        std::string& credentials = result_.settings.nats.credentials_file;
        if (path == "nats.credentials_file" && !credentials.empty()) {
            credentials = beside(file, credentials);
        }
    }

    // An empty name is none, so that the reference file can show the key.
    void name_file(const YamlNode::Entry& entry, const std::string& file, Keys keys) {
        const std::string* text = report_.text(entry.value, entry.key);
        if (text == nullptr || text->empty()) return;
        named_.push_back({beside(file, *text), keys, entry.value.place});
    }

    void read_environment() {
        for (const Override& each : environment) {
            const char* text = std::getenv(each.variable.data());
            if (text == nullptr) continue;
            const std::string wrong =
                find_setting_key(each.section, each.key)->store(result_.settings, text);
            if (wrong.empty()) continue;
            report_.fault({"environment variable " + std::string{each.variable}, 0, 0},
                          "`" + path_of(each.section, each.key) + "` " + wrong);
        }
    }

    void check(const std::string& file) {
        const LimitSettings& limits = result_.settings.limits;
        reference_.check(limits, report_.place_of("reference_asset", file));
        parameters_.check(reference_);
        if (limits.open_orders_per_account_max > limits.open_orders_max) {
            report_.fault(report_.place_of("limits.open_orders_per_account_max", file),
                          "`limits.open_orders_per_account_max` is more than "
                          "`limits.open_orders_max`");
        }
        const NatsSettings& nats = result_.settings.nats;
        if (nats.input_stream == nats.output_stream) {
            report_.fault(report_.place_of("nats.output_stream", file),
                          "`nats.output_stream` is the input stream");
        }
        if (!nats.password.empty() && nats.user.empty()) {
            report_.fault(report_.place_of("nats.password", file),
                          "`nats.password` without `nats.user`");
        }
    }

    void sort_faults() {
        const auto rank = [&](const Fault& fault) {
            return std::find(files_.begin(), files_.end(), fault.place.file) - files_.begin();
        };
        std::stable_sort(result_.faults.begin(), result_.faults.end(),
                         [&](const Fault& a, const Fault& b) {
                             if (rank(a) != rank(b)) return rank(a) < rank(b);
                             if (a.place.line != b.place.line) return a.place.line < b.place.line;
                             return a.place.column < b.place.column;
                         });
    }

    LoadResult& result_;
    Report report_;
    ReferenceReader reference_{result_.settings.reference, report_};
    ParameterReader parameters_{result_.settings.rules, report_};
    std::vector<Named> named_;
    std::vector<std::string> files_;
    std::deque<YamlNode> trees_;  // the readers keep pointers into them
};

LoadResult load_tree(YamlNode tree, const std::string& path, std::vector<Fault> faults) {
    LoadResult result;
    result.faults = std::move(faults);
    // What a file that could not be read does not say would only be noise.
    const bool lost = tree.kind == YamlNode::Kind::nothing && !result.ok();
    if (!lost) Loader{result}.read_main(std::move(tree), path);
    return result;
}

}  // namespace

LoadResult load(const std::string& path) {
    std::vector<Fault> faults;
    YamlNode tree = load_yaml(path, faults);
    return load_tree(std::move(tree), path, std::move(faults));
}

LoadResult load_text(std::string_view text, const std::string& path) {
    std::vector<Fault> faults;
    YamlNode tree = parse_yaml(text, path, faults);
    return load_tree(std::move(tree), path, std::move(faults));
}

std::string render(const Fault& fault) {
    std::string text = fault.place.file;
    if (fault.place.line > 0) {
        text += ':' + std::to_string(fault.place.line) + ':' + std::to_string(fault.place.column);
    }
    return text + ": " + fault.message;
}

std::string render(std::span<const Fault> faults) {
    std::string text;
    for (const Fault& fault : faults)
        text += render(fault) + '\n';
    return text;
}

std::vector<std::string> known_keys() {
    std::vector<std::string> keys{"instruments_file", "accounts_file", "rules_file",
                                  "groups",           "rules.files",   "rules.parameters",
                                  "rules.overrides"};
    for (const SettingKey& key : setting_keys())
        keys.push_back(path_of(key.section, key.key));
    for (const Field& field : asset_fields)
        keys.push_back("assets.*." + std::string{field.name});
    for (const Field& field : instrument_fields) {
        keys.push_back("instruments.*." + std::string{field.name});
    }
    for (const Field& field : account_fields) {
        keys.push_back("accounts.*." + std::string{field.name});
    }
    return keys;
}

std::span<const Override> overrides() noexcept {
    return environment;
}

}  // namespace riskd::config
