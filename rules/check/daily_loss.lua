rule {
  name    = "daily_loss",
  kind    = "check",
  doc     = "After losing too much in a day an account may only reduce.",
  reason  = reject.daily_loss_limit,
  history = { day = window { of = account.net_pnl, over = "1d", starts = "00:00 UTC" } },
  params  = {
    loss_max = money {
      unit     = "account",
      default  = 100000,
      at_least = 0,
      tighter  = "lower",
      doc      = "most an account may lose since midnight, open positions included",
    },
  },

  check = function(order, history, params)
    if order.reduces then return pass() end
    return limit(-history.day.change, params.loss_max)
  end,
}
