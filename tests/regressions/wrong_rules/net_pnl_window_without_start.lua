rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  history = { day = window { of = account.net_pnl, over = "1d" } },
  check = function(history, params)
    return limit(history.day.change, params.m)
  end,
}
--> 6:15: a window of net_pnl needs `starts`, such as "00:00 UTC"
