rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { notional_max = money { unit = "account", default = 1 } },
  check = function(order, params)
    return limit(order.notional, params.notional_maximum)
  end,
}
--> 7:41: params has no `notional_maximum`; did you mean `notional_max`?
