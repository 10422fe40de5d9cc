#include "dsl/scenario_runner.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <sstream>

#include "dsl/checker.hpp"
#include "dsl/scenario_answers.hpp"
#include "dsl/scenario_queries.hpp"
#include "dsl/scenario_values.hpp"
#include "dsl/scenario_world.hpp"

namespace riskd::dsl {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view own_margin = "margin/tiered";
constexpr std::string_view own_collateral = "collateral/haircut";
constexpr std::string_view own_liquidation = "liquidation/ladder";

// The nearest `rules` directory at or above the scenario.
std::string find_rules(const fs::path& scenario) {
    std::error_code error;
    for (fs::path at = fs::absolute(scenario, error).parent_path(); !at.empty();
         at = at.parent_path()) {
        if (fs::exists(at / "rules" / "margin" / "tiered.lua", error)) return at / "rules";
        if (at == at.root_path()) break;
    }
    return "rules";
}

// What kind of rule a file holds; nothing when it has faults, which loading it will report.
std::optional<RuleKind> kind_of(const std::string& file) {
    std::ostringstream text;
    text << std::ifstream{file}.rdbuf();
    Diagnostics diagnostics;
    const CheckedRule rule = check({.path = file, .text = text.str()}, diagnostics);
    if (!diagnostics.empty()) return std::nullopt;
    return rule.declaration.kind;
}

// Which rules a scenario asks for: files, and what each is called within the rules directory.
class RuleChoice {
public:
    RuleChoice(const Scenario& scenario, const std::string& rules_directory)
        : rules_{rules_directory.empty() ? find_rules(scenario.path) : rules_directory} {
        const fs::path beside = fs::path{scenario.path}.replace_extension(".lua");
        std::error_code error;
        if (fs::exists(beside, error)) add(beside);
        for (const ScenarioLine& line : scenario.lines) {
            if (line.verb != Verb::rules) continue;
            for (const Word& word : line.values)
                add_named(word, fs::path{scenario.path}.parent_path());
        }
        at_edge_ = !has("liquidation");
        add_missing({own_margin, own_collateral, own_liquidation});
        for (const ScenarioLine& line : scenario.lines) {
            const bool about_ladder =
                line.verb == Verb::set && line.values.front().text.starts_with("ladder.");
            if (about_ladder) at_edge_ = false;
        }
    }

    const std::vector<std::string>& files() const noexcept { return files_; }
    // Nobody has said anything about a ladder: only the edge itself counts.
    bool ladder_at_edge() const noexcept { return at_edge_; }

private:
    void add(const fs::path& file) {
        const std::string name = file.lexically_normal().string();
        if (std::find(files_.begin(), files_.end(), name) == files_.end()) files_.push_back(name);
    }

    void add_named(const Word& word, const fs::path& scenario_directory) {
        if (word.text.ends_with(".lua")) return add(scenario_directory / word.text);
        if (word.text != "all") return add(rules_ / (word.text + ".lua"));
        std::vector<fs::path> found;
        std::error_code error;
        for (const auto& entry : fs::recursive_directory_iterator(rules_ / "check", error)) {
            if (entry.path().extension() == ".lua") found.push_back(entry.path());
        }
        std::sort(found.begin(), found.end());
        for (const fs::path& file : found)
            add(file);
        add_missing({own_collateral, own_liquidation, own_margin});
    }

    // A ruleset has one rule of each of these kinds.
    void add_missing(std::initializer_list<std::string_view> names) {
        for (const std::string_view name : names) {
            if (!has(name.substr(0, name.find('/')))) add(rules_ / (std::string{name} + ".lua"));
        }
    }

    // Whether a rule of this kind was named: by its folder, or by what it says of itself.
    bool has(std::string_view kind) const {
        return std::any_of(files_.begin(), files_.end(), [&](const std::string& file) {
            if (fs::path{file}.parent_path().filename().string() == kind) return true;
            const auto declared = kind_of(file);
            return declared && name(*declared) == kind;
        });
    }

    fs::path rules_;
    std::vector<std::string> files_;
    bool at_edge_{};
};

config::RulesSettings settings_of(const RuleChoice& choice) {
    config::RulesSettings settings;
    settings.files = choice.files();
    if (!choice.ladder_at_edge()) return settings;
    const auto set = [&settings](const char* parameter, double number, const char* text) {
        config::ParameterSetting setting{.rule = "ladder", .parameter = parameter};
        setting.value.number = number;
        setting.value.text = text;
        settings.parameters.push_back(std::move(setting));
    };
    for (const char* rung : {"warn_at", "cancel_at", "reduce_at", "exit_at"})
        set(rung, 1.0, "1");
    set("hysteresis", 0.0, "0");
    return settings;
}

std::vector<std::string> texts_of(const std::vector<ExpectedOutput>& outputs) {
    std::vector<std::string> texts;
    for (const ExpectedOutput& output : outputs)
        texts.push_back(text_of(output));
    if (texts.empty()) texts.emplace_back("nothing");
    return texts;
}

// Runs the lines and keeps what differs.
class Run {
public:
    Run(const Scenario& scenario, ScenarioWorld& world, ScenarioResult& result)
        : scenario_{scenario}, world_{world}, result_{result} {}

    void run() {
        for (const ScenarioLine& line : scenario_.lines) {
            if (line.verb == Verb::rules) continue;
            if (line.verb == Verb::digest) {
                result_.digest_stored = line.event.word("digest").text;
            } else if (line.verb >= Verb::expect_account) {
                ask(line);
            } else {
                apply(line);
            }
            if (!world_.faults().empty()) break;
        }
        result_.faults = world_.faults();
        result_.events = world_.events();
        result_.digest = riskd::text(world_.engine().digest());
    }

private:
    void differ(const ScenarioLine& line, std::vector<std::string> expected,
                std::vector<std::string> actual) {
        result_.mismatches.push_back({.place = {.file = scenario_.path,
                                                .line = line.event.head.line,
                                                .column = line.event.head.column},
                                      .expected = std::move(expected),
                                      .actual = std::move(actual)});
    }

    void ask(const ScenarioLine& line) {
        const auto answer = query(world_, line);
        if (!answer) return;
        Clause asked;
        asked.head.text = answer->head.text;
        for (const Part& part : line.event.parts) {
            const bool subject = &part == &line.event.parts.front() || part.name == "account";
            if (!subject) asked.parts.push_back(part);
        }
        const Grammar& rules = grammar(line.verb);
        const Grammar options{.usage = rules.usage, .places = {}, .options = rules.options};
        if (!agrees(asked, *answer, options)) differ(line, {text_of(asked)}, {text_of(*answer)});
    }

    void apply(const ScenarioLine& line) {
        std::vector<Output> outputs;
        world_.run(line, outputs);
        if (!world_.faults().empty()) return;
        std::vector<ExpectedOutput> actual;
        const bool asks_position =
            !line.outputs.empty() && line.outputs.front().answer == Answer::position;
        if (asks_position) add_position(line, actual);
        for (const Output& output : outputs)
            actual.push_back(answer_of(world_.ledger(), output));
        const bool same = std::equal(
            line.outputs.begin(), line.outputs.end(), actual.begin(), actual.end(),
            [](const ExpectedOutput& a, const ExpectedOutput& b) { return agrees(a, b); });
        if (!same) differ(line, texts_of(line.outputs), texts_of(actual));
    }

    // What a fill left behind stands before what else came out.
    void add_position(const ScenarioLine& line, std::vector<ExpectedOutput>& actual) {
        std::string account;
        std::string instrument;
        PositionSide side{};
        if (line.verb == Verb::fill_without_order) {
            account = line.event.word("account").text;
            const auto said = position_word(line.event.word("instrument").text);
            instrument = said->instrument;
            side = said->side;
        } else if (line.verb == Verb::fill) {
            const auto* known = world_.find_order(line.event.word("order").text);
            account = known->account;
            instrument = known->instrument;
            side = known->position_side;
        }
        const AccountId owner = world_.ledger().find_account(account);
        const InstrumentId traded = world_.ledger().find_instrument(instrument);
        if (is_known(owner) && is_known(traded)) {
            actual.push_back(position_after(world_, owner, traded, side));
        }
    }

    const Scenario& scenario_;
    ScenarioWorld& world_;
    ScenarioResult& result_;
};

void add_lines(std::ostringstream& out, std::string_view label,
               const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        out << "    " << label << "  " << line << '\n';
    }
}

}  // namespace

ScenarioResult run_scenario(const Scenario& scenario, const ScenarioOptions& options) {
    ScenarioResult result;
    result.faults = scenario.faults;
    if (!result.faults.empty()) return result;
    const RuleChoice choice{scenario, options.rules_directory};
    LoadResult loaded = load_rules(settings_of(choice), options.coverage != nullptr);
    if (!loaded.ok()) {
        result.faults = std::move(loaded.faults);
        return result;
    }
    const LuaRulebook& rulebook = *loaded.rulebook;
    ScenarioWorld world{scenario.path, std::move(loaded.rulebook)};
    Run{scenario, world, result}.run();
    if (options.coverage != nullptr) rulebook.add_to(*options.coverage);
    return result;
}

ScenarioResult run_scenario_file(const std::string& path, const ScenarioOptions& options) {
    std::ifstream file{path};
    if (!file) {
        ScenarioResult result;
        result.faults.push_back({.place = {.file = path}, .message = "cannot be read"});
        return result;
    }
    std::ostringstream text;
    text << file.rdbuf();
    return run_scenario(parse_scenario(text.str(), path), options);
}

std::string render(const ScenarioResult& result, const std::string& path) {
    std::ostringstream out;
    for (const config::Fault& fault : result.faults) {
        out << (fault.place.file.empty() ? path : fault.place.file);
        if (fault.place.line > 0) out << ':' << fault.place.line << ':' << fault.place.column;
        out << ": " << fault.message << '\n';
    }
    for (const Mismatch& mismatch : result.mismatches) {
        out << mismatch.place.file << ':' << mismatch.place.line << ": not what was expected\n";
        add_lines(out, "expected", mismatch.expected);
        add_lines(out, "actual  ", mismatch.actual);
    }
    if (result.faults.empty() && result.mismatches.empty() && result.digest_changed()) {
        out << path << ": the state digest changed: stored " << result.digest_stored << ", now "
            << result.digest << "\n    a changed digest is a changed behaviour: explain it in the"
            << " commit, and store it with `riskd test --update`\n";
    }
    return out.str();
}

std::string with_digest(const std::string& text, const std::string& digest) {
    std::string out;
    bool written = false;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("digest ")) {
            if (written) continue;
            line = "digest " + digest;
            written = true;
        }
        out += line + "\n";
    }
    if (!written) out += "\ndigest " + digest + "\n";
    return out;
}

}  // namespace riskd::dsl
