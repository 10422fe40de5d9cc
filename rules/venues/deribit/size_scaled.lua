-- Deribit, linear perpetuals: both rates grow in proportion to the size of the position. BTC: 2 %
-- and 1 % plus 0.005 % for each BTC, so 20,000 BTC add 100 %.
rule {
  name      = "size_scaled",
  kind      = "margin",
  doc       = "Margin rates that grow with the size of the position.",
  rate_max  = 1,
  slope_max = 1,
  params    = {
    initial     = ratio { default = 0.02, at_least = 0, at_most = 1, tighter = "higher" },
    maintenance = ratio { default = 0.01, at_least = 0, at_most = 1, tighter = "higher" },
    growth      = quantity {
      default  = 20000,
      at_least = 1,
      tighter  = "lower",
      doc      = "size that adds 100 % to both rates",
    },
  },

  margin = function(exposure, params)
    local added = abs(exposure.quantity) / params.growth
    local initial = min(1, params.initial + added)
    local maintenance = min(1, params.maintenance + added)
    return exposure.notional * initial, exposure.notional * maintenance
  end,
}
