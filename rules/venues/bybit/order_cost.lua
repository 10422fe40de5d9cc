-- Bybit, "order cost": what an order sets aside is its initial margin, the fee to open it, which
-- riskd adds to every order, and the fee to close it at its bankruptcy price, which is added here.
rule {
  name      = "order_cost",
  kind      = "margin",
  doc       = "Initial margin by leverage, with the fee of closing at the bankruptcy price.",
  rate_max  = 0.5,
  slope_max = 0.5,
  params    = {
    maintenance = ratio { default = 0.005, at_least = 0, at_most = 0.5, tighter = "higher" },
    fee         = ratio { default = 0.00055, at_least = 0, at_most = 0.01, tighter = "higher" },
  },

  margin = function(exposure, params)
    local rate = 1 / exposure.leverage
    local left = 1 - rate  -- the bankruptcy price of a long, over the entry price
    if exposure.quantity < 0 then left = 1 + rate end
    local initial = exposure.notional * rate + exposure.notional * left * params.fee
    return initial, exposure.notional * params.maintenance
  end,
}
