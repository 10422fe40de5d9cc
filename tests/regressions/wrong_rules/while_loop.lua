rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    while order.reduces do end
    return limit(order.notional, params.m)
  end,
}
--> 7:5: `while` is not in the language; use `for i = first, last do`
