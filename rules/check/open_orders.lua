rule {
  name   = "open_orders",
  kind   = "check",
  doc    = "Cap the number of orders an account may have working.",
  reason = reject.open_orders_limit_exceeded,
  params = {
    orders_max = count {
      default  = 200,
      at_least = 0,
      tighter  = "lower",
      doc      = "working orders over all instruments, this one included",
    },
  },

  check = function(account, params)
    return limit(account.open_orders + 1, params.orders_max)
  end,
}
