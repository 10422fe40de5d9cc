#include "dsl/coverage.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>

namespace riskd::dsl {
namespace {

namespace fs = std::filesystem;

void add_statements(const Block& block, std::vector<const Statement*>& all) {
    for (const auto& each : block) {
        if (each->kind != Statement::Kind::block) all.push_back(each.get());
        for (const Branch& part : each->branches)
            add_statements(part.body, all);
        add_statements(each->body, all);
    }
}

std::string percent(double share) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.0f %%", std::floor(100 * share));
    return text.data();
}

std::string trimmed(std::string_view line) {
    const std::size_t begin = line.find_first_not_of(' ');
    return begin == std::string_view::npos ? std::string{} : std::string{line.substr(begin)};
}

}  // namespace

std::vector<const Statement*> statements_of(const CheckedRule& rule) {
    std::vector<const Statement*> all;
    for (const auto& each : rule.file.body) {
        if (each->kind == Statement::Kind::local_function) {
            add_statements(each->function->body, all);
        }
    }
    for (const RuleDeclaration::Role& each : rule.declaration.functions)
        add_statements(each.function->body, all);
    return all;
}

WatchedRules::WatchedRules(std::span<const CheckedRule> rules) : limits(rules.size()) {
    for (const CheckedRule& rule : rules) {
        statements.push_back(statements_of(rule));
        for (const Statement* each : statements.back())
            places.emplace(each, static_cast<std::int32_t>(places.size()));
    }
    hits.resize(places.size());
}

void WatchedRules::note(std::size_t rule, const CheckAnswer& answer) noexcept {
    Limit& limit = limits[rule];
    ++limit.asked;
    if (answer.outcome != CheckOutcome::limit) return;
    // Nothing allowed and nothing used is at the limit.
    double share = answer.used >= answer.allowed ? 1 : 0;
    if (answer.allowed > 0) share = answer.used / answer.allowed;
    if (answer.used > answer.allowed) share = std::max(share, std::nextafter(1.0, 2.0));
    limit.nearest = std::max(limit.nearest, share);
}

std::string Coverage::whole(const std::string& path) {
    std::error_code error;
    const fs::path made = fs::weakly_canonical(path, error);
    return error ? path : made.string();
}

std::string Coverage::shown_path(const std::string& path) {
    std::error_code error;
    const std::string near = fs::proximate(path, error).string();
    return error || near.starts_with("..") ? path : near;
}

void Coverage::add(std::span<const CheckedRule> rules, const WatchedRules& watched) {
    for (std::size_t r = 0; r < rules.size(); ++r) {
        File& file = files_[whole(rules[r].source.path)];
        const auto& statements = watched.statements[r];
        if (file.text.empty()) {
            file.text = rules[r].source.text;
            file.is_check = rules[r].declaration.kind == RuleKind::check;
            file.ran.resize(statements.size());
            for (const Statement* each : statements)
                file.statements.push_back(each->at);
        }
        if (file.ran.size() != statements.size()) continue;  // changed while it was watched
        for (std::size_t i = 0; i < statements.size(); ++i) {
            const auto place = static_cast<std::size_t>(watched.places.at(statements[i]));
            if (watched.hits[place] != 0) file.ran[i] = true;
        }
        file.limit.asked += watched.limits[r].asked;
        file.limit.nearest = std::max(file.limit.nearest, watched.limits[r].nearest);
    }
}

std::string Coverage::row_of(const std::string& path, const File& file) {
    std::array<char, 160> text{};
    const auto ran = std::count(file.ran.begin(), file.ran.end(), true);
    std::snprintf(text.data(), text.size(), "%-44s %4lld of %zu", shown_path(path).c_str(),
                  static_cast<long long>(ran), file.ran.size());
    std::string row{text.data()};
    if (!file.is_check) return row + "\n";
    if (file.limit.nearest > 1) return row + "  limit fired\n";
    return row + "  limit at " + percent(file.limit.nearest) + "\n";
}

std::string Coverage::missed() const {
    std::string lines;
    std::string limits;
    std::string unasked;
    for (const auto& [path, file] : files_) {
        const std::string shown = shown_path(path);
        const bool any = std::find(file.ran.begin(), file.ran.end(), true) != file.ran.end();
        if (!any) {
            unasked += shown + "\n";
            continue;
        }
        for (std::size_t i = 0; i < file.ran.size(); ++i) {
            if (file.ran[i]) continue;
            const Span at = file.statements[i];
            const std::string_view line = source_line(file.text, at.line);
            const auto column = static_cast<std::size_t>(std::max(at.column, 1)) - 1;
            lines += shown + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
                     ": " + trimmed(line.substr(std::min(column, line.size()))) + "\n";
        }
        if (file.is_check && file.limit.nearest < near_a_limit) {
            limits += shown + ": " + percent(file.limit.nearest) + " of what is allowed\n";
        }
    }
    std::string out;
    if (!lines.empty()) out += "statements that never ran\n" + lines;
    if (!limits.empty()) out += "limits that never came within 10 % of firing\n" + limits;
    if (!unasked.empty()) out += "rules that nobody asked\n" + unasked;
    return out;
}

std::string Coverage::report() const {
    std::string out = "statements of rules that ran, and the nearest that limits came to firing\n";
    for (const auto& [path, file] : files_) {
        if (!file.text.empty()) out += row_of(path, file);
    }
    return out + missed();
}

}  // namespace riskd::dsl
