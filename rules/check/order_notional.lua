rule {
  name   = "order_notional",
  kind   = "check",
  doc    = "Cap the notional of one order.",
  reason = reject.exceeded_max_notional_order_amount,
  params = {
    notional_max = money {
      unit     = "account",
      default  = 1000000,
      at_least = 0,
      tighter  = "lower",
      doc      = "most that one order may be worth",
    },
  },

  check = function(order, params)
    return limit(order.notional, params.notional_max)
  end,
}
