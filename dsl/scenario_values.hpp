// Numbers and parameter values as a scenario writes them. Any thread; nothing is thrown.
// They stay decimal text, so that a comparison of what came out is exact.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "dsl/scenario_parser.hpp"
#include "riskd/core/words.hpp"

namespace riskd::dsl {

// The plain decimal of a number or share, without sign '+', leading or trailing zeros: "5.00%" is
// "0.05", "+1.50" is "1.5". Two numbers are the same when these texts are. Exact.
std::string canonical_number(std::string_view text);

// The value of `set RULE.PARAMETER VALUE...`: a number, a share, a span in seconds, a flag, or rows
// of columns, each beginning with the same word: `notional 0 initial 10% notional 1000 initial
// 20%`.
config::ParameterValue parameter_value(const std::string& path, const std::vector<Word>& words);

// An instrument, or one side of it in hedge mode: BTC-PERP/long.
struct PositionWord {
    std::string_view instrument;
    PositionSide side{};
};
std::optional<PositionWord> position_word(std::string_view text) noexcept;
std::string position_text(std::string_view instrument, PositionSide side);

// The double of a number, share or span (in seconds); nothing when it is none.
std::optional<double> number_value(std::string_view text);

}  // namespace riskd::dsl
