#include "config/nearest.hpp"

#include <algorithm>
#include <vector>

namespace riskd::config {

namespace {

constexpr std::size_t word_size_max = 64;

// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::vector<std::size_t> next(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        next[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = row[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            next[j] = std::min({row[j] + 1, next[j - 1] + 1, replace});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) next[j] = std::min(next[j], before[j - 2] + 1);
        }
        before = row;
        row = next;
    }
    return row[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
    if (word.size() > word_size_max) return {};
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(1, (word.size() + 1) / 4) + 1;
    for (const std::string_view candidate : candidates) {
        const std::size_t changes = distance(word, candidate);
        if (changes >= best_distance || changes >= candidate.size()) continue;
        best = candidate;
        best_distance = changes;
    }
    return best;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates) {
    const std::string_view near = nearest(word, candidates);
    if (near.empty()) return {};
    return "; did you mean `" + std::string{near} + "`?";
}

}  // namespace riskd::config
