#include "tests/vectors/trial.hpp"

#include <cmath>

namespace riskd::vectors {

namespace {

long double limit_of(const YAML::Node& tolerance, const char* name) {
    return tolerance[name] ? static_cast<long double>(tolerance[name].as<double>()) : 0;
}

// raw / 10^decimals equals the text, figure for figure.
bool is_exactly(const std::string& text, Decimal actual) {
    const DecimalText shown{actual};
    constexpr int decimals = 12;
    return raw_of(text, decimals) == raw_of(shown.view(), decimals);
}

}  // namespace

bool Trial::within(const YAML::Node& wanted, Decimal actual) const {
    const YAML::Node tolerance = case_["tolerance"];
    const std::string text = wanted.as<std::string>();
    if (tolerance["trunc_int"]) {
        return actual.raw / power_of_ten(actual.decimals) == raw_of(text, 0);
    }
    const long double relative = limit_of(tolerance, "rel");
    const long double absolute = limit_of(tolerance, "abs");
    if (relative == 0 && absolute == 0) {
        const bool whole = actual.decimals == 0 && text.find_first_of(".eE") == std::string::npos;
        return whole ? raw_of(text, 0) == actual.raw : is_exactly(text, actual);
    }
    const auto target = static_cast<long double>(number_of(text));
    const long double allowed = std::fmax(absolute, relative * std::fabs(target));
    return std::fabs(real(actual) - target) <= allowed;
}

void Trial::expect(const YAML::Node& wanted, Decimal actual, const std::string& what) {
    ++comparisons_;
    if (within(wanted, actual)) return;
    faults_ += "  " + what + " is " + std::string{DecimalText{actual}.view()} + ", expected " +
               wanted.as<std::string>() + "\n";
}

void Trial::expect_word(const char* name, std::string_view actual) {
    ++comparisons_;
    const std::string wanted = expected(name).as<std::string>();
    if (wanted == actual) return;
    faults_ +=
        "  " + std::string{name} + " is " + std::string{actual} + ", expected " + wanted + "\n";
}

void Trial::expect_true(bool holds, const std::string& what) {
    ++comparisons_;
    if (!holds) faults_ += "  not so: " + what + "\n";
}

}  // namespace riskd::vectors
