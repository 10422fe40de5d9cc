// What a test program is told: `--name number`, in pairs. Anything else is said and ends it with 2,
// since a run with a misspelt seed would seem to prove something. One thread, at the start.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace riskd::tests {

inline constexpr std::uint64_t not_given = ~std::uint64_t{0};

struct NumberOption {
    std::string_view name;  // "--seed"
    std::uint64_t* value{};
};

inline void read_options(std::span<char* const> arguments, std::span<const NumberOption> options) {
    const auto refuse = [](std::string_view what, std::string_view word) {
        std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
                     static_cast<int>(word.size()), word.data());
        std::exit(2);
    };
    for (std::size_t i = 1; i < arguments.size(); i += 2) {
        const std::string_view name{arguments[i]};
        const NumberOption* option = nullptr;
        for (const NumberOption& each : options)
            if (each.name == name) option = &each;
        if (option == nullptr) return refuse("no such option", name);
        if (i + 1 == arguments.size()) return refuse("it wants a number", name);
        const std::string_view text{arguments[i + 1]};
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), *option->value);
        if (error != std::errc{} || end != text.data() + text.size()) {
            return refuse("not a number", text);
        }
    }
}

}  // namespace riskd::tests
