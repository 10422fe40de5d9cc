rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(...)
    return limit(order.notional, params.m)
  end,
}
--> 6:20: `...` is not in the language; name the parameters
--> 7:18: `order` must be a parameter of the function
--> 7:34: `params` must be a parameter of the function
