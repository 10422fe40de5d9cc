#include "dsl/scenario_parser.hpp"

#include <algorithm>
#include <optional>

#include "dsl/scenario_values.hpp"
#include "riskd/core/check.hpp"
#include "riskd/core/decimal.hpp"
#include "riskd/core/reference_fields.hpp"
#include "riskd/core/text.hpp"
#include "riskd/core/units.hpp"

namespace riskd::dsl {

namespace {

constexpr std::string_view arrow = "->";

// The words of one line. Commas are blanks: they may stand between outputs.
std::vector<Word> split(std::string_view text, int line) {
    std::vector<Word> words;
    std::size_t at = 0;
    while (at < text.size() && text[at] != '#') {
        const char c = text[at];
        if (c == ' ' || c == '\t' || c == ',' || c == '\r') {
            ++at;
            continue;
        }
        const std::size_t end = std::min(text.find_first_of(" \t,\r#", at), text.size());
        words.push_back({std::string(text.substr(at, end - at)), line, static_cast<int>(at) + 1});
        at = end;
    }
    return words;
}

bool is_number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    return parse_decimal(text, decimals_max).fault != DecimalFault::not_a_decimal;
}

bool is_share(std::string_view text) {
    if (text.ends_with("%")) text.remove_suffix(1);
    if (text.ends_with("bp")) text.remove_suffix(2);
    return is_number(text);
}

bool fits(Kind kind, std::string_view text) {
    switch (kind) {
        case Kind::flag: return true;
        case Kind::name: return is_token(text);
        case Kind::position: return position_word(text).has_value();
        case Kind::id: return is_id(text);
        case Kind::number: return is_number(text);
        case Kind::figure: return is_number(text);
        case Kind::figure_or_unknown: return text == "unknown" || is_number(text);
        case Kind::share: return is_share(text);
        case Kind::duration: return parse_duration(text).fault == DecimalFault::none;
        case Kind::time: return parse_time(text).fault == DecimalFault::none;
        case Kind::money: return is_number(text);
        case Kind::side: return text == "buy" || text == "sell";
        case Kind::word: return is_token(text);
        case Kind::value: return !text.empty();
    }
    return false;
}

std::string quoted(std::string_view text) {
    return "`" + std::string(text) + "`";
}

const AnswerWord* find_answer(std::string_view text) {
    for (const AnswerWord& row : answer_words()) {
        if (row.word == text) return &row;
    }
    return nullptr;
}

// Reads the clauses of one line. The first fault ends the line.
class LineReader {
public:
    LineReader(std::span<const Word> words, int line, int end_column)
        : words_(words), line_(line), end_column_(end_column) {}

    bool done() const noexcept { return at_ == words_.size(); }
    const Word& here() const noexcept { return words_[at_]; }
    const Word& take() noexcept { return words_[at_++]; }
    bool failed() const noexcept { return fault_.has_value(); }
    const std::optional<config::Fault>& fault() const noexcept { return fault_; }

    void fail(const std::string& message) {
        if (fault_) return;
        const int column = done() ? end_column_ : here().column;
        fault_ = config::Fault{{.file = {}, .line = done() ? line_ : here().line, .column = column},
                               message};
    }

    // Reads places, then options until a word that is none of them. `clause` has its head.
    void read(const Grammar& rules, Clause& clause, bool outputs) {
        for (const Slot& slot : rules.places) {
            if (!read_slot(slot, rules, clause)) return;
        }
        while (!done() && here().text != arrow) {
            const auto found =
                std::find_if(rules.options.begin(), rules.options.end(),
                             [&](const Slot& slot) { return slot.word == here().text; });
            if (found != rules.options.end()) {
                take();
                if (!read_slot(*found, rules, clause)) return;
                continue;
            }
            if (outputs && find_answer(here().text) != nullptr) return;
            fail(quoted(here().text) + " is not expected here; " + std::string(rules.usage));
            return;
        }
    }

private:
    bool read_slot(const Slot& slot, const Grammar& rules, Clause& clause) {
        Part part{.name = slot.name, .words = {}};
        for (std::size_t i = 0; i < slot.count; ++i) {
            const bool well = slot.kinds[i] == Kind::money
                                  ? read_money(slot, rules, part)
                                  : read_word(slot.kinds[i], slot, rules, part);
            if (!well) return false;
        }
        clause.parts.push_back(std::move(part));
        return true;
    }

    bool wanted(Kind kind, const Slot& slot, const Grammar& rules) {
        const std::string_view what = slot.name;
        std::string message = "expected " + std::string(describe(kind)) + " for " + quoted(what);
        if (!done()) message += ", not " + quoted(here().text);
        fail(message + "; " + std::string(rules.usage));
        return false;
    }

    bool read_word(Kind kind, const Slot& slot, const Grammar& rules, Part& part) {
        if (done() || here().text == arrow || !fits(kind, here().text)) {
            return wanted(kind, slot, rules);
        }
        part.words.push_back(take());
        return true;
    }

    // A word that could be an asset: not an option, not an output, not a number.
    bool is_asset_word(const Grammar& rules) const {
        if (done() || !is_token(here().text) || is_number(here().text)) return false;
        const auto is_option = [&](const Slot& slot) { return slot.word == here().text; };
        return std::none_of(rules.options.begin(), rules.options.end(), is_option) &&
               find_answer(here().text) == nullptr;
    }

    bool read_money(const Slot& slot, const Grammar& rules, Part& part) {
        Word asset;
        if (is_asset_word(rules)) asset = take();
        if (done() || !is_number(here().text)) return wanted(Kind::money, slot, rules);
        part.words.push_back(take());
        if (asset.text.empty() && is_asset_word(rules)) asset = take();
        part.words.push_back(std::move(asset));
        return true;
    }

    std::span<const Word> words_;
    std::size_t at_{};
    int line_{};
    int end_column_{};
    std::optional<config::Fault> fault_;
};

std::optional<Verb> find_verb(LineReader& reader, std::span<const Word> words) {
    const Word head = reader.here();
    for (const VerbWord& row : verb_words()) {
        if (row.word != head.text) continue;
        reader.take();
        if (row.verb == Verb::fill && words.size() > 2 && !is_number(words[2].text)) {
            return Verb::fill_without_order;
        }
        if (row.verb != Verb::expect_account || reader.done()) return row.verb;
        const std::string_view about = reader.here().text;
        const auto asked = about == "order"        ? Verb::expect_order
                           : about == "instrument" ? Verb::expect_instrument
                           : about == "house"      ? Verb::expect_house
                                                   : Verb::expect_account;
        if (asked != Verb::expect_account) reader.take();
        return asked;
    }
    std::string message = quoted(head.text) + " is no event; expected one of";
    for (const VerbWord& row : verb_words())
        message += " " + std::string(row.word);
    reader.fail(message);
    return std::nullopt;
}

void read_outputs(LineReader& reader, ScenarioLine& line) {
    if (reader.done()) return reader.fail("expected what comes out, or nothing, after `->`");
    while (!reader.done() && !reader.failed()) {
        const AnswerWord* row = find_answer(reader.here().text);
        if (row == nullptr) {
            std::string message = quoted(reader.here().text) + " is no output; expected one of";
            for (const AnswerWord& each : answer_words())
                message += " " + std::string(each.word);
            return reader.fail(message);
        }
        ExpectedOutput output{.answer = row->answer, .clause = {}};
        output.clause.head = reader.take();
        reader.read(grammar(row->answer), output.clause, true);
        if (row->answer != Answer::nothing) line.outputs.push_back(std::move(output));
    }
}

class Parser {
public:
    explicit Parser(std::string path) { scenario_.path = std::move(path); }

    Scenario parse(std::string_view text) {
        int number = 0;
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            add_line(split(text.substr(0, end), ++number));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        read_line();
        return std::move(scenario_);
    }

private:
    // An event begins in the first column; a line that is set in goes on with the one before.
    void add_line(std::vector<Word> words) {
        if (words.empty()) return;
        if (words.front().column == 1) read_line();
        words_.insert(words_.end(), words.begin(), words.end());
    }

    void read_line() {
        if (words_.empty()) return;
        const Word& last = words_.back();
        LineReader reader{words_, last.line, last.column + static_cast<int>(last.text.size())};
        if (const auto verb = find_verb(reader, words_)) {
            ScenarioLine line{.verb = *verb, .event = {}, .values = {}, .outputs = {}};
            line.event.head = words_.front();
            read_event(reader, line);
            if (!reader.failed()) scenario_.lines.push_back(std::move(line));
        }
        words_.clear();
        if (!reader.failed()) return;
        config::Fault fault = *reader.fault();
        fault.place.file = scenario_.path;
        scenario_.faults.push_back(std::move(fault));
    }

    static void read_event(LineReader& reader, ScenarioLine& line) {
        const Grammar& rules = grammar(line.verb);
        if (line.verb == Verb::rules || line.verb == Verb::set) {
            while (!reader.done() && reader.here().text != arrow) {
                line.values.push_back(reader.take());
            }
            const std::size_t least = line.verb == Verb::rules ? 1 : 2;
            if (line.values.size() < least) {
                reader.fail("expected more; " + std::string(rules.usage));
            }
        } else {
            reader.read(rules, line.event, false);
        }
        if (reader.failed() || reader.done()) return;
        if (!rules.has_outputs) return reader.fail("nothing comes out of this line");
        reader.take();
        read_outputs(reader, line);
    }

    Scenario scenario_;
    std::vector<Word> words_;  // of the line that is being gathered
};

}  // namespace

const Part* Clause::find(std::string_view name) const noexcept {
    for (const Part& part : parts) {
        if (part.name == name) return &part;
    }
    return nullptr;
}

const Word& Clause::word(std::string_view name) const noexcept {
    const Part* part = find(name);
    RISKD_CHECK(part != nullptr && !part->words.empty());
    return part->words.front();
}

Scenario parse_scenario(std::string_view text, std::string path) {
    return Parser{std::move(path)}.parse(text);
}

}  // namespace riskd::dsl
