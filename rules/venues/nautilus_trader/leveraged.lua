-- NautilusTrader, LeveragedMarginModel: both rates are taken of the notional over the leverage.
rule {
  name      = "leveraged",
  kind      = "margin",
  doc       = "Rates of the notional divided by the leverage.",
  rate_max  = 1,
  slope_max = 1,
  params    = {
    initial     = ratio { default = 0.03, at_least = 0, at_most = 1, tighter = "higher" },
    maintenance = ratio { default = 0.03, at_least = 0, at_most = 1, tighter = "higher" },
  },

  margin = function(exposure, params)
    local leveraged = exposure.notional / exposure.leverage
    return leveraged * params.initial, leveraged * params.maintenance
  end,
}
