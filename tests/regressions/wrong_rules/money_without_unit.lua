rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { default = 1 } },
  check = function(order, params)
    return limit(order.notional, params.m)
  end,
}
--> 5:14: say which money: `unit = "account"`, `"settle"` or `"reference"`
