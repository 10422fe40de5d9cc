rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    local t = setmetatable(1, 2)
    return limit(order.notional, params.m)
  end,
}
--> 7:15: `setmetatable` is not in the language; a rule sees only what it is given
