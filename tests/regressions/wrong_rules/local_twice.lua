rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    local a = order.notional
    local a = order.notional + a
    return limit(a, params.m)
  end,
}
--> 8:11: `a` is already a name here; choose another
