// The words of the scenario language: one row of a table for each event, query and output, saying
// what stands in which place and what may follow. The parser reads the tables, and messages about
// a wrong line are made from them. Any thread; values only.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace riskd::dsl {

// What a line does. An expect_ line asks and changes nothing.
enum class Verb : std::uint8_t {
    rules,
    digest,
    at,
    asset,
    instrument,
    group,
    account,
    set,
    price,
    quote,
    order,
    update,
    cancel,
    fill,
    fill_without_order,
    balance,
    transfer,
    leverage,
    margin,
    funding,
    funding_index,
    settle,
    status,
    advance,
    tick,
    expect_account,
    expect_order,
    expect_instrument,
    expect_house,
};

// What came out, or what a fill left behind.
enum class Answer : std::uint8_t { nothing, accept, reject, position, stage, alert, handover };

// What one word may be. money: a number with its asset before or after it, the asset left out where
// there is only one it can be. position: an instrument, or one side of it such as BTC-PERP/long.
// value: anything.
enum class Kind : std::uint8_t {
    flag,
    name,
    position,
    id,
    number,
    figure,
    figure_or_unknown,
    share,
    duration,
    time,
    money,
    side,
    word,
    value,
};
std::string_view describe(Kind kind) noexcept;  // "a price or other number"

// A place in a line. `word` is what stands before it; a place without a word is told by its order.
struct Slot {
    std::string_view word;
    std::array<Kind, 3> kinds{};
    std::uint8_t count{};   // of kinds; zero for a flag
    std::string_view name;  // what it is found by; the word itself when empty

    constexpr Slot(std::string_view word_before, std::initializer_list<Kind> wanted,
                   std::string_view found_by = {})
        : word(word_before), name(found_by.empty() ? word_before : found_by) {
        for (const Kind kind : wanted)
            kinds[count++] = kind;
    }
};

struct Grammar {
    std::string_view usage;         // one line, as a person would write it
    std::span<const Slot> places;   // in this order, all of them
    std::span<const Slot> options;  // in any order, each found by its word
    bool has_outputs{};             // may be followed by `->`
};

const Grammar& grammar(Verb verb) noexcept;
const Grammar& grammar(Answer answer) noexcept;

struct VerbWord {
    std::string_view word;
    Verb verb;
};
struct AnswerWord {
    std::string_view word;
    Answer answer;
};
// How each begins; several words may lead to one verb (halt, suspend and resume are a status).
std::span<const VerbWord> verb_words() noexcept;
std::span<const AnswerWord> answer_words() noexcept;

}  // namespace riskd::dsl
