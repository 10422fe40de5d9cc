#include "dsl/source.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace riskd::dsl {

void Diagnostics::add(Span at, std::string message) {
    if (list_.size() >= faults_max) return;
    message = printable(message);
    const bool known = std::any_of(list_.begin(), list_.end(), [&](const Diagnostic& other) {
        return other.at.line == at.line && other.at.column == at.column && other.message == message;
    });
    if (!known) list_.push_back({.at = at, .message = std::move(message)});
}

void Diagnostics::add_first(Span at, std::string message) {
    const bool taken = std::any_of(list_.begin(), list_.end(), [&](const Diagnostic& other) {
        return other.at.line == at.line && other.at.column == at.column;
    });
    if (!taken) add(at, std::move(message));
}

void Diagnostics::add_following(Span at, std::string message) {
    const std::size_t before = list_.size();
    add(at, std::move(message));
    if (list_.size() > before) list_.back().follows = true;
}

void Diagnostics::drop_following() {
    const bool all = std::all_of(list_.begin(), list_.end(),
                                 [](const Diagnostic& each) { return each.follows; });
    if (!all) std::erase_if(list_, [](const Diagnostic& each) { return each.follows; });
}

void Diagnostics::sort() {
    std::stable_sort(list_.begin(), list_.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
    });
}

std::string_view source_line(std::string_view text, int line) noexcept {
    for (int at = 1; at < line; ++at) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    text = text.substr(0, text.find('\n'));
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

std::string printable(std::string_view text) {
    std::string shown{text};
    for (char& c : shown) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\t') c = ' ';
        if (byte < 0x20 && c != ' ') c = '?';
        if (byte == 0x7f) c = '?';
    }
    return shown;
}

std::string render(const RuleText& source, const Diagnostic& diagnostic) {
    constexpr std::size_t width_max = 160;
    const Span at = diagnostic.at;
    std::string out = source.path + ":" + std::to_string(at.line) + ":" +
                      std::to_string(at.column) + ": " + diagnostic.message + "\n";
    const std::string line = printable(source_line(source.text, at.line).substr(0, width_max));
    const auto column = static_cast<std::size_t>(std::max(at.column, 1));
    if (line.empty() || column > line.size() + 1) return out;
    const std::string number = std::to_string(at.line);
    const std::string margin(number.size() < 5 ? 5 - number.size() : 0, ' ');
    out += margin + number + " | " + line + "\n";
    const auto wanted = static_cast<std::size_t>(std::max(at.length, 1));
    const std::size_t room = line.size() + 1 - column;
    const std::size_t carets = std::max<std::size_t>(1, std::min(wanted, room));
    out += std::string(margin.size() + number.size(), ' ') + " | " + std::string(column - 1, ' ') +
           std::string(carets, '^') + "\n";
    return out;
}

config::Fault to_fault(const RuleText& source, const Diagnostic& diagnostic) {
    return {
        .place = {.file = source.path, .line = diagnostic.at.line, .column = diagnostic.at.column},
        .message = diagnostic.message};
}

}  // namespace riskd::dsl
