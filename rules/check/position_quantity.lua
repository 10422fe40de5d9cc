rule {
  name   = "position_quantity",
  kind   = "check",
  doc    = "Cap the quantity an account may hold in one instrument, open orders included.",
  reason = reject.position_limit_exceeded,
  params = {
    quantity_max = quantity {
      default  = 10000000,
      at_least = 0,
      tighter  = "lower",
      doc      = "most it may be, long or short, if every open order on the worse side filled",
    },
  },

  check = function(order, exposure, params)
    if order.reduces then return pass() end
    return limit(exposure.worst_case_quantity_after, params.quantity_max)
  end,
}
