// Reads a scenario file: one line is one event, and what follows `->` is all that came out. `#`
// begins a comment; a line that is set in goes on with the one before.
// Every fault is listed with file, line and column, and says what was expected. Words keep their
// text: a number is read when its decimals are known. Any thread; values only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "dsl/scenario_syntax.hpp"

namespace riskd::dsl {

struct Word {
    std::string text;
    int line{};
    int column{};
};

// What was written for one Slot of the grammar. A money is two words: the number, then the asset
// (empty when it was left out).
struct Part {
    std::string_view name;
    std::vector<Word> words;
};

// A verb or an output, with what was said about it.
struct Clause {
    Word head;
    std::vector<Part> parts;

    const Part* find(std::string_view name) const noexcept;
    bool has(std::string_view name) const noexcept { return find(name) != nullptr; }
    // REQUIRES: the place is in the grammar of this clause.
    const Word& word(std::string_view name) const noexcept;
};

struct ExpectedOutput {
    Answer answer{};
    Clause clause;
};

struct ScenarioLine {
    Verb verb{};
    Clause event;
    std::vector<Word> values;             // of `rules` and `set`: all words after the first
    std::vector<ExpectedOutput> outputs;  // empty: nothing must come out
};

struct Scenario {
    std::string path;
    std::vector<ScenarioLine> lines;
    std::vector<config::Fault> faults;  // with any, the lines are not to be used
};

Scenario parse_scenario(std::string_view text, std::string path);

}  // namespace riskd::dsl
