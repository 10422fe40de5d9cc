rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return limit(order.notional + order.quantity, params.m)
  end,
}
--> 7:33: cannot add quantity[contracts] to money[account]
