// From rule files to a rulebook: front-end, LuaJIT, parameters, hash.
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include "dsl/host.hpp"
#include "dsl/step_bound.hpp"

namespace riskd::dsl {
namespace {

std::string sha256(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    constexpr std::string_view figures = "0123456789abcdef";
    std::string out;
    for (unsigned int i = 0; i < size; ++i) {
        out += figures[digest[i] >> 4];
        out += figures[digest[i] & 15U];
    }
    return out;
}

void add_fault(LoadResult& result, config::Fault fault) {
    if (!fault.place.file.empty()) {
        result.rendered += fault.place.file + ":";
        if (fault.place.line > 0) {
            result.rendered +=
                std::to_string(fault.place.line) + ":" + std::to_string(fault.place.column) + ":";
        }
        result.rendered += " ";
    }
    result.rendered += fault.message + "\n";
    result.faults.push_back(std::move(fault));
}

void add_faults(LoadResult& result, const Ruleset& ruleset, std::span<const SourceFault> faults) {
    for (const SourceFault& each : faults) {
        if (each.source == none_source) {
            add_fault(result, {.place = {}, .message = each.diagnostic.message});
        } else {
            const RuleText& source = ruleset.rules[each.source].source;
            result.rendered += render(source, each.diagnostic);
            result.faults.push_back(to_fault(source, each.diagnostic));
        }
    }
}

std::string preset_of(const ValueDeclaration& declared) {
    if (!declared.value_default) return "none: must be set";
    if (declared.kind == ParameterKind::flag)
        return *declared.value_default != 0 ? "true" : "false";
    return shown(*declared.value_default);
}

ParameterDescription describe_parameter(const ParameterDeclaration& each) {
    const ValueDeclaration& value = each.value;
    ParameterDescription made{
        .name = value.name, .kind = name(type_of(value.unit)), .doc = value.doc};
    made.preset = preset_of(value);
    if (value.kind == ParameterKind::steps) {
        made.kind = "steps by " + each.by;
        made.preset = each.rows_default.empty() ? "none: must be set" : "";
        constexpr std::size_t rows_shown_max = 8;
        if (each.rows_default.size() > rows_shown_max) {
            made.preset = std::to_string(each.rows_default.size()) + " rows";
            return made;
        }
        for (const auto& row : each.rows_default) {
            if (!made.preset.empty()) made.preset += "; ";
            made.preset += "from " + shown(row[0]);
            for (std::size_t c = 0; c < each.columns.size(); ++c) {
                made.preset += " " + each.columns[c].name + " " + shown(row[c + 1]);
            }
        }
    }
    const bool from = value.at_least > -1e300;
    const bool to = value.at_most < 1e300;
    if (from) made.bounds = (to ? "" : "at least ") + shown(value.at_least);
    if (to) made.bounds += (from ? " to " : "at most ") + shown(value.at_most);
    if (value.kind == ParameterKind::flag) {
        if (value.tighter != Tighter::none) {
            made.tighter = value.tighter == Tighter::higher ? "true" : "false";
        }
    } else if (value.tighter != Tighter::none) {
        made.tighter = value.tighter == Tighter::lower ? "lower" : "higher";
    }
    return made;
}

std::vector<SourceFault> faults_of_budgets(const Ruleset& ruleset, std::int64_t steps_max) {
    std::vector<SourceFault> faults;
    for (std::size_t i = 0; i < ruleset.rules.size(); ++i) {
        if (auto over = over_budget(ruleset.rules[i], steps_max)) {
            faults.push_back({i, std::move(*over)});
        }
    }
    return faults;
}

}  // namespace

void LuaRulebook::make_hash() {
    std::string text = "riskd rules " + std::to_string(schema_version) + "\n";
    for (const CheckedRule& rule : ruleset_.rules) {
        text += std::to_string(rule.source.text.size()) + "\n" + rule.source.text;
    }
    hash_ = sha256(text + parameters_.canonical());
}

std::string LuaRulebook::terms_of(RuleId rule) const {
    const std::string& text = ruleset_.rules[index(rule)].source.text;
    return std::to_string(text.size()) + "\n" + text + parameters_.canonical(index(rule));
}

bool LuaRulebook::reads_figures(RuleId rule) const noexcept {
    const CheckedRule& checked = ruleset_.rules[index(rule)];
    const auto& windows = checked.declaration.windows;
    const bool of_pnl = std::any_of(windows.begin(), windows.end(), [](const auto& window) {
        return window.spec.measure == WindowMeasure::net_pnl;
    });
    return of_pnl || std::any_of(checked.reads.begin(), checked.reads.end(), [](const auto& field) {
               return field.starts_with("account.") || field.starts_with("group.");
           });
}

std::vector<RuleDescription> LuaRulebook::describe() const {
    std::vector<RuleDescription> all;
    for (std::size_t r = 0; r < ruleset_.rules.size(); ++r) {
        const CheckedRule& rule = ruleset_.rules[r];
        RuleDescription made;
        made.name = std::string{ruleset_.described[r].name.view()};
        made.kind = rule.declaration.kind;
        if (made.kind == RuleKind::check) made.reason = name(rule.declaration.reason);
        made.doc = rule.declaration.doc;
        made.file = rule.source.path;
        made.reads.assign(rule.reads.begin(), rule.reads.end());
        for (const ParameterDeclaration& each : rule.declaration.parameters) {
            made.parameters.push_back(describe_parameter(each));
        }
        all.push_back(std::move(made));
    }
    return all;
}

std::vector<RuleText> LuaRulebook::texts() const {
    std::vector<RuleText> all;
    for (const CheckedRule& rule : ruleset_.rules)
        all.push_back(rule.source);
    return all;
}

void LuaRulebook::watch() {
    watched_ = std::make_unique<WatchedRules>(ruleset_.rules);
    context_.hits = watched_->hits.data();
}

LoadResult load_rules(std::vector<RuleText> texts, const config::RulesSettings& settings,
                      bool watched) {
    LoadResult result;
    std::vector<SourceFault> faults;
    Ruleset ruleset = make_ruleset(std::move(texts), faults);
    if (faults.empty()) faults = faults_of_budgets(ruleset, settings.steps_max);
    add_faults(result, ruleset, faults);
    if (!result.ok()) return result;
    std::unique_ptr<LuaRulebook> made{new LuaRulebook{std::move(ruleset), settings}};
    if (watched) made->watch();
    const auto chunks =
        emit_chunks(made->ruleset_, made->parameters_, watched ? &made->watched_->places : nullptr);
    if (auto fault = made->lua_.load(made->context_, chunks, emit_driver(made->ruleset_))) {
        add_fault(result, {.place = {}, .message = "LuaJIT refused the rules: " + *fault});
    }
    for (config::Fault& fault : made->set_parameters(settings.parameters)) {
        add_fault(result, std::move(fault));
    }
    if (result.ok()) add_faults(result, made->ruleset_, made->broken_claims());
    if (result.ok()) result.rulebook = std::move(made);
    return result;
}

LoadResult load_rules(const config::RulesSettings& settings, bool watched) {
    LoadResult result;
    std::vector<RuleText> texts;
    for (const std::string& path : settings.files) {
        std::ifstream file(path, std::ios::binary);
        std::string text;
        // One more than is allowed, so that the lexer can say that it is too long.
        text.resize(source_bytes_max + 1);
        file.read(text.data(), static_cast<std::streamsize>(text.size()));
        text.resize(static_cast<std::size_t>(file.gcount()));
        if (!file.is_open() || file.bad() || text.empty()) {
            add_fault(result,
                      {.place = {.file = path}, .message = "this rule file cannot be read"});
        }
        texts.push_back({path, std::move(text)});
    }
    if (!result.ok()) return result;
    return load_rules(std::move(texts), settings, watched);
}

}  // namespace riskd::dsl
