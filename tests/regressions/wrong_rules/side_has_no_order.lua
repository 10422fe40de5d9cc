rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    if order.side > side.buy then return pass() end
    return limit(order.notional, params.m)
  end,
}
--> 7:19: side has no order; use == or ~=
