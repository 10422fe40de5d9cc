rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 }, other = ratio { default = 1 } },
  check = function(order, params)
    return limit(order.notional, params.m)
  end,
}
--> 5:59: the parameter `other` is never used
