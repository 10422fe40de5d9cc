-- OKX and Gate, linear contracts: a position is liquidated when its margin no longer covers
-- maintenance and the taker fee of closing it at mark.
rule {
  name     = "closing_fee",
  kind     = "margin",
  doc      = "Margin by notional tier, with the taker fee of closing in the maintenance margin.",
  rate_max = 0.6,
  params   = {
    tiers = steps {
      by      = "notional",
      columns = {
        initial     = ratio { at_least = 0, at_most = 1, tighter = "higher" },
        maintenance = ratio { at_least = 0, at_most = 0.5, tighter = "higher" },
      },
      default = { { notional = 0, initial = 0.01, maintenance = 0.004 } },
    },
    fee = ratio { default = 0.0005, at_least = 0, at_most = 0.01, tighter = "higher" },
  },

  margin = function(exposure, params)
    local tier = params.tiers:at(exposure.notional)
    local rate = max(tier.initial, 1 / exposure.leverage)
    return exposure.notional * rate, exposure.notional * (tier.maintenance + params.fee)
  end,
}
