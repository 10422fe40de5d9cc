-- Drift protocol-v2, spot markets: the more there is of an asset, the less of it counts, and the
-- more is owed, the more of it does, with the square root of the size.
rule {
  name   = "size_weights",
  kind   = "collateral",
  doc    = "Weights for what is owned and what is owed that worsen with the root of the size.",
  params = {
    asset_weight     = ratio { default = 0, at_least = 0, at_most = 1, tighter = "lower" },
    liability_weight = ratio { default = 1, at_least = 1, at_most = 10, tighter = "higher" },
    factor           = ratio { default = 0, at_least = 0, at_most = 1, tighter = "higher" },
    size_unit        = quantity {
      default  = 1,
      at_least = 0.000001,
      tighter  = "lower",
      doc      = "the size at which the factor counts once; at four times the size it counts twice",
    },
  },

  collateral = function(collateral, params)
    local growth = params.factor * sqrt(abs(collateral.amount) / params.size_unit)
    if collateral.amount < 0 then
      local weight = params.liability_weight
      return collateral.value * max(weight, 0.8 * weight + growth)
    end
    return collateral.value * min(params.asset_weight, 1.1 / (1 + growth))
  end,
}
