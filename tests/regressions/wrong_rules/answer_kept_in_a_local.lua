rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    local answer = limit(order.notional, params.m)
    return answer
  end,
}
--> 7:20: a local holds a number, a flag or a row of steps, not an answer
