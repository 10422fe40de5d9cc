rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    local half = order.notional / 2
    return limit(order.notional, params.m)
  end,
}
--> 7:11: `half` is never used
