rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { q = quantity { default = 1 } },
  check = function(order, params)
    return limit(order.notional, params.q)
  end,
}
--> 7:18: limit() compares money[account] with quantity[contracts]
