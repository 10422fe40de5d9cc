// What the host shares with emitted code: one struct of pointers, bound when a ruleset is loaded
// and re-pointed before each call (pointers passed as arguments would fall off the compiled path).
// One list makes the C++ struct and LuaJIT's declaration; the loader compares their offsets. Core
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "riskd/core/rulebook.hpp"

namespace riskd::dsl {

#define RISKD_CONTEXT_FIELDS(field)                                                                \
    field(const OrderView*, order, "const riskd_order_view *") field(const AccountView*, account,  \
                                                                     "const riskd_account_view *") \
        field(const InstrumentView*, instrument, "const riskd_instrument_view *") field(           \
            const ExposureView*, exposure, "const riskd_exposure_view *")                          \
            field(const WindowView*, history, "const riskd_window_view *") field(                  \
                const GroupView*, group, "const riskd_group_view *") field(const double*, params,  \
                                                                           "const double *")       \
                field(CheckAnswer*, check_answers, "riskd_check_answer *") field(                  \
                    const MarginQuestion*, margin_questions, "const riskd_margin_question *")      \
                    field(MarginAnswer*, margin_answers, "riskd_margin_answer *") field(           \
                        const CollateralQuestion*, collateral_questions,                           \
                        "const riskd_collateral_question *")                                       \
                        field(CollateralAnswer*, collateral_answers, "riskd_collateral_answer *")  \
                            field(const StageQuestion*, stage_questions,                           \
                                  "const riskd_stage_question *")                                  \
                                field(StageAnswer*, stage_answers, "riskd_stage_answer *") field(  \
                                    const double* const*, blocks, "const double *const *")         \
                                    field(std::int32_t, steps, "int32_t") /* left of the budget */ \
        field(std::int32_t, steps_max, "int32_t")                                                  \
            field(std::int32_t, first, "int32_t") /* of a batch, where to begin */                 \
        field(std::int32_t, count, "int32_t")                                                      \
            field(std::int32_t, at, "int32_t")    /* the rule or question being answered */        \
        field(std::int32_t, fault, "int32_t")     /* a RuleFault, set before an error */           \
        field(std::uint32_t, run_low, "uint32_t") /* bit of each check rule to be run */           \
        field(std::uint32_t, run_high, "uint32_t")                                                 \
            field(const BookQuestion*, book_questions, "const riskd_book_question *") field(       \
                const PositionView*, positions, "const riskd_position_view *") /* being walked */  \
        field(std::int32_t, positions_count, "int32_t")                                            \
            field(std::int32_t, rule, "int32_t") /* the margin rule being asked */                 \
        field(const BalanceView*, balances, "const riskd_balance_view *") /* being walked */       \
        field(const BookOrderView*, orders, "const riskd_book_order_view *") field(                \
            std::int32_t, orders_count, "int32_t") field(std::int32_t, balances_count, "int32_t")  \
            field(const double* const*, owns, "const double *const *") /* their parameters */      \
        field(const double* const* const*, question_owns, "const double *const *const *")          \
            field(std::int32_t, book_steps_max, "int32_t") /* steps_max of rules about books */    \
        field(std::uint8_t*, hits, "uint8_t *")            /* of statements that are watched */

struct HostContext {
#define RISKD_AS_MEMBER(type, name, text) type name{};
    RISKD_CONTEXT_FIELDS(RISKD_AS_MEMBER)
#undef RISKD_AS_MEMBER
};

// One place in a shared struct, as C++ sees it.
struct Offset {
    std::string_view type;
    std::string_view field;  // empty: the size of the type
    std::size_t bytes{};
};
std::span<const Offset> shared_offsets() noexcept;

// Everything LuaJIT is told of, views included.
std::string shared_declarations();

}  // namespace riskd::dsl
