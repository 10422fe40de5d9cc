rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = mony { unit = "account" } },
  check = function(order, params)
    return limit(order.notional, params.m)
  end,
}
--> 5:18: `mony` is not a kind of parameter; did you mean `money`?
