rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    local max = order.notional
    return limit(max, params.m)
  end,
}
--> 7:11: `max` is a word of the language; choose another name
--> 8:18: `max` is a function; call it: `max(...)`
