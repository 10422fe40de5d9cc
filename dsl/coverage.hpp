// What scenarios reached of the rules: which statements ran, and how near the limit of each check
// rule came to firing. Rules that are to be watched are loaded with a mark before each statement;
// others are emitted as ever. Gathered by file over any number of scenarios. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "dsl/checker.hpp"
#include "riskd/core/rulebook.hpp"

namespace riskd::dsl {

inline constexpr double near_a_limit = 0.9;  // of what is allowed

// By statement of the functions of rules: its place among the marks.
using StatementPlaces = std::map<const Statement*, std::int32_t>;

// The statements of a rule's functions, in the order in which they stand.
std::vector<const Statement*> statements_of(const CheckedRule& rule);

// What a rulebook keeps while it is watched.
struct WatchedRules {
    explicit WatchedRules(std::span<const CheckedRule> rules);

    void note(std::size_t rule, const CheckAnswer& answer) noexcept;

    struct Limit {
        double nearest{};  // the largest share of what was allowed; above 1 it fired
        std::uint64_t asked{};
    };
    std::vector<std::vector<const Statement*>> statements;  // by rule
    StatementPlaces places;
    std::vector<std::uint8_t> hits;  // by place
    std::vector<Limit> limits;       // by rule
};

class Coverage {
public:
    // Adds what one rulebook saw; files are told apart by their whole paths.
    void add(std::span<const CheckedRule> rules, const WatchedRules& watched);
    // A rule that should be reached: it is listed when nothing asks it.
    void expect(const std::string& path) { (void)files_[whole(path)]; }
    // What ran, what did not, limits that stayed far, rules that nobody asked.
    std::string report() const;

private:
    struct File {
        std::string text;
        std::vector<Span> statements;
        std::vector<bool> ran;
        bool is_check{};
        WatchedRules::Limit limit;
    };
    static std::string whole(const std::string& path);
    static std::string shown_path(const std::string& path);
    static std::string row_of(const std::string& path, const File& file);
    std::string missed() const;

    std::map<std::string, File> files_;
};

}  // namespace riskd::dsl
