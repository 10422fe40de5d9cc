rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return limit(order:notional(), params.m)
  end,
}
--> 7:24: the only methods are `params.<steps>:at(...)` and `:across(...)`
