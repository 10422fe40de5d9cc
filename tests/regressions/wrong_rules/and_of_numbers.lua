rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return limit(order.notional and 1, params.m)
  end,
}
--> 7:18: a condition is a comparison or a flag, not money[account]
--> 7:37: a condition is a comparison or a flag, not a number
