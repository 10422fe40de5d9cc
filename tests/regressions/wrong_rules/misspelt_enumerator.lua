rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    if order.type == order_type.limt then return pass() end
    return limit(order.notional, params.m)
  end,
}
--> 7:33: order_type has no `limt`; did you mean `limit`?
