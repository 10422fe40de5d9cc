rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    local f = function() return 1 end
    return limit(order.notional, params.m)
  end,
}
--> 7:15: put local functions at the top of the file, outside of the rule
