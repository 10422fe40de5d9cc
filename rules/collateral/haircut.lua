rule {
  name      = "haircut",
  kind      = "collateral",
  slope_max = 1,
  doc       = "What an asset is worth as margin; what is owed counts in full.",
  params    = {
    haircut = ratio {
      default  = 1,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "share that does not count; an asset nobody has set counts nothing",
    },
  },

  collateral = function(collateral, params)
    if collateral.amount < 0 then return collateral.value end
    return collateral.value * (1 - params.haircut)
  end,
}
