rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return limit(order.quantity * order.price, params.m)
  end,
}
--> 7:18: limit() compares money[settle] with money[account]
