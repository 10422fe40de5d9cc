rule {
  name = "x",
  kind = "margin",
  rate_max = 1,
  margin = function(exposure)
    return exposure.notional
  end,
}
--> 6:5: `margin` answers two numbers: initial and maintenance margin
