-- Mango v4 and Drift v2, weights: what is owned counts less than its value and what is owed more.
-- Past a threshold of the whole platform's deposits or borrows, weights fall or rise in proportion.
rule {
  name   = "weights",
  kind   = "collateral",
  doc    = "Weights for what is owned and what is owed, scaled by the platform's totals.",
  params = {
    asset_weight     = ratio { default = 0, at_least = 0, at_most = 1, tighter = "lower" },
    liability_weight = ratio { default = 1, at_least = 1, at_most = 10, tighter = "higher" },
    deposits         = quantity { default = 0, at_least = 0, doc = "on the platform; it is set" },
    deposits_start   = money {
      unit     = "account",
      default  = 0,
      at_least = 0,
      doc      = "value of deposits from which the weight falls; zero: never",
    },
    borrows       = quantity { default = 0, at_least = 0, doc = "on the platform; it is set" },
    borrows_start = money {
      unit     = "account",
      default  = 0,
      at_least = 0,
      doc      = "value of borrows from which the weight rises; zero: never",
    },
  },

  collateral = function(collateral, params)
    if collateral.amount < 0 then
      local owed = collateral.value * params.liability_weight
      local borrowed = params.borrows * collateral.price
      if params.borrows_start <= 0 or borrowed <= params.borrows_start then return owed end
      return owed * (borrowed / params.borrows_start)
    end
    local owned = collateral.value * params.asset_weight
    local deposited = params.deposits * collateral.price
    if params.deposits_start <= 0 or deposited <= params.deposits_start then return owned end
    return owned * (params.deposits_start / deposited)
  end,
}
