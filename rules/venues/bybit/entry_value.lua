-- Bybit, unified account: margins are shares of what a position cost, not of what it is worth now;
-- the fee of closing it, at mark, comes on top. Isolated positions are accounts of their own.
rule {
  name      = "entry_value",
  kind      = "margin",
  doc       = "Margin on the entry value of a position, with the fee of closing it at mark.",
  rate_max  = 0.6,
  slope_max = 0.6,
  params    = {
    maintenance = ratio { default = 0.005, at_least = 0, at_most = 0.5, tighter = "higher" },
    fee         = ratio { default = 0, at_least = 0, at_most = 0.01, tighter = "higher" },
  },

  margin = function(exposure, params)
    local fee = exposure.notional * params.fee
    local maintenance = exposure.entry_notional * params.maintenance + fee
    return max(exposure.entry_notional / exposure.leverage, maintenance), maintenance
  end,
}
