rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    if order.notional then return pass() end
    return limit(order.notional, params.m)
  end,
}
--> 7:8: a condition is a comparison or a flag, not money[account]
