// A ruleset on its way: looked at on a thread of its own, then told the names of the ledger and
// asked about accounts as they stand, in slices, so that nobody waits for it. One at a time. Core
// thread, but for what it starts itself.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "riskd/core/engine.hpp"
#include "riskd/rulesets/admission.hpp"
#include "riskd/rulesets/rehearsal.hpp"

namespace riskd::rulesets {

// What is said when the machine gives no thread to look at a ruleset.
std::string no_thread(const std::system_error& error);

class Preparation {
public:
    bool is_under_way() const noexcept { return looking_.valid() || learning_ != nullptr; }
    // Empty: it has begun. `retired` is freed on that thread too, where it delays nobody.
    // REQUIRES: !is_under_way().
    std::string begin(std::function<Admission()> look,
                      std::vector<std::unique_ptr<Ruleset>>& retired);
    // What came of it, once something did: a ruleset that knows every name, or a fault.
    std::optional<Admission> turn(const Engine& engine);
    // The one that learns names, which has to hear of new ones too; null when there is none.
    Ruleset* learning() noexcept { return learning_.get(); }

private:
    std::string learn_some(const Ledger& ledger);

    std::future<Admission> looking_;
    std::unique_ptr<Ruleset> learning_;
    std::unique_ptr<Rehearsal> rehearsal_;  // of the same
    std::uint32_t accounts_learnt_{};
};

}  // namespace riskd::rulesets
