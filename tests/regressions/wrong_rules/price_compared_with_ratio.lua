rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 }, r = ratio { default = 1 } },
  check = function(order, params)
    if order.price > params.r then return pass() end
    return limit(order.notional, params.m)
  end,
}
--> 7:20: cannot compare price with ratio
