#include "riskd/core/activation.hpp"

namespace riskd {

RulesetActivation activation_of(const Rulebook& rulebook) {
    RulesetActivation activation{.hash = Text<64>(rulebook.hash().substr(0, 64))};
    for (const WindowSpec& window : rulebook.windows()) {
        const std::size_t at = activation.windows_count++;
        activation.window_measures[at] = static_cast<std::uint8_t>(window.measure);
        activation.window_calendar[at] = window.calendar ? 1 : 0;
        activation.window_spans[at] = window.span;
        activation.window_offsets[at] = window.offset;
    }
    for (const RuleInfo& rule : rulebook.rules())
        activation.rules.push_back(rule.name);
    return activation;
}

std::vector<WindowSpec> windows_of(const RulesetActivation& activation) {
    std::vector<WindowSpec> windows(activation.windows_count);
    for (std::size_t w = 0; w < windows.size(); ++w) {
        windows[w] = {.measure = static_cast<WindowMeasure>(activation.window_measures[w]),
                      .calendar = activation.window_calendar[w] != 0,
                      .span = activation.window_spans[w],
                      .offset = activation.window_offsets[w]};
    }
    return windows;
}

}  // namespace riskd
