rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return limit(sqrt(order.notional, 2), sqrt(params.m))
  end,
}
--> 7:18: `sqrt` takes 1 argument, not 2
--> 7:48: sqrt() of money[account] has no unit; divide it by one of its unit first
