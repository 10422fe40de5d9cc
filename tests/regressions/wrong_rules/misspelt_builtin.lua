rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return limit(mx(order.notional, 1), params.m)
  end,
}
--> 7:18: there is no `mx`; did you mean `max`?
