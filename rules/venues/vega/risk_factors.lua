-- Vega, specification 0019-MCAL, of positions: maintenance is the mark times the size times
-- (slippage + risk factor of the side), and a share of the funding that is due; initial margin is a
-- multiple of it.
rule {
  name      = "risk_factors",
  kind      = "margin",
  doc       = "Slippage, a risk factor for each side and funding due; initial a multiple of all.",
  rate_max  = 200,
  slope_max = 200,
  params    = {
    risk_factor_long  = ratio { default = 0.1, at_least = 0, at_most = 99, tighter = "higher" },
    risk_factor_short = ratio { default = 0.1, at_least = 0, at_most = 99, tighter = "higher" },
    linear_slippage   = ratio { default = 0.1, at_least = 0, at_most = 100, tighter = "higher" },
    funding_factor    = ratio { default = 0, at_least = 0, at_most = 1, tighter = "higher" },
    funding_due       = price {
      default = 0,
      doc     = "what the next funding takes from each contract held long; it is set",
    },
    initial_scale = ratio { default = 1.5, at_least = 1, at_most = 10, tighter = "higher" },
  },

  margin = function(exposure, params)
    local factor = params.risk_factor_long
    if exposure.quantity < 0 then factor = params.risk_factor_short end
    local due = max(0, exposure.quantity * params.funding_due)
    local maintenance = exposure.notional * (params.linear_slippage + factor) +
      due * params.funding_factor
    return maintenance * params.initial_scale, maintenance
  end,
}
