rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(params)
    return limit(account.equity, params.m)
  end,
}
--> 7:18: `account` must be a parameter of the function
