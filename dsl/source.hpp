// The text of one rule file and what is wrong with it. A fault has a place (line and column from 1,
// length in characters) and is shown with its line and a row of carets. Plain values; load time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace riskd::dsl {

struct RuleText {
    std::string path;  // as faults show it
    std::string text;
};

struct Span {
    int line{};
    int column{};
    int length{1};
};

struct Diagnostic {
    Span at;
    std::string message;
    bool follows{};  // most likely from another fault: said only when nothing else is wrong
};

// Collects faults; says each once and stops counting at `faults_max`.
class Diagnostics {
public:
    static constexpr std::size_t faults_max = 50;

    void add(Span at, std::string message);
    // Nothing when the place has a fault already: the first said is the one to be mended.
    void add_first(Span at, std::string message);
    void add_following(Span at, std::string message);
    void drop_following();
    bool full() const noexcept { return list_.size() >= faults_max; }
    bool empty() const noexcept { return list_.empty(); }
    const std::vector<Diagnostic>& list() const noexcept { return list_; }
    void clear() noexcept { list_.clear(); }
    void sort();

private:
    std::vector<Diagnostic> list_;
};

// The text of a line, without its line break; lines are counted from 1.
std::string_view source_line(std::string_view text, int line) noexcept;

// path:line:column: message, the line, and carets under the place.
std::string render(const RuleText& source, const Diagnostic& diagnostic);

config::Fault to_fault(const RuleText& source, const Diagnostic& diagnostic);

// Every other control character would spoil a terminal or a log; it becomes `?`.
std::string printable(std::string_view text);

}  // namespace riskd::dsl
