// What a riskd finds again of its rulesets when it starts.
#include <utility>

#include "riskd/rulesets/life.hpp"

namespace riskd::rulesets {

// One that has overrides may be there already with this hash: it says more than the configuration.
std::string Life::keep_configured() const {
    const std::string& hash = active_->bundle.hash;
    const auto text = folder_.find(hash);
    const auto kept = text ? read(*text).bundle : std::nullopt;
    if (kept && kept->hash == hash) return {};
    return folder_.keep(hash, write(active_->bundle));
}

// As it would be by now.
Admission Life::restored(std::string_view hash, Timestamp now) {
    const auto text = folder_.find(hash);
    if (!text) return {.ruleset = nullptr, .fault = "there is no such file"};
    Admission found = admit_again(*text, hash, settings_);
    if (found.ruleset == nullptr) return found;
    const Bundle& bundle = found.ruleset->bundle;
    std::vector<Override> left = still_signed(not_ended(bundle.overrides, now), settings_);
    if (left.size() == bundle.overrides.size()) return found;
    Bundle without = bundle;
    without.overrides = std::move(left);
    Admission made = with_overrides(std::move(without), settings_);
    if (made.ruleset == nullptr) return made;
    made.fault = folder_.keep(made.ruleset->bundle.hash, write(made.ruleset->bundle));
    if (!made.fault.empty()) made.ruleset.reset();
    return made;
}

std::string Life::restore(std::span<const std::string> decided, Timestamp now) {
    if (std::string fault = keep_configured(); !fault.empty()) return fault;
    if (decided.empty()) return {};
    const std::string& last = decided.back();
    const auto text = folder_.find(last);
    const auto kept = text ? read(*text).bundle : std::nullopt;
    if (last != active_->bundle.hash || (kept && !kept->overrides.empty())) {
        Admission found = restored(last, now);
        if (found.ruleset == nullptr) {
            return "the ruleset " + last + " decides, but of " + settings_.directory + "/" + last +
                   ".json: " + found.fault;
        }
        if (kept)
            ended_at_start_ = overrides_lost(kept->overrides, found.ruleset->bundle.overrides);
        use(std::move(found.ruleset));
        retire(std::move(previous_));
    }
    restore_earlier(decided.first(decided.size() - 1), now);
    return {};
}

// As far back as they can be read: to go back further than to the one before would surprise.
void Life::restore_earlier(std::span<const std::string> decided, Timestamp now) {
    for (std::size_t i = decided.size(); i > 0; --i) {
        Admission found = restored(decided[i - 1], now);
        if (found.ruleset == nullptr) return;
        if (found.ruleset->bundle.hash == active_->bundle.hash) continue;
        if (previous_ != nullptr) {
            before_overrides_ = std::move(found.ruleset);
            return;
        }
        previous_ = std::move(found.ruleset);
        const bool overridden =
            !active_->bundle.overrides.empty() || !previous_->bundle.overrides.empty();
        if (!overridden) return;
    }
}

}  // namespace riskd::rulesets
