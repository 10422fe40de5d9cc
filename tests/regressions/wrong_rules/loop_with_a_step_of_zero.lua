rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    for i = 1, 2, 0 do
    end
    return limit(order.notional, params.m)
  end,
}
--> 7:19: a loop with a step of 0 never ends
