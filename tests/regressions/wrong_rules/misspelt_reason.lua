rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceed_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return limit(order.notional, params.m)
  end,
}
--> 4:19: reject has no `order_exceed_limit`; did you mean `order_exceeds_limit`?
