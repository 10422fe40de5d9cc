rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    repeat until order.reduces
    return limit(order.notional, params.m)
  end,
}
--> 7:5: `repeat` is not in the language; use `for i = first, last do`
