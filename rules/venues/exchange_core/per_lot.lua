-- exchange-core, futures: a fixed amount for each contract, one for longs and one for shorts.
rule {
  name      = "per_lot",
  kind      = "margin",
  doc       = "A fixed amount of margin for each contract, by side.",
  rate_max  = 1,
  slope_max = 1,
  params    = {
    margin_buy  = price { at_least = 0, tighter = "higher", doc = "for each contract held long" },
    margin_sell = price { at_least = 0, tighter = "higher", doc = "for each contract held short" },
  },

  margin = function(exposure, params)
    local margin = exposure.quantity * params.margin_buy
    if exposure.quantity < 0 then margin = -exposure.quantity * params.margin_sell end
    return margin, margin
  end,
}
