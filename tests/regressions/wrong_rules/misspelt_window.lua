rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  history = { day = window { of = account.net_pnl, over = "1d", starts = "00:00 UTC" } },
  check = function(history, params)
    return limit(history.dya.change, params.m)
  end,
}
--> 8:26: history has no window `dya`; did you mean `day`?
