rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    coroutine.yield(1)
    return limit(order.notional, params.m)
  end,
}
--> 7:5: `coroutine` is not in the language; a rule sees only what it is given
