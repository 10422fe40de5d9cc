rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return limit(max(order.notional, order.price), params.m)
  end,
}
--> 7:38: max() compares money[account] with price
