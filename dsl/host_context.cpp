#include "dsl/host_context.hpp"

#include <array>
#include <type_traits>

#include "dsl/schema.hpp"

namespace riskd::dsl {
namespace {

static_assert(std::is_standard_layout_v<HostContext>);
static_assert(std::is_standard_layout_v<CheckAnswer>);
static_assert(std::is_standard_layout_v<MarginQuestion>);
static_assert(std::is_standard_layout_v<CollateralQuestion>);
static_assert(std::is_standard_layout_v<StageQuestion>);
static_assert(std::is_standard_layout_v<BookQuestion>);

constexpr std::string_view declarations = R"(
typedef struct { uint8_t outcome; uint8_t fault; double used; double allowed; uint32_t group; }
    riskd_check_answer;
typedef struct { double initial; double maintenance; uint8_t fault; } riskd_margin_answer;
typedef struct { double value; uint8_t fault; } riskd_collateral_answer;
typedef struct { uint8_t stage; double exit_ratio; double step_max; double cool_down;
    uint8_t fault; } riskd_stage_answer;
typedef struct { uint32_t scope[3]; uint32_t rule; riskd_margin_view exposure; }
    riskd_margin_question;
typedef struct { uint32_t scope[3]; uint32_t rule; uint32_t underlying; riskd_book_view book;
    const riskd_position_view *positions; int32_t positions_count; int32_t balances_count;
    const riskd_balance_view *balances; const riskd_book_order_view *orders; int32_t orders_count;
    const uint32_t *assets; const uint32_t *instruments; const uint32_t *orders_instruments; }
    riskd_book_question;
typedef struct { uint32_t scope[3]; uint32_t asset; riskd_collateral_view collateral; }
    riskd_collateral_question;
typedef struct { uint32_t scope[3]; riskd_account_view account; } riskd_stage_question;
)";

#define RISKD_AS_OFFSET(type, name, text) \
    Offset{"riskd_context", #name, offsetof(HostContext, name)},
constexpr auto context_offsets = std::array{RISKD_CONTEXT_FIELDS(RISKD_AS_OFFSET)};
#undef RISKD_AS_OFFSET

constexpr std::array<Offset, 29> answer_offsets{{
    {"riskd_check_answer", "", sizeof(CheckAnswer)},
    {"riskd_check_answer", "outcome", offsetof(CheckAnswer, outcome)},
    {"riskd_check_answer", "used", offsetof(CheckAnswer, used)},
    {"riskd_check_answer", "allowed", offsetof(CheckAnswer, allowed)},
    {"riskd_margin_answer", "", sizeof(MarginAnswer)},
    {"riskd_margin_answer", "initial", offsetof(MarginAnswer, initial)},
    {"riskd_margin_answer", "maintenance", offsetof(MarginAnswer, maintenance)},
    {"riskd_collateral_answer", "", sizeof(CollateralAnswer)},
    {"riskd_collateral_answer", "value", offsetof(CollateralAnswer, value)},
    {"riskd_stage_answer", "", sizeof(StageAnswer)},
    {"riskd_stage_answer", "stage", offsetof(StageAnswer, stage)},
    {"riskd_stage_answer", "exit_ratio", offsetof(StageAnswer, exit_ratio)},
    {"riskd_stage_answer", "step_max", offsetof(StageAnswer, step_max)},
    {"riskd_stage_answer", "cool_down", offsetof(StageAnswer, cool_down)},
    {"riskd_margin_question", "", sizeof(MarginQuestion)},
    {"riskd_margin_question", "exposure", offsetof(MarginQuestion, exposure)},
    {"riskd_book_question", "", sizeof(BookQuestion)},
    {"riskd_book_question", "book", offsetof(BookQuestion, book)},
    {"riskd_book_question", "positions", offsetof(BookQuestion, positions)},
    {"riskd_book_question", "positions_count", offsetof(BookQuestion, positions_count)},
    {"riskd_book_question", "balances", offsetof(BookQuestion, balances)},
    {"riskd_book_question", "balances_count", offsetof(BookQuestion, balances_count)},
    {"riskd_book_question", "orders", offsetof(BookQuestion, orders)},
    {"riskd_book_question", "orders_count", offsetof(BookQuestion, orders_count)},
    {"riskd_collateral_question", "", sizeof(CollateralQuestion)},
    {"riskd_collateral_question", "collateral", offsetof(CollateralQuestion, collateral)},
    {"riskd_stage_question", "", sizeof(StageQuestion)},
    {"riskd_stage_question", "account", offsetof(StageQuestion, account)},
    {"riskd_context", "", sizeof(HostContext)},
}};

}  // namespace

std::span<const Offset> shared_offsets() noexcept {
    static const auto all = [] {
        std::array<Offset, context_offsets.size() + answer_offsets.size()> made{};
        std::size_t next = 0;
        for (const Offset& each : context_offsets)
            made[next++] = each;
        for (const Offset& each : answer_offsets)
            made[next++] = each;
        return made;
    }();
    return all;
}

std::string shared_declarations() {
    std::string out = view_declarations() + std::string{declarations} + "typedef struct {\n";
#define RISKD_AS_DECLARATION(type, name, text) out += "  " text " " #name ";\n";
    RISKD_CONTEXT_FIELDS(RISKD_AS_DECLARATION)
#undef RISKD_AS_DECLARATION
    return out + "} riskd_context;\n";
}

}  // namespace riskd::dsl
