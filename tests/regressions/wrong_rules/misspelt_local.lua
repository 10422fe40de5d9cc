rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    local deviation = order.notional
    return limit(devation, params.m)
  end,
}
--> 8:18: there is no `devation`; did you mean `deviation`?
