rule {
  name   = "failing_rule",
  kind   = "check",
  doc    = "Fails in every way a rule can, chosen by the quantity asked for.",
  reason = reject.other,
  params = {
    scale_max = ratio { tighter = "lower" },
  },

  check = function(order, account, params)
    local zero = order.quantity - order.quantity
    if order.quantity >= 3 then return limit(order.quantity / zero, 1) end
    return limit(account.leverage, params.scale_max)
  end,
}
