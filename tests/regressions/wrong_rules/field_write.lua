rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    order.notional = 0
    return limit(order.notional, params.m)
  end,
}
--> 7:5: a rule changes nothing but its own locals
