// What right configuration files become: the shipped files, exact values, files of files, and the
// environment.
#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>

#include "config/parameters.hpp"
#include "config/yaml.hpp"
#include "tests/unit/config_wrong_file.hpp"

namespace riskd::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;

std::string shipped(const std::string& file) {
    return RISKD_SOURCE_DIR "/config/" + file;
}

// Sets a variable of the environment and puts the former value back.
class Variable {
public:
    Variable(const char* name, const char* value) : name_(name) {
        if (const char* before = std::getenv(name); before != nullptr) before_ = before;
        setenv(name, value, 1);
    }
    ~Variable() {
        if (before_) {
            setenv(name_, before_->c_str(), 1);
        } else {
            unsetenv(name_);
        }
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
    std::optional<std::string> before_;
};

// A directory of its own for one test, removed with it.
class Directory {
public:
    Directory() {
        std::string pattern = testing::TempDir() + "riskd_config_XXXXXX";
        path_ = mkdtemp(pattern.data());
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    std::string write(const std::string& name, std::string_view text) const {
        const std::filesystem::path path = path_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream{path} << text;
        return path.string();
    }
    std::string path(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

std::vector<std::string> lines(const LoadResult& result) {
    std::vector<std::string> rendered;
    for (const Fault& fault : result.faults)
        rendered.push_back(render(fault));
    return rendered;
}

TEST(ShippedFiles, the_reference_file_says_the_defaults) {
    const LoadResult loaded = load(shipped("riskd.yaml"));
    ASSERT_THAT(lines(loaded), IsEmpty());
    const Settings defaults;
    const Settings& read = loaded.settings;
    EXPECT_EQ(read.nats, defaults.nats);
    EXPECT_EQ(read.journal, defaults.journal);
    EXPECT_EQ(read.http, defaults.http);
    EXPECT_EQ(read.limits, defaults.limits);
    EXPECT_EQ(read.board, defaults.board);
    EXPECT_EQ(read.log, defaults.log);
    EXPECT_EQ(read.rules.steps_max, defaults.rules.steps_max);
    EXPECT_EQ(read.rules.memory_max_bytes, defaults.rules.memory_max_bytes);
    EXPECT_EQ(read.reference.reference_asset, defaults.reference.reference_asset);
}

TEST(ShippedFiles, the_reference_file_names_what_it_samples) {
    const LoadResult loaded = load(shipped("riskd.yaml"));
    ASSERT_THAT(lines(loaded), IsEmpty());
    const auto names = [](const auto& definitions) {
        std::vector<std::string> found;
        for (const auto& definition : definitions)
            found.emplace_back(definition.name.view());
        return found;
    };
    const ReferenceSettings& reference = loaded.settings.reference;
    EXPECT_THAT(names(reference.assets), ElementsAre("USDT", "USDC", "BTC", "ETH", "DOGE"));
    EXPECT_THAT(names(reference.instruments),
                ElementsAre("BTC-USDT", "ETH-USDT", "DOGE-USDT", "USDC-USDT", "BTC-PERP",
                            "ETH-PERP", "DOGE-PERP", "BTC-31DEC27", "BTC-31DEC27-100000-C",
                            "BTC-EVERLASTING-80000-P", "BTC-31DEC27-OVER-150000"));
    EXPECT_THAT(names(reference.groups),
                ElementsAre("retail", "institutions", "market_makers", "prime"));
    EXPECT_THAT(names(reference.accounts), ElementsAre("alice", "bob", "maker-1", "fund-1"));
    EXPECT_EQ(loaded.settings.rules.files.size(), 16U);
}

TEST(ShippedFiles, the_demo_file_is_right) {
    EXPECT_THAT(lines(load(shipped("demo.yaml"))), IsEmpty());
}

constexpr std::array<std::string_view, 3> named_sections{"assets", "instruments", "accounts"};

// The paths of all values, as known_keys() writes them.
void collect(const YamlNode& node, const std::string& path, std::set<std::string>& paths) {
    paths.insert(path);
    if (path.starts_with("rules.") || node.kind != YamlNode::Kind::map) return;
    const bool named =
        std::find(named_sections.begin(), named_sections.end(), path) != named_sections.end();
    for (const YamlNode::Entry& entry : node.entries) {
        const std::string key = named ? "*" : entry.key;
        collect(entry.value, path.empty() ? key : path + "." + key, paths);
    }
}

TEST(ShippedFiles, the_reference_file_shows_every_key_the_loader_knows) {
    std::vector<Fault> faults;
    std::set<std::string> paths;
    collect(load_yaml(shipped("riskd.yaml"), faults), "", paths);
    EXPECT_THAT(paths, IsSupersetOf(known_keys()));
    EXPECT_EQ(known_keys().size(), 84U);
}

TEST(ShippedFiles, the_reference_file_explains_every_key_where_it_is_first_shown) {
    std::ifstream file{shipped("riskd.yaml")};
    std::set<std::string> unexplained;
    for (const std::string& path : known_keys()) {
        unexplained.insert(path.substr(path.rfind('.') + 1) + ":");
    }
    std::string before;
    for (std::string line; std::getline(file, line); before = line) {
        const auto comment = line.find('#');
        const bool explained = comment != std::string::npos || before.find('#') < before.size();
        for (auto key = unexplained.begin(); explained && key != unexplained.end();) {
            const auto at = line.substr(0, comment).find(*key);
            const bool shown = at != std::string::npos && (at == 0 || line[at - 1] == ' ');
            key = shown ? unexplained.erase(key) : std::next(key);
        }
    }
    EXPECT_THAT(unexplained, IsEmpty());
}

TEST(LoadedValues, instruments_are_exact) {
    const LoadResult loaded = load_text(
        with_right_sections("instruments:\n"
                            "  BTC-USDT: { kind: spot, base: BTC, quote: USDT, price_decimals: 2,\n"
                            "    quantity_decimals: 5, tick: 0.01, lot: 0.00001,\n"
                            "    quantity_max: 100, maker_fee_rate: -0.5bp,\n"
                            "    taker_fee_rate: 0.05%, market_price_band: 0.05,\n"
                            "    mark_age_max: 1.5s }\n"
                            "  BTC-F: { kind: linear_future, status: halted, base: BTC,\n"
                            "    quote: USDT, settle: USDT, price_decimals: 1,\n"
                            "    quantity_decimals: 0, tick: '0.5', lot: 1, quantity_min: 10,\n"
                            "    quantity_max: 4611686018427387904, contract_size: 0.0010,\n"
                            "    maker_fee_rate: 0, taker_fee_rate: 0, market_price_band: 0,\n"
                            "    leverage_max: 125, mark_age_max: 60s,\n"
                            "    expiry: 2027-12-31T08:00:00Z }\n"),
        "riskd.yaml");
    ASSERT_THAT(lines(loaded), IsEmpty());
    const auto& instruments = loaded.settings.reference.instruments;
    ASSERT_EQ(instruments.size(), 2U);
    const InstrumentDefinition& spot = instruments[0];
    EXPECT_EQ(spot.kind, ContractKind::spot);
    EXPECT_EQ(spot.status, InstrumentStatus::open);
    EXPECT_EQ(spot.base.view(), "BTC");
    EXPECT_EQ(spot.quote.view(), "USDT");
    EXPECT_EQ(spot.settle.view(), "USDT");
    EXPECT_EQ(spot.price_decimals, 2);
    EXPECT_EQ(spot.quantity_decimals, 5);
    EXPECT_EQ(spot.tick, Price{1});
    EXPECT_EQ(spot.lot, Quantity{1});
    EXPECT_EQ(spot.quantity_min, Quantity{1});
    EXPECT_EQ(spot.quantity_max, Quantity{10'000'000});
    EXPECT_EQ(spot.contract_size, 1);
    EXPECT_EQ(spot.contract_size_decimals, 0);
    EXPECT_EQ(spot.maker_fee_rate, -5'000);
    EXPECT_EQ(spot.taker_fee_rate, 50'000);
    EXPECT_EQ(spot.market_price_band, 5'000'000);
    EXPECT_EQ(spot.leverage_max, 1U);
    EXPECT_EQ(spot.mark_age_max, Duration{1'500'000'000});
    EXPECT_EQ(spot.expiry, Timestamp{});
    const InstrumentDefinition& future = instruments[1];
    EXPECT_EQ(future.kind, ContractKind::linear_future);
    EXPECT_EQ(future.status, InstrumentStatus::halted);
    EXPECT_EQ(future.tick, Price{5});
    EXPECT_EQ(future.lot, Quantity{1});
    EXPECT_EQ(future.quantity_min, Quantity{10});
    EXPECT_EQ(future.quantity_max, Quantity{raw_max});
    EXPECT_EQ(future.contract_size, 1);
    EXPECT_EQ(future.contract_size_decimals, 3);
    EXPECT_EQ(future.leverage_max, 125U);
    EXPECT_EQ(future.expiry, Timestamp{1'830'240'000'000'000'000});
}

TEST(LoadedValues, parameters_keep_scope_number_text_and_place) {
    const LoadResult loaded =
        load_text(with_right_sections("rules:\n"
                                      "  parameters:\n"
                                      "    collar: { deviation_max: 5%, open: true }\n"
                                      "    tiered:\n"
                                      "      tiers: [ { notional: 0, initial: 1% },\n"
                                      "               { notional: 250000, initial: 25bp } ]\n"
                                      "  overrides:\n"
                                      "    - for: { group: retail, instrument: BTC-USDT }\n"
                                      "      set: { collar.deviation_max: 0.1, cool.down: 250ms }\n"
                                      "    - for: { account: alice, asset: BTC }\n"
                                      "      set: { haircut.haircut: 7.5% }\n"),
                  "riskd.yaml");
    ASSERT_THAT(lines(loaded), IsEmpty());
    const auto& read = loaded.settings.rules.parameters;
    std::vector<std::string> written;
    for (const ParameterSetting& each : read) {
        written.push_back(each.rule + "." + each.parameter + " [" + each.group + "|" +
                          each.account + "|" + each.instrument + "|" + each.asset + "] " +
                          each.value.text + " " + std::to_string(each.value.place.line) + ":" +
                          std::to_string(each.value.place.column));
    }
    EXPECT_THAT(written,
                ElementsAre("collar.deviation_max [|||] 5% 3:30", "collar.open [|||] true 3:40",
                            "tiered.tiers [|||] 2 tiers 5:14",
                            "collar.deviation_max [retail||BTC-USDT|] 0.1 9:36",
                            "cool.down [retail||BTC-USDT|] 250ms 9:52",
                            "haircut.haircut [|alice||BTC] 7.5% 11:31"));
    ASSERT_EQ(read.size(), 6U);
    EXPECT_EQ(read[0].value.number, 0.05);
    EXPECT_EQ(read[1].value.number, std::nullopt);
    EXPECT_EQ(read[2].value.number, std::nullopt);
    EXPECT_THAT(read[2].value.rows,
                ElementsAre(ElementsAre(std::pair<std::string, double>{"notional", 0},
                                        std::pair<std::string, double>{"initial", 0.01}),
                            ElementsAre(std::pair<std::string, double>{"notional", 250'000},
                                        std::pair<std::string, double>{"initial", 0.0025})));
    EXPECT_EQ(read[3].value.number, 0.1);
    EXPECT_EQ(read[4].value.number, 0.25);
    EXPECT_EQ(read[5].value.number, 0.075);
}

TEST(LoadedValues, a_number_is_the_nearest_double_or_nothing) {
    EXPECT_EQ(parse_number("0.1"), 0.1);
    EXPECT_EQ(parse_number("-12.5"), -12.5);
    EXPECT_EQ(parse_number("7%"), 0.07);
    EXPECT_EQ(parse_number("29bp"), 0.0029);
    EXPECT_EQ(parse_number("1d"), 86'400.0);
    EXPECT_EQ(parse_number("60s"), 60.0);
    for (const std::string_view wrong : {"", "%", "bp", "s", "1e3", "+1", "0x10", "inf", "nan",
                                         "1 %", "1%%", "1_000", ".5", "5.", "-1s"}) {
        EXPECT_EQ(parse_number(wrong), std::nullopt) << wrong;
    }
    EXPECT_EQ(parse_number(std::string(100, '9')), std::nullopt);
}

TEST(LoadedGroups, stand_behind_their_parents_whatever_the_order_they_were_written_in) {
    const LoadResult loaded = load_text(with_right_sections("groups:\n"
                                                            "  desk-1: { parent: retail }\n"
                                                            "  other:\n"
                                                            "  retail: { parent: house }\n"
                                                            "  house: {}\n"),
                                        "riskd.yaml");
    EXPECT_THAT(lines(loaded), IsEmpty());
    std::vector<std::string> written;
    for (const GroupDefinition& group : loaded.settings.reference.groups) {
        written.push_back(std::string{group.name.view()} + " in " +
                          std::string{group.parent.view()});
    }
    EXPECT_THAT(written,
                ElementsAre("other in ", "house in ", "retail in house", "desk-1 in retail"));
}

TEST(FilesOfFiles, are_read_beside_the_file_that_names_them) {
    const Directory directory;
    directory.write("lua/check/b.lua", "");
    directory.write("lua/check/a.lua", "");
    directory.write("lua/margin.lua", "");
    directory.write("lua/margin.scenario", "");
    directory.write("parts/instruments.yaml",
                    "assets: { USDT: { decimals: 8 } }\n"
                    "instruments: {}\n");
    directory.write("parts/accounts.yaml",
                    "groups: [retail]\n"
                    "accounts: { alice: { group: retail, currency: USDT } }\n");
    directory.write("parts/rules.yaml",
                    "rules:\n"
                    "  files: [../lua/margin.lua, ../lua/check]\n"
                    "  parameters: { collar: { deviation_max: 5% } }\n");
    const std::string main = directory.write("riskd.yaml",
                                             "instruments_file: parts/instruments.yaml\n"
                                             "accounts_file: parts/accounts.yaml\n"
                                             "rules_file: parts/rules.yaml\n"
                                             "nats: { credentials_file: riskd.creds }\n"
                                             "rules: { steps_max: 500 }\n");
    const LoadResult loaded = load(main);
    ASSERT_THAT(lines(loaded), IsEmpty());
    const Settings& read = loaded.settings;
    EXPECT_THAT(read.rules.files,
                ElementsAre(directory.path("lua/margin.lua"), directory.path("lua/check/a.lua"),
                            directory.path("lua/check/b.lua")));
    EXPECT_EQ(read.rules.steps_max, 500);
    EXPECT_EQ(read.nats.credentials_file, directory.path("riskd.creds"));
    ASSERT_EQ(read.reference.accounts.size(), 1U);
    EXPECT_EQ(read.reference.accounts[0].group.view(), "retail");
    ASSERT_EQ(read.rules.parameters.size(), 1U);
    EXPECT_EQ(read.rules.parameters[0].value.place,
              (Place{directory.path("parts/rules.yaml"), 3, 42}));
}

TEST(FilesOfFiles, have_faults_in_their_own_name_after_those_of_the_main_file) {
    const Directory directory;
    directory.write("lua/a.lua", "");
    const std::string parts = directory.write("parts.yaml",
                                              "rules:\n"
                                              "  steps_max: 1000\n"
                                              "  files: [lua/a.lua]\n"
                                              "nats: {}\n");
    const std::string accounts = directory.write("accounts.yaml",
                                                 "accounts:\n"
                                                 "  alice: { currency: EUR }\n"
                                                 "  bob: { currency: [\n");
    const std::string main = directory.write("riskd.yaml",
                                             "rules_file: parts.yaml\n"
                                             "accounts_file: accounts.yaml\n"
                                             "assets: { USDT: { decimals: 8 } }\n"
                                             "rules:\n"
                                             "  steps_max: 500\n"
                                             "  files: [lua, lua/a.lua]\n"
                                             "log: { level: loud }\n");
    EXPECT_THAT(lines(load(main)),
                ElementsAre(main + ":6:16: `rules.files " + directory.path("lua/a.lua") +
                                "` is set twice; first at " + main + ":6",
                            main + ":7:15: `log.level` must be one of debug info warning error",
                            parts + ":2:3: `rules.steps_max` is set twice; first at " + main + ":5",
                            parts + ":3:11: `rules.files " + directory.path("lua/a.lua") +
                                "` is set twice; first at " + main + ":6",
                            parts + ":4:1: " + parts + " has no key `nats`",
                            accounts + ":4:1: not YAML: end of sequence flow not found"));
}

TEST(FilesOfFiles, a_file_that_is_not_there_is_one_fault) {
    const Directory directory;
    const std::string path = directory.path("nothing.yaml");
    EXPECT_THAT(lines(load(path)),
                ElementsAre(path + ": cannot be read: No such file or directory"));
}

TEST(FilesOfFiles, a_directory_is_not_a_file) {
    const Directory directory;
    EXPECT_EQ(load(directory.path(".")).faults.size(), 1U);
}

TEST(Environment, comes_before_the_files) {
    const Variable url{"RISKD_NATS_URL", "nats://10.0.0.1:4222"};
    const Variable user{"RISKD_NATS_USER", "riskd"};
    const Variable password{"RISKD_NATS_PASSWORD", "secret"};
    const Variable journal{"RISKD_JOURNAL_DIRECTORY", "/srv/journal"};
    const Variable listen{"RISKD_HTTP_LISTEN", ""};
    const Variable rulesets{"RISKD_RULES_DIRECTORY", "/srv/rulesets"};
    EXPECT_EQ(overrides().size(), 6U);
    const LoadResult loaded =
        load_text(with_right_sections("nats: { url: 'nats://a:1' }\n"), "riskd.yaml");
    ASSERT_THAT(lines(loaded), IsEmpty());
    EXPECT_EQ(loaded.settings.nats.url, "nats://10.0.0.1:4222");
    EXPECT_EQ(loaded.settings.nats.user, "riskd");
    EXPECT_EQ(loaded.settings.nats.password, "secret");
    EXPECT_EQ(loaded.settings.journal.directory, "/srv/journal");
    EXPECT_EQ(loaded.settings.http.listen, "");
    EXPECT_EQ(loaded.settings.rules.directory, "/srv/rulesets");
}

TEST(Environment, is_judged_like_the_files) {
    const Variable url{"RISKD_NATS_URL", "10.0.0.1"};
    EXPECT_THAT(faults_of(with_right_sections("")),
                ElementsAre("environment variable RISKD_NATS_URL: `nats.url` must be "
                            "nats://host:port or tls://host:port, several joined by commas"));
}

}  // namespace
}  // namespace riskd::config
