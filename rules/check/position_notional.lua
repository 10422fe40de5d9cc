rule {
  name   = "position_notional",
  kind   = "check",
  doc    = "Cap the notional an account may hold in one instrument, open orders included.",
  reason = reject.position_limit_exceeded,
  params = {
    notional_max = money {
      unit     = "account",
      default  = 10000000,
      at_least = 0,
      tighter  = "lower",
      doc      = "most it may be worth if every open order on the worse side filled",
    },
  },

  check = function(order, exposure, params)
    if order.reduces then return pass() end
    return limit(exposure.worst_case_notional_after, params.notional_max)
  end,
}
