rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    limit(order.notional, params.m)
    return pass()
  end,
}
--> 7:5: write `return limit(...)`; by itself it does nothing
