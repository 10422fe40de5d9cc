-- OKX, futures and swaps: tiers by the number of contracts, whatever they are worth, and the taker
-- fee of closing in the maintenance margin.
rule {
  name      = "contract_tiers",
  kind      = "margin",
  doc       = "Margin by tiers of contracts, with the taker fee of closing in the maintenance.",
  rate_max  = 0.6,
  slope_max = 0.6,
  params    = {
    tiers = steps {
      by      = "contracts",
      columns = {
        initial     = ratio { at_least = 0, at_most = 1, tighter = "higher" },
        maintenance = ratio { at_least = 0, at_most = 0.5, tighter = "higher" },
      },
      default = { { contracts = 0, initial = 0.01, maintenance = 0.004 } },
    },
    fee = ratio { default = 0.0005, at_least = 0, at_most = 0.01, tighter = "higher" },
  },

  margin = function(exposure, params)
    local tier = params.tiers:at(abs(exposure.quantity))
    local rate = max(tier.initial, 1 / exposure.leverage)
    local maintenance = tier.maintenance + params.fee
    return exposure.notional * max(rate, maintenance), exposure.notional * maintenance
  end,
}
