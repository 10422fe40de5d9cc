// What a replay found: every figure of the exchange beside riskd's. Equal; or equal once riskd's
// own figures are rounded as the exchange rounds; or named by the test as incomplete, with the
// reason. Anything else has failed the test. Test thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace riskd::lifecycle {

// A figure that cannot be compared because the data lacks what it follows from.
struct Incomplete {
    std::string_view record;
    std::string_view figure;
    std::string_view reason;
};

struct Figure {
    std::string record;
    std::string name;
    std::int64_t exchange{};
    std::int64_t riskd{};
};

class Tally {
public:
    Tally(std::string_view file, std::span<const Incomplete> incomplete)
        : file_(file), incomplete_(incomplete) {}

    void read_record() { ++records_; }
    void applied_fill() { ++fills_; }
    // Equal, or a failure.
    void compare(const Figure& figure);
    // `rounded` is riskd's figure under the exchange's rounding: that must be the exchange's.
    void compare_rounded(const Figure& figure, std::int64_t rounded);
    // The data leaves riskd's figure open between two bounds, which must enclose the exchange's.
    struct Bounds {
        std::int64_t least{};
        std::int64_t most{};
    };
    void compare_between(const Figure& figure, const Bounds& bounds);
    // Whether the test names this figure; it counts as named then. The caller does not compare it.
    bool is_incomplete(std::string_view record, std::string_view figure);
    // A figure of a kind of which the data lacks each: the caller says which kind and why.
    void count_incomplete(std::string_view reason);

    // How many figures there are of each kind; a replay that compares fewer has lost some.
    struct Sums {
        std::size_t equal{};
        std::size_t within_unit{};  // differ by one unit, as the exchange's rounding says
        std::size_t rounded{};      // differ by more, as the exchange's rounding says
        std::size_t between{};
        std::size_t incomplete{};
        friend bool operator==(const Sums&, const Sums&) = default;
    };
    // Prints the sums, and fails where they are others, or where a listed figure was never met.
    void finish(const Sums& expected);

private:
    std::string file_;
    std::span<const Incomplete> incomplete_;
    std::map<std::string, std::size_t> met_;  // by "record figure"
    std::map<std::string, std::size_t> lacking_;
    std::size_t records_{};
    std::size_t fills_{};
    Sums sums_;
    std::int64_t widest_{};
    std::int64_t largest_{};
};

}  // namespace riskd::lifecycle
