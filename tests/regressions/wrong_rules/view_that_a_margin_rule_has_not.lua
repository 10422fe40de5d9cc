rule {
  name = "x",
  kind = "margin",
  rate_max = 1,
  margin = function(exposure, instrument)
    return exposure.notional, exposure.notional
  end,
}
--> 5:31: `margin` cannot see `instrument`; it may name: exposure, params
