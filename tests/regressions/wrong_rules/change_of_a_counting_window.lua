rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  history = { burst = window { of = account.orders, over = "1s" } },
  check = function(history, params)
    return limit(history.burst.change, params.m)
  end,
}
--> 8:32: a window of orders counts; use `count`
