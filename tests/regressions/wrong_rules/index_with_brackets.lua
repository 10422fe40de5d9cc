rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return limit(order["notional"], params.m)
  end,
}
--> 7:23: `[` is not in the language; name the field: `view.field`
