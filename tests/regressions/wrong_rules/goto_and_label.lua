rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    goto out
    ::out::
    return limit(order.notional, params.m)
  end,
}
--> 7:5: `goto` is not in the language
--> 8:5: labels are not in the language
