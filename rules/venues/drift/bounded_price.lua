-- Drift, prediction markets: the price ends between nothing and a known highest price, so a long
-- can lose its price and a short what is left to the highest.
rule {
  name      = "bounded_price",
  kind      = "margin",
  doc       = "Margin of a contract whose price is bounded: what each side can lose.",
  rate_max  = 1000,  -- a short of what trades near nothing can lose many times it
  slope_max = 1,
  params    = {
    price_max   = price { default = 1, at_least = 0, doc = "the highest price it can end at" },
    initial     = ratio { default = 1, at_least = 0, at_most = 1, tighter = "higher" },
    maintenance = ratio { default = 0.9999, at_least = 0, at_most = 1, tighter = "higher" },
  },

  margin = function(exposure, params)
    local loss = exposure.notional
    if exposure.quantity < 0 then
      loss = max(0, -exposure.quantity * (params.price_max - exposure.mark_price))
    end
    return loss * params.initial, loss * params.maintenance
  end,
}
