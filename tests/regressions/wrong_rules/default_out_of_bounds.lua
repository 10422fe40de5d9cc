rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { r = ratio { default = 2, at_most = 1 } },
  check = function(account, params)
    return limit(account.leverage, params.r)
  end,
}
--> 5:14: the default of `r` is out of its bounds
