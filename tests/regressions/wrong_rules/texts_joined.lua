rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return limit(order.notional .. 1, params.m)
  end,
}
--> 7:33: texts cannot be built in a rule; `..` is not in the language
