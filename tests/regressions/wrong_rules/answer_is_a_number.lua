rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return order.notional / params.m
  end,
}
--> 7:12: `check` answers limit(used, allowed) or pass()
