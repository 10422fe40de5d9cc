rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  history = { day = window { of = account.net_pnl, over = "1d", starts = "00:00 UTC" } },
  check = function(order, params)
    return limit(order.notional, params.m)
  end,
}
--> 6:15: the window `day` is never used
