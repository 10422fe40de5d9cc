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
    if order.quantity >= 2 then
      local sum = 0
      for i = 1, 1000000 do sum = sum + i * order.quantity end
      return limit(sum, 1)
    end
    return limit(account.leverage, params.scale_max)
  end,
}
