#include "tests/lifecycle/tally.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace riskd::lifecycle {

void Tally::compare(const Figure& figure) {
    EXPECT_EQ(figure.exchange, figure.riskd)
        << file_ << ": " << figure.record << ", " << figure.name;
    if (figure.exchange == figure.riskd) ++sums_.equal;
}

void Tally::compare_rounded(const Figure& figure, std::int64_t rounded) {
    if (figure.exchange == figure.riskd) {
        ++sums_.equal;
        return;
    }
    EXPECT_EQ(figure.exchange, rounded)
        << file_ << ": " << figure.record << ", " << figure.name << "; riskd has " << figure.riskd;
    const std::int64_t difference = figure.exchange - figure.riskd;
    ++(std::abs(difference) == 1 ? sums_.within_unit : sums_.rounded);
    largest_ = std::max(largest_, std::abs(difference));
}

void Tally::compare_between(const Figure& figure, const Bounds& bounds) {
    const bool enclosed = bounds.least <= figure.exchange && figure.exchange <= bounds.most;
    EXPECT_TRUE(enclosed) << file_ << ": " << figure.record << ", " << figure.name << " is "
                          << figure.exchange << ", not from " << bounds.least << " to "
                          << bounds.most;
    if (enclosed) ++sums_.between;
    widest_ = std::max(widest_, bounds.most - bounds.least);
}

bool Tally::is_incomplete(std::string_view record, std::string_view figure) {
    const auto named = [&](const Incomplete& one) {
        return one.record == record && one.figure == figure;
    };
    const bool listed = std::any_of(incomplete_.begin(), incomplete_.end(), named);
    if (listed) {
        ++met_[std::string(record) + ' ' + std::string(figure)];
        ++sums_.incomplete;
    }
    return listed;
}

void Tally::count_incomplete(std::string_view reason) {
    ++lacking_[std::string(reason)];
    ++sums_.incomplete;
}

void Tally::finish(const Sums& expected) {
    std::cout << file_ << ": " << records_ << " records, " << fills_ << " fills; " << sums_.equal
              << " figures equal, " << sums_.within_unit << " within one unit, " << sums_.rounded
              << " by the exchange's rounding, " << sums_.incomplete << " incomplete\n";
    if (sums_.within_unit + sums_.rounded > 0) {
        std::cout << "  by rounding they differ by at most " << largest_
                  << " units, running sums included\n";
    }
    if (sums_.between > 0) {
        std::cout << "  " << sums_.between << " lie within what the data leaves open, at most "
                  << widest_ << " units\n";
    }
    for (const Incomplete& one : incomplete_) {
        const bool met = met_.contains(std::string(one.record) + ' ' + std::string(one.figure));
        EXPECT_TRUE(met) << file_ << ": " << one.record << " is named, but not in the data";
        std::cout << "  incomplete: " << one.record << ", " << one.figure << ": " << one.reason
                  << '\n';
    }
    for (const auto& [reason, times] : lacking_)
        std::cout << "  incomplete, " << times << " times: " << reason << '\n';
    EXPECT_EQ(sums_, expected) << file_;
}

}  // namespace riskd::lifecycle
