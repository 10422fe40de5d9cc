// Shipped rules as they are emitted, and the same text with every step of the budget taken out,
// each in a LuaJIT state of its own and asked without the rest of the host: what the budget costs
// is the difference. Stops the program when a rule does not load or fails. One thread.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "dsl/host_context.hpp"
#include "dsl/likely_states.hpp"
#include "dsl/lua_state.hpp"
#include "dsl/ruleset.hpp"

namespace riskd::bench {

class BudgetedCode {
public:
    explicit BudgetedCode(bool with_budget);

    // So many questions: check rules in as many calls, the others in one.
    void ask_checks(std::size_t questions);
    void ask_margins(std::size_t questions);
    void ask_stages(std::size_t questions);
    void ask_books(std::size_t questions);

private:
    void load(bool with_budget);
    void fill();
    void call(dsl::EntryPoint entry, std::size_t questions);

    dsl::Ruleset ruleset_;
    std::unique_ptr<dsl::ParameterBook> parameters_;
    dsl::HostContext context_;
    dsl::LuaState lua_{64 << 20};
    dsl::LikelyBook book_;
    CheckQuestion check_;
    std::vector<CheckAnswer> check_answers_;
    std::vector<const double*> blocks_;
    std::vector<MarginQuestion> margins_;
    std::vector<BookQuestion> books_;
    std::vector<const double* const*> owns_;
    std::vector<MarginAnswer> margin_answers_;
    std::vector<StageQuestion> stages_;
    std::vector<StageAnswer> stage_answers_;
};

}  // namespace riskd::bench
