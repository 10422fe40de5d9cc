rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return limit(order.notional ^ 2, params.m)
  end,
}
--> 7:33: `^` is not in the language
