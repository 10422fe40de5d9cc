#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "tests/shape/tree_rules.hpp"

namespace riskd::shape {

std::vector<RatchetEntry> parse_ratchet(std::string_view text) {
    std::vector<RatchetEntry> entries;
    for (const std::string& line : lines_of(text)) {
        std::istringstream words(line);
        std::string kind;
        RatchetEntry entry;
        words >> kind >> entry.path;
        if (kind == "function") words >> entry.function;
        words >> entry.lines;
        if (kind == "file" || kind == "function") entries.push_back(std::move(entry));
    }
    return entries;
}

Breaches check_sizes(const std::vector<SourceFile>& files,
                     const std::vector<RatchetEntry>& ratchet) {
    using Key = std::pair<std::string, std::string>;
    struct Measured {
        std::size_t line{};
        std::size_t lines{};
        std::size_t allowed{};
    };
    std::map<Key, Measured> measured;
    for (const SourceFile& file : files) {
        if (!is_cpp(file.path)) continue;
        measured[{file.path, ""}] = {0, lines_of(file.text).size(), file_lines_max};
        for (const Function& found : functions(file.text)) {
            Measured& longest = measured[{file.path, found.name}];
            if (found.lines > longest.lines) {
                longest = {found.line, found.lines, function_lines_max};
            }
        }
    }
    Breaches breaches;
    for (const RatchetEntry& entry : ratchet) {
        const auto found = measured.find({entry.path, entry.function});
        const std::size_t lines = found == measured.end() ? 0 : found->second.lines;
        if (lines < entry.lines) {
            breaches.push_back({entry.path, 0,
                                entry.function + " shrank to " + std::to_string(lines) +
                                    " lines: lower or remove its ratchet of " +
                                    std::to_string(entry.lines)});
        }
        if (found != measured.end()) found->second.allowed = entry.lines;
    }
    for (const auto& [key, size] : measured) {
        if (size.lines <= size.allowed) continue;
        breaches.push_back({key.first, size.line,
                            key.second + " has " + std::to_string(size.lines) + " lines, allowed " +
                                std::to_string(size.allowed)});
    }
    return breaches;
}

std::vector<std::string> array_of_strings(std::string_view text, std::string_view array) {
    const std::string code = without_literals(text);
    std::size_t begin = std::string::npos;
    for (std::size_t at = code.find(array); at != std::string::npos;
         at = code.find(array, at + 1)) {
        const std::size_t after = code.find_first_not_of(" =", at + array.size());
        if (after != std::string::npos && code[after] == '{') {
            begin = after;
            break;
        }
    }
    if (begin == std::string::npos) return {};
    const std::size_t end = code.find('}', begin);
    std::vector<std::string> names;
    for (const StringLiteral& literal : string_literals(text.substr(begin, end - begin))) {
        names.push_back(literal.text);
    }
    return names;
}

Breaches check_documented(const std::vector<std::string>& names, const SourceFile& document) {
    Breaches breaches;
    for (const std::string& name : names) {
        if (!has_word(document.text, name)) {
            breaches.push_back({document.path, 0, "does not explain " + name});
        }
    }
    return breaches;
}

std::vector<std::string> metric_names(const std::vector<SourceFile>& sources) {
    std::set<std::string> names;
    for (const SourceFile& source : sources) {
        for (const StringLiteral& literal : string_literals(source.text)) {
            const bool named = literal.text.rfind("riskd_", 0) == 0 && literal.text.size() > 6;
            const bool plain = literal.text.find_first_not_of(
                                   "abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
            if (named && plain) names.insert(literal.text);
        }
    }
    return {names.begin(), names.end()};
}

}  // namespace riskd::shape
