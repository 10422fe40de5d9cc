rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    local t = nil
    return limit(order.notional, params.m)
  end,
}
--> 7:15: `nil` is not in the language
