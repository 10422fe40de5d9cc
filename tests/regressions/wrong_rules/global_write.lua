rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    total = order.notional
    return limit(order.notional, params.m)
  end,
}
--> 7:5: `total` is not a local; write `local total = ...` first
