-- Bybit, maintenance margin of USDT contracts: each part of the position's value at the rate of the
-- tier it lies in. Tables that give a deduction instead are for `margin/tiered`.
rule {
  name      = "marginal_tiers",
  kind      = "margin",
  doc       = "Margin by notional tier, each rate for the part of the notional in its tier.",
  rate_max  = 0.5,
  slope_max = 0.5,
  params    = {
    tiers = steps {
      by      = "notional",
      columns = {
        initial     = ratio { at_least = 0, at_most = 1, tighter = "higher" },
        maintenance = ratio { at_least = 0, at_most = 0.5, tighter = "higher" },
      },
      default = { { notional = 0, initial = 0.02, maintenance = 0.01 } },
    },
  },

  margin = function(exposure, params)
    local initial = params.tiers:across(exposure.notional).initial
    local maintenance = params.tiers:across(exposure.notional).maintenance
    return max(initial, exposure.notional / exposure.leverage), maintenance
  end,
}
