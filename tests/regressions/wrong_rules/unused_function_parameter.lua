rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, account, params)
    return limit(order.notional, params.m)
  end,
}
--> 6:27: the parameter `account` is never used; leave it out
