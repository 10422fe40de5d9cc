#include "dsl/scenario_values.hpp"

#include <algorithm>
#include <charconv>

#include "riskd/core/reference_fields.hpp"

namespace riskd::dsl {

namespace {

// Moves the point of a plain decimal to the left.
std::string shifted(std::string_view text, std::size_t places) {
    const std::size_t point = std::min(text.find('.'), text.size());
    std::string whole{text.substr(0, point)};
    std::string part{point < text.size() ? text.substr(point + 1) : std::string_view{}};
    if (whole.size() <= places) whole.insert(0, places + 1 - whole.size(), '0');
    part.insert(0, whole.substr(whole.size() - places));
    whole.resize(whole.size() - places);
    return whole + "." + part;
}

}  // namespace

std::string canonical_number(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    std::size_t places = 0;
    if (text.ends_with("%")) {
        places = 2;
        text.remove_suffix(1);
    } else if (text.ends_with("bp")) {
        places = 4;
        text.remove_suffix(2);
    }
    std::string plain = shifted(text, places);
    while (plain.ends_with('0'))
        plain.pop_back();
    if (plain.ends_with('.')) plain.pop_back();
    const std::size_t zeros = plain.find_first_not_of('0');
    plain.erase(0, std::min(zeros, plain.size()));
    if (plain.empty() || plain.front() == '.') plain.insert(0, 1, '0');
    if (negative && plain != "0") plain.insert(0, 1, '-');
    return plain;
}

std::optional<double> number_value(std::string_view text) {
    const auto plain = [](std::string_view digits) -> std::optional<double> {
        double number{};
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
        return number;
    };
    if (text.ends_with("%")) {
        const auto percent = plain(text.substr(0, text.size() - 1));
        return percent ? std::optional{*percent / 100} : std::nullopt;
    }
    if (text.ends_with("bp")) {
        const auto points = plain(text.substr(0, text.size() - 2));
        return points ? std::optional{*points / 10'000} : std::nullopt;
    }
    if (const auto number = plain(text)) return number;
    const DecimalRead span = parse_duration(text);
    if (span.fault != DecimalFault::none) return std::nullopt;
    return static_cast<double>(span.raw) / 1e9;
}

std::optional<PositionWord> position_word(std::string_view text) noexcept {
    const std::size_t slash = std::min(text.find('/'), text.size());
    PositionWord word{.instrument = text.substr(0, slash)};
    if (!is_token(word.instrument)) return std::nullopt;
    if (slash == text.size()) return word;
    const auto side = find_enumerator<PositionSide>(position_side_names, text.substr(slash + 1));
    if (!side || *side == PositionSide::net) return std::nullopt;
    word.side = *side;
    return word;
}

std::string position_text(std::string_view instrument, PositionSide side) {
    std::string text{instrument};
    if (side != PositionSide::net) text.append("/").append(riskd::name(side));
    return text;
}

config::ParameterValue parameter_value(const std::string& path, const std::vector<Word>& words) {
    config::ParameterValue value;
    value.place = {.file = path, .line = words.front().line, .column = words.front().column};
    if (words.size() == 1) {
        value.text = words.front().text;
        value.number = number_value(value.text);
        return value;
    }
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
        if (words[i].text == words.front().text) value.rows.emplace_back();
        const double number = number_value(words[i + 1].text).value_or(0);
        value.rows.back().emplace_back(words[i].text, number);
    }
    return value;
}

}  // namespace riskd::dsl
