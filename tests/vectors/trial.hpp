// One published case on its way through the product: its inputs as text, what is expected, and what
// came of the comparison. An adapter puts the inputs into an engine and compares what the engine
// says; it computes nothing itself. Test code; one thread.
#pragma once

#include <yaml-cpp/yaml.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "riskd/core/decimal.hpp"
#include "tests/vectors/case_numbers.hpp"

namespace riskd::vectors {

class Trial {
public:
    explicit Trial(YAML::Node of) : case_{std::move(of)} {}

    std::string id() const { return case_["id"].as<std::string>(); }
    std::string kind() const { return case_["kind"].as<std::string>(); }
    YAML::Node in(const char* name) const { return case_["inputs"][name]; }
    bool has(const char* name) const { return static_cast<bool>(case_["inputs"][name]); }
    std::string text(const char* name) const { return in(name).as<std::string>(); }
    std::int64_t raw(const char* name, int decimals) const { return raw_of(text(name), decimals); }
    double number(const char* name) const { return number_of(text(name)); }
    YAML::Node expected(const char* name) const { return case_["expected"][name]; }

    // Within the tolerance of the case; exactly when it has none.
    void expect(const char* name, Decimal actual) { expect(expected(name), actual, name); }
    void expect(const YAML::Node& wanted, Decimal actual, const std::string& what);
    void expect_word(const char* name, std::string_view actual);
    void expect_true(bool holds, const std::string& what);

    // This case is not what riskd models; the rest of its kind is.
    void leave_out(std::string_view reason) { left_out_ = reason; }

    const std::string& left_out() const noexcept { return left_out_; }
    const std::string& faults() const noexcept { return faults_; }
    int comparisons() const noexcept { return comparisons_; }

private:
    bool within(const YAML::Node& wanted, Decimal actual) const;

    YAML::Node case_;
    std::string left_out_;
    std::string faults_;
    int comparisons_{};
};

inline double number_in(const YAML::Node& of, const char* name) {
    return number_of(of[name].as<std::string>());
}

struct Adapter {
    std::string_view kind;
    void (*run)(Trial&);
};
std::span<const Adapter> account_adapters();
std::span<const Adapter> collateral_adapters();
std::span<const Adapter> dydx_adapters();
std::span<const Adapter> isolated_adapters();
std::span<const Adapter> liquidation_adapters();
std::span<const Adapter> margin_adapters();
std::span<const Adapter> option_adapters();
std::span<const Adapter> order_adapters();
std::span<const Adapter> portfolio_adapters();
std::span<const Adapter> standard_margin_adapters();
std::span<const Adapter> health_adapters();

// Kinds of case that riskd has nothing to put them through, and why.
struct Unmodelled {
    std::string_view kind;
    std::string_view reason;
};
std::span<const Unmodelled> unmodelled_kinds();

}  // namespace riskd::vectors
