rule {
  name      = "tiered_haircut",
  kind      = "collateral",
  slope_max = 2,  -- of a debt that weighs twice
  doc       = "What an asset is worth as margin, by how much of it there is; debts may weigh more.",
  params    = {
    tiers = steps {
      by      = "amount",  -- as a tax is: each haircut is of that part of the amount in its tier
      columns = { haircut = ratio { at_least = 0, at_most = 1, tighter = "higher" } },
      default = { { amount = 0, haircut = 1 } },
      doc     = "share that does not count of what lies in a tier; unset, all of it",
    },
    value_max = money {
      unit     = "account",
      default  = 1000000,
      at_least = 0,
      tighter  = "lower",
      doc      = "most that one asset may count, however much of it there is",
    },
    liability_haircut = ratio {
      default  = 0,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "share by which what is owed weighs more than it is worth",
    },
  },

  collateral = function(collateral, params)
    if collateral.amount < 0 then return collateral.value * (1 + params.liability_haircut) end
    local cut = collateral.price * params.tiers:across(collateral.amount).haircut
    return min(max(collateral.value - cut, 0), params.value_max)
  end,
}
