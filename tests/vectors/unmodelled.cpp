// The kinds of case that are left out whole. A kind of the file that is neither here nor in an
// adapter's list fails the test, and so does a kind here that the file no longer has.
#include "tests/vectors/trial.hpp"

namespace riskd::vectors {

namespace {

constexpr std::string_view why_told = "the venue makes these rates and prices; riskd is told them";
constexpr std::string_view why_liquidator =
    "how a venue prices its own liquidation orders and fees; riskd names quantity and bankruptcy "
    "price, others trade";
constexpr std::string_view why_fund = "the insurance fund and its shares are not riskd's to keep";
constexpr std::string_view why_interest =
    "the venue makes interest from its rates and hours; it comes to riskd as a balance change";
constexpr std::string_view why_proceeds =
    "what a spot order will bring counts when it has filled; the venue counts it before";
constexpr std::string_view why_deleveraging = "ADL is not modelled";

constexpr Unmodelled left_out_kinds[] = {
    {"skew_fill_price_pnl", why_told},
    {"twap_piecewise", why_told},
    {"funding_rate_clamp", why_told},
    {"perp_funding_payment_clamped", why_told},
    {"funding_index_delta", why_told},
    {"per_lot_fee_on_fill", "fees come with the fills; riskd does not make them"},
    {"bankruptcy_price_error", "riskd makes the closing orders itself; there is no wrong question"},
    {"liquidation_fillable_price", why_liquidator},
    {"liquidation_fee_ramp", why_liquidator},
    {"liq_price_with_buffer", "a trader's own stop, nearer than the venue's price"},
    {"network_position_disposal", why_liquidator},
    {"max_pct_to_liquidate", why_liquidator},
    {"partial_liq_base_to_cover_shortage",
     "with a liquidator's fee, cut to quanta toward the customer; riskd rounds up to a lot"},
    {"partial_liq_liability_transfer", why_liquidator},
    {"asset_for_liability_transfer", why_liquidator},
    {"liability_implied_by_asset", why_liquidator},
    {"margin_loan_interest", why_interest},
    {"spot_cross_margin_with_open_orders", why_proceeds},
    {"perp_insurance_fee", why_fund},
    {"spot_insurance_fee", why_fund},
    {"insurance_fund_delta", why_fund},
    {"insurance_shares_lost", why_fund},
    {"socialized_loss_funding_delta", why_fund},
    {"socialized_loss_deposit_index_delta", why_fund},
    {"insurance_then_adl", why_deleveraging},
    {"adl_queue", why_deleveraging},
    {"isolated_margin_release_on_decrease_short",
     "the source takes the profit of a short for a loss; riskd pays it out"},
    {"margin_levels_scaled", "four levels of margin; riskd has initial and maintenance"},
    {"spot_order_move_gate",
     "an amended order is checked again with its new price, and may be accepted"},
    {"lean_inverse_margin_in_usd", "an inverse contract margined in USD, corrected by its authors"},
};

}  // namespace

std::span<const Unmodelled> unmodelled_kinds() {
    return left_out_kinds;
}

}  // namespace riskd::vectors
