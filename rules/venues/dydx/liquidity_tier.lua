-- dYdX v4, liquidity tiers: the initial rate rises from its base to the whole notional between two
-- caps of open interest, in whole millionths; maintenance is a share of the base.
rule {
  name      = "liquidity_tier",
  kind      = "margin",
  doc       = "Initial margin that rises with the venue's open interest.",
  rate_max  = 1,
  slope_max = 1,
  params    = {
    initial              = ratio { default = 0.05, at_least = 0, at_most = 1, tighter = "higher" },
    maintenance_fraction = ratio {
      default  = 0.6,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "maintenance margin as a share of the initial margin at the base rate",
    },
    open_interest = quantity {
      default  = 0,
      at_least = 0,
      tighter  = "higher",
      doc      = "of all accounts of the venue; riskd sees only its own, so it is set",
    },
    lower_cap = money { unit = "settle", default = 0, at_least = 0, tighter = "lower" },
    upper_cap = money {
      unit     = "settle",
      default  = 0,
      at_least = 0,
      doc      = "open interest at which the rate is 100 %; zero: open interest does not matter",
    },
  },

  margin = function(exposure, params)
    local base = exposure.notional * params.initial
    local maintenance = base * params.maintenance_fraction
    if params.upper_cap <= 0 then return base, maintenance end
    local open = params.open_interest * exposure.mark_price
    if open <= params.lower_cap then return base, maintenance end
    local share = min(1, (open - params.lower_cap) / (params.upper_cap - params.lower_cap))
    local rate = params.initial + (1 - params.initial) * share
    local millionths = floor(rate * 1000000 + 0.000001)  -- a whole one may arrive just below
    return exposure.notional * millionths / 1000000, maintenance
  end,
}
