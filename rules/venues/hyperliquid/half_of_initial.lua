-- Hyperliquid: maintenance is half of the initial margin at the highest leverage of the market.
rule {
  name      = "half_of_initial",
  kind      = "margin",
  doc       = "Initial margin by leverage; maintenance is half of it at the highest leverage.",
  rate_max  = 0.5,
  slope_max = 0.5,

  margin = function(exposure)
    local maintenance = exposure.notional / exposure.leverage_max / 2
    return exposure.notional / exposure.leverage, maintenance
  end,
}
