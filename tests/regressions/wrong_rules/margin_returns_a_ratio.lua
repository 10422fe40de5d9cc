rule {
  name = "x",
  kind = "margin",
  rate_max = 1,
  margin = function(exposure)
    return exposure.notional, 1 / exposure.leverage
  end,
}
--> 6:31: the maintenance margin is money[settle], not ratio
